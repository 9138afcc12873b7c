"""What an entry says: who, what, when and why, as it was then; and its place among a batch's entries."""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit import canonical, records
from audit.models import Entry, EntryAction
from batches.record.models import Attachment, Reading
from batches.source.models import Donor
from tests.audit.writing import TYPING_ERROR, body_of, changes_in, save
from tests.factories import BatchFactory, DonorFactory, PersonFactory, ProductFactory, SourceLotFactory


def donor():
    return Donor(code="DN-0001", age_years=34, eligibility="eligible")


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
        "reason": {"category": "typing_error", "words": "digits swapped, see <plate> export"},
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
