"""`make run`: bring the database and the static files up to date, fill in example data, serve.

Made for trying the product and for small installations on one machine; docs/running.md says how it is
run for real.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

DAILY_BATCHES = 22
PREPARED_FROM = ("*/migrations/*.py", "static/**/*", "requirements.txt")


def main() -> None:
    """Prepare what changed since the last start, then become the web server."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=8000)
    port = arguments.parse_args().port
    import django

    django.setup()
    prepare()
    announce(port)
    start_sealer()
    serve(port)


def prepare() -> None:
    """Migrate, collect static files and write example data, unless nothing changed since last time."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = settings.DATA_DIR / "prepared"
    state = fingerprint(settings.BASE_DIR)
    is_there = Path(settings.STATIC_ROOT, "staticfiles.json").exists() and database_is_there()
    if is_there and stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return
    print("Preparing the database and the pages…", flush=True)
    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    if not settings.PRODUCTION:
        call_command("example_data", history=DAILY_BATCHES)
    stamp.write_text(state, encoding="ascii")


def database_is_there() -> bool:
    """Whether the database has our tables."""
    from django.db import DatabaseError

    from audit.models import Entry

    try:
        return Entry.objects.exists()
    except DatabaseError:
        return False


def fingerprint(base: Path) -> str:
    """SHA-256 over the files that a preparation depends on."""
    sha256 = hashlib.sha256()
    for pattern in PREPARED_FROM:
        for path in sorted(base.glob(pattern)):
            if path.is_file() and ".venv" not in path.parts:
                sha256.update(str(path.relative_to(base)).encode() + path.read_bytes())
    return sha256.hexdigest()


def announce(port: int) -> None:
    """Say where to go and who can sign in."""
    from django.conf import settings

    print(f"\nExoLedger is on http://127.0.0.1:{port}/  (stop it with Ctrl+C)")
    if settings.PRODUCTION:
        return
    from accounts.example import EXAMPLE_PASSWORD
    from accounts.models import User

    people = User.objects.active().filter(is_example=True).order_by("pk")
    if people:
        print(f'Sign in as one of these, password "{EXAMPLE_PASSWORD}":')
        for person in people:
            print(f"  {person.username:<12}{person.get_role_display()}")
    print(flush=True)


def start_sealer() -> None:
    """The sealer as a process beside the web server; it ends when that does, and verifies once a day."""
    command = [sys.executable, "manage.py", "seal", "--watch", "--with-parent", "--verify-every=24"]
    base = Path(__file__).resolve().parent.parent
    subprocess.Popen(command, cwd=base, stdin=subprocess.DEVNULL)  # noqa: S603 (our own command)


def serve(port: int) -> None:
    """Become gunicorn: two workers with four threads each."""
    gunicorn = Path(sys.executable).with_name("gunicorn")
    arguments = [
        str(gunicorn),
        "config.wsgi:application",
        f"--bind=127.0.0.1:{port}",
        "--workers=2",
        "--threads=4",
        "--worker-class=gthread",
        "--config=python:config.gunicorn",
        "--log-level=warning",
    ]
    os.execv(gunicorn, arguments)  # noqa: S606 (our own server, no shell)


if __name__ == "__main__":
    main()
