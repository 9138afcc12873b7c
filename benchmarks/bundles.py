"""Checking a bundle offline with the verify.py that lies in it, against reading and hashing its lines."""

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import machine
from benchmarks.pages import Bench
from benchmarks.report import Line, grouped
from benchmarks.servers import Site

ROUNDS = 3
MOST, MOST_GROWTH_MIB = 3.0, 16
LINES = "proof/entries.txt"
HASH_LINES = """
import sys
from hashlib import sha256
with open(sys.argv[1], "rb") as lines:
    for line in lines:
        sha256(b"\\0" + line[:-1]).digest()
"""


def bundles(bench: Bench, folder: Path) -> Iterator[Line]:
    """A bundle of all entries that were loaded, and one of few for the memory."""
    many, few = unpacked(bench.ours, folder / "many"), unpacked(bench.small, folder / "few")
    took: dict[str, list[float]] = {"ours": [], "alone": []}
    for _ in range(ROUNDS):
        seconds, peak = _timed(many / "verify.py")
        took["ours"].append(seconds)
        took["alone"].append(_timed("-c", HASH_LINES, many / LINES)[0])
    _, least = _timed(few / "verify.py")
    with (many / LINES).open("rb") as lines:
        count = sum(1 for _ in lines)
    ours, alone = median(took["ours"]), median(took["alone"])
    yield Line(
        f"offline check of a bundle of {grouped(count)} entries by its verify.py against reading the same "
        "lines and SHA-256",
        f"{ours:.2f} s ({1e6 * ours / count:.1f} s a million), {peak:.0f} MiB at most",
        f"{alone:.2f} s; verify.py takes {least:.0f} MiB for few entries",
        ours / alone,
        MOST,
        at_most=True,
        also=peak - least <= MOST_GROWTH_MIB,
        also_words=f"≤ {MOST_GROWTH_MIB} MiB more than for few",
    )


def unpacked(site: Site, folder: Path) -> Path:
    """The folder of a bundle of everything that was loaded."""
    folder.mkdir()
    path = folder / "bundle.zip"
    span = f"1-{site.world['last_entry']}"
    subprocess.run(
        [sys.executable, "manage.py", "bundle", "--output", path, "--entries", span],
        env={**os.environ, **site.environment},
        stderr=subprocess.PIPE,
        check=True,
    )
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    path.unlink()
    return folder


def _timed(*words: object) -> tuple[float, float]:
    """Seconds that Python takes for it, and the most memory in MiB."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *map(str, words)], stdout=subprocess.DEVNULL)
    with machine.peak_of(lambda: machine.pss_mib([process.pid])) as peak:
        status = process.wait()
    if status:
        raise RuntimeError(f"{words[0]} ended with status {status}")
    return time.perf_counter() - began, peak[0]
