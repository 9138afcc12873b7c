"""Whole installations for tests of backup and restore: data folder, database and ledger of their own.

They run in processes of their own with the product's settings, on the engine of the test run.
"""

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from tests import apart

START = """
import json, sys
import django
django.setup()
from django.core.management import call_command
from tests.audit.backups.playing import *
"""


@dataclass
class Installation:
    """One installation; `run` a command of manage.py in it, or some Python."""

    data: Path
    url: str
    environment: dict = field(default_factory=dict)

    def run(self, *words):
        return self._start("manage.py", *words)

    def python(self, code):
        return self._start("-c", START + code)

    def asked(self, code):
        """What the code's last line prints as JSON."""
        ended = self.python(code)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    def _start(self, *words, **more):
        given = {"DATABASE_URL": self.url} if self.url else {}
        own = {"DJANGO_SETTINGS_MODULE": "config.settings", **given, **self.environment}
        return apart.process(*words, data=self.data, **own, **more)

    @property
    def ledger(self):
        return Path(self.environment.get("EXOLEDGER_LEDGER", self.data / "ledger"))


class Yard:
    """Makes installations, empty or migrated, and clears them away."""

    def __init__(self, folder):
        self.folder = folder
        self.names = []
        self.is_postgresql = connection.vendor == "postgresql"
        self.migrated = self.empty()
        ended = self.migrated.run("migrate", "--verbosity=0")
        assert ended.returncode == 0, ended.stderr

    def empty(self, **environment):
        data = self.folder / f"installation-{len(self.names)}"
        data.mkdir()
        return Installation(data, self._database(), environment)

    def made(self, **environment):
        data = self.folder / f"installation-{len(self.names)}"
        if not self.is_postgresql:
            shutil.copytree(self.migrated.data, data)
            self.names.append("")
            return Installation(data, "", environment)
        data.mkdir()
        return Installation(data, self._database(template=self.names[0]), environment)

    def clear(self):
        for name in reversed(self.names):
            self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _database(self, template="template0"):
        if not self.is_postgresql:
            self.names.append("")
            return ""
        name = f"{self.folder.name.replace('-', '_')}_{os.getpid()}_{len(self.names)}"[-60:].lower()
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.names.append(name)
        given = connection.settings_dict
        return f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{name}"

    def _execute(self, sql):
        if self.is_postgresql:
            with apart.to_postgresql("postgres") as server:
                server.execute(sql)
