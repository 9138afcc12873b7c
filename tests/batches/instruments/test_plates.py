import pytest

from batches.instruments import Unreadable, read_export
from batches.instruments.generate import PlateRun, gen5_text, grid_csv, softmax_text
from tests.batches.instruments.editing import edited

TEXTS = {"H3": "*0.356*", "A1": "OVRFLW", "A2": "<0.000", "B1": "?????", "B2": "NaN"}
RUN = PlateRun(texts=TEXTS)


def refusal_of(data: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("write", "label"),
    [(gen5_text, "562"), (softmax_text, "562 nm"), (grid_csv, "Plate 1 562 nm")],
    ids=["gen5", "softmax", "grid"],
)
def test_texts_in_wells_are_kept_and_never_a_number(write, label):
    reading = read_export(write(RUN))
    record = reading.curves["records"][0]
    assert (reading.technique, record["kind"], record["label"]) == ("PLATE", "raw", label)
    assert record["texts"] == TEXTS
    assert not set(record["wells"]) & set(TEXTS)
    assert (record["rows"], record["columns"], record["wavelength_nm"]) == (8, 12, 562.0)
    assert record["wells"]["A3"] == float(RUN.absorbances()["A3"])
    assert len(reading.values["wells_without_number"]) == len(TEXTS)


@pytest.mark.parametrize("write", [gen5_text, softmax_text, grid_csv])
def test_two_plates_in_one_file_stay_apart(write):
    reading = read_export(write(PlateRun(plates=2)))
    assert reading.values["plates"] == 2
    assert len({record["plate"] for record in reading.curves["records"]}) == 2


def test_gen5_proposes_its_layout():
    layout = read_export(gen5_text(PlateRun())).curves["layout"]["Plate 1"]
    assert layout["A1"] == {"id": "STD1", "concentration_or_dilution": "2000"}
    assert layout["A4"] == {"id": "EV", "concentration_or_dilution": "0.5"}
    assert layout["H1"] == {"id": "BLK"}


def test_gen5_lines_of_one_row_are_told_apart_by_their_label():
    lines = gen5_text(PlateRun()).decode().split("\r\n")
    at = [place for place, line in enumerate(lines) if line.endswith("\t562")]
    for place in reversed(at):
        cells = lines[place].split("\t")
        lines.insert(place + 1, "\t".join(["", *["<0.000"] * 12, "[Concentration]"]))
        lines.insert(place + 1, "\t".join(["", *cells[1:13], "Blank 562"]))
    reading = read_export("\r\n".join(lines).encode())
    told = [(record["label"], record["kind"]) for record in reading.curves["records"]]
    assert told == [
        ("562", "raw"),
        ("Blank 562", "computed by the reader"),
        ("[Concentration]", "computed by the reader"),
    ]
    assert reading.values["wells_without_number"] == {}
    assert reading.warnings == (
        "The reader's concentration is the value of its fit, not multiplied by the dilution.",
    )


def test_gen5_typed_values_are_told():
    reading = read_export(edited(gen5_text(PlateRun()), "Type\tReader", "Type\tManual"))
    assert reading.warnings == ("Reading Type is Manual: the values were typed, not measured.",)


def test_softmax_without_end_is_cut_off():
    assert refusal_of(softmax_text(PlateRun()).replace("~End".encode("utf-16-le"), b"")) == (
        "In this SoftMax Pro file the block 'Plate: Plate01' has no end: it is cut off or edited. Export it "
        "again."
    )


def test_softmax_kinetic_read_is_not_read():
    data = softmax_text(PlateRun()).replace("Endpoint".encode("utf-16-le"), "Kinetic".encode("utf-16-le"))
    assert refusal_of(data) == (
        "This SoftMax Pro file holds no endpoint read (Plate01 (Kinetic read, PlateFormat)); it is kept as "
        "an attachment."
    )


def test_grid_with_decimal_commas_gives_the_same_wells():
    plain = read_export(grid_csv(PlateRun())).curves["records"][0]["wells"]
    assert (
        read_export(grid_csv(PlateRun(), delimiter=";", decimal=",")).curves["records"][0]["wells"] == plain
    )
    assert read_export(grid_csv(PlateRun(), delimiter="\t")).curves["records"][0]["wells"] == plain


def test_grid_with_both_decimal_signs_is_refused():
    data = grid_csv(PlateRun(texts={"C3": "0,356"}), delimiter=";")
    assert refusal_of(data) == (
        "Decimal points and decimal commas are mixed in this file: it was edited. Export it again."
    )


def test_grid_with_rows_out_of_order_is_refused():
    lines = grid_csv(PlateRun()).decode().split("\n")
    del lines[4]
    assert refusal_of("\n".join(lines).encode()) == (
        "The rows of a plate are not in order (row D after B): the table is cut off or edited. "
        "Export the plate again."
    )


def test_plate_without_a_measured_well_is_refused():
    empty = "Plate 1\n,1,2,3,4,5,6,7,8,9,10,11,12\nA,,OVRFLW,,,,,,,,,,\n"
    assert refusal_of(empty.encode()) == (
        "No well of this plate holds a measured number. Export the plate again with raw data."
    )


def test_wells_of_one_name_twice_are_refused():
    block = gen5_text(PlateRun()).decode()
    assert refusal_of((block + block).encode()) == (
        "The file holds several reads of one name (Plate 1 562), so that a well has no one value. "
        "Name the plates apart and export again."
    )


BMG = (
    "User: USER,Path: C:\\x,Test run no.: 3\r\nTest name: BCA,Date: 03/04/2016,Time: 16:54:03\r\n\r\n"
    "Absorbance,,\r\nRaw Data (562)\r\n\r\n,1,2,3\r\nA,0.031,,0.033\r\nB,0.5,0.6,\r\n"
)


def test_bmg_plate_keeps_empty_wells_and_asks_about_the_date():
    reading = read_export(BMG.encode())
    record = reading.curves["records"][0]
    assert record["wells"] == {"A1": 0.031, "A3": 0.033, "B1": 0.5, "B2": 0.6}
    assert (record["wavelength_nm"], reading.values["captured_at"]) == (562.0, "03/04/2016 16:54:03")
    assert reading.warnings == ("The date 03/04/2016 may be day/month or month/day: check it.",)
    assert "USER" not in str(reading.header)
