"""What somebody changes behind the application is found and named, whatever it is; on the running engine."""

import datetime as dt
import json
import re
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.utils import timezone

from audit import canonical
from audit.ledger import keys, sealing
from audit.ledger.models import Checkpoint, Leaf, Tile
from audit.ledger.notes import SigningKey
from audit.models import Entry
from audit.verifying import completeness, running, state
from audit.verifying.models import UnexplainedChange
from audit.verifying.replay import fits
from audit.verifying.shapes import FieldShape
from batches.files.models import DroppedFile
from batches.record.files import path_of
from batches.record.models import Attachment
from batches.source.models import Donor
from tests.audit.tampering import behind, past_every_rule, run
from tests.audit.writing import TYPING_ERROR, event, save
from tests.factories import DonorFactory

DURATION = "UPDATE batches_ultracentrifugation SET duration_min = 60"
DURATION_BEFORE = "UPDATE batches_historicalultracentrifugation SET duration_min = 60 WHERE duration_min = 75"


def sentences(**given):
    return [one.sentence for one in running.verify(**given).differences]


def verify(capsys, *arguments):
    """Exit status and what the command says."""
    status = 0
    try:
        call_command("verify", *arguments)
    except SystemExit as end:
        status = end.code
    return status, capsys.readouterr().out


def test_r074_everything_in_order_ends_with_0_and_says_what_was_checked(batch, capsys):
    status, said = verify(capsys)
    assert status == 0
    assert "Everything is in order." in said
    assert re.search(r"Live rows, history and entries in sets: \d+ records, \d+ history rows", said)
    assert re.search(r"Files: 1 file ", said)


def test_r074_the_outcome_is_kept_as_an_entry_and_shown(batch, capsys):
    size = sealing.newest().size
    verify(capsys)
    latest = state.latest()
    assert (latest.outcome, latest.checkpoint, latest.wrong, latest.is_quick) == ("in_order", size, 0, False)
    entry = Entry.objects.get(pk=latest.entry)
    assert (entry.action, entry.actor_username, entry.act) == ("verified", "command-line", "verify")


def test_the_last_verification_costs_one_query(batch, capsys, django_assert_num_queries):
    verify(capsys)
    with django_assert_num_queries(1):
        state.latest()


# --- rows ---------------------------------------------------------------------------------------


def test_r074_a_value_changed_by_raw_sql_is_named_with_old_new_and_entry(batch, spin, capsys):
    run(DURATION)
    status, said = verify(capsys)
    entry = Entry.objects.filter(kind="batches.ultracentrifugation", body__contains='"duration_min"').get()
    label = spin.trail_label
    assert status == 1
    assert (
        f"WRONG: Batch {batch.number}, {label}: Duration: the trail says 75 min "
        f"(entry {entry.pk}, operator1), but 60 min stands there." in said
    )
    assert state.latest().outcome == "wrong"


def test_r074_a_value_changed_by_the_orm_is_found(spin):
    models.QuerySet(type(spin)).update(duration_min=Decimal(60))
    assert len(sentences()) == 1
    assert len(sentences(scope=running.QUICK)) == 1


def test_the_set_based_stage_alone_names_the_record(spin):
    run(DURATION)
    assert [(one.shape.kind, one.ids) for one in completeness.set_based() if one.ids] == [
        ("batches.ultracentrifugation", [spin.pk])
    ]


@pytest.mark.parametrize("scope", [running.WHOLE, running.QUICK])
def test_r074_a_value_emptied_is_found(batch, scope):
    run("UPDATE batches_batch SET submitted_at = NULL, submitted_by_id = NULL")
    found = running.verify(scope).differences
    assert {one.field for one in found} == {"submitted_at", "submitted_by"}
    assert {one.standing for one in found} == {"nothing"}


