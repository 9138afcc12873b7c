"""Reading in a process of its own: the same values, and an end in words whatever a file does."""

import io
import os
import signal
import time

import pytest

from batches.instruments import Unreadable, read_export
from batches.instruments.apart import DIED, NOT_STARTED, TOO_LONG, TOO_MUCH, Limits, Readers
from batches.instruments.generate import Blot, NanosightRun, image_lab_scan, nanosight_summary

SHORT = Limits(seconds=1, memory_mb=512)
EXPORT = nanosight_summary(NanosightRun(bins=20, bin_width_nm=25.0))


@pytest.fixture(scope="module")
def readers():
    return Readers()


def refusal_of(readers, name, limits=SHORT):
    with pytest.raises(Unreadable) as refusal:
        readers.read(io.BytesIO(b"x"), name, limits=limits)
    return str(refusal.value)


def test_reading_apart_gives_the_same_as_reading_here(readers, tmp_path):
    path = tmp_path / "export.csv"
    path.write_bytes(EXPORT)
    with path.open("rb") as file:
        file.read(10)  # where the caller stands in the file does not matter
        assert readers.read(file, "export.csv", videos=[0, 1]) == read_export(EXPORT, "export.csv", [0, 1])
    assert readers.read(io.BytesIO(EXPORT)) == read_export(EXPORT)


def test_a_refusal_comes_back_with_its_videos(readers):
    combined = nanosight_summary(NanosightRun(bins=20, bin_width_nm=25.0, videos=4, combined_of=("a", "b")))
    with pytest.raises(Unreadable) as here:
        read_export(combined)
    with pytest.raises(Unreadable) as apart:
        readers.read(io.BytesIO(combined))
    assert (str(apart.value), apart.value.videos) == (str(here.value), here.value.videos)


def test_previews_are_made_apart(readers):
    scan = image_lab_scan(Blot(width_px=40, height_px=30))
    assert readers.preview(io.BytesIO(scan))[:4] == b"\x89PNG"
    with pytest.raises(Unreadable):
        readers.preview(io.BytesIO(EXPORT))


def test_a_hostile_file_ends_in_words_and_the_next_is_read():
    hostile = Readers("tests.batches.instruments.hostile")
    began = time.monotonic()
    assert refusal_of(hostile, "sleeps") == TOO_LONG.format(1)
    assert refusal_of(hostile, "busy") == TOO_LONG.format(1)
    assert time.monotonic() - began < 8
    assert refusal_of(hostile, "greedy") == TOO_MUCH.format(512)
    assert refusal_of(hostile, "swallowed") == TOO_MUCH.format(512)
    assert refusal_of(hostile, "crashes") == DIED
    assert refusal_of(hostile, "leaves") == DIED


def test_a_readers_process_that_is_gone_is_started_again(readers):
    readers.read(io.BytesIO(EXPORT))
    os.kill(readers._process.pid, signal.SIGKILL)
    readers._process.wait(5)
    assert readers.read(io.BytesIO(EXPORT)).format == read_export(EXPORT).format


def test_readers_that_can_not_start_leave_the_file_unread(monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert refusal_of(Readers(), "export.csv") == NOT_STARTED


def test_readers_get_no_secret(readers):
    readers.read(io.BytesIO(EXPORT))
    with open(f"/proc/{readers._process.pid}/environ", encoding="utf-8") as told:
        names = {line.partition("=")[0] for line in told.read().split("\0") if line}
    allowed = {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"}
    assert names - allowed == {"PYTHONDONTWRITEBYTECODE"}
