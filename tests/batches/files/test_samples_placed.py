"""Every real export, where they are present: recognised, read, and on the record where it belongs.

One table names each file: what it is read as, where it goes, and values that are printed in it.
"""

import os
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay
from batches.files import actions
from batches.files.models import DroppedFile
from batches.files.proposals import place_of, waiting_of
from batches.instruments import Unreadable, read_export
from batches.record.models import Attachment
from tests.factories import BatchFactory
from tests.way import sheet_of_assay

FOLDER = os.environ.get("INSTRUMENT_SAMPLES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="INSTRUMENT_SAMPLES is not set")

# File: what it is read as, the technique where it goes, and what the assay says then.
PLACED = {
    "NA_GD14_Pexo_-ExperimentSummary.csv": (
        "NanoSight NTA experiment summary",
        "nta",
        {"particles_per_ml": "613000000000", "mode_nm": "101.3", "d50_nm": "116.3", "dilution": "1000"},
    ),
    "Pexo_14_1500_-ExperimentSummary.csv": (
        "NanoSight NTA experiment summary",
        "nta",
        {"measured_per_ml": "806000000", "mode_nm": "118", "dilution": "None"},
    ),
    "ATCC_24h_B_LS 2020-09-18 11-20-44-ExperimentSummary.csv": (
        "NanoSight NTA experiment summary",
        "nta",
        {"measured_per_ml": "71800000", "mode_nm": "173.1", "d90_nm": "204.7"},
    ),
    "ATCC_F3 2021-11-02 16-36-00-ExperimentSummary.csv": (
        "NanoSight NTA experiment summary",
        "nta",
        {"measured_per_ml": "641000000", "mean_nm": "201.3", "d10_nm": "97"},
    ),
    "beads.csv": (
        "NanoSight NTA experiment summary",
        "nta",
        {"measured_per_ml": "1296666667", "mode_nm": "95.5", "videos": "3"},
    ),
    "Sample2_35nm_1-5pool.txt": (
        "ZetaView size distribution",
        "nta",
        {"particles_per_ml": "391723000000", "d50_nm": "89.44", "mode_nm": "72.5", "dilution": "10000"},
    ),
    "chc_particleSize.txt": (
        "Zetasizer table of records",
        "dls",
        {"z_average_nm": "108.1", "pdi": "0.1085", "runs": "4", "temperature_c": "25"},
    ),
    "mxd_zetaPotential.txt": (
        "Zetasizer table of records",
        "zeta",
        {"zeta_mv": "-16.8", "conductivity_ms_per_cm": "0.943", "mobility_um_cm_per_v_s": "-1.317"},
    ),
    "test.zmes": (
        "Zetasizer ZS Xplorer file (.zmes)",
        "dls",
        {"z_average_nm": "495.88", "pdi": "0.3477", "dispersant": "Propan-2-ol", "runs": "2"},
    ),
    "Compensation Controls_Unstained Control_022.fcs": (
        "Flow cytometry file (FCS 3.0)",
        "nanoflow",
        {"events": "5000", "volume_ul": "None"},
    ),
    "2019-03-01-WB0-pAKT4060.scn": (
        "Bio-Rad Image Lab scan",
        "western_blot",
        {"exposure_s": "36.282", "saturated": "no"},
    ),
    "test1_imglab_analysis.tif": ("Bio-Rad Image Lab TIFF", "western_blot", {"saturated": "no"}),
    "Insulin_Assay_A.csv": ("LI-COR Image Studio table of bands", "western_blot", {}),
    "quantification.tsv": ("ImageJ table of bands", "western_blot", {}),
    "endpoint_stdcurve_singleplate.txt": ("Gen5 plate export", "protein", {}),
    "Lowry_Protein_Assay_no_results_matrix.txt": ("Gen5 plate export", "protein", {}),
    "MD_SMP_absorbance_endpoint_example01.txt": ("SoftMax Pro plate export", "protein", {}),
    "SLA01P01_OD.xlsx": ("Tecan Magellan plate export", "protein", {}),
    "16-03-03 16-54-03 472 ABS 384 QC.csv": ("BMG MARS plate export", "protein", {}),
    "Unchained_Labs_Stunner_example03.xlsx": (
        "Lunatic or Stunner table",
        "protein",
        {"protein_ug_per_ml": "170", "method": "a280"},
    ),
}
# Micrographs: their pixel size (nm), None where the file holds none.
MICROGRAPHS = {
    "FEI-Helios-Ebeam-8bits.tif": "3372.4",
    "test_tiff_Zeiss_SEM_512pix.tif": "11.65",
    "JEOL-SightX-TEM-mag-dummy.tif": "1.8208",
    "test_loading_image_saved_with_DM.tif": "168.675",
    "test_loading_image_saved_with_imageJ.tif": "168.675",
    "test_loading_image_saved_with_imageJ_no_scale.tif": None,
    "128x128-TEM_search_1.ser": "5.2612",
    "Camera Ceta Imaging Micro.emd": "3.13884",
    "EMD-3197.map": "1.14",
    "Fei HAADF-UK_location.dm3": "5.506",
    "test_STEM_image.dm3": "0.248538",
    "dmTest_float32_nonSquare_diffPixelSize.dm4": "1",
}
# Attachments: read, but of nothing that the record has a place for; and such as no reader opens, with why.
NOWHERE = {
    "dsDNA 7_19_2023 3_27_29 PM.csv": ("NanoDrop table", 715.462),
    "thermo_fisher_qubit4_example_1.csv": ("Qubit table", 6.08),
}
UNREAD = {
    "nanosight_data.csv": "a size table cut out of an export by hand",
    "128x128-TEM_search.emi": "Attach the .ser file beside it",
    "test1.1sc": "exports for analysis (16-bit TIFF)",
    "test1_ref_meta.json": "a JSON document",
}
# What a person chose of files that ask for it.
CHOSEN = {
    "beads.csv": [f"std_10000_yes_2_0{at}" for at in range(3)],
    "Unchained_Labs_Stunner_example03.xlsx": ["Sample2"],
    "dsDNA 7_19_2023 3_27_29 PM.csv": ["Sample 1, 7/19/2023 3:27:29 PM"],
    "thermo_fisher_qubit4_example_1.csv": ["Sample_#231212-064054"],
}


def plain(details, key) -> str:
    """A value of an assay without the zeros that its field keeps."""
    value = getattr(details, key)
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def sample(name: str) -> bytes:
    return next(Path(FOLDER or "").rglob(name)).read_bytes()


def outcome_of(name, chosen=None):
    try:
        return read_export(sample(name), name, chosen)
    except Unreadable as refusal:
        return refusal


def dropped(batch, name, by):
    """The file dropped on the batch and read, with what a person chose of it."""
    (one,) = actions.drop_files(batch=batch, uploads=[SimpleUploadedFile(name, sample(name))], by=by)
    actions.read_dropped(dropped=one, outcome=outcome_of(name), by=by)
    chosen = CHOSEN.get(name)
    one = DroppedFile.objects.select_related("attachment__batch").get(pk=one.pk)
    if chosen and one.samples:
        actions.read_samples(dropped=one, outcomes={chosen[0]: outcome_of(name, chosen)}, by=by)
    elif chosen:
        actions.read_dropped(dropped=one, outcome=outcome_of(name, chosen), by=by, videos=chosen)
    return one


def proposed(batch, one):
    """The places that the page proposes for a file, and the reading that each is for."""
    assays = list(Assay.objects.filter(batch=batch).with_details())
    (waiting,) = [shown for shown in waiting_of(batch, assays) if shown.dropped.pk == one.pk]
    if waiting.parts:
        return waiting.parts[0].reading, waiting.parts[0].chosen
    return waiting.reading, waiting.chosen


def test_every_sample_is_in_one_of_the_tables():
    found = {path.name for path in Path(FOLDER or "").rglob("*") if path.is_file()} - {"PROVENANCE.md"}
    assert found == {*PLACED, *MICROGRAPHS, *NOWHERE, *UNREAD}


@pytest.mark.parametrize("name", UNREAD)
def test_what_no_reader_opens_says_why(name):
    outcome = outcome_of(name)
    assert isinstance(outcome, Unreadable) and UNREAD[name] in str(outcome)


def test_every_sample_lands_where_it_belongs_with_its_values(operator):
    batch, told = BatchFactory(by=operator), {}
    for name, (_, _, values) in PLACED.items():
        one = dropped(batch, name, operator)
        reading, value = proposed(batch, one)
        place = place_of(value)
        if one.samples:
            (assay,) = actions.place_samples(dropped=one, places={reading.pk: place}, by=operator)
        else:
            assay = actions.place_file(dropped=one, place=place, by=operator)
        details = sheet_of_assay(batch, assay.number).details
        told[name] = (reading.format, assay.technique, {key: plain(details, key) for key in values})
    assert told == PLACED


def test_every_micrograph_lands_with_its_true_pixel_size(operator):
    batch = BatchFactory(by=operator)
    for name in MICROGRAPHS:
        one = dropped(batch, name, operator)
        _, value = proposed(batch, one)
        actions.place_file(dropped=one, place=place_of(value, "close"), by=operator)
    found = {one.attachment.name: one.pixel_size_nm for one in Micrograph.objects.all()}
    expected = {
        name: size and pytest.approx(Decimal(size), rel=Decimal("1e-4")) for name, size in MICROGRAPHS.items()
    }
    assert found == expected
    assert Assay.objects.filter(technique="electron_microscopy").count() == 1


def test_what_is_dna_is_read_and_kept_as_an_attachment(operator):
    batch = BatchFactory(by=operator)
    for name, (format_name, value) in NOWHERE.items():
        one = dropped(batch, name, operator)
        reading, chosen = proposed(batch, one)
        numbers = reading.values["records"][0]["values"].values()
        assert (reading.format, value in numbers, chosen) == (format_name, True, "")
        actions.keep_file(dropped=one, by=operator)
    assert set(Attachment.objects.values_list("status", flat=True)) == {"read"}
