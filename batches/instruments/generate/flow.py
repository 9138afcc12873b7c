"""Flow cytometry files of our own making: scatter and two dyes, FCS 3.1 with floating-point events."""

from dataclasses import dataclass
from math import exp
from random import Random
from struct import pack

CHANNELS = ("FSC-A", "VSSC-A", "FITC-A", "APC-A", "Time")


@dataclass(frozen=True)
class FlowRun:
    """One acquisition. `volume_nl` None leaves the volume out; `offset_error` shifts the end of data."""

    events: int = 400
    volume_nl: float | None = 60_000.0
    lost: int = 0
    aborted: int = 0
    sample: str = "EV sample"
    person: str = "A. Person"
    begin: str = "09:10:00"
    end: str = "09:11:00"
    offset_error: int = 0


def fcs_bytes(run: FlowRun, rng: Random | None = None) -> bytes:
    """Return the bytes of an FCS 3.1 file."""
    data = b"".join(pack(f"<{len(CHANNELS)}f", *_event(at, rng)) for at in range(run.events))
    begin = 58
    text = _text(run, 0, 0)
    for _ in range(3):
        first = begin + len(text)
        text = _text(run, first, first + len(data) - 1 + run.offset_error)
    first = begin + len(text)
    head = "FCS3.1    " + "".join(
        f"{number:>8}" for number in (begin, first - 1, first, first + len(data) - 1 + run.offset_error, 0, 0)
    )
    return head.encode() + text + data


def _event(at: int, rng: Random | None) -> list[float]:
    spread = (
        [rng.gauss(0, 0.6) for _ in range(4)]
        if rng
        else [((at * step) % 17 - 8) / 10 for step in (3, 5, 7, 11)]
    )
    return [exp(middle + shift) for middle, shift in zip((6.0, 7.5, 5.0, 4.0), spread, strict=True)] + [
        float(at)
    ]


def _text(run: FlowRun, first: int, last: int) -> bytes:
    told = {
        "$BEGINANALYSIS": "0", "$ENDANALYSIS": "0", "$BEGINSTEXT": "0", "$ENDSTEXT": "0",
        "$BEGINDATA": f"{first:08}", "$ENDDATA": f"{last:08}", "$BYTEORD": "1,2,3,4", "$DATATYPE": "F",
        "$MODE": "L",
        "$NEXTDATA": "0", "$PAR": str(len(CHANNELS)), "$TOT": str(run.events), "$CYT": "NanoCytometer",
        "$CYTSN": "000000", "$DATE": "18-Mar-2026", "$BTIM": run.begin, "$ETIM": run.end, "$OP": run.person,
        "$ABRT": str(run.aborted), "$LOST": str(run.lost), "TUBE NAME": run.sample,
    }  # fmt: skip
    if run.volume_nl is not None:
        told["$VOL"] = f"{run.volume_nl:g}"
    for at, channel in enumerate(CHANNELS, 1):
        told |= {f"$P{at}N": channel, f"$P{at}B": "32", f"$P{at}E": "0,0", f"$P{at}R": "16777216"}
    told["$P3S"] = "CD9"
    return ("/" + "/".join(f"{key}/{value}" for key, value in told.items()) + "/").encode()
