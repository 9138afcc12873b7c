"""What reviewers look for first: what belongs to it, and that an index answers it."""

import datetime as dt

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry, EntryAction, TrackedModel
from audit.trail import marks
from audit.trail.marks import MARKS
from tests.audit.writing import TYPING_ERROR, body_of, event, save
from tests.factories import BatchFactory, DonorFactory, SourceLotFactory
from tests.way import harvested, sheet_of_step, spun


def marked(name):
    return list(
        Entry.objects.alias(mark=MARKS[name]).filter(mark=1).order_by("id").values_list("id", flat=True)
    )


def shown(client, **asked):
    return [line.number for line in client.get(reverse("trail"), asked).context["page"].rows]


def test_r057_replaced_values_are_critical_and_have_a_reason(signed_in, auditor, donor, changed):
    donor.notes = "first words"
    save(donor, auditor)
    client = signed_in(auditor)
    assert shown(client, only="reasons") == [changed.pk]
    assert shown(client, only="critical", kind="batches.donor") == [changed.pk]


def test_statuses_limits_masters_people_and_signatures_are_critical(operator, changed):
    batch = BatchFactory(by=operator)
    batch.status = "submitted"
    batch.submitted_at, batch.submitted_by = timezone.now(), operator
    status = save(batch, operator)
    signed = event("signed", operator)
    found = set(marked("critical"))
    assert {status.pk, signed.pk, changed.pk} <= found
    for kind in marks.CRITICAL_KINDS[:8]:
        assert {*Entry.objects.filter(kind=kind).values_list("id", flat=True)} <= found
    plain = ("batches.batch", "batches.harvest", "batches.sourcelot", "batches.donor")
    created = Entry.objects.filter(kind__in=plain, action="created")
    assert found & {*created.values_list("id", flat=True)} == set()


def test_every_critical_kind_and_action_exists():
    known = {model._meta.label_lower for model in apps.get_models() if issubclass(model, TrackedModel)}
    assert set(marks.CRITICAL_KINDS) - known == set()
    assert {*marks.CRITICAL_ACTIONS, *marks.REFUSALS} - set(EntryAction.values) == set()
    assert list(marks.WORDS) == list(marks.MEANINGS) == list(MARKS)


def test_r057_voided_records_are_found(operator, second_operator):
    from batches.isolation.actions import void_step

    batch = BatchFactory(by=operator)
    harvested(batch, operator)
    spun(batch, operator, second_operator)
    void_step(sheet=sheet_of_step(batch), reason=TYPING_ERROR, by=operator)
    entry = Entry.objects.filter(kind="batches.processstep").latest("id")
    assert marked("voided") == [entry.pk]


def test_r016_late_entries_are_found_and_say_how_late(signed_in, auditor, operator):
    from batches.source.models import Harvest

    batch = BatchFactory(by=operator)
    harvest = Harvest.objects.get(batch=batch)
    harvest.harvested_time = timezone.now() - dt.timedelta(hours=5, minutes=12)
    late = save(harvest, operator)
    assert body_of(late)["late_min"] == 312
    client = signed_in(auditor)
    assert shown(client, only="late") == [late.pk]
    assert "late 5 h 12 min" in client.get(reverse("trail")).content.decode()


def test_material_from_another_site_is_not_late(operator):
    lot = SourceLotFactory(by=operator, collection_time=timezone.now() - dt.timedelta(days=2))
    assert "late_min" not in body_of(Entry.objects.filter(kind="batches.sourcelot", object_id=lot.pk).get())


def test_r007_refusals_and_failed_sign_ins_are_found(operator):
    found = [
        event(happening, by).pk
        for happening, by in (("refused", operator), ("sign_in_failed", None), ("identity_failed", operator))
    ]
    event("signed_in", operator)
    assert marked("refusals") == found


def test_nobody_writes_a_mark_with_words_of_their_own(operator):
    words = '{"reason":{"field":"status","late_min":9'
    donor = DonorFactory(notes=words, by=operator)
    donor.code = "DT-99999"
    donor.notes = f"{words} again"
    save(donor, operator, reason=TYPING_ERROR)
    plain = DonorFactory(notes="", by=operator)
    plain.notes = words
    entry = save(plain, operator)
    assert [name for name in MARKS if entry.pk in marked(name)] == []


@pytest.mark.parametrize("name", MARKS)
def test_an_index_answers_each(operator, name):
    for _ in range(60):
        event("printed", operator)
    entries = Entry.objects.alias(mark=MARKS[name]).filter(mark=1).order_by("-id")[:101]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert f"entry_{name}" in entries.explain()
    assert "TEMP B-TREE" not in entries.explain()
