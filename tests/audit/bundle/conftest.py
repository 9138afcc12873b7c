"""Bundles to look into, and the verifier as an auditor runs it: another process that knows nothing of us."""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from audit import canonical
from audit.bundle.making import VERIFIER, Wanted, make
from audit.ledger import keys
from audit.ledger.models import Checkpoint, Leaf, Tile
from audit.models import Entry
from qc import actions
from tests.audit.tampering import as_owner, run
from tests.factories import BatchFactory, PersonFactory
from tests.qc.conftest import ready, signing
from tests.way import submitted

OTHER_NOTES = "Words of the other batch that nobody else may read"


@pytest.fixture
def approved(operator, second_operator, reviewer):
    """A whole batch with a file and a signature, and another batch beside it."""
    batch = submitted(BatchFactory(by=operator), operator, second_operator)
    actions.begin_review(batch=batch, by=reviewer)
    ready(batch, reviewer)
    actions.approve_batch(batch=batch, **signing(batch, reviewer, "fine"), by=reviewer)
    batch.refresh_from_db()
    return batch


@pytest.fixture
def other(approved):
    """Another batch of other people in the same log."""
    stranger = PersonFactory(username="stranger1", printed_name="Stranger One")
    return BatchFactory(by=stranger, notes=OTHER_NOTES)


@pytest.fixture
def bundled(tmp_path, auditor):
    """Makes a bundle: `bundled(batch=…)` gives its path; what was made stands in `bundled.made`."""

    def bundle(name="bundle.zip", **wanted):
        file = BytesIO()
        bundle.made = make(Wanted(**wanted), file, by=auditor)
        path = tmp_path / name
        path.write_bytes(file.getvalue())
        return path

    return bundle


def verified(*arguments, python=sys.executable, verifier=VERIFIER):
    """(exit code, everything it said) of the verifier, alone and without site packages."""
    done = subprocess.run(
        [python, "-I", "-S", str(verifier), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONIOENCODING": "utf-8"},
        cwd=Path("/"),
    )
    return done.returncode, done.stdout + done.stderr


def forge(entry, body):
    """Write another body behind everybody's back, mend the batch's chain, and forget all that was sealed.

    With the real key still in its place, the next pass signs the forged log.
    """
    with as_owner():
        previous = None
        for one in Entry.objects.filter(batch_number=entry.batch_number).order_by("number_in_batch"):
            said = json.loads(body if one.pk == entry.pk else one.body)
            said["batch"]["previous"] = previous
            text = canonical.text(said)
            leaf = canonical.leaf_hash(text)
            run("UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE id = %s", text, leaf, one.pk)
            previous = leaf.hex()
        for model in (Leaf, Tile, Checkpoint):
            run(f"DELETE FROM {model._meta.db_table}")
    (keys.folder() / keys.LAST_FILE).unlink()
