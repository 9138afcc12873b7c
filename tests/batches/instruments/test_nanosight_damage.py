import pytest

from batches.instruments import Unreadable, read_export
from batches.instruments.generate import NanosightRun, nanosight_summary

from .editing import edited, line_with

DATA = nanosight_summary(NanosightRun(software="3.2", videos=3, bins=20, bin_width_nm=25.0))
BIN = line_with(DATA, "87.5")
LINES = DATA.decode().split("\n")
FIRST_BIN, LAST_BIN = LINES.index(line_with(DATA, "12.5")), LINES.index(line_with(DATA, "487.5"))
BROKEN = "In this NanoSight file {}: it is cut off or edited. Export the experiment again."


def reversed_bins() -> bytes:
    bins = LINES[FIRST_BIN : LAST_BIN + 1][::-1]
    return "\n".join(LINES[:FIRST_BIN] + bins + LINES[LAST_BIN + 1 :]).encode()


def with_bin(*cells: str) -> bytes:
    return edited(DATA, BIN, ",".join(cells))


def cut_at(start: str) -> bytes:
    return DATA[: DATA.index(f"\n{start}".encode()) + 1]


OLD = BIN.rstrip(",").split(",")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (with_bin(*OLD[:-1]), f"line {FIRST_BIN + 4} of the size table has 5 columns, not 6"),
        (with_bin(*OLD, "7"), f"line {FIRST_BIN + 4} of the size table has 7 columns, not 6"),
        (reversed_bins(), "the bin centres do not increase from row to row"),
        (with_bin("62.5", *OLD[1:]), "the bin centres do not increase from row to row"),
        (with_bin(OLD[0], "-5", *OLD[2:]), "a number of the size table is negative"),
        (with_bin(OLD[0], "NaN", *OLD[2:]), "a cell of the size table is not a number"),
        (with_bin(OLD[0], "inf", *OLD[2:]), "a cell of the size table is not a number"),
        (with_bin(OLD[0], "1e999", *OLD[2:]), "a cell of the size table is not a number"),
        (with_bin(OLD[0], "9" * 400, *OLD[2:]), "a cell of the size table is not a number"),
        (with_bin(OLD[0], "true", *OLD[2:]), "a cell of the size table is not a number"),
        (with_bin(OLD[0], "[1]", *OLD[2:]), "a cell of the size table is not a number"),
        (with_bin(OLD[0], "", *OLD[2:]), "a cell of the size table is not a number"),
        (with_bin(OLD[0], "1_0", *OLD[2:]), "a cell of the size table is not a number"),
        (cut_at("87.5"), "the announced percentile table is missing"),
        (DATA[: DATA.index(BIN.encode()) + 9],
         f"line {FIRST_BIN + 4} of the size table has 2 columns, not 6"),
        (cut_at("37.5"), "the size table has fewer than 2 classes"),
        (cut_at("12.5"), "the size table has no rows"),
        (cut_at("Bin centre"), "the table 'Bin centre (nm)' is missing"),
        (cut_at("[Size Data]"), "the section [Size Data] is missing"),
        (b"NTA Experiment Summary File", "the section [Size Data] is missing"),
        (edited(DATA, "Filename:,EV sample_00,", "Filename:,"),
         "the two rows of video names differ"),
        (edited(DATA, "Filename,EV sample_00", "Filename,EV sample_09"),
         "the two rows of video names differ"),
        (edited(DATA, "Filename:,EV sample_00,EV sample_01,EV sample_02", "Filename:,,,"),
         "the row 'Filename:' names no video"),
        (edited(DATA, "[Results],,,,Average", "[Results],,,,,Average"),
         "the column 'Average' does not follow the 3 video columns"),
        (edited(DATA, "Concentration average,", "Average,"),
         "the column 'Concentration average' does not follow the 3 video columns"),
        (edited(DATA, "\n50,", "\n50,1,"),
         f"line {LAST_BIN + 54} of the percentile table has 5 columns, not 4"),
        (edited(DATA, "\n0,0.0,0.0", "\n0,0.0,x"),
         "a cell of the percentile table is not a number"),
    ],
)  # fmt: skip
def test_damaged_table_is_refused(data, what):
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    assert str(refusal.value) == BROKEN.format(what)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            DATA[:1000] + b"\0" + DATA[1000:],
            "The file contains NUL bytes: it is binary or damaged, not a text export. "
            "Export it again from the instrument's software.",
        ),
        (
            edited(DATA, "Mean,126.4", "Mean,n/a"),
            "Video EV sample_00 has no usable number for mean_nm: the file is damaged or edited. "
            "Export the experiment again.",
        ),
        (
            edited(DATA, "D10,77.4", "D10,277.4"),
            "Video EV sample_00 has D10, D50 and D90 out of order: the file is edited. "
            "Export the experiment again.",
        ),
        (
            edited(DATA, "factor),1.00e+003", "factor),-1.00e+003"),
            "The dilution of video EV sample_00 is negative: the file is damaged.",
        ),
        (
            edited(DATA, "Filename:," + "EV sample_00,", "Filename:," + "v," * 401),
            "This NanoSight file holds 403 videos; at most 400 are read. Export fewer experiments at once.",
        ),
        (
            edited(DATA, BIN, "\n".join(["1,2,3,4,5,6"] * 10_001)),
            "The size table has 10021 rows; at most 10000 are read.",
        ),
        (DATA + b"\n" * 100_001, "This NanoSight file has more than 100000 lines: no export has."),
        (
            edited(DATA, "Diluent,", "Diluent," + "x" * 4_000_001),
            BROKEN.format("the part above the size table is far too long"),
        ),
        (
            edited(DATA, 'Diluent,"PBS"', "Diluent," + "x" * 200_000),
            "The rows of this file are not readable as CSV (field larger than field limit "
            "(131072)). Export it again.",
        ),
    ],
    ids=["nul", "mean", "order", "dilution", "videos", "rows", "lines", "head", "field"],
)
def test_impossible_file_is_refused(data, reason):
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    assert str(refusal.value) == reason


def test_file_without_announced_percentiles_is_read():
    data = edited(cut_at("Percentile"), " - With Percentiles", "")
    assert read_export(data).curves["percentiles"] is None
    assert read_export(data).warnings == ()


def test_numbers_that_only_float_takes_are_read():
    reading = read_export(with_bin("87.50", "0" + OLD[1] + ".", "+" + OLD[2], *OLD[3:]))
    assert reading.curves["per_ml_by_video"][0][3] == float(OLD[1])
    assert reading.warnings == ()
