"""Real exports of plates, light scattering, flow and bands, read where present: their printed values."""

import os
from pathlib import Path

import pytest

from batches.instruments import Reading, read_export

FOLDER = os.environ.get("INSTRUMENT_SAMPLES")
pytestmark = pytest.mark.skipif(not FOLDER, reason="INSTRUMENT_SAMPLES is not set")

TABLES = {
    "chc_particleSize.txt": "DLS",
    "mxd_zetaPotential.txt": "ZETA",
    "test.zmes": "DLS",
    "Compensation Controls_Unstained Control_022.fcs": "FLOW",
    "Insulin_Assay_A.csv": "BANDS",
    "quantification.tsv": "BANDS",
    "endpoint_stdcurve_singleplate.txt": "PLATE",
    "Lowry_Protein_Assay_no_results_matrix.txt": "PLATE",
    "MD_SMP_absorbance_endpoint_example01.txt": "PLATE",
    "SLA01P01_OD.xlsx": "PLATE",
    "16-03-03 16-54-03 472 ABS 384 QC.csv": "PLATE",
    "Unchained_Labs_Stunner_example03.xlsx": "RESULTS",
    "dsDNA 7_19_2023 3_27_29 PM.csv": "RESULTS",
    "thermo_fisher_qubit4_example_1.csv": "RESULTS",
}


def reading_of(name: str, lines: list[int] | None = None) -> Reading:
    return read_export(next(Path(FOLDER or "").rglob(name)).read_bytes(), name, lines)


def wells(name: str, at: int = 0) -> dict[str, float]:
    return reading_of(name).curves["records"][at]["wells"]


@pytest.mark.parametrize("name", TABLES)
def test_sample_is_read_as_what_it_is(name):
    lines = [0] if TABLES[name] == "RESULTS" else None
    assert reading_of(name, lines).technique == TABLES[name]


def test_size_records_of_two_tables():
    reading = reading_of("chc_particleSize.txt")
    values, records = reading.values, reading.values["records"]
    assert [record["z_average_nm"] for record in records] == [108.0, 108.1, 108.2, 108.1]
    assert [record["pdi"] for record in records] == [0.112, 0.116, 0.116, 0.09]
    first = records[0]
    told = [first[key] for key in ("number_mean_nm", "peak_1_nm", "peak_1_width_nm", "peak_2_nm")]
    assert told == [78.38, 116.1, 32.94, None]
    assert (values["z_average_nm"], values["replicates"]) == (108.1, 4)
    assert first["captured_local"] == "2026-03-06 14:50:12"
    curve = reading.curves["records"][0]
    assert [len(curve[key]) for key in ("size_nm", "intensity", "correlation")] == [70, 70, 192]
    assert reading.warnings == ()


def test_records_of_a_zmes_file():
    reading = reading_of("test.zmes")
    told = [(one["name"], one["z_average_nm"], one["pdi"]) for one in reading.values["records"]]
    assert told == [("TEST XX230.A 1", 502.6088, 0.4308939), ("TEST XX230.A 2", 489.1436, 0.2644544)]
    assert reading.software == "Zetasizer software 4.1.0.82"
    assert reading.warnings == (
        "TEST XX230.A 1: 522.9 nm before the instrument classified its runs; 502.6 nm is read.",
    )


def test_zeta_record_with_duplicate_columns():
    reading = reading_of("mxd_zetaPotential.txt")
    record = reading.values["records"][0]
    keys = (
        "zeta_mv zeta_deviation_mv mobility_um_cm_per_vs conductivity_ms_per_cm temperature_c serial".split()
    )
    assert [record[key] for key in keys] == [-16.8, 5.71, -1.317, 0.943, 25.0, "MAL1086580"]
    assert (record["captured_local"], reading.software) == ("2026-02-27 16:08:39", "Zetasizer software 8.02")
    assert reading.warnings == ("Mean count rate outside 150 to 500 kcps in 1 of 1 records (22).",)


