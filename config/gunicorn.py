"""How gunicorn runs the product: loaded once, shared by its workers."""

import gc
from typing import Any

preload_app = True
timeout = 120
graceful_timeout = 30
keepalive = 30
max_requests = 20_000
max_requests_jitter = 2_000


def when_ready(server: Any) -> None:
    """Set aside everything loaded so far: workers share it and the collector leaves it alone."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """A database connection does not survive a fork; each worker opens its own."""
    from django.db import connections

    connections.close_all()
