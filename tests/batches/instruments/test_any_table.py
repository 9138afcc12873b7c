"""No table, plate, flow file or workbook makes a reader fail, and none gives a number that can't be."""

import math
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from batches.instruments import Reading, Unreadable, read_export
from batches.instruments.generate import (
    FlowRun,
    PlateRun,
    ZetasizerRun,
    ZetaviewRun,
    fcs_bytes,
    gen5_text,
    grid_csv,
    softmax_text,
    zetasizer_text,
    zetaview_text,
)
from batches.instruments.generate import result_tables as small
from batches.instruments.generate.zmes import ZmesRun, zmes_bytes
from batches.instruments.text import decode, number
from tests.batches.instruments.test_any_input import mutated, outcome_of, quick, swapped_lines
from tests.batches.instruments.workbooks import workbook

PLATE = PlateRun(texts={"H3": "*0.356*", "A1": "OVRFLW"})
BMG = (
    b"User: operator1,Path: C:\\data,Test run no.: 3\nTest name: ABS,Date: 13/03/2026,Time: 16:54:03\n"
    b"Absorbance\nRaw Data (484)\n,1,2,3\nA,0.031,0.032,OVRFLW\nB,0.041,0.042,0.043\n"
)
TEXTS = [
    zetasizer_text(ZetasizerRun(records=2)),
    zetasizer_text(ZetasizerRun(zeta_mv=-12.0)),
    zetaview_text(ZetaviewRun(kind="Profile")),
    gen5_text(PLATE),
    softmax_text(PLATE),
    grid_csv(PlateRun(plates=2)),
    small.positions_text({3: "GRUBBS_SIZE"}),
    small.nanodrop_csv(),
    small.qubit_csv(),
    small.image_studio_csv(),
    small.imagej_tsv(),
    small.image_lab_csv(),
    BMG,
]
ROWS = [[None, *[float(at) for at in range(1, 13)]], ["A", 0.1, "OVRFLW", 0.3], ["B", 0.2, 0.4]]
RESULTS = [["Date", "Sample Name", "A260/A280", "Nucleic Acid(ng/uL)"], ["7/19/2026", "EV", 1.9, 12.5]]
BINARIES = [
    fcs_bytes(FlowRun(events=20)),
    fcs_bytes(FlowRun(events=0, offset_error=1)),
    workbook(ROWS),
    workbook(RESULTS),
    zmes_bytes(ZmesRun()),
    zmes_bytes(ZmesRun(samples=("EV", "Blank"))),
]


def numbers_in(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for one in value.values() for number in numbers_in(one)]
    if isinstance(value, list | tuple):
        return [number for one in value for number in numbers_in(one)]
    return [value] if isinstance(value, float) else []


def assert_sound(outcome: Reading | str) -> None:
    if isinstance(outcome, Reading):
        assert all(map(math.isfinite, numbers_in([outcome.values, outcome.curves])))
        for record in outcome.curves.get("records", []) if outcome.technique == "PLATE" else []:
            assert not set(record["wells"]) & set(record["texts"])


@quick
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False), st.integers(1, 4))
def test_damaged_table_is_read_or_refused(data, rng, cuts):
    assert_sound(outcome_of(mutated(data, rng, cuts), videos=rng.choice((None, None, [0]))))


@quick
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False))
def test_table_with_swapped_lines_is_read_or_refused(data, rng):
    assert_sound(outcome_of(swapped_lines(data, rng)))


@quick
@given(st.sampled_from(TEXTS + BINARIES), st.floats(0, 1))
def test_cut_off_table_is_read_or_refused(data, share):
    assert_sound(outcome_of(data[: int(len(data) * share)]))


@quick
@given(st.sampled_from(BINARIES), st.data())
def test_damaged_binary_is_read_or_refused(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        damaged[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    assert_sound(outcome_of(bytes(damaged)))


@quick
@given(
    st.integers(0, 7),
    st.integers(0, 11),
    st.sampled_from(["OVRFLW", "<0.000", "*0.3*", "NaN", "", "1,2e", "?"]),
)
def test_a_text_in_a_well_never_becomes_a_number_nor_moves_another(row, column, text):
    well = f"{'ABCDEFGH'[row]}{column + 1}"
    for write in (gen5_text, softmax_text):
        plain = read_export(write(PlateRun())).curves["records"][0]
        try:
            marked = read_export(write(PlateRun(texts={well: text}))).curves["records"][0]
        except Unreadable:
            continue
        assert marked["texts"] == ({well: text} if text else {})
        assert marked["wells"] == {name: value for name, value in plain["wells"].items() if name != well}


PRINTED = TEXTS[6:-1]  # tables whose records hold nothing but what is printed in their cells


@quick
@given(st.sampled_from(PRINTED), st.randoms(use_true_random=False), st.integers(1, 4))
def test_no_number_comes_from_a_table_that_does_not_hold_it(data, rng, cuts):
    damaged = mutated(data, rng, cuts)
    outcome = outcome_of(damaged, videos=rng.choice((None, [0], [1])))
    if isinstance(outcome, Reading):
        cells = re.split(r'[,;\t\r\n"]', decode(damaged)[0])
        printed = {number(cell.strip().rstrip("%"), sign) for cell in cells for sign in ".,"}
        told = {value for record in outcome.values["records"] for value in numbers_in(record)}
        assert told <= printed
