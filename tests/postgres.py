"""A throw-away PostgreSQL from the machine's own programs: made, used and gone.

`with throwaway_postgres() as url:` for Python; `python -m tests.postgres -- pytest tests/audit` runs a
command with DATABASE_URL set and ends with its exit status.
"""

import contextlib
import glob
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

ROLE = "exoledger"
SECONDS_TO_START = 60
# Tests may lose their database with the power; waiting for the disk would double their time.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextlib.contextmanager
def throwaway_postgres(settings=FORGETFUL):
    """A fresh server on a free port of 127.0.0.1 with one empty database; yields its DATABASE_URL.

    Works for root too, whom PostgreSQL refuses: the server then belongs to `postgres`, else to `nobody`.
    `settings` are PostgreSQL's own, by name. Raises RuntimeError when there are no programs or the server
    does not come up; server and files are gone afterwards either way.
    """
    programs = binaries()
    if programs is None:
        raise RuntimeError("No PostgreSQL programs found.")
    owner = server_owner()
    folder = Path(tempfile.mkdtemp(prefix="exoledger-pg-", dir="/tmp"))  # short: sockets allow 107 letters
    try:
        if owner is not None:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        password = make_cluster(programs, folder, owner)
        server, port = start(programs, folder, owner, settings)
        try:
            yield create_database(f"postgres://{ROLE}:{password}@127.0.0.1:{port}", server, folder)
        finally:
            stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def binaries():
    """The folder of the newest PostgreSQL programs on this machine, or None."""
    found = [Path(path).parent for path in glob.glob("/usr/lib/postgresql/*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: [int(n) for n in re.findall(r"\d+", folder.parent.name)])
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def server_owner():
    """Who the server shall run as when we are root; None for an ordinary user, who runs it himself."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL refuses root, and there is no user `postgres` or `nobody`.")


def as_owner(owner):
    """What subprocess needs to run something as that user, in a group that Ctrl+C does not reach."""
    dropped = {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    return {**dropped, "start_new_session": True, "stdin": subprocess.DEVNULL, "cwd": "/"}


def make_cluster(programs, folder, owner):
    """Run initdb in the folder. Returns the role's password."""
    password = secrets.token_hex(16)
    words = folder / "password"
    words.write_text(password, encoding="ascii")
    words.chmod(0o600)
    if owner is not None:
        os.chown(words, owner.pw_uid, owner.pw_gid)
    command = [
        programs / "initdb",
        f"--pgdata={folder / 'data'}",
        f"--username={ROLE}",
        f"--pwfile={words}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    made = subprocess.run(command, capture_output=True, text=True, **as_owner(owner))
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")
    return password


def start(programs, folder, owner, settings):
    """Start the server on a free port. Returns its process and the port."""
    port = free_port()
    chosen = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "timezone": "UTC",
        "log_timezone": "UTC",
        **settings,
    }
    options = [f"--{name.replace('_', '-')}={value}" for name, value in chosen.items()]
    command = [programs / "postgres", "-D", folder / "data", "-p", str(port), *options]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*dying_with_us(), *command], stdout=log, stderr=log, **as_owner(owner))
    return server, port


def dying_with_us():
    """A prefix that shuts the server down when this very process is killed, where the machine has it."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "INT"] if setpriv else []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def create_database(server_url, server, folder):
    """Wait until the server answers and create the database. Returns the database's address."""
    until = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            with psycopg.connect(f"{server_url}/postgres", autocommit=True, connect_timeout=5) as connection:
                connection.execute(f"CREATE DATABASE {ROLE} TEMPLATE template0")
            return f"{server_url}/{ROLE}"
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > until:
                words = (folder / "log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"PostgreSQL did not start: {words}") from error
            time.sleep(0.05)


def stop(server):
    """Shut the server down: fast first, at once when that takes too long."""
    for wish in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is not None:
            return
        server.send_signal(wish)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=20)


def main(arguments):
    """Run a command against a throw-away server. Returns its exit status, 0 when there are no programs."""
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        raise SystemExit("Usage: python -m tests.postgres -- COMMAND…")
    if binaries() is None:
        print("no PostgreSQL binaries found, skipped")
        return 0
    # Being asked to end must pass through the clean-up above.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    beside = Path(sys.executable).with_name(command[0])
    program = str(beside) if beside.exists() else command[0]
    with throwaway_postgres() as url:
        return subprocess.run([program, *command[1:]], env={**os.environ, "DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
