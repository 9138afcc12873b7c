import pytest

from batches.instruments import Unreadable, read_export
from batches.instruments.generate import ZetaviewRun, zetaview_text

from .editing import edited, line_with

OLD = ZetaviewRun(version="8.05", decimal=",", line_end="\r\n")
NEW = ZetaviewRun(version="8.06", decimal=".")
BROKEN = "In this ZetaView file {}: it is cut off or edited. Export the measurement again."
DATA = zetaview_text(NEW)


def refusal_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    return str(refusal.value)


@pytest.mark.parametrize("run", [OLD, NEW], ids=["8.05 comma", "8.06 point"])
def test_both_versions_and_decimal_signs_give_the_same_values(run):
    reading = read_export(zetaview_text(run))
    assert reading.technique == "NTA"
    assert reading.warnings == ()
    assert reading.values == {
        "concentration_per_ml": 75001320.0,
        "dilution": 1000.0,
        "concentration_includes_dilution": False,
        "concentration_correction_factor": 1.0,
        "concentration_original_per_ml": 75001320000.0,
        "mean_nm": 134.108870968,
        "mode_nm": 102.5,
        "modal_class_nm": 102.5,
        "sd_nm": 52.8208730969,
        "d10_nm": 74.0789473684,
        "d50_nm": 122.311321,
        "d90_nm": 200.714285714,
        "videos": 1,
        "videos_excluded": [],
        "averages_from": "file",
        "bins": 1200,
        "valid_tracks": 1240,
        "particles_per_frame": 110.0,
        "detected_particles": 112.0,
        "temperature_c": 23.98,
        "viscosity_cp": 0.92171,
        "ph": 7.0,
        "is_subpopulation": False,
        "captured_at": "2025-03-18 10:24:05",
        "sample": "EV sample",
        "operator": "Operator",
        "diluent": "PBS",
    }


def test_linear_block_alone_is_counted():
    # The logarithmic block lists the same particles: a doubled total would be 2480 traces.
    curves = read_export(DATA).curves
    assert sum(curves["number"]) == 1240
    assert len(curves["bin_centre_nm"]) == 1200
    assert sum(curves["per_ml_average"]) == pytest.approx(7.5e7, rel=0.001)
    assert curves["per_ml_by_video"] == [curves["per_ml_average"]]
    assert curves["video_names"] == ["20250318_0001"]
    assert curves["videos"][0]["d50_nm"] == 122.311321


def test_header_is_kept_as_printed():
    header = read_export(DATA).header
    assert header["Temperature"] == "23.980000 sensed"
    assert header["Conductivity"] == "15000.000000 sensed"
    assert header["Filter Wavelength nm"] == "Scatter"


def test_printed_median_that_disagrees_with_the_table_is_told():
    data = edited(DATA, "Median Number (D50):\t122.311321", "Median Number (D50):\t124.811321")
    reading = read_export(data)
    assert reading.values["d50_nm"] == 124.811321
    assert reading.warnings == (
        "The printed median and the one of the table differ by 2.50 nm: the file is edited.",
    )


def test_missing_end_mark_is_told():
    sentinel = line_with(DATA, "-1.000E+0")
    data = DATA[: DATA.index(sentinel.encode())]
    assert read_export(data).warnings == (
        "The end mark of the size table is missing: the file may be cut off.",
    )


def test_correction_factor_goes_into_the_original_concentration():
    reading = read_export(zetaview_text(ZetaviewRun(correction_factor=1.5)))
    assert reading.values["concentration_original_per_ml"] == 112501980000.0
    assert reading.warnings == (
        "A correction factor of 1.5 is set: the original concentration is measured x dilution x this factor.",
    )


@pytest.mark.parametrize(
    ("run", "warning"),
    [
        ({"traces": 374}, "Only 374 traces; 500 or more are customary."),
        ({"detected_particles": 31}, "Detected particles outside 50 to 200 (31)."),
        ({"positions": 9}, "Only 9 of 11 positions were measured."),
        ({"dilution": 1.0}, "The dilution is 1: check that this is not simply 'not entered'."),
        ({"drift": "too high"}, "The instrument says: particle drift: too high."),
        ({"drift": ""}, "The instrument says: particle drift: no result."),
        ({"drift_checked": "1904-01-01 05:30:00"}, "The particle drift was never checked."),
        ({"cell": "Bad"}, "The instrument says: cell check: Bad."),
        (
            {"filter": "500"},
            "Measured through the filter 500, not in scatter: this is a fluorescent "
            "subpopulation, not the total concentration.",
        ),
        (
            {"version": "9.01"},
            "The software version 'ZetaView (version 9.01)' has not been seen by this reader: "
            "compare the values with the instrument's report.",
        ),
    ],
)
def test_unusual_measurement_is_told(run, warning):
    assert read_export(zetaview_text(ZetaviewRun(**run))).warnings == (warning,)


def test_fluorescence_is_marked_as_subpopulation():
    reading = read_export(zetaview_text(ZetaviewRun(filter="500")))
    assert reading.values["is_subpopulation"] is True


