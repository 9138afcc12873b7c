"""Processes and connections of their own, for what must not share ours."""

import os
import subprocess
import sys

import psycopg
from django.conf import settings
from django.db import connection


def process(*words, data, preexec_fn=None, **environment):
    """Run Python with those words: the product with a data folder of its own and no settings of ours."""
    ours = ("EXOLEDGER_", "DJANGO_", "DATABASE_URL")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, *map(str, words)],
        env={**clean, "EXOLEDGER_DATA": str(data), **environment},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=preexec_fn,
    )


def to_postgresql(database=""):
    """A connection beside Django's, to its database or another one of the server; commits at once."""
    given = connection.settings_dict
    return psycopg.connect(
        host=given["HOST"],
        port=given["PORT"],
        user=given["USER"],
        password=given["PASSWORD"],
        dbname=database or given["NAME"],
        autocommit=True,
    )
