"""The EV-TRACK sheet and the methods paragraph: over records that were never saved, and their page."""

import csv
import io
from decimal import Decimal as D

import pytest
from django.db import transaction
from python_calamine import CalamineWorkbook

from audit import records
from audit.models import Entry
from batches.characterization.blots import BlotMarker
from batches.reporting.evtrack import Line, lines_of
from batches.reporting.methods_text import gaps_in, lacking_sentence, methods_of
from batches.reporting.models import Deposition, ReportingFacts
from batches.reporting.registry import checklist_of
from batches.reporting.sheet_files import as_csv, as_xlsx
from batches.source.banks import CellBank
from batches.source.models import SourceLot
from batches.source.treatments import GeneticModification, Priming, standing_treatments
from tests.batches.reporting.made import assay, made, step, with_rows
from tests.factories import BatchFactory, SourceLotFactory, system

SPIN = {
    "rotor": "Type 45 Ti",
    "rcf_xg": D(100_000),
    "rcf_basis": "max",
    "duration_min": D(70),
    "adjusted_k": D("312.5"),
}
COLUMN = {
    "column_name": "qEV10",
    "resin": "CL-2B",
    "column_volume_ml": D(10),
    "sample_volume_ml": D("0.5"),
    "running_buffer": "PBS",
    "first_pooled": 7,
    "last_pooled": 10,
    "fraction_size_ml": D("0.5"),
}


def batch(**beside):
    blot = with_rows(
        assay(3, "western_blot", lysis_buffer="RIPA", reducing="no"),
        markers=[
            BlotMarker(
                target="CD63",
                misev_category="1",
                found="detected",
                antibody_clone="H5C6",
                antibody_dilution=1000,
            ),
            BlotMarker(target="Calnexin", misev_category="4", found="not_detected"),
        ],
    )
    return made(
        step(
            1,
            name="Pellet EVs",
            in_ml=480,
            out_ml=2,
            in_per_ml="4e9",
            fraction_kept="pellet",
            temperature_c=D(4),
            details=SPIN,
        ),
        step(
            2,
            "size_exclusion",
            name="Polish",
            in_ml="0.5",
            out_ml=2,
            fraction_kept="fractions",
            details=COLUMN,
        ),
        assay(
            1,
            "nta",
            particles_per_ml=D("2e11"),
            mode_nm=D("104.5"),
            dilution=D(1000),
            diluent="PBS",
        ),
        assay(2, "protein", protein_ug_per_ml=D("12.5"), method="bca", kit="BCA kit lot 7"),
        blot,
        harvest={
            "medium": "DMEM",
            "starting_volume_ml": D(480),
            "viability_percent": D("95.5"),
            "cells_at_harvest": D("2.4e8"),
            "ev_depletion": "uc",
        },
        **beside,
    )


def values(lines, block):
    return [(line.parameter, line.value) for line in lines if line.block == block]


def test_the_sheet_is_in_the_order_that_ev_track_asks():
    told = (Deposition(kind="ev_track", identifier="EV210123"),)
    lines = lines_of(batch(facts=ReportingFacts(ev_term="small EVs"), depositions=told))
    assert list(dict.fromkeys(line.block for line in lines)) == [
        "Study",
        "Sample",
        "dUC steps",
        "Pelleting",
        "Filtration",
        "SEC",
        "Other",
        "Protein",
        "Particles",
    ]
    assert values(lines, "Study") == [
        ("EV-TRACK ID", "EV210123"),
        ("Species", "Homo sapiens"),
        ("Sample type", "Bone-marrow MSC"),
        ("Sample origin / condition", ""),
        ("Focus vesicle", "small EVs"),
        ("Study aim", ""),
    ]
    assert values(lines, "Sample") == [
        ("EV-producing cells", "Bone-marrow MSC"),
        ("EV-harvesting medium", "DMEM"),
        ("Preparation of EV-depleted serum", "Ultracentrifuged (e.g. 120 000 ×g, 18 h)"),
        ("Cell viability (%)", "95.5"),
        ("Cell count", "2.4×10⁸"),
    ]


