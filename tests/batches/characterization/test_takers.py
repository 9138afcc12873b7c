"""Files of light scattering, zeta potential, flow and plates on their assays."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from batches.characterization import actions as assays
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
from batches.instruments.generate.result_tables import nanodrop_csv
from tests.factories import BatchFactory
from tests.way import sheet_of_assay


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def taken(batch, technique, data, by):
    number = assays.add_assay(batch=batch, technique=technique, by=by).number
    attached = assays.attach_export(
        sheet=sheet_of_assay(batch, number), upload=SimpleUploadedFile("file", data), by=by
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

    rna, _ = taken(batch, "rna", nanodrop_csv(), operator)
    assert (rna.reading.technique, rna.a260_a280) == ("RESULTS", None)

    nta, attached = taken(batch, "nta", zetasizer_text(ZetasizerRun()), operator)
    assert (nta.reading_id, attached.reading) == (None, None)
    assert attached.refused == (
        "file is no export of Nanoparticle tracking (Zetasizer table of records); it is kept."
    )