def test_r074_live_row_and_history_changed_alike_are_found_by_the_replay(spin):
    run(DURATION)
    behind(DURATION_BEFORE)
    assert [one.ids for one in completeness.set_based() if one.ids] == []
    found = running.verify().differences
    assert [(one.what, one.recorded, one.standing) for one in found] == [
        ("value", "75 min", "60 min"),
        ("history", "75 min", "60 min"),
    ]


def test_r074_an_older_version_changed_in_the_history_is_found(donor_twice):
    behind("UPDATE batches_historicaldonor SET age_years = 20 WHERE revision = 1")
    assert [(one.what, one.field) for one in running.verify().differences] == [("history", "age_years")]


@pytest.fixture
def donor_twice(operator):
    donor = DonorFactory(age_years=34, by=operator)
    donor.age_years = 43
    save(donor, operator, reason=TYPING_ERROR)
    sealing.seal()
    return donor


@pytest.mark.parametrize(
    "change",
    ["history_user_id = (SELECT min(id) FROM accounts_user)", "history_change_reason = 'other: because'"],
)
def test_r074_who_and_why_changed_in_the_history_are_found(donor_twice, change):
    behind(f"UPDATE batches_historicaldonor SET {change} WHERE revision = 2")
    assert [(one.what, one.field) for one in running.verify().differences] == [("history", "history")]


def test_r074_a_history_row_taken_away_is_found(donor_twice):
    behind("DELETE FROM batches_historicaldonor WHERE revision = 1")
    [found] = running.verify(running.QUICK).differences
    assert (found.what, found.recorded, found.standing) == ("history", "2 versions", "1 versions")


def test_r074_a_history_row_put_in_is_found(donor_twice):
    columns = ", ".join(
        f'"{f.column}"' for f in Donor.history.model._meta.concrete_fields if f.column != "history_id"
    )
    run(
        f"INSERT INTO batches_historicaldonor ({columns}) SELECT {columns} FROM batches_historicaldonor "
        "WHERE revision = 2"
    )
    assert [(one.what, one.standing) for one in running.verify(running.QUICK).differences] == [
        ("history", "3 versions")
    ]


def test_r074_a_live_row_taken_away_is_found(donor_twice):
    behind("DELETE FROM batches_donor")
    [found] = running.verify(running.QUICK).differences
    assert (found.what, found.record_id) == ("row_gone", donor_twice.pk)
    assert "the trail tells of it, but it is gone from the database" in found.sentence


def test_r074_a_live_row_put_in_is_found(donor_twice):
    columns = ", ".join(
        f'"{f.column}"' for f in Donor._meta.concrete_fields if f.column not in {"id", "code"}
    )
    run(f"INSERT INTO batches_donor (code, {columns}) SELECT 'DN-FORGED', {columns} FROM batches_donor")
    [found] = running.verify(running.QUICK).differences
    assert (found.what, found.record_label) == ("row_added", "Donor DN-FORGED")
    assert "Age 43" in found.standing


def test_a_bulky_value_that_no_history_holds_is_found(batch):
    curves = "'{\"size_nm\": [1]}'" + ("::jsonb" if connection.vendor == "postgresql" else "")
    behind(f"UPDATE batches_reading SET curves = {curves}")
    assert [(one.what, one.field) for one in running.verify().differences] == [("value", "curves")]


def test_one_record_after_the_other_and_many_of_them(operator):
    for _ in range(5):
        DonorFactory(by=operator)
    run("UPDATE batches_donor SET age_years = age_years + 1")
    report = running.verify()
    assert (report.wrong, report.words.endswith("And 4 more.")) == (5, True)


def test_more_than_can_be_described_are_counted(operator, monkeypatch):
    monkeypatch.setattr(running, "MOST_TOLD", 2)
    monkeypatch.setattr(running, "AT_A_TIME", 2)
    for _ in range(5):
        DonorFactory(by=operator)
    run("UPDATE batches_donor SET age_years = age_years + 1")
    report = running.verify()
    assert (len(report.differences), report.wrong) == (2, 5)