def test_spins_columns_blots_and_counts_are_told_as_ev_track_asks():
    lines = lines_of(batch())
    assert [value for _, value in values(lines, "dUC steps")] == ["no", "no", "no", "no", "yes", "no"]
    assert values(lines, "Pelleting") == [
        ("Performed", "yes"),
        ("Time (min)", "70"),
        ("Rotor type", "Type 45 Ti"),
        ("Speed (g)", "100\u202f000"),
        ("Adjusted k-factor", "312.5"),
    ]
    assert values(lines, "SEC") == [
        ("Total column volume (mL)", "10"),
        ("Sample volume per column (mL)", "0.5"),
        ("Resin type", "CL-2B"),
    ]
    assert values(lines, "Protein") == [
        ("Concentration method", "BCA"),
        ("Yield (µg)", "25"),
        ("Western blot: antibody details given", "1 of 2"),
        ("Western blot: antibody dilution given", "1 of 2"),
        ("Western blot: lysis buffer", "RIPA"),
        ("Western blot: detected EV-associated proteins", "CD63"),
        ("Western blot: not detected EV-associated proteins", "none"),
        ("Western blot: detected contaminants", "none"),
        ("Western blot: not detected contaminants", "Calnexin"),
    ]
    assert ("Nanoparticle tracking: concentration (per mL)", "2×10¹¹") in values(lines, "Particles")


def test_the_files_hold_what_the_page_shows_and_nothing_runs():
    lines = [Line("Study", "Study aim", "=1+1", "Facts"), Line("SEC", "Resin type", "", "")]
    rows = list(csv.reader(io.StringIO(as_csv(lines).decode())))
    assert rows == [
        ["block", "parameter", "value", "where in the record"],
        ["Study", "Study aim", "'=1+1", "Facts"],
        ["SEC", "Resin type", "", ""],
    ]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(as_xlsx(lines, "B-1"))).get_sheet_by_index(0)
    assert sheet.to_python()[1] == ["Study", "Study aim", "=1+1", "Facts"]


def test_the_paragraph_says_what_was_done_and_shows_its_gaps():
    text = methods_of(batch())
    assert (
        "Pellet EVs: 480 mL was centrifuged at 100\u202f000 ×g (at r max) for 70 min at 4 °C (Type 45 Ti "
        "rotor, adjusted k-factor 312.5), which gave 2 mL of pellet." in text
    )
    assert "fractions 7 to 10 of 0.5 mL were pooled, which gave 2 mL of pooled fractions." in text
    assert "Western blot (lysis in RIPA, not reducing): CD63 detected (H5C6, 1:1000); Calnexin" in text
    assert "The preparation held 4×10¹¹ particles, 20.8 % of those in the starting material" in text
    assert "[passage at conditioning not recorded]" in text and "[how the EVs were kept not recorded]" in text
    assert "exosome" not in text.lower() and "ompliant" not in text


def test_gaps_are_counted_and_what_lacks_is_told_below():
    text = methods_of(made())
    assert gaps_in(text) == text.count("[") > 10
    told = lacking_sentence(checklist_of(made()))
    assert told.startswith("Not reported in the record: the term for the EVs is declared, with what it rests")
    assert told.endswith("EV-TRACK ID (R1).")


@pytest.mark.django_db
def test_the_page_hands_out_the_sheet_and_keeps_who_took_it(signed_in, auditor, operator):
    opened = BatchFactory(by=operator)
    client, page = signed_in(auditor), f"/batches/{opened.number}/reporting/publication/"
    assert b"EV-TRACK sheet" in client.get(page).content
    for kind, begins in (("csv", b"block,parameter"), ("xlsx", b"PK")):
        answer = client.post(f"/batches/{opened.number}/reporting/ev-track/", {"format": kind})
        assert (answer.status_code, answer.content[: len(begins)]) == (200, begins)
        assert answer["Content-Disposition"] == f'attachment; filename="{opened.number}-ev-track.{kind}"'
    kept = Entry.objects.filter(act="export_ev_track", batch_number=opened.number)
    assert kept.values_list("actor_username", flat=True)[0] == "auditor1" and kept.count() == 2