def test_dilution_in_the_name_that_differs_is_told():
    assert read_export(DATA, "EV_500_size.txt").warnings == (
        "The file name suggests dilution 500, the file says 1000.",
    )
    assert read_export(DATA, "EV_1000_size.txt").warnings == ()


def test_missing_dilution_is_asked_for():
    reading = read_export(edited(DATA, "\tDilution::\t1000.000000", ""))
    assert reading.values["dilution"] is None
    assert reading.values["concentration_original_per_ml"] is None
    assert reading.warnings == ("The dilution is not in the file. Enter the dilution.",)


def test_measurement_without_traces_has_no_result():
    assert refusal_of(zetaview_text(ZetaviewRun(traces=0))) == (
        "This ZetaView file is a measurement without result: no particle was traced. "
        "Measure again; the file is kept as an attachment."
    )


@pytest.mark.parametrize("decimal", [".", ","])
def test_profile_gives_a_zeta_potential_and_no_size(decimal):
    reading = read_export(zetaview_text(ZetaviewRun(kind="Profile", zeta_mv=-22.21, decimal=decimal)))
    assert (reading.technique, reading.values["zeta_mv"], reading.curves) == ("ZETA", -22.21, {})
    assert reading.values["captured_at"] == "2025-03-18 10:24:05"
    assert "d50_nm" not in reading.values
    assert reading.warnings[0] == (
        "The ZetaView prints the conductivity without its unit: enter it with its unit."
    )


def test_profile_without_zeta_potential_has_no_result():
    data = zetaview_text(ZetaviewRun(kind="Profile"))
    line = line_with(data, "Zeta Potential / mV")
    assert refusal_of(data.replace(line.encode(), b"")) == (
        "This ZetaView profile holds no zeta potential: it is a measurement without result. "
        "Measure again; the file is kept as an attachment."
    )
    assert refusal_of(data.replace(b"-22.21", b"-2221.0")) == (
        "A zeta potential of -2221 mV can't be: the file is edited. Export it again."
    )


ROW = line_with(DATA, "6.250E+1")
DOUBLED = DATA.replace(line_with(DATA, "-1.000E+0").encode() + b"\n", b"")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (DATA[: DATA.index(b"Size / nm")], "the table 'Size / nm' is missing"),
        (edited(DATA, "Number\tConc", "Count\tConc"), "the column 'Number' is missing"),
        (DOUBLED, "the sizes do not increase from row to row"),
        (edited(DATA, ROW, ROW.replace(".", ",")), "decimal points and decimal commas are mixed"),
        (edited(DATA, "Viscosity:\t0.9", "Viscosity:\t0,9"),
         "decimal points and decimal commas are mixed"),
        (edited(DATA, ROW, ROW.rsplit("\t", 1)[0]), "row 13 of the size table has not 5 columns"),
        (edited(DATA, ROW, "6.250E+1\tNaN\t0.000E+0\t0.000E+0\t0.000E+0"),
         "row 13 of the size table holds a cell without number"),
        (edited(DATA, ROW, "6.250E+1\t-3.000E+0\t0.000E+0\t0.000E+0\t0.000E+0"),
         "a class of the size table is negative"),
        (edited(DATA, "\nRemarks:\t\n", "\nRemarks:\t\n" * 1001),
         "the header is far too long"),
        (edited(DATA, "\nRemarks:\t", "\nRemarks:" + "\t" * 1_000_001),
         "the header is far too long"),
    ],
)  # fmt: skip
def test_damaged_table_is_refused(data, what):
    assert refusal_of(data) == BROKEN.format(what)


def test_file_without_any_decimal_field_is_refused():
    data = DATA
    for key in ("Temperature", "Viscosity", "pH", "Conductivity", "Median Number (D50)"):
        data = edited(data, f"\n{key}:", f"\nNo {key}:")
    assert refusal_of(data) == BROKEN.format("no header field tells the decimal sign")


def test_table_that_holds_fewer_traces_than_the_header_says_is_refused():
    data = DATA[: DATA.index(b"\n1.225E+2") + 1]
    assert refusal_of(data) == (
        "The table of this ZetaView file holds 569 traces, its header says 1240: it is cut off "
        "or edited. Export the measurement again."
    )


def test_table_of_one_class_is_refused():
    lines = DATA.decode().split("\n")
    heading = next(i for i, line in enumerate(lines) if line.startswith("Size / nm"))
    only = "1.025E+2\t1.240E+3\t7.500E+7\t0.000E+0\t0.000E+0"
    assert refusal_of("\n".join([*lines[: heading + 1], only]).encode()) == (
        "The table of this ZetaView file has fewer than 2 classes: it is cut off or edited. "
        "Export the measurement again."
    )


def test_table_without_end_is_refused():
    rows = "\n".join(f"{at + 1}\t0\t0\t0\t0" for at in range(10_001))
    data = DATA[: DATA.index(b"2.500E+0")] + rows.encode()
    assert refusal_of(data) == ("The size table has more than 10000 rows: it is not an export.")