def test_last_known_in_order_is_the_last_verification(spin, capsys):
    verify(capsys)
    at = state.latest().at
    run(DURATION)
    [found] = running.verify().differences
    assert found.in_order_until == at


# --- entries ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("actor_name = 'Somebody Else'", "actor_name"),
        ("object_label = 'another step'", "object_label"),
        ("action = 'printed'", "action"),
        ("change_cells = 'calm'", "change_cells"),
        ("kind = ''", "kind"),
    ],
)
def test_r074_what_screens_show_beside_the_text_is_compared_with_it(donor_twice, change, field):
    last = Entry.objects.order_by("-pk").first().pk
    behind(f"UPDATE audit_entry SET {change} WHERE id = {last}")
    found = [one for one in running.verify().differences if one.what == "entry"]
    assert [(one.record_id, one.field) for one in found] == [(last, field)]


def test_r074_a_time_moved_beside_the_text_is_found(donor_twice):
    last = Entry.objects.order_by("-pk").first()
    behind("UPDATE audit_entry SET at = %s WHERE id = %s", last.at + dt.timedelta(hours=1), last.pk)
    assert "at" in {one.field for one in running.verify().differences}


def altered(entry, old, new):
    return entry.body.replace(old, new)


def test_r074_a_text_changed_without_its_hash_is_found(donor_twice):
    entry = Entry.objects.order_by("-pk").first()
    body = altered(entry, '"new":43', '"new":44')
    assert body != entry.body
    behind("UPDATE audit_entry SET body = %s WHERE id = %s", body, entry.pk)
    found = running.verify().differences
    assert ("entry", "body") in {(one.what, one.field) for one in found}
    assert any("text and hash do not belong together" in one.sentence for one in found)


def test_r074_a_text_that_can_not_be_read_is_found(donor_twice):
    entry = Entry.objects.order_by("-pk").first()
    behind("UPDATE audit_entry SET body = 'gone' WHERE id = %s", entry.pk)
    assert any("its text can't be read" in one.sentence for one in running.verify().differences)


def rewrite(entry, old, new):
    """Change an entry's text and its leaf hash alike."""
    body = altered(entry, old, new)
    assert body != entry.body
    given = [body, canonical.leaf_hash(body), entry.pk]
    behind("UPDATE audit_entry SET body = %s, leaf_hash = %s WHERE id = %s", *given)


def test_r075_text_and_hash_changed_alike_do_not_lead_to_the_signed_root(donor_twice):
    rewrite(Entry.objects.order_by("-pk").first(), '"words":"digits', '"words":"other digits')
    found = {(one.what, one.record_kind, one.field) for one in running.verify().differences}
    assert ("ledger", "audit.checkpoint", "root") in found


def test_r075_with_a_full_tile_the_very_entry_is_named(operator):
    for number in range(260):
        event("printed", operator, detail={"page": number})
    sealing.seal()
    entry = Entry.objects.filter(action="printed").order_by("pk")[99]
    rewrite(entry, '"page":99', '"page":98')
    found = running.verify().differences
    assert [one.record_id for one in found if one.field == "leaf_hash"] == [entry.pk]
    assert any("it is not the text that was sealed" in one.sentence for one in found)


def test_r075_the_next_entry_of_the_batch_names_the_one_before(batch):
    rewrite(Entry.objects.filter(batch_number=batch.number)[1], '"act":"open_batch"', '"act":"open_watch"')
    found = [one for one in running.verify(running.BATCH, number=batch.number).differences]
    assert ("entry", "previous") in {(one.what, one.field) for one in found}


def test_r075_an_entry_gone_from_the_middle_of_a_batch(batch):
    entry = Entry.objects.filter(batch_number=batch.number, number_in_batch=3).get()
    behind("DELETE FROM audit_entry WHERE id = %s", entry.pk)
    told = sentences()
    assert any("entry 3 of the batch is gone" in one for one in told)
    assert any(f"entry {entry.pk} was sealed as leaf" in one for one in told)


