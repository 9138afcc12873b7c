"""Genetic modifications and priming of a source lot."""

from decimal import Decimal

import pytest
from django.urls import reverse

from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ReasonMissing, ValueRefused
from batches.source import treating
from batches.source.models import SourceLot
from batches.source.treatment_advice import treatment_advice
from batches.source.treatments import GeneticModification, Priming, treatments_of
from qc.papers.surroundings import source_data
from qc.signatures.source import lot_details, rests_on
from tests.batches.source.test_source_pages import posted, text
from tests.factories import BatchFactory, SourceLotFactory

WHY = Reason("typing_error", "digits swapped")
PRIMED = {"agent": "ifn_gamma", "dose": Decimal(50), "dose_unit": "ng/mL", "duration_h": Decimal(24)}


def primed(by, lot=None, **values):
    values = {**PRIMED, **values}
    return treating.record_treatment(lot=lot or SourceLotFactory(), model=Priming, values=values, by=by)


def engineered(by, lot, **values):
    values = {"what": "fusion", "gene": "CD63–GFP", "method": "aav", "kept": "transient", **values}
    return treating.record_treatment(lot=lot, model=GeneticModification, values=values, by=by)


def test_a_treatment_is_told_in_a_few_words():
    row = Priming(**PRIMED)
    modified = GeneticModification(gene="CD63–GFP", method="lentivirus", kept="integrated")
    hypoxia = Priming(agent="hypoxia", oxygen_percent=Decimal(2), duration_h=Decimal(48))
    assert [row.words, modified.words, hypoxia.words, Priming(agent="other", agent_name="TPO").words] == [
        "IFN-γ 50 ng/mL, 24 h",
        "CD63–GFP, lentivirus, integrated",
        "Hypoxia, 2 % O₂, 48 h",
        "TPO",
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Priming(**PRIMED, washed="yes"), []),
        (Priming(**PRIMED, washed="no"), ["Not washed out: the agent goes into the conditioned medium."]),
        (Priming(agent="hypoxia", duration_h=24), ["The oxygen is not recorded."]),
        (
            Priming(agent="hypoxia", duration_h=24, oxygen_percent=Decimal("5.1"), serum="full"),
            [
                "1–5 % oxygen is usual for hypoxia.",
                "Serum that was not depleted brings vesicles of its own.",
            ],
        ),
        (Priming(agent="hypoxia", oxygen_percent=Decimal(5), duration_h=24), []),
        (Priming(agent="ifn_gamma", is_voided=True), []),
        (
            GeneticModification(gene="X", method="lentivirus", kept="integrated", verification="flow"),
            [
                "No biosafety approval is named.",
                "A viral vector is named with its lot.",
                "Say which clone it is, or that it is a pool.",
            ],
        ),
        (
            GeneticModification(gene="X", kept="transient", biosafety_ref="B-1"),
            [
                "Nothing shows yet that the cells carry the change.",
                "A transient change fades: say when it was made.",
            ],
        ),
    ],
)
def test_what_is_unusual_is_told(row, words):
    assert [hint.words for hint in treatment_advice([row])] == words


def test_impossible_treatments_are_refused(operator):
    lot = SourceLotFactory()
    for values, words in (
        ({"dose_unit": ""}, "A dose has a number and a unit."),
        ({"dose": None}, "A dose has a number and a unit."),
        ({"agent": "other"}, "Say exactly what the cells were exposed to."),
        ({"agent": "hypoxia", "oxygen_percent": 21}, "less oxygen than air"),
        ({"washed": "no", "washes": 2}, "contradict each other"),
        ({"oxygen_percent": Decimal(101)}, "100"),
    ):
        with pytest.raises(ValueRefused, match=words):
            primed(operator, lot, **values)
    with pytest.raises(ValueRefused, match="can't be verified before"):
        engineered(operator, lot, modified_on="2026-10-02", verified_on="2026-10-01")
    assert (Priming.objects.count(), GeneticModification.objects.count()) == (0, 0)


def test_a_treatment_is_corrected_and_voided_with_a_reason(operator):
    row = primed(operator)
    with pytest.raises(ReasonMissing):
        treating.correct_treatment(row=row, values={"dose": Decimal(5)}, by=operator)
    row = treating.correct_treatment(row=row, values={"dose": Decimal(5)}, by=operator, reason=WHY)
    with pytest.raises(ReasonMissing):
        treating.void_treatment(row=row, by=operator, reason=None)
    treating.void_treatment(row=row, by=operator, reason=WHY)
    with pytest.raises(ActionRefused, match="is voided: record it anew"):
        treating.correct_treatment(row=row, values={"dose": Decimal(6)}, by=operator, reason=WHY)
    assert (Priming.objects.get().dose, Priming.objects.get().is_voided) == (Decimal(5), True)


def test_treatments_go_where_the_source_goes(operator, django_assert_num_queries):
    batch = BatchFactory()
    plain = SourceLot.objects.with_details().get(pk=batch.source_lot_id)
    with django_assert_num_queries(0):
        assert treatments_of(plain) == []
    rows = [engineered(operator, batch.source_lot), primed(operator, batch.source_lot)]
    lot = SourceLot.objects.with_details().get(pk=batch.source_lot_id)
    assert (treatments_of(lot), lot_details(lot)[-2:]) == (rows, rows)
    told = {(part["title"], tuple(part["facts"][0])) for part in source_data(lot.pk)}
    assert ("Priming", ("Agent", "IFN-γ")) in told
    assert ("Genetic modification", ("What was done", "Fusion or reporter added")) in told
    kinds = set(Entry.objects.filter(rests_on(batch)).values_list("kind", flat=True))
    assert {"batches.priming", "batches.geneticmodification"} <= kinds


def test_treatments_are_recorded_corrected_and_voided_on_pages(signed_in, operator):
    batch = BatchFactory()
    lot, client = batch.source_lot, signed_in(operator)
    add = reverse("add_treatment", args=[lot.code, "priming"])
    refused = client.post(add, {"agent": "ifn_gamma", "dose": "50"})
    assert "A dose has a number and a unit." in text(refused)
    client.post(add, {"agent": "ifn_gamma", "dose": "50", "dose_unit": "ng/mL", "washed": "no"})
    row = Priming.objects.get()
    page = text(client.get(reverse("source_lot", args=[lot.code])))
    assert "IFN-γ 50 ng/mL" in page and "Not washed out" in page and "Genetic modification" in page
    assert "Source: primed IFN-γ 50 ng/mL" in text(client.get(reverse("batch", args=[batch.number])))
    change = reverse("correct_treatment", args=[lot.code, "priming", row.pk])
    why = {"reason_category": "typing_error", "reason_words": "digits swapped"}
    client.post(change, posted(client.get(change), dose="5", **why))
    assert Priming.objects.get().dose == Decimal(5)
    assert "Say why the row is voided." in text(client.post(change, posted(client.get(change), void="1")))
    client.post(change, posted(client.get(change), void="1", **why))
    assert Priming.objects.get().is_voided is True
    assert client.get(change).status_code == 404
    assert client.get(reverse("add_treatment", args=[lot.code, "prayer"])).status_code == 404
