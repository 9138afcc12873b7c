"""Flow cytometry files (FCS 2.0 to 3.1): counts, volume and intensities; sizes are never in them.

A concentration is given only where the cytometer wrote the volume of the run ($VOL, nL). The file names
persons ($OP and others): only a list of harmless keys is taken from its text.
"""

import io
import re
import warnings
from typing import TYPE_CHECKING, Any

from .reading import Reading, Unreadable
from .text import listed, number, tidy

if TYPE_CHECKING:
    import numpy as np
    from flowio import FlowData

FORMAT = "Flow cytometry file (FCS)"
READER = "fcs"
READER_VERSION = "1"

EVENT_CAP = 20_000_000
CHANNEL_CAP = 200
BINS = 128
DECADES = 7
SWARM_EVENTS_PER_S = 10_000
# Nothing that names a person.
SHOWN = {
    "cyt": "Cytometer", "cytsn": "Serial number", "cytnum": "Serial number", "date": "Date", "btim": "Begin",
    "etim": "End", "creator": "Software", "sys": "System", "tube name": "Tube", "src": "Specimen",
    "fil": "File", "threshold": "Threshold", "mode": "Mode",
}  # fmt: skip
_DRAWN = re.compile(r"^(v?ssc|fsc|fl\d|.*-(a|h))\b|-(a|h)$", re.IGNORECASE)


def read_fcs(data: bytes, name: str = "") -> Reading:
    """Return counts, volume and histograms of a flow cytometry file, or raise Unreadable."""
    flow, note = _opened(data)
    text: dict[str, str] = {str(key).lower(): str(value).strip() for key, value in flow.text.items()}
    values = _values(flow, text)
    return Reading(
        format=f"{FORMAT[:-1]} {flow.version})",
        software=text.get("creator", "")[:120] or "not in the file",
        technique="FLOW",
        reader=READER,
        reader_version=READER_VERSION,
        values=values,
        curves={"histograms": _histograms(flow) if flow.event_count else []},
        header={word: text[key][:120] for key, word in SHOWN.items() if text.get(key)},
        warnings=tuple([*note, *_warnings(values, text)]),
    )


def _opened(data: bytes) -> "tuple[FlowData, list[str]]":
    # Loaded late: numpy takes longer to load than a text export to read.
    from flowio import FlowData
    from flowio.exceptions import FCSParsingError, FlowIOException

    _refuse_enormous(data)
    try:
        return _parsed(FlowData, data, strict=True), []
    except FCSParsingError:
        # Some cytometers write an end of data that is one byte off, above all when nothing was acquired.
        try:
            return _parsed(FlowData, data, strict=False), [
                "The offsets in the file disagree by a little; it was read all the same."
            ]
        except Exception as error:
            raise _damaged() from error
    except (FlowIOException, Exception) as error:
        raise _damaged() from error


def _damaged() -> Unreadable:
    return Unreadable(
        "This flow cytometry file is cut off or damaged: its parts don't stand where it says. "
        "Export it again."
    )


def _refuse_enormous(data: bytes) -> None:
    """Refuse before anything is made room for: the header may claim any number of events."""
    head = data[:4_000_000]
    for key, cap in ((b"$TOT", EVENT_CAP), (b"$PAR", CHANNEL_CAP)):
        for found in re.finditer(re.escape(key) + rb"[^\w$]\s*(\d{1,30})", head):
            if int(found[1]) > cap:
                raise Unreadable(
                    f"This flow cytometry file claims {int(found[1])} in {key.decode()}: more than is read."
                )


def _parsed(flow_data: Any, data: bytes, *, strict: bool) -> "FlowData":
    with warnings.catch_warnings(action="ignore"):
        flow = flow_data(io.BytesIO(data), ignore_offset_error=not strict)
    if flow.event_count < 0 or not 0 < flow.channel_count <= CHANNEL_CAP or flow.event_count > EVENT_CAP:
        raise _damaged()
    if flow.event_count and len(flow.events) != flow.event_count * flow.channel_count:
        raise _damaged()
    return flow