# --- ledger -------------------------------------------------------------------------------------


def test_r075_the_last_entry_gone(donor_twice, operator):
    last = event("printed", operator)
    sealing.seal()
    behind("DELETE FROM audit_entry WHERE id = %s", last.pk)
    assert any(f"entry {last.pk} was sealed as leaf" in one for one in sentences())


def test_r075_the_end_cut_off_with_its_seals_is_told_by_what_is_remembered_outside(donor_twice, operator):
    size = sealing.newest().size
    event("printed", operator)
    sealing.seal()
    with past_every_rule():
        run("DELETE FROM audit_checkpoint WHERE size > %s", size)
        run('DELETE FROM audit_leaf WHERE "index" >= %s', size)
        run("DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)")
    [told] = sentences()
    assert "it is older than its ledger" in told


# Committed for real: below which transaction all is sealed is known of checkpoints that are.
@pytest.mark.django_db(transaction=True)
def test_r075_an_entry_put_into_the_middle_was_never_sealed(donor_twice, operator):
    first = Entry.objects.order_by("pk").first()
    columns = [f.column for f in Entry._meta.concrete_fields if f.column not in {"id", "transaction"}]
    names = ", ".join(f'"{name}"' for name in columns)
    event("printed", operator)
    sealing.seal()
    with past_every_rule():
        transaction = first.transaction - 1 if first.transaction else None
        run(
            f'INSERT INTO audit_entry (id, "transaction", {names}) SELECT %s, %s, {names} FROM audit_entry '
            "WHERE id = %s",
            first.pk - 1,
            transaction,
            first.pk,
        )
    assert any("it was put in later" in one for one in sentences())


def test_r075_a_leaf_gone_leaves_a_gap(donor_twice):
    behind('DELETE FROM audit_leaf WHERE "index" = 2')
    assert any("leaves 2 to 2 are gone" in one for one in sentences())


def test_r075_a_leaf_far_out_does_not_keep_the_verification_from_its_end(donor_twice):
    size = sealing.newest().size
    behind('UPDATE audit_leaf SET "index" = %s WHERE "index" = %s', 10**15, size - 1)
    assert any(f"leaves {size - 1} to {10**15 - 1} are gone" in one for one in sentences())


def test_r075_two_leaves_swapped(donor_twice):
    one, other = Leaf.objects.order_by("index").values_list("entry_id", flat=True)[:2]
    with past_every_rule():
        run('UPDATE audit_leaf SET entry_id = -1 WHERE "index" = 0')
        run('UPDATE audit_leaf SET entry_id = %s WHERE "index" = 1', one)
        run('UPDATE audit_leaf SET entry_id = %s WHERE "index" = 0', other)
    assert any("signed over other entries" in told for told in sentences())


def test_r075_a_tile_changed(operator):
    for number in range(260):
        event("printed", operator, detail={"page": number})
    sealing.seal()
    tile = Tile.objects.get()
    behind("UPDATE audit_tile SET hashes = %s", bytes(tile.hashes)[::-1])
    [told] = sentences()
    assert "Tile 0/0: it does not hold the hashes that the entries give" in told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("note = replace(note, 'exoledger', 'exoledgar')", "its note is not what was signed"),
        ("root = %s", "signed over other entries"),
        ("size = size + 1", "covers"),
    ],
)
def test_r075_a_checkpoint_changed(donor_twice, change, words):
    behind(f"UPDATE audit_checkpoint SET {change}", *([bytes(32)] if "%s" in change else []))
    assert any(words in one for one in sentences())


def test_r075_the_newest_checkpoint_is_looked_at_quickly_too(donor_twice):
    behind("UPDATE audit_checkpoint SET root = %s", bytes(32))
    assert any("signed over other entries" in one for one in sentences(scope=running.QUICK))


