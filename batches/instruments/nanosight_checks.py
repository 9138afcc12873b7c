"""What a person must look at before using a NanoSight result: advice, never a block."""

import re
from collections.abc import Sequence
from typing import Any, Protocol

from .nanosight_layout import Layout
from .text import listed, number

# Customary values, not the vendor's limits.
LEAST_TRACKS = 1000
PARTICLES_PER_FRAME = (20, 120)
LARGEST_GAP = 0.01
KNOWN_VERSIONS = ("3.2", "3.3", "3.4")
PERCENTILE_ROWS = 101
# D10, D50 and D90 are rows of the percentile table, printed to 0.1 nm.
PRINTED_NM = 0.11
UNREMARKABLE = ("", "ok", "no")


class ReadVideo(Protocol):
    """What the checks need to know of a video."""

    @property
    def name(self) -> str: ...
    @property
    def numbers(self) -> dict[str, float | None]: ...
    @property
    def per_ml(self) -> list[float]: ...
    @property
    def is_valid(self) -> bool: ...


Videos = Sequence[ReadVideo]
# How the warning about the dilution begins; it is settled once a person has entered the dilution.
DILUTION_NOT_RECORDED = "The dilution is not recorded"


def as_warnings(layout: Layout, chosen: Videos, used: Videos, values: dict[str, Any]) -> tuple[str, ...]:
    """Return all warnings as sentences, the gravest first."""
    return (
        *_about_videos(chosen, values),
        *_about_dilution(values),
        *_about_originality(layout),
        *_about_sums(layout, used, values),
        *_about_percentiles(layout, used),
        *_about_counting(used, values),
        *_printed(layout, chosen),
        *_about_version(layout),
    )


def _about_videos(chosen: Videos, values: dict[str, Any]) -> list[str]:
    found = []
    failed = [video.name for video in chosen if not video.is_valid]
    if failed:
        found.append(
            f"Failed videos without size distribution were excluded: {listed(failed)}. "
            "The averages were computed again from the valid videos, because the file's averages "
            "contain their zeros."
        )
    if values["averages_from"] == "chosen videos":
        names = [video.name for video in chosen if video.is_valid]
        found.append(f"The averages were computed from the chosen videos: {listed(names)}.")
    return found


def _about_dilution(values: dict[str, Any]) -> list[str]:
    if values["dilution"] is not None:
        return []
    told = f"{DILUTION_NOT_RECORDED}: the concentration is that of the measured suspension. "
    if values["dilution_suggested"] is None:
        return [told + "Enter the dilution."]
    return [told + f"The name suggests {values['dilution_suggested']:g}; confirm or enter the dilution."]


def _about_originality(layout: Layout) -> list[str]:
    """Notice spreadsheets: padded rows, or concentrations that lost `e+011`."""
    cells = layout.row("Results", "Concentration (Particles / ml)")
    rewritten = any(number(cell) and "e" not in cell for cell in cells)
    if not (layout.has_one_width or rewritten):
        return []
    return [
        "These are not the instrument's original bytes: the file was saved again by a spreadsheet. "
        "Digits may be lost; attach the original export."
    ]


def _about_sums(layout: Layout, used: Videos, values: dict[str, Any]) -> list[str]:
    apart = [
        video.name for video in used if _is_apart(sum(video.per_ml), video.numbers["concentration_per_ml"])
    ]
    found = []
    if apart:
        found.append(
            f"The bins do not add up to the concentration within 1 % ({listed(apart)}): "
            "the file is edited or cut off."
        )
    if values["averages_from"] == "file":
        found += _about_averages(layout, used, values)
    return found


def _about_averages(layout: Layout, used: Videos, values: dict[str, Any]) -> list[str]:
    printed = values["concentration_per_ml"]
    results = [video.numbers["concentration_per_ml"] or 0 for video in used]
    curve = sum(layout.bins[len(used) + 1])
    if _is_apart(sum(results) / len(results), printed) or _is_apart(curve, printed):
        return ["The printed average is not the mean of the videos within 1 %: the file is edited."]
    return []


def _is_apart(computed: float, printed: float | None) -> bool:
    return printed is not None and abs(computed - printed) > LARGEST_GAP * abs(printed)


def _about_percentiles(layout: Layout, used: Videos) -> list[str]:
    if not layout.percentiles:
        return []
    found = []
    if len(layout.percentiles[0]) != PERCENTILE_ROWS:
        found.append("The percentile table is not complete: the file may be cut off.")
    rows = {percent: at for at, percent in enumerate(layout.percentiles[0])}
    for key, percent in (("d10_nm", 10.0), ("d50_nm", 50.0), ("d90_nm", 90.0)):
        if percent not in rows:
            continue
        apart = [
            video.name
            for column, video in _columns(layout, used)
            if abs(column[rows[percent]] - (video.numbers[key] or 0)) > PRINTED_NM
        ]
        if apart:
            found.append(
                f"D{percent:g} differs from the percentile table ({listed(apart)}): the file is edited."
            )
    return found


def _columns(layout: Layout, used: Videos) -> list[tuple[list[float], ReadVideo]]:
    # By the bins and not by name: names may repeat.
    places = [next(i for i, bins in enumerate(layout.bins) if bins is v.per_ml) for v in used]
    return [(layout.percentiles[at], video) for at, video in zip(places, used, strict=True)]


def _about_counting(used: Videos, values: dict[str, Any]) -> list[str]:
    found = []
    tracks = values["valid_tracks"]
    if tracks is not None and tracks < LEAST_TRACKS:
        found.append(f"Only {tracks} valid tracks in total; {LEAST_TRACKS} or more are customary.")
    low, high = PARTICLES_PER_FRAME
    outside = [
        f"{video.name}: {count:g}"
        for video in used
        if (count := video.numbers["particles_per_frame"]) is not None and not low <= count <= high
    ]
    if outside:
        found.append(f"Particles per frame outside {low} to {high} ({listed(outside)}).")
    return found


def _printed(layout: Layout, chosen: Videos) -> list[str]:
    """Return the instrument's own remarks word for word."""
    names = {video.name for video in chosen}
    found = []
    for (section, key), row in layout.rows.items():
        if section not in ("Concentration Warnings", "Information") or not key:
            continue
        texts: dict[str, list[str]] = {}
        for name, cell in zip(layout.video_names, row[1:], strict=False):
            if name in names and cell.lower() not in UNREMARKABLE:
                texts.setdefault(cell, []).append(name)
        for text, where in texts.items():
            which = "all videos" if len(where) == len(names) else listed(where)
            found.append(f"The instrument says: {section}, {row[0]}: {text} ({which}).")
    return found + _unprocessed(layout)


def _unprocessed(layout: Layout) -> list[str]:
    cells = layout.row("Experiment Details", "Processed")
    left = [n for n, c in zip(layout.video_names, cells, strict=True) if c not in ("", "Yes")]
    return [f"The instrument says: not processed ({listed(left)})."] if left else []


def _about_version(layout: Layout) -> list[str]:
    version = re.search(r"NTA (\d+\.\d+)", layout.created_with)
    if version and version[1] in KNOWN_VERSIONS:
        return []
    return [
        f"The software version '{layout.created_with}' has not been seen by this reader: "
        "compare the values with the instrument's report."
    ]