def test_flow_cytometry_file():
    reading = reading_of("Compensation Controls_Unstained Control_022.fcs")
    values = reading.values
    assert (values["events"], values["channels"], values["captured_at"]) == (5000, 11, "26-FEB-2018 16:39:53")
    assert (values["volume_nl"], values["events_per_ml"]) == (None, None)
    assert reading.header["Cytometer"] == "LSRII"
    assert "Petroff" not in str(reading)


def test_gen5_plate_with_standard_curve():
    reading = reading_of("endpoint_stdcurve_singleplate.txt")
    raw, blank, concentration = reading.curves["records"]
    assert (raw["wells"]["A1"], blank["wells"]["A1"], concentration["wells"]["A1"]) == (
        3.337,
        3.336,
        1980.423,
    )
    assert (raw["wells"]["A4"], concentration["wells"]["A4"]) == (1.998, 1185.551)
    assert [one["kind"] for one in (raw, blank)] == ["raw", "computed by the reader"]
    assert reading.curves["layout"]["Plate 1"]["A4"] == {"id": "SPL1:1", "concentration_or_dilution": "1"}
    assert reading.values["curves_of_the_reader"][0]["numbers"] == {"A": 0.00168, "B": -0.000723, "R2": 1.0}
    assert reading.values["captured_at"] == "10/10/2022 9:00:04 PM"


def test_gen5_plate_with_masked_well():
    reading = reading_of("Lowry_Protein_Assay_no_results_matrix.txt")
    raw, concentration = reading.curves["records"]
    assert (raw["wells"]["A1"], raw["wells"]["A6"], raw["texts"]) == (0.044, 0.632, {"H3": "*0.356*"})
    assert (concentration["wells"]["A2"], concentration["wells"]["A6"]) == (6.722, 196.129)
    assert concentration["texts"] == {"A1": "<0.000", "B1": "<0.000", "H3": "?????"}


def test_other_plates():
    softmax = reading_of("MD_SMP_absorbance_endpoint_example01.txt")
    assert (softmax.encoding, softmax.values["plate_names"]) == ("utf-16", ["Plate01", "Plate02"])
    first = softmax.curves["records"][0]
    assert (first["wells"]["A1"], first["wells"]["H12"]) == (3.41797666666667, 2.68254658466667)
    assert first["wavelength_nm"] == 450.0
    assert softmax.curves["layout"]["Plate01"]["A1"] == {"id": "Standards 01", "concentration": "320.000"}
    magellan = wells("SLA01P01_OD.xlsx")
    assert (magellan["A1"], magellan["B1"], len(magellan)) == (0.1462, 0.2118, 96)
    bmg = wells("16-03-03 16-54-03 472 ABS 384 QC.csv")
    assert (bmg["A1"], bmg["P24"], "H7" in bmg) == (0.031, 0.032, False)


def line_of(name: str, at: int) -> dict:
    (record,) = reading_of(name, [at]).values["records"]
    return record


def test_tables_of_results():
    nanodrop = line_of("dsDNA 7_19_2023 3_27_29 PM.csv", 0)
    assert (nanodrop["sample"], nanodrop["values"]["nucleic_acid_ng_per_ul"]) == (
        "Sample 1, 7/19/2023 3:27:29 PM",
        715.462,
    )
    assert nanodrop["values"]["a260_a280"] == 1.882
    qubit = line_of("thermo_fisher_qubit4_example_1.csv", 0)
    assert qubit["sample"] == "Sample_#231212-064054"
    assert (qubit["values"]["tube_ng_per_ml"], qubit["values"]["original_sample_ng_per_ul"]) == (30.4, 6.08)
    second, last = (line_of("Unchained_Labs_Stunner_example03.xlsx", at)["values"] for at in (1, 3))
    assert (second["concentration_mg_per_ml"], last["z_average_nm"]) == (0.17, 132.6)


def test_tables_of_bands():
    licor = reading_of("Insulin_Assay_A.csv")
    assert (licor.values["bands"], licor.values["lanes"], licor.values["channels"]) == (
        192,
        96,
        ["700", "800"],
    )
    assert licor.values["records"][0]["intensity"] == 15465.39355
    imagej = reading_of("quantification.tsv").values["records"][0]
    assert (imagej["lane"], imagej["numbers"]["area"], imagej["intensity"]) == ("1", 2640.0, 178.915)