def test_a_ledger_of_many_checkpoints_and_tiles_is_in_order(operator):
    for number in range(530):
        event("printed", operator, detail={"page": number})
        if number % 90 == 0:
            sealing.seal()
    sealing.seal()
    report = running.verify()
    assert (report.outcome, report.checkpoint) == ("in_order", Entry.objects.count())
    assert Checkpoint.objects.count() == 7


def test_what_is_not_sealed_yet_is_said_and_is_no_error(donor_twice, operator):
    event("printed", operator)
    report = running.verify()
    assert report.outcome == "in_order"
    assert any("1 entry waits for the sealer" in note for note in report.notes)


def test_r080_a_clock_set_back_is_a_warning(donor_twice, operator, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr("audit.records.timezone.now", lambda: now - dt.timedelta(hours=3))
    event("printed", operator)
    monkeypatch.undo()
    event("printed", operator)
    sealing.seal()
    report = running.verify()
    assert (report.outcome, len(report.warnings)) == ("in_order", 1)
    assert "the clock was set back" in report.warnings[0].sentence


# --- guards and files ---------------------------------------------------------------------------


def test_r011_missing_guards_are_named(batch):
    sqlite = connection.vendor == "sqlite"
    name = "guard_audit_entry_delete" if sqlite else "guard_audit_entry_row"
    run(f'DROP TRIGGER "{name}"' + ("" if sqlite else " ON audit_entry"))
    [told] = sentences()
    assert name in told and "Run manage.py migrate" in told


def test_r079_a_file_gone_is_named_with_its_name_and_batch(batch, capsys):
    file = Attachment.objects.get()
    default_storage.delete(path_of(file.sha256))
    status, said = verify(capsys)
    assert status == 1
    assert f"Batch {batch.number}, File {file.name}: its file is missing from the store." in said


def test_r079_a_file_exchanged_is_named(batch):
    file = Attachment.objects.get()
    path = default_storage.path(path_of(file.sha256))
    with open(path, "rb") as stored:
        before = stored.read()
    try:
        default_storage.delete(path_of(file.sha256))
        with open(path, "wb") as stored:
            stored.write(before.replace(b"1", b"2"))
        [told] = sentences(scope=running.BATCH, number=batch.number)
        assert "the stored file is not the one that was attached" in told
    finally:
        default_storage.delete(path_of(file.sha256))


# --- outside copies -----------------------------------------------------------------------------


@pytest.fixture
def copy(donor_twice, operator, tmp_path):
    """A checkpoint kept elsewhere, after which work went on."""
    path = tmp_path / "usb-stick.txt"
    path.write_text(sealing.newest().note, encoding="utf-8")
    event("printed", operator)
    sealing.seal()
    return path


def test_r075_copies_that_fit_are_named(copy, capsys):
    status, said = verify(capsys, "--against", str(copy))
    assert (status, "usb-stick.txt: today's ledger begins with checkpoint" in said) == (0, True)


def test_r075_a_typed_copy_fits(copy, capsys):
    _, size, root = copy.read_text(encoding="utf-8").splitlines()[:3]
    assert verify(capsys, "--against", f"{size} {root}")[0] == 0
    copy.write_text(f"{size} {root}\n", encoding="utf-8")
    assert verify(capsys, "--quick", "--against", str(copy))[0] == 0


def test_r075_all_rewritten_with_the_stolen_key_is_told_by_the_copy(copy, capsys):
    entry = Entry.objects.filter(body__contains="digits swapped").get()
    rewrite(entry, '"words":"digits', '"words":"other digits')
    with past_every_rule():
        run("DELETE FROM audit_checkpoint")
        run("DELETE FROM audit_leaf")
        run("DELETE FROM audit_tile")
    (keys.folder() / keys.LAST_FILE).unlink()
    sealing.seal()
    behind(
        "UPDATE batches_historicaldonor SET history_change_reason = "
        "replace(history_change_reason, 'digits', 'other digits') WHERE revision = 2"
    )
    behind("UPDATE audit_entry SET change_cells = replace(change_cells, 'digits', 'other digits')")
    assert verify(capsys)[0] == 0
    status, said = verify(capsys, "--against", str(copy))
    assert (status, "usb-stick.txt: checkpoint" in said, "does not fit any more" in said) == (1, True, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither a signed note nor a line"),
        ("good morning\n", "neither a signed note nor a line"),
        ("\x00\xff", "neither a signed note nor a line"),
        ("a\n1\nb\n\n— a b\n", "signed by a key that this installation does not know"),
    ],
)
def test_a_copy_that_is_none_gets_a_sentence(copy, capsys, text, words):
    copy.write_bytes(text.encode("latin-1" if "\xff" in text else "utf-8"))
    status, said = verify(capsys, "--against", str(copy))
    assert (status, words in said) == (1, True)