def _values(flow: "FlowData", text: dict[str, str]) -> dict[str, Any]:
    volume_nl = number(text.get("vol", ""))
    volume_nl = volume_nl if volume_nl is not None and 0 < volume_nl < 1e12 else None
    seconds = _seconds(text.get("btim", ""), text.get("etim", ""))
    events = int(flow.event_count)
    per_ml = tidy(events / volume_nl * 1e6) if volume_nl and events else None
    return {
        "events": events,
        "channels": int(flow.channel_count),
        "channel_names": [str(label)[:60] for label in flow.pnn_labels],
        "stains": {
            str(n)[:60]: str(s)[:60] for n, s in zip(flow.pnn_labels, flow.pns_labels, strict=False) if s
        },
        "volume_nl": volume_nl,
        "events_per_ml": per_ml,
        "concentration_per_ml": per_ml,
        "concentration_includes_dilution": False,
        "events_per_s": tidy(events / seconds) if seconds else None,
        "aborted_events": _count(text.get("abrt", "")),
        "lost_events": _count(text.get("lost", "")),
        "captured_at": f"{text.get('date', '')} {text.get('btim', '')}".strip(),
        "sample": text.get("tube name") or text.get("smno") or "",
    }


def _count(printed: str) -> int | None:
    value = number(printed)
    return int(value) if value is not None and 0 <= value < 1e12 else None


def _seconds(begin: str, end: str) -> float | None:
    """Return the length of the run, None where the times are missing or run over midnight."""
    times = [re.match(r"(\d{1,2}):(\d{2}):(\d{2})(?:[.:](\d{1,3}))?", one) for one in (begin, end)]
    if None in times:
        return None
    first, last = (int(t[1]) * 3600 + int(t[2]) * 60 + int(t[3]) for t in times if t)
    return float(last - first) if last > first else None


def _histograms(flow: "FlowData") -> list[dict[str, Any]]:
    """Return log-binned counts of scatter and fluorescence: 128 bins over the seven decades from 1."""
    import numpy as np

    with np.errstate(invalid="ignore"):
        events = np.asarray(flow.events, dtype=float).reshape(-1, flow.channel_count)
    edges = np.logspace(0, DECADES, BINS + 1)
    return [
        _histogram(str(label), events[:, at], edges)
        for at, label in enumerate(flow.pnn_labels)
        if str(label).lower() != "time" and _DRAWN.search(str(label))
    ]


def _histogram(label: str, values: "np.ndarray", edges: "np.ndarray") -> dict[str, Any]:
    import numpy as np

    finite = values[np.isfinite(values)]
    counts, _ = np.histogram(finite, edges)
    middle = float(np.median(finite)) if len(finite) else None
    return {
        "channel": label[:60],
        "first_edge": 1.0,
        "decades": DECADES,
        "counts": counts.tolist(),
        "below": int((finite < edges[0]).sum()),
        "above": int((finite > edges[-1]).sum()),
        "not_finite": len(values) - len(finite),
        "median": None if middle is None else tidy(middle),
    }


def _warnings(values: dict[str, Any], text: dict[str, str]) -> list[str]:
    if not values["events"]:
        return ["Empty acquisition: the file holds no event."]
    found = [
        "All events above the trigger are counted, without gate; buffer and dye controls belong beside it."
    ]
    if values["volume_nl"] is None:
        found.append("The volume of the run ($VOL) is not in the file: there is no concentration in it.")
    for key, word in (("aborted_events", "aborted"), ("lost_events", "lost")):
        if values[key]:
            found.append(f"{values[key]} events were {word} by the electronics.")
    if values["events_per_s"] and values["events_per_s"] > SWARM_EVENTS_PER_S:
        found.append(
            f"{values['events_per_s']:.0f} events per second: several particles may count as one (swarm). "
            "Measure at a higher dilution as well."
        )
    if missing := [word for key, word in (("date", "date"), ("cyt", "cytometer")) if not text.get(key)]:
        found.append(f"Not in the file: {listed(missing)}.")
    return found
