"""`manage.py seal --watch`, the sealer as a process of its own."""

import contextlib
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
from tests.audit.exporting.bodies import write

pytestmark = pytest.mark.django_db(transaction=True)

# Starts the sealer as its child, tells its pid and ends when it is told to.
PARENT = """
import subprocess, sys
command = ["seal", "--watch", "--every=0.05", "--with-parent", *sys.argv[1:]]
child = subprocess.Popen([sys.executable, "manage.py", *command])
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


@contextlib.contextmanager
def watching(environment, *options):
    """The sealer of a parent process; yields both, the sealer as something that tells when it has ended."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, *options],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    sealer = os.pidfd_open(int(parent.stdout.readline()))
    try:
        yield parent, sealer
    finally:
        parent.communicate(timeout=20)
        if not select.select([sealer], [], [], 20)[0]:
            signal.pidfd_send_signal(sealer, signal.SIGKILL)
        os.close(sealer)


def until(is_so):
    """Wait for something; the select is a wait with a limit."""
    for _ in range(600):
        if is_so():
            return
        select.select([], [], [], 0.05)
    raise AssertionError("It did not happen in 30 s.")


def test_watch_seals_and_ends_with_its_parent(environment, operator):
    write(by=operator, parts={"detail": {}}, action="printed")
    with watching(environment) as (parent, sealer):
        until(Checkpoint.objects.filter(size=Entry.objects.count()).exists)
        parent.communicate(timeout=20)
        ended, _, _ = select.select([sealer], [], [], 20)
        assert ended == [sealer]
    assert keys.last_note() == Checkpoint.objects.latest("size").note


def test_watch_verifies_when_it_is_due(environment, operator):
    verified = Entry.objects.filter(action="verified")
    with watching(environment, "--verify-every=24"):
        until(verified.exists)
    assert [(entry.act, entry.actor_username) for entry in verified] == [("verify", "command-line")]