def test_a_copy_that_is_not_there_gets_a_sentence(donor_twice, capsys):
    status, said = verify(capsys, "--against", "/nowhere/at/all.txt")
    assert (status, "it can't be read: No such file or directory" in said) == (1, True)


def test_a_copy_of_another_installation_says_so(copy, capsys):
    key = SigningKey.make("exoledger/0000000000000000")
    lines = copy.read_text(encoding="utf-8").splitlines()[1:3]
    copy.write_text(key.signed("\n".join([key.name, *lines, ""])), encoding="utf-8")
    status, said = verify(capsys, "--against", str(copy))
    assert (status, "It is a copy from another installation" in said) == (1, True)


def test_a_copy_with_a_changed_number_says_so(copy, capsys):
    text = copy.read_text(encoding="utf-8")
    size = text.splitlines()[1]
    copy.write_text(text.replace(f"\n{size}\n", f"\n{int(size) - 1}\n", 1), encoding="utf-8")
    status, said = verify(capsys, "--against", str(copy))
    assert (status, "it was changed, or copied wrongly" in said) == (1, True)


def test_r075_a_copy_that_is_larger_says_that_the_database_is_older(copy, capsys):
    root = copy.read_text(encoding="utf-8").splitlines()[2]
    status, said = verify(capsys, "--against", f"99999 {root}")
    assert (status, "this database is older than the copy" in said) == (1, True)


# --- the command --------------------------------------------------------------------------------


def test_json_holds_the_same(spin, capsys):
    run(DURATION)
    status, said = verify(capsys, "--json")
    report = json.loads(said)
    assert (status, report["outcome"], report["wrong"]) == (1, "wrong", 1)
    assert report["differences"][0]["standing"] == "60 min"
    assert len(report["stages"]) == 6


def test_one_batch_only(batch, spin, capsys):
    assert verify(capsys, "--batch", batch.number)[0] == 0
    run(DURATION)
    status, said = verify(capsys, "--batch", batch.number)
    assert (status, "60 min stands there" in said) == (1, True)
    assert Entry.objects.filter(act="verify_batch").count() == 2


@pytest.mark.parametrize("arguments", [["--batch", "NONE-1"], ["--batch", "X", "--quick"]])
def test_wrong_usage_ends_with_2(batch, arguments):
    with pytest.raises(CommandError) as refused:
        call_command("verify", *arguments)
    assert refused.value.returncode == 2


def test_found_again_is_not_kept_again(spin, capsys):
    run(DURATION)
    verify(capsys)
    verify(capsys)
    change = UnexplainedChange.objects.get()
    assert (change.what, change.field, change.recorded, change.standing) == (
        "value",
        "duration_min",
        "75 min",
        "60 min",
    )


def test_a_list_that_a_new_column_begins_with_is_as_empty_as_no_words():
    field = FieldShape(DroppedFile._meta.get_field("samples"), is_hashed=False, in_history=True)
    assert [fits(field, {}, value) for value in (None, [], ["EV"])] == [True, True, False]
    assert [fits(field, {"samples": ["EV"]}, value) for value in ([], ["EV"])] == [False, True]
