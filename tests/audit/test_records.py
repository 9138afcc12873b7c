"""The one door: what it demands, and that it writes everything or nothing."""

from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import User
from audit import records
from audit.clashes import in_words
from audit.models import Entry, EntryAction
from audit.refusal import OutsideTheDoor, Reason, ReasonMissing, RecordMoved, ValueRefused
from batches.characterization.blots import BlotLane
from batches.characterization.models import Assay
from batches.source.models import Donor
from batches.specifications.models import SpecificationVersion
from tests.audit.writing import TYPING_ERROR, body_of, changes_in, save
from tests.factories import BatchFactory, PersonFactory, ProductFactory


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
    assert newest.history_change_reason == "typing_error: digits swapped, see <plate> export"
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


@pytest.mark.parametrize(
    ("record", "columns", "constraint", "words", "field"),
    [
        (BlotLane(), "blot_id, number", "blotlane_number_once", "This lane is already recorded.", "number"),
        (
            SpecificationVersion(status="draft"),
            "specification_id",
            "specversion_one_on_the_way",
            "Another version of this specification is on its way already.",
            "specification",
        ),
        (Donor(), "code", "batches_donor_code_key", "This code is already taken.", "code"),
        (Assay(), "batch_id, number", "assay_number_once", "This number is already taken.", "number"),
    ],
)
def test_both_engines_refuse_what_is_there_already_in_the_same_words(
    record, columns, constraint, words, field
):
    """SQLite names the columns of the key, PostgreSQL its name and in the detail the columns."""
    table = record._meta.db_table
    sqlite = f"UNIQUE constraint failed: {', '.join(f'{table}.{name}' for name in columns.split(', '))}"
    postgresql = (
        f'duplicate key value violates unique constraint "{constraint}"\n'
        f"DETAIL:  Key ({columns})=(7) already exists."
    )
    for said in (sqlite, postgresql):
        refused = in_words(record, IntegrityError(said))
        assert (str(refused), refused.field) == (words, field)
