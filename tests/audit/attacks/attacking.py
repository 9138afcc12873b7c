"""Attacks on the record, each carried out for real, and what came of it.

`@attack(...)` declares what is tried, how, and what must come of it; the test carries it out through the
`scene`, which finds out what happened by running the real commands in the order in which a laboratory and an
auditor would: did the attempt fail, does `manage.py verify` end with 1, does an outside copy of an older
checkpoint or the bundle's own verifier show it. What happened must be exactly what was declared.
"""

import contextlib
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import canonical
from audit.backups import databases
from audit.ledger import keys, sealing
from audit.models import Entry
from audit.refusal import ActionRefused, OutsideTheDoor
from tests.audit.tampering import as_owner, run

PREVENTED = "prevented"
ONLINE = "detected online"
WARNED = "detected online (a warning)"
OFFLINE = "detected offline"
UNSEEN = "out of scope"
OUTCOMES = (PREVENTED, ONLINE, WARNED, OFFLINE, UNSEEN)


@dataclass(frozen=True)
class Attack:
    """What is tried, how, what must come of it, and what stops or shows it."""

    title: str
    how: str
    outcome: str
    shown_by: str
    test: str = ""


ATTACKS = {}


def attack(title, how, outcome, shown_by):
    """Declare what a test carries out."""
    assert outcome in OUTCOMES

    def declared(test):
        name = f"{Path(test.__code__.co_filename).stem}::{test.__name__}"
        ATTACKS[name] = test.attack = Attack(title, how, outcome, shown_by, test.__name__)
        return test

    return declared


class Scene:
    """A record under attack, with what an auditor was handed before: a checkpoint and the public key."""

    def __init__(self, batch, donor, operator, folder):
        self.batch, self.donor, self.operator, self.folder = batch, donor, operator, folder
        self.outcome = None
        self.hand_out()

    def hand_out(self):
        """Seal, and give the auditor a copy of the checkpoint and the key."""
        note = sealing.seal().note
        self.copy = self.folder / "checkpoint.txt"
        self.copy.write_text(note, encoding="utf-8")
        self.public_key = str(keys.load().public)

    def hold_no_copy(self):
        """Nobody holds a checkpoint or the public key."""
        self.copy = self.public_key = None

    def hold_key(self):
        """Somebody holds the public key as it is now, and no checkpoint."""
        self.public_key = str(keys.load().public)

    def carry_out(self, act, says="", *, then=None, apart=False):
        """Do it, and find out what comes of it: the first that shows it. `says` must be in what is said.

        `then` follows it in a transaction of its own; `apart` is for what another process does.
        """
        self.outcome, said = self._stopped(act, then, apart) or self._found()
        assert re.search(says, said, re.S), said

    def _stopped(self, act, then, apart):
        try:
            with contextlib.nullcontext() if apart else transaction.atomic():
                act()
        except (DatabaseError, OutsideTheDoor, ActionRefused, OSError) as refusal:
            # An attempt that failed has changed nothing.
            assert self.verify() == (None, "")
            return PREVENTED, str(refusal)
        if then is not None:
            then()
        return None

    def _found(self):
        outcome, said = self.verify()
        if outcome is None and self.copy:
            outcome, said = self.verify(self.copy)
            outcome = outcome and OFFLINE
        if outcome is None:
            outcome, said = self.check_bundle()
        return outcome or UNSEEN, said

    def verify(self, *against):
        """`manage.py verify`, with copies kept elsewhere or without: outcome and everything it says."""
        out, code = StringIO(), 0
        arguments = ["--json", *(["--against", *map(str, against)] if against else [])]
        try:
            call_command("verify", *arguments, stdout=out)
        except SystemExit as ended:
            code = ended.code
        report = json.loads(out.getvalue())
        said = "\n".join([one["words"] for one in report["differences"]] + report["warnings"])
        assert (code, report["outcome"]) in {(1, "wrong"), (0, "in_order")}
        return (ONLINE if code else WARNED if report["warnings"] else None), said

    def check_bundle(self, *, with_copy=True, with_key=True):
        """A bundle of the batch, handed to the auditor, who runs the verifier in it."""
        with_copy, with_key = with_copy and self.copy, with_key and self.public_key
        path = self.folder / "bundle.zip"
        path.unlink(missing_ok=True)
        try:
            against = [str(self.copy)] if with_copy else []
            call_command("bundle", self.batch.number, output=str(path), against=against, stderr=StringIO())
        except CommandError as refusal:
            return ONLINE, str(refusal)
        with zipfile.ZipFile(path) as bundle:
            verifier = Path(bundle.extract("verify.py", self.folder))
        known = [*(["--key", self.public_key] if with_key else []), *([str(self.copy)] if with_copy else [])]
        command = [sys.executable, "-I", str(verifier), str(path), *known]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert (ran.returncode, ran.stdout[:3]) in {(0, "OK."), (1, "")}, ran
        return (None, "") if ran.returncode == 0 else (OFFLINE, ran.stderr)


# --- what attackers do ---------------------------------------------------------------------------


def owner_does(sql, *params):
    """One statement of the database's owner, that must find what it changes."""
    with as_owner():
        assert run(sql, *params)


def elsewhere(sql):
    """SQL by the database's own program, in a process of its own. Returns what it said when it failed."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        program = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
        command, environment = [sys.executable, "-c", program, str(settings["NAME"]), sql], None
    else:
        place = [f"--{name}={settings[name.upper()]}" for name in ("host", "port")]
        command = [
            databases.program("psql"),
            *place,
            f"--username={settings['USER']}",
            "--no-psqlrc",
            "--set=ON_ERROR_STOP=1",
        ]
        command += [f"--dbname={settings['NAME']}", f"--command={sql}"]
        environment = {"PGPASSWORD": settings["PASSWORD"]}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    if ran.returncode:
        raise OSError(ran.stderr)


def rewrite(entry, old, new):
    """Change an entry's text, its hash, and every entry of its batch that names it: the whole chain."""
    assert old in entry.body
    hashes = {}
    for one in Entry.objects.filter(pk__gte=entry.pk).order_by("pk"):
        body = one.body.replace(old, new) if one.pk == entry.pk else one.body
        for before, after in hashes.items():
            body = body.replace(before, after)
        if body != one.body:
            leaf = canonical.leaf_hash(body)
            hashes[bytes(one.leaf_hash).hex()] = leaf.hex()
            run("UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE id = %s", body, leaf, one.pk)


def unseal(size=0):
    """Take the ledger back to a checkpoint, or to none, as if nothing had been sealed since."""
    run('DELETE FROM audit_leaf WHERE "index" >= %s', size)
    run("DELETE FROM audit_tile")
    run("DELETE FROM audit_shipment")
    run("DELETE FROM audit_checkpoint WHERE size > %s", size)


def forget_last_checkpoint():
    """Take away what the sealer remembers outside the database."""
    (keys.folder() / keys.LAST_FILE).unlink()


def put_last_checkpoint(note):
    keys.keep_last_note(note)
