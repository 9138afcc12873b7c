"""What is reported of a batch that several harvests went into."""

from batches.reporting.balance import balance_of
from batches.reporting.evtrack import lines_of
from batches.reporting.methods_text import methods_of
from batches.reporting.registry import checklist_of
from batches.source.models import Donor, Harvest, SourceLot
from tests.batches.reporting.made import D, made
from tests.batches.reporting.test_meters import HARVEST

CORD = SourceLot(code="SRC-2", kind="cord_msc", donor=Donor(code="DN-2"))
FIRST = HARVEST | {"starting_volume_ml": D(480)}


def pooled(**second):
    return made(harvests=[FIRST, FIRST | {"further": 2, "source_lot": CORD} | second], lots=[CORD])


def test_the_start_is_the_sum_of_all_harvests():
    start = balance_of(pooled(starting_volume_ml=D("455.5"))).overall.into.volume_ml
    assert start == (D("935.5"), "volumes of 2 harvests")
    assert balance_of(pooled(starting_volume_ml=None)).overall.into.volume_ml is None


def test_the_checklist_says_which_harvest_lacks_what():
    lacking = {one.item.code: one.finding.missing for one in checklist_of(pooled(medium_lot="")).lacking}
    assert [(one.what, one.url) for one in lacking["S2"]] == [
        ("harvest 2: medium lot", "/batches/B-1/harvest/2/#value-medium_lot")
    ]
    unnamed = made(harvests=[FIRST], lots=[SourceLot(code="SRC-3", kind="placenta")])
    named = {one.item.code: one.finding for one in checklist_of(unnamed).looked}["S1"]
    assert [(one.what, one.url) for one in named.missing] == [("donor", "/sources/SRC-3/")]


def test_the_methods_tell_every_harvest_and_that_they_were_pooled():
    text = methods_of(pooled(starting_volume_ml=D("20")))
    assert "The material was pooled from 2 harvests of 2 source lots, 500 mL together." in text
    assert text.count("were seeded at") == 2 and "(donor DN-2)" in text
    again = methods_of(made(harvests=[FIRST, FIRST | {"further": 2}]))
    assert again.count("were seeded at") == 1 and "pooled from 2 harvests, 960 mL together." in again


def test_ev_track_gets_the_sample_of_each_harvest():
    told = [
        (one.parameter, one.value, one.where)
        for one in lines_of(pooled(viability_percent=D(91)))
        if one.parameter in ("Sample type", "Cell viability (%)")
    ]
    kinds = ", ".join(sorted([CORD.get_kind_display(), SourceLot(kind="bone_marrow_msc").get_kind_display()]))
    assert told == [
        ("Sample type", kinds, ""),
        ("Cell viability (%)", told[1][1], str(Harvest())),
        ("Cell viability (%)", "91", "Harvest 2"),
    ]
