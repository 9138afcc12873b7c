"""The one door: what it demands, what it writes, and that it writes everything or nothing."""

import json
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from audit import canonical, records
from audit.models import Entry, EntryAction
from audit.refusal import OutsideTheDoor, Reason, ReasonMissing, RecordMoved, ValueRefused
from batches.record.models import Attachment, Reading
from batches.source.models import Donor
from tests.factories import BatchFactory, DonorFactory, PersonFactory, ProductFactory, SourceLotFactory

TYPING_ERROR = Reason("typing_error", "digits swapped")


def save(record, by, **given):
    with transaction.atomic():
        return records.save(record, by=by, **given)


def body_of(entry):
    return json.loads(entry.body)


def changes_in(entry):
    return {change["field"]: change for change in body_of(entry)["changes"]}


def donor(**values):
    return Donor(code="DN-0001", age_years=34, eligibility="eligible", **values)


@contextmanager
def failing_insert(table):
    """The database refuses every new row of that table."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"CREATE TRIGGER broken BEFORE INSERT ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'disk on fire'); END"
            )
        else:
            cursor.execute(
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'disk on fire'; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"
            )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER broken" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


# --- what the door demands ----------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_save_outside_a_transaction_is_refused():
    by = PersonFactory()
    with pytest.raises(OutsideTheDoor):
        records.save(donor(), by=by)
    assert Donor.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_event_outside_a_transaction_is_refused():
    by = PersonFactory()
    before = Entry.objects.count()
    with pytest.raises(OutsideTheDoor):
        records.event(EntryAction.PRINTED, by=by)
    assert Entry.objects.count() == before


@pytest.mark.parametrize("nobody", [None, User(username="ghost", printed_name="Ghost", role="operator")])
def test_r013_save_without_a_known_actor_is_refused(db, nobody):
    with pytest.raises(OutsideTheDoor):
        save(donor(), nobody)
    assert Donor.objects.count() == 0


def test_saving_a_record_past_the_door_is_refused(operator):
    record = donor()
    with pytest.raises(OutsideTheDoor):
        record.save()
    save(record, operator)
    with pytest.raises(OutsideTheDoor):
        record.save(update_fields=["notes"])
    with pytest.raises(OutsideTheDoor):
        record.delete()


def test_r004_replacing_a_saved_value_needs_a_reason(operator):
    record = donor()
    save(record, operator)
    before = Entry.objects.count()
    record.age_years = 43
    with pytest.raises(ReasonMissing) as refused:
        save(record, operator)
    assert str(refused.value) == "Say why Age changes: a saved value is replaced."
    assert Donor.objects.get().age_years == 34
    assert (Donor.history.count(), Entry.objects.count()) == (1, before)


@pytest.mark.parametrize("words", ["", " ", "x", "  ab ", "a\x00bc"])
def test_r004_blank_and_one_character_reasons_are_refused(words):
    with pytest.raises(ReasonMissing):
        Reason("typing_error", words)


def test_r004_reason_without_a_known_category_is_refused():
    with pytest.raises(ReasonMissing):
        Reason("because", "digits swapped")


def test_emptying_a_saved_value_needs_a_reason(operator):
    record = donor(notes="seen twice")
    save(record, operator)
    record.notes = ""
    with pytest.raises(ReasonMissing):
        save(record, operator)


def test_r005_first_entry_into_an_empty_field_needs_no_reason(operator):
    record = donor()
    save(record, operator)
    record.blood_group = "0 pos"
    entry = save(record, operator)
    assert entry.action == "changed"
    assert changes_in(entry) == {
        "blood_group": {"field": "blood_group", "label": "Blood group", "unit": "", "old": "", "new": "0 pos"}
    }
    assert body_of(entry)["reason"] is None


def test_free_fields_change_without_a_reason(operator):
    batch = BatchFactory(by=operator)
    batch.status = batch.Status.SUBMITTED
    entry = save(batch, operator)
    assert changes_in(entry)["status"]["new_text"] == "Submitted"
    batch.notes = "other words"
    with pytest.raises(ReasonMissing):
        save(batch, operator)


def test_record_saved_by_somebody_else_meanwhile_is_refused(operator, second_operator):
    save(donor(), operator)
    mine, theirs = Donor.objects.get(), Donor.objects.get()
    theirs.age_years = 35
    save(theirs, second_operator, reason=TYPING_ERROR)
    mine.age_years = 36
    with pytest.raises(RecordMoved) as refused:
        save(mine, operator, reason=TYPING_ERROR)
    assert str(refused.value) == "Donor DN-0001 was saved by somebody else in the meantime; look again."
    assert Donor.objects.get().age_years == 35


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"age_years": 121}, "Age: Can't be above 120 years."),
        ({"sex": "other"}, "Sex: Value 'other' is not a valid choice."),
        ({"notes": "a\x00b"}, "Notes: Null characters are not allowed."),
    ],
)
def test_values_a_field_can_not_hold_are_refused_in_words(operator, values, words):
    with pytest.raises(ValueRefused) as refused:
        save(Donor(**{"code": "DN-0001", "age_years": 34, "eligibility": "eligible"} | values), operator)
    assert (str(refused.value), refused.value.field) == (words, next(iter(values)))
    assert Donor.objects.count() == 0


def test_text_longer_than_its_column_is_refused_on_both_engines(operator):
    with pytest.raises(ValueRefused) as refused:
        save(donor(blood_group="x" * 11), operator)
    assert "10 characters" in str(refused.value)
    assert Donor.objects.count() == 0


def test_value_taken_already_is_refused_in_words_and_leaves_the_transaction_usable(operator):
    save(donor(), operator)
    with transaction.atomic():
        with pytest.raises(ValueRefused) as refused:
            records.save(donor(), by=operator)
        records.save(Donor(code="DN-0002"), by=operator)
    assert (str(refused.value), refused.value.field) == ("This code is already taken.", "code")
    assert list(Donor.objects.values_list("code", flat=True).order_by("id")) == ["DN-0001", "DN-0002"]


def test_constraint_of_the_model_is_refused_in_its_own_words(operator):
    product = ProductFactory()
    product.window_low_nm = Decimal(200)
    with pytest.raises(ValueRefused) as refused:
        save(product, operator, reason=TYPING_ERROR)
    assert str(refused.value) == "The size window must begin below its end."
    assert product.revision == 1


# --- row, history and entry: all or nothing -----------------------------------------------------


def test_r001_every_save_writes_row_history_and_entry(operator):
    before = Entry.objects.count()
    record = donor()
    created = save(record, operator)
    record.age_years = 43
    changed = save(record, operator, reason=TYPING_ERROR)
    assert (Donor.history.count(), Entry.objects.count()) == (2, before + 2)
    newest = Donor.history.latest("history_id")
    assert (newest.age_years, newest.revision, newest.history_user) == (43, 2, operator)
    assert newest.history_change_reason == "typing_error: digits swapped"
    assert (created.history_id, changed.history_id) == tuple(
        Donor.history.order_by("history_id").values_list("history_id", flat=True)
    )
    assert newest.history_date == changed.at


@pytest.mark.parametrize("table", ["batches_historicaldonor", "audit_entry"])
def test_r012_nothing_is_written_when_history_or_entry_fails(operator, table):
    before = Entry.objects.count()
    with failing_insert(table), pytest.raises(DatabaseError), transaction.atomic():
        records.save(donor(), by=operator)
    assert (Donor.objects.count(), Donor.history.count(), Entry.objects.count()) == (0, 0, before)


def test_r012_a_change_is_undone_when_its_history_fails(operator):
    record = donor()
    save(record, operator)
    before = Entry.objects.count()
    record.age_years = 43
    with failing_insert("batches_historicaldonor"), pytest.raises(DatabaseError), transaction.atomic():
        records.save(record, by=operator, reason=TYPING_ERROR)
    assert Donor.objects.get().age_years == 34
    assert (Donor.history.count(), Entry.objects.count()) == (1, before)


def test_save_without_a_change_writes_nothing(operator):
    record = donor(consent_withdrawn=False)
    save(record, operator)
    before = Entry.objects.count()
    record.age_years = "34"
    assert save(record, operator) is None
    assert (Donor.history.count(), Entry.objects.count(), record.revision) == (1, before, 1)


def test_reason_and_actor_do_not_leak_into_the_next_save(operator, second_operator):
    record = donor()
    save(record, operator)
    record.age_years = 43
    save(record, operator, reason=TYPING_ERROR)
    record.blood_group = "A"
    entry = save(record, second_operator)
    newest = Donor.history.latest("history_id")
    assert (newest.history_change_reason, newest.history_user) == (None, second_operator)
    assert body_of(entry)["reason"] is None


# --- what an entry says -------------------------------------------------------------------------


def test_r002_entry_says_who_what_when_and_why(operator):
    record = donor()
    save(record, operator)
    record.age_years = 43
    entry = save(record, operator, reason=TYPING_ERROR)
    assert body_of(entry) == {
        "v": "exoledger-entry/1",
        "at": canonical.time_text(entry.at),
        "action": "changed",
        "act": "",
        "actor": {"id": operator.pk, "name": "Operator One", "user": "operator1", "role": "operator"},
        "batch": None,
        "record": {
            "kind": "batches.donor",
            "id": record.pk,
            "label": "Donor DN-0001",
            "revision": 2,
            "history": entry.history_id,
        },
        "changes": [{"field": "age_years", "label": "Age", "unit": "years", "old": 34, "new": 43}],
        "reason": {"category": "typing_error", "words": "digits swapped"},
    }
    assert bytes(entry.leaf_hash) == canonical.leaf_hash(entry.body)


def test_entry_columns_are_copies_of_its_body(operator):
    batch = BatchFactory(by=operator)
    entry = Entry.objects.get(kind="batches.batch", object_id=batch.pk)
    body = body_of(entry)
    assert entry.body == canonical.text(body)
    assert (entry.actor_id, entry.actor_name, entry.actor_username, entry.actor_role) == (
        body["actor"]["id"],
        body["actor"]["name"],
        body["actor"]["user"],
        body["actor"]["role"],
    )
    assert (entry.batch_number, entry.number_in_batch) == (body["batch"]["number"], body["batch"]["entry"])
    assert (canonical.time_text(entry.at), entry.action, entry.act) == (
        body["at"],
        body["action"],
        "open_batch",
    )


def test_r003_every_earlier_value_stays_readable(operator):
    record = donor()
    save(record, operator)
    for age in (35, 36, 37):
        record.age_years = age
        save(record, operator, reason=TYPING_ERROR)
    entries = Entry.objects.filter(kind="batches.donor", object_id=record.pk).order_by("id")
    told = [changes_in(entry)["age_years"] for entry in entries]
    assert [(change["old"], change["new"]) for change in told] == [(None, 34), (34, 35), (35, 36), (36, 37)]
    assert list(Donor.history.order_by("history_id").values_list("age_years", flat=True)) == [34, 35, 36, 37]


def test_r019_names_in_an_entry_stay_as_they_were(administrator, operator):
    lot = SourceLotFactory(donor=DonorFactory(code="DN-0001"))
    entry = Entry.objects.get(kind="batches.sourcelot", object_id=lot.pk)
    assert changes_in(entry)["donor"]["new_text"] == "DN-0001"
    assert changes_in(entry)["kind"]["new_text"] == lot.get_kind_display()
    found = Donor.objects.get()
    found.code = "DN-0002"
    save(found, operator, reason=TYPING_ERROR)
    operator.printed_name = "Operator Renamed"
    save(operator, administrator, reason=TYPING_ERROR)
    assert changes_in(Entry.objects.get(pk=entry.pk))["donor"]["new_text"] == "DN-0001"
    assert Entry.objects.filter(kind="batches.donor").latest("id").actor_name == "Operator One"


def test_changed_relation_names_the_old_and_the_new(operator):
    lot = SourceLotFactory(donor=DonorFactory(code="DN-0001"))
    lot.donor = DonorFactory(code="DN-0002")
    change = changes_in(save(lot, operator, reason=TYPING_ERROR))["donor"]
    assert (change["old_text"], change["new_text"]) == ("DN-0001", "DN-0002")


def test_typed_text_stands_beside_the_value(operator):
    product = ProductFactory()
    product.window_high_nm = Decimal(125)
    typed = {"window_high_nm": "125,00", "name": product.name}
    change = changes_in(save(product, operator, reason=TYPING_ERROR, typed=typed))["window_high_nm"]
    assert change == {
        "field": "window_high_nm",
        "label": "Size window to",
        "unit": "nm",
        "old": "150",
        "new": "125",
        "typed": "125,00",
    }


def test_text_typed_as_it_is_kept_is_not_repeated(operator):
    product = ProductFactory()
    product.window_high_nm = Decimal(125)
    entry = save(product, operator, reason=TYPING_ERROR, typed={"window_high_nm": "125"})
    assert "typed" not in changes_in(entry)["window_high_nm"]


def test_bulky_fields_stand_as_their_hash_and_stay_out_of_history(operator):
    batch = BatchFactory(by=operator)
    attachment = Attachment(
        batch=batch,
        name="nta.csv",
        sha256="0" * 64,
        size_bytes=1,
        uploaded_at=timezone.now(),
        uploaded_by=operator,
    )
    save(attachment, operator)
    values, curves = {"mode_nm": 101.5}, {"size": [0.5, 1.5], "count": [1, 2]}
    reading = Reading(
        attachment=attachment, reader="nta", reader_version="1", format="CSV", values=values, curves=curves
    )
    entry = save(reading, operator)
    told = {name: changes_in(entry)[name]["new"] for name in ("values", "curves")}
    assert told == {
        "values": f"sha256 {canonical.content_hash(values)}",
        "curves": f"sha256 {canonical.content_hash(curves)}",
    }
    assert "101.5" not in entry.body
    assert not hasattr(Reading.history.get(), "curves")


def test_r020_passwords_never_enter_entries_or_history(administrator):
    person = PersonFactory(password="argon2$secret")
    assert Entry.objects.filter(body__contains="argon2$secret").count() == 0
    assert not hasattr(User.history.filter(id=person.pk).get(), "password")


# --- entries of a batch -------------------------------------------------------------------------


def test_entries_of_a_batch_are_numbered_without_gaps_and_chained(operator):
    batch, other = BatchFactory(by=operator), BatchFactory(by=operator)
    for words in ("one", "two"):
        for each in (batch, other):
            each.notes = words
            save(each, operator, reason=TYPING_ERROR)
    entries = list(Entry.objects.filter(batch_number=batch.number).order_by("id"))
    assert [entry.number_in_batch for entry in entries] == list(range(1, len(entries) + 1))
    links = [body_of(entry)["batch"]["previous"] for entry in entries]
    assert links == [None, *(bytes(entry.leaf_hash).hex() for entry in entries[:-1])]


def test_records_above_batches_have_no_place_in_one(operator):
    entry = save(donor(), operator)
    assert (entry.batch_number, entry.number_in_batch, body_of(entry)["batch"]) == ("", None, None)


def test_event_about_a_record_of_a_batch_takes_a_place_in_it(operator):
    batch = BatchFactory(by=operator)
    last = Entry.objects.filter(batch_number=batch.number).count()
    with transaction.atomic():
        entry = records.event(
            EntryAction.PRINTED, by=operator, about=batch, act="print_record", detail={"pages": 3}
        )
    body = body_of(entry)
    assert (entry.number_in_batch, entry.act, body["detail"]) == (last + 1, "print_record", {"pages": 3})
    assert "changes" not in body


def test_event_that_nobody_did_names_nobody(db):
    with transaction.atomic():
        entry = records.event(EntryAction.SIGN_IN_FAILED, by=None)
    assert (entry.actor_id, entry.actor_name, entry.actor_role) == (None, "nobody signed in", "")
