"""Files of light scattering, zeta potential, flow and plates on their assays."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from batches.characterization import actions as assays
from batches.characterization.contents import RnaAssay
from batches.characterization.takers import result_of
from batches.instruments import read_export
from batches.instruments.generate import (
    FlowRun,
    PlateRun,
    ZetasizerRun,
    ZetaviewRun,
    fcs_bytes,
    gen5_text,
    zetasizer_text,
    zetaview_text,
)
from batches.instruments.generate.result_tables import nanodrop_csv, qubit_csv
from batches.record.models import Reading
from tests.factories import BatchFactory
from tests.way import sheet_of_assay


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def result(technique, data, name):
    read = read_export(data, videos=[name])
    return result_of(technique, Reading(technique=read.technique, format=read.format, values=read.values))


def test_a_result_is_taken_only_as_what_the_table_says_that_it_is():
    assert result("rna", qubit_csv(), "EV RNA") == Decimal("6.08")
    assert result("rna", qubit_csv(), "Buffer") is None
    assert result("protein", qubit_csv(), "EV RNA") is None
    dna = qubit_csv().replace(b"RNA High Sensitivity", b"1x dsDNA High Sensitivity")
    assert [result(one, dna, "EV RNA") for one in ("rna", "protein")] == [None, None]
    protein = qubit_csv().replace(b"RNA High Sensitivity", b"Protein").replace("ng/µL".encode(), b"mg/mL")
    assert result("protein", protein, "EV RNA") == 6080
    assert result("rna", nanodrop_csv(), "EV RNA") == Decimal("12.481")
    assert result("rna", nanodrop_csv().replace(b",40,", b",50,"), "EV RNA") is None


def test_rna_in_all_follows_from_the_extract_until_somebody_types_it():
    rna = RnaAssay(extract_ng_per_ul=Decimal("6.08"), eluted_ul=Decimal(15), input_ul=Decimal(500))
    rna.compute()
    assert (rna.rna_ng, rna.rna_ng_per_ml) == (Decimal("91.200"), Decimal("182.400"))
    rna.rna_ng = Decimal(80)
    rna.compute()
    assert (rna.rna_ng, ("rna_ng", "The extract holds 91.2 ng: concentration × volume.") in rna.advice()) == (
        80,
        True,
    )


def taken(batch, technique, data, by, videos=None):
    number = assays.add_assay(batch=batch, technique=technique, by=by).number
    attached = assays.attach_export(
        sheet=sheet_of_assay(batch, number), upload=SimpleUploadedFile("file", data), by=by, videos=videos
    )
    return sheet_of_assay(batch, number).details, attached


def test_each_file_fills_the_details_of_its_technique(batch, operator):
    dls, _ = taken(batch, "dls", zetasizer_text(ZetasizerRun()), operator)
    assert (dls.z_average_nm, dls.pdi, dls.runs) == (Decimal("124.10"), Decimal("0.1420"), 3)
    assert (dls.temperature_c, dls.intensity_peak_nm, dls.dispersant) == (25, Decimal("135.30"), "PBS")

    zeta, _ = taken(batch, "zeta", zetasizer_text(ZetasizerRun(zeta_mv=-14.2)), operator)
    assert (zeta.zeta_mv, zeta.sd_mv, zeta.conductivity_ms_per_cm) == (-14, Decimal("0.20"), Decimal("0.943"))
    profile, _ = taken(batch, "zeta", zetaview_text(ZetaviewRun(kind="Profile")), operator)
    assert (profile.zeta_mv, profile.sd_mv, profile.ph) == (Decimal("-22.21"), None, 7)

    flow, _ = taken(batch, "nanoflow", fcs_bytes(FlowRun(events=600, volume_nl=60_000)), operator)
    assert (flow.events, flow.volume_ul, flow.measured_per_ml) == (600, 60, 10_000)

    plate, _ = taken(batch, "protein", gen5_text(PlateRun()), operator)
    assert (plate.reading.technique, plate.protein_ug_per_ml) == ("PLATE", None)

    rna, _ = taken(batch, "rna", nanodrop_csv(), operator, ["EV RNA"])
    told = (rna.extract_ng_per_ul, rna.a260_a280, rna.method, rna.rna_ng)
    assert told == (Decimal("12.481"), Decimal("1.930"), "NanoDrop", None)

    nta, attached = taken(batch, "nta", zetasizer_text(ZetasizerRun()), operator)
    assert (nta.reading_id, attached.reading) == (None, None)
    assert attached.refused == (
        "file is no export of Nanoparticle tracking (Zetasizer table of records); it is kept."
    )
