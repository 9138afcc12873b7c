"""The empty database of the tests, made once for each state of the migrations and copied from then on."""

import hashlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import django
from django.conf import settings

FOLDER = Path(tempfile.gettempdir()) / f"exoledger-templates-{os.getuid()}"


def path():
    """Where the template of the migrations as they stand is kept."""
    steps = sorted(settings.BASE_DIR.glob("*/migrations/*.py"))
    told = b"".join(step.name.encode() + step.read_bytes() for step in steps)
    return FOLDER / f"{hashlib.sha256(told + django.get_version().encode()).hexdigest()}.sqlite3"


def copied_to(database):
    """Whether a template was there to be copied."""
    if not path().exists():
        return False
    shutil.copyfile(path(), database)
    return True


def keep(database):
    """Keep a database that was just made as the template; whoever comes first wins."""
    FOLDER.mkdir(exist_ok=True)
    part = path().with_suffix(f".{os.getpid()}")
    with sqlite3.connect(database) as made, sqlite3.connect(part) as copy:
        made.backup(copy)
    part.replace(path())
