"""Signatures, clocks, time zones, crowds: what surrounds the record."""

import datetime as dt

import pytest
from django.utils import timezone

from audit import canonical
from audit.ledger import sealing
from audit.models import Entry
from batches.record.models import Batch
from qc import actions
from qc.models import Signature
from tests.audit.attacks.attacking import ONLINE, PREVENTED, WARNED, attack, owner_does
from tests.audit.ledger.ledgering import entries
from tests.audit.ledger.test_at_once import Crowd, work_at_once
from tests.audit.tampering import run
from tests.factories import BatchFactory, PersonFactory
from tests.qc.conftest import ready, signing
from tests.way import submitted

MOVE = "Move a signature to another record"


@pytest.fixture
def signed(scene):
    """The batch approved and signed, a second one beside it."""
    reviewer = PersonFactory(username="reviewer1", role="reviewer")
    batch = submitted(BatchFactory(by=scene.operator), scene.operator, PersonFactory(username="operator2"))
    actions.begin_review(batch=batch, by=reviewer)
    batch.refresh_from_db()
    ready(batch, reviewer)
    actions.approve_batch(batch=batch, **signing(batch, reviewer, "as I read it"), by=reviewer)
    scene.hand_out()
    return scene


@attack(MOVE, "SQL, guards in place", PREVENTED, "guard: signatures are append-only")
def test_r036_moving_a_signature_is_refused(signed):
    other = signed.batch.pk
    signed.carry_out(lambda: run("UPDATE qc_signature SET batch_id = %s", other), "keeps every version")


@attack(MOVE, "SQL, guards off", ONLINE, "the entry tells which record was signed, and its last entry's hash")
def test_r036_a_moved_signature_is_shown(signed):
    assert Batch.objects.count() == 2 and Signature.objects.count() == 2
    other = signed.batch.pk
    signed.carry_out(lambda: owner_does("UPDATE qc_signature SET batch_id = %s", other), "Signature.*Batch")


@attack(MOVE, "a copy of it for another record", ONLINE, "a signature without history and entry")
def test_r036_a_copied_signature_is_shown(signed):
    columns = [
        f'"{f.column}"'
        for f in Signature._meta.concrete_fields
        if f.column not in ("id", "batch_id", "review_id", "nonce")
    ]
    names = ", ".join(columns)
    # With the nonce that it was signed with the database would refuse it.
    copied = f"SELECT %s, 'another', {names} FROM qc_signature WHERE meaning = 'reviewed_approved'"
    sql = f"INSERT INTO qc_signature (batch_id, nonce, {names}) {copied}"
    signed.carry_out(lambda: run(sql, signed.batch.pk), "[Ss]ignature")


@attack(
    "Set the clock back",
    "entries written while the clock is a day behind",
    WARNED,
    "leaves are in the order of commits; a warning names where time went back",
)
def test_r080_a_clock_that_was_set_back_is_warned_of(scene, monkeypatch):
    behind = timezone.now() - dt.timedelta(days=1)

    def act():
        monkeypatch.setattr(timezone, "now", lambda: behind)
        entries(2)
        monkeypatch.undo()

    scene.carry_out(act, "clock|back|earlier", then=sealing.seal)


@attack(
    "Another time zone",
    "the installation set to another time zone, verified and bundled",
    PREVENTED,
    "times in entries are UTC; nothing hashed depends on the zone",
)
def test_r080_another_time_zone_changes_nothing(scene, settings):
    entries = Entry.objects.order_by("pk")
    before = list(entries.values_list("pk", "body", "leaf_hash"))
    settings.TIME_ZONE = "Asia/Kathmandu"
    with timezone.override("America/Los_Angeles"):
        assert scene.verify(scene.copy) == (None, "")
        assert scene.check_bundle() == (None, "")
    assert [(pk, body, bytes(leaf)) for pk, body, leaf in before] == [
        (one.pk, one.body, canonical.leaf_hash(one.body)) for one in entries[: len(before)]
    ]
    scene.outcome = PREVENTED


@attack(
    "Many writers at once",
    "32 on PostgreSQL and 8 on SQLite with two sealers, roll-backs and a slow transaction",
    PREVENTED,
    "one leaf an entry, no gap, no fork; every checkpoint fits the next",
)
def test_r075_writers_at_once_leave_one_whole_ledger(committed_scene):
    scene = committed_scene
    work_at_once(Crowd([*Batch.objects.all(), None], scene.operator))
    assert scene.verify(scene.copy) == (None, "")
    assert scene.check_bundle() == (None, "")
    scene.outcome = PREVENTED
