import hashlib
from random import Random

import pytest

from batches.instruments import read_export
from batches.instruments.generate import (
    Blot,
    Micrograph,
    NanosightRun,
    ZetaviewRun,
    blot_tiff,
    micrograph_tiff,
    nanosight_summary,
    zetaview_text,
)

WRITERS = [
    (nanosight_summary, NanosightRun()),
    (nanosight_summary, NanosightRun(software="3.2")),
    (zetaview_text, ZetaviewRun()),
    (zetaview_text, ZetaviewRun(version="8.05", decimal=",")),
    (micrograph_tiff, Micrograph()),
    (micrograph_tiff, Micrograph(calibration="imagej", bits=8)),
    (blot_tiff, Blot()),
]


@pytest.mark.parametrize(("write", "wish"), WRITERS)
@pytest.mark.parametrize("seed", [None, 1, 7])
def test_written_file_is_read_back_without_warning(write, wish, seed):
    rng = None if seed is None else Random(seed)
    assert read_export(write(wish, rng)).warnings == ()


@pytest.mark.parametrize(("write", "wish"), WRITERS)
def test_same_wish_and_chance_give_the_same_bytes(write, wish):
    digests = {hashlib.sha256(write(wish, Random(3))).hexdigest() for _ in range(2)}
    assert len(digests) == 1
    assert write(wish, Random(3)) != write(wish, Random(4))
    assert write(wish) == write(wish)


@pytest.mark.parametrize("mode_nm", [80.0, 108.0, 160.0])
def test_nanosight_has_the_wished_mode_and_concentration(mode_nm):
    run = NanosightRun(mode_nm=mode_nm, concentration_per_ml=3e11)
    values = read_export(nanosight_summary(run)).values
    assert values["mode_nm"] == pytest.approx(mode_nm, abs=1.5)
    assert values["concentration_per_ml"] == pytest.approx(3e11, rel=0.01)
    assert values["mode_nm"] < values["d50_nm"] < values["mean_nm"] < values["d90_nm"]


def test_zetaview_has_the_wished_traces_and_concentration():
    run = ZetaviewRun(traces=900, concentration_per_ml=5e7, dilution=400.0)
    values = read_export(zetaview_text(run)).values
    assert values["valid_tracks"] == 900
    assert values["concentration_original_per_ml"] == pytest.approx(2e10, rel=0.001)


def test_thousand_bins_of_one_nanometre_are_the_default():
    curves = read_export(nanosight_summary(NanosightRun())).curves
    assert (curves["bin_centre_nm"][0], curves["bin_centre_nm"][-1]) == (0.5, 999.5)
    assert len(curves["bin_centre_nm"]) == 1000
