"""One entry's page: what happened, its proof, what stands around it, and who else is affected."""

import base64
import json

import pytest
from django.db import connection, transaction
from django.urls import reverse

from audit import records
from audit.ledger import merkle
from audit.ledger.notes import PublicKey, opened
from audit.models import Entry
from audit.running import running
from audit.trail import affected, around, proofs
from batches.source.models import Donor
from tests.audit.test_health import seal
from tests.audit.writing import TYPING_ERROR, event, save
from tests.factories import BatchFactory, SourceLotFactory

# Session, person; entry, what it is among, its proof (leaf, checkpoint, keys, tree), the act's other entries,
# before and after, versions, what hangs on it.
ENTRY_PAGE = 13


def page_of(client, entry):
    return client.get(reverse("entry", args=[entry.pk]))


# --- proof --------------------------------------------------------------------------------------


def test_entry_that_waits_says_so(signed_in, auditor, changed):
    page = page_of(signed_in(auditor), changed).content.decode()
    assert "waits for the sealer" in page
    assert proofs.proof_of(changed) is None
    assert signed_in(auditor).get(reverse("entry_proof", args=[changed.pk])).status_code == 404


def test_sealed_entry_is_proved_anew(signed_in, auditor, changed):
    newest = seal()
    response = page_of(signed_in(auditor), changed)
    proof = response.context["proof"]
    assert (proof.is_good, proof.checkpoint.size, proof.first_covered_by) == (True, newest.size, newest.size)
    assert f"hashes lead to the root that checkpoint {newest.size} is signed with" in proof.words
    assert "sealed, and as it was sealed" in response.content.decode()


def test_entry_whose_text_was_changed_after_sealing_is_not_proved(changed):
    seal()
    changed.body = changed.body.replace("43", "44")
    proof = proofs.proof_of(changed)
    assert (proof.is_good, "was changed after it was sealed" in proof.words) == (False, True)


def test_proof_file_is_checked_with_nothing_of_ours(signed_in, auditor, changed):
    seal()
    response = signed_in(auditor).get(reverse("entry_proof", args=[changed.pk]))
    given = json.loads(response.content)
    key = PublicKey.read(given["public_keys"][0])
    root = opened(given["checkpoint"], [key]).split("\n")[2]
    path = [bytes.fromhex(one) for one in given["inclusion_path"]]
    leaf = merkle.leaf_hash(given["body"].encode())
    found = merkle.root_from_inclusion(leaf, given["leaf_index"], given["tree_size"], path)
    assert (leaf.hex(), base64.b64encode(found).decode()) == (given["leaf_hash"], root)
    last = Entry.objects.latest("id")
    assert (last.action, last.actor_id, last.act) == ("exported", auditor.pk, "entry_proof")


def test_proof_is_taken_away_by_those_who_may_export(signed_in, reviewer, changed):
    seal()
    client = signed_in(reviewer)
    assert "Proof as a file" not in page_of(client, changed).content.decode()
    assert client.get(reverse("entry_proof", args=[changed.pk])).status_code == 403


# --- around -------------------------------------------------------------------------------------


def test_r003_value_changed_three_times_shows_four_values(signed_in, auditor, donor, operator):
    for age in (43, 44, 45):
        donor.age_years = age
        entry = save(donor, operator, reason=TYPING_ERROR)
    (ages,) = around.versions(entry)
    assert (ages.label, ages.unit) == ("Age", "years")
    assert [version.value for version in ages.values] == ["34", "43", "44", "45"]
    assert [version.is_this for version in ages.values] == [False, False, False, True]
    page = page_of(signed_in(auditor), entry).content.decode()
    assert "Age, years: 4 values" in page


def test_entry_before_and_after_of_the_same_record_and_batch(operator):
    batch = BatchFactory(by=operator)
    first = Entry.objects.get(kind="batches.batch")
    before = Entry.objects.filter(batch_number=batch.number).latest("id")
    batch.notes = "one"
    second = save(batch, operator, reason=TYPING_ERROR)
    batch.notes = "two"
    third = save(batch, operator, reason=TYPING_ERROR)
    event("printed", operator)
    assert around.beside(second) == around.Beside(first.pk, third.pk, before.pk, third.pk)
    assert around.beside(third) == around.Beside(second.pk, None, second.pk, None)
    assert around.beside(Entry.objects.latest("id")) == around.Beside()


