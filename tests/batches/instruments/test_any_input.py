"""No input makes a reader fail: it is read, or refused in words."""

import math
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from batches.instruments import Reading, Unreadable, read_export
from batches.instruments.generate import (
    Blot,
    Micrograph,
    NanosightRun,
    ZetaviewRun,
    blot_tiff,
    micrograph_png,
    micrograph_tiff,
    nanosight_summary,
    zetaview_text,
)
from batches.instruments.preview import make_preview

TINY = Micrograph(width_px=24, height_px=20, diameters_nm=(12.0,))
TINY_IMAGEJ = Micrograph(width_px=24, height_px=20, diameters_nm=(12.0,), calibration="imagej")
TEXTS = [
    nanosight_summary(NanosightRun(software="3.2", videos=2, bins=12, bin_width_nm=40.0)),
    nanosight_summary(NanosightRun(videos=3, bins=12, bin_width_nm=40.0, dilution=None, failed=(1,))),
    nanosight_summary(
        NanosightRun(videos=2, bins=6, bin_width_nm=80.0, all_weightings=True, combined_of=("a",))
    ),
    zetaview_text(ZetaviewRun(version="8.05", decimal=",", line_end="\r\n"))[:9000],
    zetaview_text(ZetaviewRun()),
]
PICTURES = [
    micrograph_tiff(TINY),
    micrograph_tiff(TINY_IMAGEJ),
    blot_tiff(Blot(width_px=24, height_px=20)),
    micrograph_png(TINY),
]
BEGINNINGS = [data[:60] for data in TEXTS + PICTURES]
BEGINNINGS += [b"", b"\xff\xd8\xff\xe0", b"II+\0\x08\0\0\0"]
INSERTED = [b"", b"\0", b",", b"\n", b"\t", b'"', b"-1", b"NaN", b"1e999", b"9" * 500, b"\xff"]
INSERTED += [b"[", b"true", b"[Size Data]\n", b"Weighting,Number\n", b"Percentile\n", b":", b"0"]

quick = settings(max_examples=120, deadline=10_000, database=None)


def outcome_of(data: bytes, name: str = "", videos=None) -> Reading | str:
    try:
        return read_export(data, name, videos)
    except Unreadable as refusal:
        reason = str(refusal)
        assert "fault of the reader" not in reason
        assert reason.endswith((".", ")"))
        return reason


def assert_sound(outcome: Reading | str) -> None:
    if isinstance(outcome, str):
        return
    numbers = [value for value in outcome.values.values() if isinstance(value, float)]
    assert all(map(math.isfinite, numbers))


def mutated(data: bytes, rng: Random, cuts: int) -> bytes:
    for _ in range(cuts):
        at = rng.randrange(len(data) + 1)
        length = rng.choice((0, 1, 1, 3, 20))
        data = data[:at] + rng.choice(INSERTED) + data[at + length :]
    return data


def swapped_lines(data: bytes, rng: Random) -> bytes:
    lines = data.split(b"\n")
    for _ in range(3):
        one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    del lines[rng.randrange(len(lines))]
    return b"\n".join(lines)


@quick
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=400), st.text(max_size=20))
def test_random_bytes_are_read_or_refused(beginning, rest, name):
    assert_sound(outcome_of(beginning + rest, name))


@quick
@given(st.sampled_from(TEXTS), st.randoms(use_true_random=False), st.integers(1, 4))
def test_damaged_text_is_read_or_refused(data, rng, cuts):
    assert_sound(outcome_of(mutated(data, rng, cuts)))


@quick
@given(st.sampled_from(TEXTS[:3]), st.randoms(use_true_random=False))
def test_text_with_swapped_lines_is_read_or_refused(data, rng):
    assert_sound(outcome_of(swapped_lines(data, rng), videos=rng.choice((None, [0], [1]))))


@quick
@given(st.sampled_from(TEXTS + PICTURES), st.floats(0, 1))
def test_cut_off_file_is_read_or_refused(data, share):
    assert_sound(outcome_of(data[: int(len(data) * share)]))


@quick
@given(st.sampled_from(PICTURES), st.data())
def test_damaged_picture_is_read_or_refused_and_so_is_its_preview(data, draw):
    damaged = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        at = draw.draw(st.integers(0, min(len(data), 700) - 1))
        damaged[at] = draw.draw(st.integers(0, 255))
    assert_sound(outcome_of(bytes(damaged)))
    try:
        preview = make_preview(bytes(damaged))
    except Unreadable:
        return
    assert preview[:4] == b"\x89PNG"
