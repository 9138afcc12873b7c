"""The web servers that are measured: gunicorn with 2 workers of 4 threads, on a free port of 127.0.0.1."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.client import Client

SECONDS_TO_START = 60
CONNECTIONS_TO_WARM = 8  # at once, so that they spread over the workers


@dataclass
class Site:
    """One side at one size: how it is started, and what may be asked of it."""

    name: str
    wsgi: str
    options: list[str]
    environment: dict[str, str]
    world: dict[str, Any] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen | None = None

    @property
    def database_url(self) -> str:
        """Empty on SQLite."""
        return self.environment.get("DATABASE_URL", "")

    def client(self, session: str) -> Client:
        """A connection of a signed-in person."""
        return Client(self.port, session)

    def start(self) -> None:
        """Start the server without waiting for it."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        gunicorn = Path(sys.executable).with_name("gunicorn")
        common = [f"--bind=127.0.0.1:{self.port}", "--workers=2", "--threads=4", "--worker-class=gthread"]
        self.process = subprocess.Popen(
            [gunicorn, self.wsgi, *common, "--timeout=300", "--log-level=error", *self.options],
            env={**os.environ, **self.environment},
            start_new_session=True,
        )

    def wait(self, path: str, session: str) -> None:
        """Wait until a page answers. Raises RuntimeError when the server ends or never answers."""
        until = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                break
            with contextlib.suppress(OSError, EOFError):
                answer = self.client(session).get(path)
                if answer.status == 200:
                    return
                raise RuntimeError(f"{self.name}: {path} answers {answer.status}: {answer.body[:500]!r}")
            time.sleep(0.005)
        raise RuntimeError(f"{self.name} did not start.")

    def warm(self, path: str, session: str) -> None:
        """Let both workers answer a page: idle means that everything is loaded."""
        clients = [self.client(session) for _ in range(CONNECTIONS_TO_WARM)]
        with ThreadPoolExecutor(len(clients)) as pool:
            for _ in range(2):
                list(pool.map(lambda client: client.get(path), clients))
        for client in clients:
            client.close()

    def stop(self) -> None:
        """End the server and its workers, and wait for them."""
        if self.process is None:
            return
        for wish in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                # Its own group: nobody else's processes are in there.
                os.killpg(self.process.pid, wish)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(timeout=15)
        self.process = None

    def pids(self) -> list[int]:
        """The server's processes."""
        return machine.family_of(self.process.pid) if self.process else []

    def memory_mib(self) -> float:
        """PSS of the server's processes."""
        return machine.pss_mib(self.pids())

    def cpu_s(self) -> float:
        """CPU time so far of the server and of its connections' processes in the database."""
        return machine.cpu_seconds([*self.pids(), *self._backends()])

    def _backends(self) -> list[int]:
        if not self.database_url:
            return []
        import psycopg

        with psycopg.connect(self.database_url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT pid FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return [row[0] for row in found]


@contextlib.contextmanager
def serving(*sites: Site) -> Iterator[None]:
    """Run the servers side by side."""
    try:
        for site in sites:
            site.start()
        yield
    finally:
        for site in sites:
            site.stop()