def test_entries_of_the_same_act_are_named(signed_in, auditor, operator, second_operator):
    def donors(act, code, by, count):
        token = running.set(act)
        try:
            with transaction.atomic():
                return [records.save(Donor(code=f"{code}-{n:04d}"), by=by).pk for n in range(count)]
        finally:
            running.reset(token)

    first, second, third = (
        donors("one", "DA", operator, 1),
        donors("many", "DB", operator, 3),
        donors("one", "DC", operator, 1),
    )
    assert [around.same_act(Entry.objects.get(pk=number)) for number in second] == [
        [second[1], second[2]],
        [second[0], second[2]],
        [second[0], second[1]],
    ]
    if connection.vendor == "sqlite":  # a test on PostgreSQL is one transaction
        assert [around.same_act(Entry.objects.get(pk=number)) for number in first + third] == [[], []]
    assert around.same_act(event("printed", operator)) == []
    page = page_of(signed_in(auditor), Entry.objects.get(pk=second[0])).content.decode()
    assert "Written in the same act" in page


# --- who else is affected -----------------------------------------------------------------------


def told(entry):
    return {group.title: [one.words for one in group.things] for group in affected.of(entry)}


def test_donor_names_its_source_lots_and_their_batches(signed_in, auditor, donor, operator):
    lot = SourceLotFactory(donor=donor, by=operator)
    batch = BatchFactory(source_lot=lot, by=operator)
    entry = Entry.objects.filter(kind="batches.donor").latest("id")
    assert told(entry) == {
        "Source lots of this donor": [lot.code],
        "Batches that stand on it": [batch.number],
    }
    page = page_of(signed_in(auditor), entry).content.decode()
    assert f'<a href="/batches/{batch.number}/">{batch.number}</a>' in page


@pytest.mark.parametrize(
    ("kind", "of"),
    {
        "batches.sourcelot": lambda batch: batch.source_lot_id,
        "batches.product": lambda batch: batch.product_id,
        "batches.masterrecord": lambda batch: batch.plan.version.master_id,
        "batches.masterversion": lambda batch: batch.plan.version_id,
        "batches.plannedstep": lambda batch: batch.plan.version.planned_steps.first().pk,
        "batches.frozenplan": lambda batch: batch.plan_id,
    }.items(),
)
def test_what_a_batch_stands_on_names_the_batch(operator, kind, of):
    batch = BatchFactory(by=operator)
    BatchFactory(by=operator)
    entry = Entry.objects.filter(kind=kind, object_id=of(batch)).latest("id")
    assert told(entry)["Batches that stand on it"] == [batch.number]


def test_change_of_a_batch_names_the_batch_as_it_stands(operator):
    batch = BatchFactory(by=operator)
    (group,) = affected.of(Entry.objects.get(kind="batches.batch", object_id=batch.pk))
    assert (group.title, group.things[0].words, group.things[0].detail) == (
        "Its batch, as it stands now",
        batch.number,
        "in process",
    )


def test_many_batches_are_cut(operator):
    lot = SourceLotFactory(by=operator)
    version = BatchFactory(source_lot=lot, by=operator).plan.version
    for _ in range(affected.MOST_SHOWN):
        BatchFactory(source_lot=lot, version=version, by=operator)
    entry = Entry.objects.filter(kind="batches.sourcelot", object_id=lot.pk).latest("id")
    group = affected.of(entry)[0]
    assert (len(group.things), group.has_more) == (affected.MOST_SHOWN, True)


# --- cost ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [1, 3, 105])
def test_entry_page_costs_the_same_however_often_a_record_changed(
    signed_in, auditor, donor, operator, django_assert_num_queries, changes
):
    for n in range(changes):
        donor.notes = f"words {n}"
        entry = save(donor, operator, reason=TYPING_ERROR)
    seal()
    client = signed_in(auditor)
    page_of(client, entry)
    with django_assert_num_queries(ENTRY_PAGE):
        page_of(client, entry)
