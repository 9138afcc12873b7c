"""Cell banks, passages and population doublings."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.urls import reverse

from audit.refusal import Reason, ReasonMissing, ValueRefused
from batches.source import actions, banking
from batches.source.bank_advice import bank_advice
from batches.source.banks import CellBank, vials_left
from batches.source.doublings import culture_advice, cumulative, doublings_before, population_doublings
from batches.source.harvest import harvest_sheet
from batches.source.models import Harvest, SourceLot
from qc.example.sources import KIND_VALUES
from qc.example.treating import treat_cells
from tests.batches.source.test_source_pages import posted, text
from tests.factories import BatchFactory
from tests.way import enter

WHY = Reason("typing_error", "digits swapped")
GOOD = {"identity": "match", "mycoplasma": "negative", "sterility": "negative"}


def banked(by, code="WCB-1", **values):
    given = {"code": code, "kind": "working", "cells": "HEK293T", "vials_made": 10, **GOOD, **values}
    return banking.register_bank(values=given, by=by)


@pytest.mark.parametrize(
    ("seeded", "harvested", "doublings"),
    [
        (Decimal("1e6"), Decimal("8e6"), Decimal("3.0")),
        (Decimal("1e6"), Decimal("1e7"), Decimal("3.3")),  # 3.322 · log10(10)
        (Decimal("4e6"), Decimal("1e6"), Decimal("-2.0")),
        (None, Decimal("1e6"), None),
        (Decimal("1e6"), None, None),
    ],
)
def test_population_doublings_are_the_logarithm_to_base_two(seeded, harvested, doublings):
    assert population_doublings(seeded, harvested) == doublings


def test_doublings_add_up_from_the_bank_only_when_seeded_from_its_vial():
    bank = CellBank(code="B", passage=4, cumulative_doublings=Decimal("12.5"))
    found = [
        doublings_before(Harvest(passage=passage, doublings_at_seeding=typed), bank)
        for passage, typed in ((5, None), (6, None), (None, None), (6, Decimal(20)))
    ]
    assert found == [Decimal("12.5"), None, None, Decimal(20)]
    assert doublings_before(Harvest(passage=5), None) is None
    sums = [
        cumulative(Decimal(12), Decimal(3)),
        cumulative(Decimal(12), Decimal(-2)),
        cumulative(None, Decimal(1)),
    ]
    assert sums == [Decimal(15), Decimal(12), None]


def test_a_culture_above_the_banks_limit_is_told():
    bank = CellBank(code="WCB-1", passage_limit=5, doublings_limit=Decimal(20))
    old = Harvest(passage=6, population_doublings=Decimal(19), computed_doublings=Decimal("20.5"))
    assert culture_advice(old, bank, is_msc=True) == [
        ("population_doublings", "Seeded and harvested cells give 20.5."),
        ("passage", "The limit of bank WCB-1 is P5."),
        ("population_doublings", "20.5 doublings. The limit of bank WCB-1 is 20."),
    ]
    edge = Harvest(passage=5, population_doublings=Decimal(20), doublings_here=Decimal(-1))
    assert culture_advice(edge, bank, is_msc=True) == [
        ("cells_at_harvest", "Fewer cells were harvested than seeded.")
    ]
    late = Harvest(passage=9, population_doublings=Decimal(31))
    assert culture_advice(late, None, is_msc=False) == []
    assert [words for _, words in culture_advice(late, None, is_msc=True)] == [
        "Usual for MSC: up to P8.",
        "31 doublings. Usual for MSC: up to 30.",
    ]


def test_a_bank_without_good_tests_is_told():
    bank = CellBank(
        code="B", kind="working", identity="mismatch", mycoplasma="positive", viability_percent=Decimal(89)
    )
    assert [hint.words for hint in bank_advice(bank, Decimal(0))] == [
        "The identity does not match: these are other cells than named.",
        "Tested positive (mycoplasma).",
        "No result of sterility yet.",
        "89 % viable after thawing; 90 % or more is usual.",
        "The bank it was made from is not named.",
        "No vial is left.",
    ]
    assert bank_advice(CellBank(code="B", kind="master", **GOOD)) == []


def test_a_bank_fits_between_its_parent_and_its_children(operator):
    master = banked(operator, "MCB-1", kind="master", passage=3, frozen_on="2026-05-02")
    for values, words in (
        ({"parent": master, "passage": 2}, "lower passage than MCB-1"),
        ({"passage": 6, "passage_limit": 5}, "older than the passage"),
        ({"cumulative_doublings": Decimal(9), "doublings_limit": Decimal(8)}, "older than the doublings"),
        ({"vials_used_otherwise": 11}, "No more vials"),
        ({"code": "wcb 1"}, "Capitals"),
    ):
        with pytest.raises(ValueRefused, match=words):
            banked(operator, **values)
    working = banked(operator, parent=master, passage=5)
    for bank, values, words in (
        (master, {"passage": 6}, "lower passage than MCB-1"),
        (master, {"parent": working}, "made from itself"),
    ):
        with pytest.raises(ValueRefused, match=words):
            banking.correct_bank(bank=bank, values=values, by=operator, reason=WHY)
    with pytest.raises(ValueRefused, match="can't be made from"):
        banked(operator, "MCB-2", kind="master", parent=working)
    with pytest.raises(ReasonMissing):
        banking.correct_bank(bank=working, values={"passage": 6}, by=operator)


def test_no_more_vials_are_taken_than_were_made(operator):
    bank = banked(operator, vials_used_otherwise=2)

    def lot(vials):
        values = {"line_name": "HEK293T", "bank": bank, "collected_amount": vials, "collected_unit": "vials"}
        return actions.register_source_lot(kind="cell_line", values=values, by=operator)

    first = lot(Decimal(5))
    with pytest.raises(ValueRefused, match="Bank WCB-1 has 3 of 10 vials left"):
        lot(Decimal(4))
    lot(Decimal(3))
    with pytest.raises(ValueRefused, match="has 5 of 10"):
        actions.correct_source_lot(
            lot=first, values={"collected_amount": Decimal(6)}, by=operator, reason=WHY
        )
    with pytest.raises(ValueRefused, match="took more vials"):
        banking.correct_bank(bank=bank, values={"vials_made": 9}, by=operator, reason=WHY)
    assert vials_left(bank, Decimal(8)) == 0


def test_a_harvest_computes_its_doublings_and_shows_the_limit(signed_in, operator):
    batch, client = BatchFactory(), signed_in(operator)
    bank = banked(operator, passage=4, cumulative_doublings=Decimal("12.5"), doublings_limit=Decimal(15))
    actions.correct_source_lot(lot=batch.source_lot, values={"bank": bank, "bank_vial": "7"}, by=operator)
    sheet = harvest_sheet(Harvest.objects.get(batch=batch))
    enter(sheet, {"passage": 5, "cells_seeded": Decimal("1e6"), "cells_at_harvest": Decimal("8e6")}, operator)
    harvest = Harvest.objects.get(batch=batch)
    assert (harvest.doublings_here, harvest.computed_doublings) == (Decimal(3), Decimal("15.5"))
    page = text(client.get(reverse("harvest", args=[batch.number])))
    assert "15.5 doublings. The limit of bank WCB-1 is 15." in page
    shown = text(client.get(reverse("batch", args=[batch.number])))
    assert "Population doublings, computed 15.5" in shown
    assert "Cell bank WCB-1 vial 7" in shown
    bank_page = text(client.get(reverse("bank", args=["WCB-1"])))
    assert batch.number in bank_page and batch.source_lot.code in bank_page


def test_the_example_has_banks_and_treated_cells(operator, reviewer):
    staff = SimpleNamespace(operators=[operator], reviewers=[reviewer])
    treat_cells(KIND_VALUES["cell_line"], staff)
    lots = SourceLot.objects.with_details().order_by("id")
    assert [(str(lot.bank or ""), lot.is_engineered, lot.is_primed) for lot in lots] == [
        ("WCB-HEKG-01", True, False),
        ("", False, True),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_banks_are_listed_in_a_fixed_number_of_queries(signed_in, operator, rows, django_assert_num_queries):
    for number in range(rows):
        banked(operator, f"WCB-{number}")
    client = signed_in(operator)
    client.get("/sources/banks/")
    with django_assert_num_queries(4):  # session, person, rows, vials taken
        page = client.get("/sources/banks/")
    assert text(page).count("10 of 10") == rows


def test_a_bank_is_registered_and_corrected_on_pages(signed_in, operator):
    client = signed_in(operator)
    assert "Register a bank when its vials are frozen" in text(client.get("/sources/banks/"))
    add = reverse("add_bank")
    client.post(add, {"code": "mcb-7", "kind": "master", "cells": "HEK293T", "vials_made": "20"})
    assert "already" in text(client.post(add, {"code": "MCB-7", "kind": "master", "cells": "X"}))
    change = reverse("correct_bank", args=["MCB-7"])
    client.post(change, posted(client.get(change), vials_used_otherwise="2", passage="3"))
    assert "18 of 20 vials left" in text(client.get(reverse("bank", args=["MCB-7"])))
