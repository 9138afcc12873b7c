"""`manage.py seal --watch`, the sealer as a process of its own."""

import os
import select
import signal
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection

from audit.ledger import keys
from audit.models import Checkpoint, Entry
from tests.audit.exporting import write

pytestmark = pytest.mark.django_db(transaction=True)

# Starts the sealer as its child, tells its pid and ends when it is told to.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "manage.py", "seal", "--watch", "--every=0.05", "--with-parent"])
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def environment():
    """An environment in which a process of its own reaches this test's database and ledger folder."""
    name = str(connection.settings_dict["NAME"])
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = f"{os.environ['DATABASE_URL'].rsplit('/', 1)[0]}/{name}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "EXOLEDGER_LEDGER": str(settings.LEDGER_DIR),
        "DJANGO_SETTINGS_MODULE": "config.test_settings",
    }


def test_watch_seals_and_ends_with_its_parent(environment, operator):
    write(by=operator, parts={"detail": {}}, action="printed")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    sealer = os.pidfd_open(int(parent.stdout.readline()))
    try:
        until_sealed(Entry.objects.count())
        parent.communicate(timeout=20)
        ended, _, _ = select.select([sealer], [], [], 20)
        assert ended == [sealer]
    finally:
        if not select.select([sealer], [], [], 0)[0]:
            signal.pidfd_send_signal(sealer, signal.SIGKILL)
        os.close(sealer)
    assert keys.last_note() == Checkpoint.objects.latest("size").note


def until_sealed(entries):
    """Wait for the checkpoint that covers that many entries; the select is a wait with a limit."""
    for _ in range(400):
        if Checkpoint.objects.filter(size=entries).exists():
            return
        select.select([], [], [], 0.05)
    raise AssertionError("The sealer sealed nothing in 20 s.")