def engineered():
    """A batch of a banked, engineered and primed line whose EVs were loaded."""
    lot = SourceLot(code="SRC-9", kind="cell_line", bank=CellBank(code="WCB-03", kind="working", passage=12))
    changed = {"what": "fusion", "gene": "CD63-GFP", "method": "lentivirus", "kept": "integrated"}
    dose = {"dose": D(20), "dose_unit": "ng/mL", "duration_h": D(24), "washed": "yes"}
    loading = {
        "cargo": "siRNA 7",
        "way": "electroporation",
        "cargo_amount_ug": D(5),
        "free_cargo_removed": "no",
    }
    return made(
        step(1, "cargo_loading", name="Load", in_ml=1, out_ml=1, details=loading),
        lot=lot,
        treatments=(
            GeneticModification(source_lot=lot, vector="pLV-1", verification="flow", **changed),
            Priming(source_lot=lot, agent="ifn_gamma", **dose),
        ),
    )


def test_the_sheet_tells_of_bank_engineering_priming_and_cargo():
    lines = lines_of(engineered())
    condition = next(one.value for one in lines if one.parameter == "Sample origin / condition")
    assert condition == "engineered: CD63-GFP, lentivirus, integrated; primed: IFN-γ 20 ng/mL, 24 h"
    assert [one[1:] for one in lines if one.block == "Beyond EV-TRACK"] == [
        ("Cell bank", "working cell bank WCB-03, passage 12", "Source lot SRC-9"),
        (
            "Genetic modification",
            "Fusion or reporter added: CD63-GFP by Lentivirus (pLV-1, integrated), verified by flow",
            "Source lot SRC-9",
        ),
        ("Priming", "IFN-γ 20 ng/mL, 24 h, washed out", "Source lot SRC-9"),
        ("Cargo", "siRNA 7", "Step 1 · Load"),
        ("Cargo offered", "5 µg", "Step 1 · Load"),
        ("Way of loading", "Electroporation", "Step 1 · Load"),
        ("Loading efficiency", "", "Step 1 · Load"),
        ("Efficiency measured by", "", "Step 1 · Load"),
        ("Free cargo removed", "No", "Step 1 · Load"),
    ]


def test_the_paragraph_tells_of_the_cells_and_of_loading():
    text = methods_of(engineered())
    assert (
        "Cells came from working cell bank WCB-03, passage 12. The cells were engineered (Fusion or reporter "
        "added: CD63-GFP by Lentivirus (pLV-1, integrated), verified by flow). The cells were primed "
        "with IFN-γ 20 ng/mL, 24 h, washed out."
    ) in text
    assert (
        "Load: 1 mL was loaded with siRNA 7 (5 µg) by electroporation, [loading efficiency not recorded] of "
        "it taken up ([efficiency measured by not recorded]); free cargo was not removed, which gave 1 mL."
    ) in text


@pytest.mark.django_db
def test_treatments_of_lots_are_read_in_two_queries_and_in_none_without_any(django_assert_num_queries):
    SourceLotFactory()
    changed = SourceLotFactory()
    with transaction.atomic():
        records.save(GeneticModification(source_lot=changed, what="knockout", gene="B2M"), by=system())
        records.save(Priming(source_lot=changed, agent="hypoxia", is_voided=True), by=system())
    lots = SourceLot.objects.with_details().order_by("pk")
    first, second = lots
    with django_assert_num_queries(2):
        assert [str(one) for one in standing_treatments([first, second])] == ["Knocked out: B2M"]
    with django_assert_num_queries(0):
        assert standing_treatments([first]) == []
