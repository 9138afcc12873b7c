"""NanoSight NTA 3.x experiment summaries: one result from the videos of one experiment.

Facts this rests on, recomputed on real exports: the 1 nm bins of a video add up to its printed
concentration; bins and result already contain a recorded dilution; `Average` is the plain mean
over the videos, the zeros of failed ones included; `Standard Error` is SD / sqrt(videos).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .distribution import average_curve, standard_error
from .nanosight_checks import as_warnings
from .nanosight_layout import Layout, lay_out
from .reading import Reading, Unreadable
from .text import dilution_in_name, listed, number, tidy

FORMAT = "NanoSight NTA experiment summary"
READER = "nanosight"
READER_VERSION = "1"

Chosen = Sequence[str | int] | None

RESULT_ROWS = {
    "concentration_per_ml": "Concentration (Particles / ml)",
    "particles_per_frame": "Particles per frame",
    "centres_per_frame": "Centres per frame",
    "completed_tracks": "Completed tracks",
    "x_drift_px_per_frame": "X-Drift (pix/frame)",
    "y_drift_px_per_frame": "Y-Drift (pix/frame)",
}
SIZE_ROWS = {
    "mean_nm": "Mean",
    "mode_nm": "Mode",
    "sd_nm": "SD",
    "d10_nm": "D10",
    "d50_nm": "D50",
    "d90_nm": "D90",
    "valid_tracks": "Valid Tracks",
}
CONDITION_ROWS = {
    "temperature_c": "Temperature/C",
    "viscosity_cp": "Viscosity/cP",
    "camera_level": "Camera Level",
    "frame_rate_fps": "Frame rate/fps",
    "syringe_pump_speed": "Syringe Pump Speed/AU",
}
SETTING_ROWS = {
    "detection_threshold": "Detection Threshold",
    "frames_analysed": "Total frames analysed",
}
AVERAGED = ("concentration_per_ml", "mean_nm", "mode_nm", "sd_nm", "d10_nm", "d50_nm", "d90_nm")
ALSO_AVERAGED = ("particles_per_frame", "temperature_c", "viscosity_cp")
SIZES = AVERAGED[1:]


@dataclass(frozen=True)
class Video:
    """One video of an experiment: its printed numbers (None where none is printed) and bins."""

    name: str
    numbers: dict[str, float | None]
    dilution: float | None
    validity: str
    laser: str
    per_ml: list[float]

    @property
    def is_valid(self) -> bool:
        """A failed video has no distribution, though sometimes a concentration."""
        located = ("mean_nm", "mode_nm", "d10_nm", "d50_nm", "d90_nm")
        return any(self.per_ml) or any(self.numbers[key] != 0 for key in located)

    def as_dict(self) -> dict[str, Any]:
        """Return the video without its bins, as plain values."""
        return {
            "name": self.name,
            **self.numbers,
            "dilution": self.dilution,
            "validity": self.validity,
            "laser": self.laser,
            "is_valid": self.is_valid,
        }


def read_nanosight(text: str, name: str = "", videos: Chosen = None, encoding: str = "") -> Reading:
    """Return the result of one experiment, or raise Unreadable.

    `videos` picks some of the videos by name or by position (0 is the first); the result is then
    computed from these. Without it, files that mix samples are refused.
    """
    layout = lay_out(text)
    every = _videos(layout)
    chosen = every if videos is None else _picked(every, videos)
    if videos is None:
        _refuse_combined(layout)
    used = [video for video in chosen if video.is_valid]
    _refuse_without_result(used)
    dilution = _one_dilution(chosen)
    is_whole = videos is None and len(used) == len(every)
    values = (
        _averages(layout, used, is_whole)
        | _dilution_facts(layout, dilution, name)
        | _video_facts(layout, chosen, used)
        | {"averages_from": _source(is_whole, videos)}
        | _details(layout)
    )
    return Reading(
        format=FORMAT,
        software=_software(layout),
        technique="NTA",
        reader=READER,
        reader_version=READER_VERSION,
        values=values,
        curves=_curves(layout, every, used, is_whole),
        header=_header(layout),
        warnings=as_warnings(layout, chosen, used, values),
        encoding=encoding,
    )


def _videos(layout: Layout) -> list[Video]:
    columns: dict[str, list[float | None]] = {}
    for section, rows in (
        ("Results", RESULT_ROWS),
        ("Conditions", CONDITION_ROWS),
        ("Settings", SETTING_ROWS),
    ):
        for key, title in rows.items():
            columns[key] = [number(cell) for cell in layout.row(section, title)]
    for key, title in SIZE_ROWS.items():
        columns[key] = [number(cell) for cell in layout.size_row(title)]
    dilutions = layout.row("Results", DILUTION_ROW)
    validity = layout.row("Concentration Warnings", "Validity of concentration measurement")
    lasers = layout.row("Conditions", "Laser Type")
    return [
        Video(
            name=name,
            numbers={key: column[at] for key, column in columns.items()},
            dilution=_dilution(dilutions[at], name),
            validity=validity[at],
            laser=lasers[at],
            per_ml=layout.bins[at + 1],
        )
        for at, name in enumerate(layout.video_names)
    ]


DILUTION_ROW = "Dilution factor (concentrations adjusted for this factor)"


def _dilution(cell: str, name: str) -> float | None:
    """Return the recorded factor; "Not recorded" and 0 (the software's "not entered") are None."""
    factor = number(cell)
    if factor is not None and factor < 0:
        raise Unreadable(f"The dilution of video {name} is negative: the file is damaged.")
    return factor or None


def _picked(every: list[Video], chosen: Sequence[str | int]) -> list[Video]:
    names = [video.name for video in every]
    places = [_place(names, choice) for choice in chosen]
    if not places:
        raise Unreadable("No video was chosen. Choose at least one.", tuple(names))
    if len(set(places)) != len(places):
        raise Unreadable("A video was chosen twice. Choose each video once.", tuple(names))
    return [every[place] for place in sorted(places)]


def _place(names: list[str], choice: str | int) -> int:
    if isinstance(choice, int):
        if 0 <= choice < len(names):
            return choice
    elif names.count(choice) == 1:
        return names.index(choice)
    elif choice in names:
        raise Unreadable(f"The name {choice} stands for several videos. Choose by position.", tuple(names))
    raise Unreadable(f"The file has no video {choice}. It has {listed(names)}.", tuple(names))


def _refuse_combined(layout: Layout) -> None:
    remarks = layout.text("Experiment Details", "Remarks")
    unknown = layout.text("Experiment Details", "Software Version") == "Unknown"
    if unknown or remarks.lower().startswith("created from combined experiments"):
        raise Unreadable(
            f"This NanoSight file combines several experiments ({len(layout.video_names)} videos); "
            "its averages mix samples and are not one result. "
            "Choose the videos that belong to this batch.",
            layout.video_names,
        )


def _refuse_without_result(used: list[Video]) -> None:
    if not used:
        raise Unreadable(
            "This NanoSight file is a measurement without result: no video has a size "
            "distribution. Measure again; the file is kept as an attachment."
        )
    for video in used:
        for key in AVERAGED:
            value = video.numbers[key]
            if value is None or value < 0:
                raise Unreadable(
                    f"Video {video.name} has no usable number for {key}: the file is damaged "
                    "or edited. Export the experiment again."
                )
        sizes = [video.numbers[key] or 0 for key in ("d10_nm", "d50_nm", "d90_nm")]
        if sizes != sorted(sizes):
            raise Unreadable(
                f"Video {video.name} has D10, D50 and D90 out of order: the file is edited. "
                "Export the experiment again."
            )


def _one_dilution(chosen: list[Video]) -> float | None:
    factors = {video.dilution for video in chosen}
    if len(factors) > 1:
        told = [f"{factor:g}" if factor else "not recorded" for factor in factors]
        raise Unreadable(
            f"The dilution differs between the videos ({', '.join(sorted(told))}), so there is no "
            "one result. Choose the videos that belong to this batch.",
            tuple(video.name for video in chosen),
        )
    return factors.pop()


def _averages(layout: Layout, used: list[Video], is_whole: bool) -> dict[str, float | None]:
    """Return means with standard errors over the videos (repeats of one pipetting).

    As printed when all videos count; computed from the printed values of the used ones otherwise.
    """
    averages: dict[str, float | None] = {}
    for key in AVERAGED + ALSO_AVERAGED:
        mean, error = _printed_average(layout, key) if is_whole else (None, None)
        if mean is None:
            mean, error = _computed_average(used, key)
        averages[key] = mean
        if key in AVERAGED:
            averages[_error_key(key)] = error
    return averages


def _error_key(key: str) -> str:
    stem, unit = (key[:-7], "per_ml") if key.endswith("per_ml") else (key[:-3], "nm")
    return f"{stem}_standard_error_{unit}"


def _printed_average(layout: Layout, key: str) -> tuple[float | None, float | None]:
    cells = layout.average(RESULT_ROWS.get(key) or SIZE_ROWS.get(key, ""))
    return number(cells[0]), number(cells[1])


def _computed_average(used: list[Video], key: str) -> tuple[float | None, float | None]:
    found = [value for video in used if (value := video.numbers[key]) is not None]
    if len(found) < len(used):
        return None, None
    error = standard_error(found)
    return tidy(sum(found) / len(found)), None if error is None else tidy(error)


def _total(used: list[Video], key: str) -> int | None:
    found = [video.numbers[key] for video in used]
    return round(sum(value or 0 for value in found)) if None not in found else None


def _source(is_whole: bool, videos: Chosen) -> str:
    if is_whole:
        return "file"
    return "valid videos" if videos is None else "chosen videos"


def _dilution_facts(layout: Layout, dilution: float | None, name: str) -> dict[str, Any]:
    return {
        "dilution": dilution,
        "concentration_includes_dilution": dilution is not None,
        "dilution_suggested": None if dilution else _suggested(layout, name),
    }


def _video_facts(layout: Layout, chosen: list[Video], used: list[Video]) -> dict[str, Any]:
    return {
        "videos": len(used),
        "videos_excluded": [video.name for video in chosen if not video.is_valid],
        "bins": len(layout.bins[0]),
        "valid_tracks": _total(used, "valid_tracks"),
        "completed_tracks": _total(used, "completed_tracks"),
        "validity": listed(sorted({video.validity for video in used})),
    }


def _details(layout: Layout) -> dict[str, Any]:
    """Return who measured what and when, as printed (local time of the instrument, D/M/Y)."""
    section = "Experiment Details"
    return {
        "captured_at": layout.text(section, "Time Captured"),
        "sample": layout.text(section, "Sample Name") or layout.text(section, "Sample Description"),
        "operator": layout.text(section, "Operator Name"),
        "diluent": layout.text(section, "Diluent"),
    }


def _suggested(layout: Layout, name: str) -> float | None:
    experiment = layout.text("Experiment Details", "Experiment Name")
    return dilution_in_name(name) or dilution_in_name(experiment)


def _software(layout: Layout) -> str:
    """Return the version that measured; combined files know only the one that wrote them."""
    acquired = layout.text("Experiment Details", "Software Version")
    written = layout.created_with.removeprefix("Created with ")
    return acquired if acquired and acquired != "Unknown" else written


def _header(layout: Layout) -> dict[str, str]:
    """Return the instrument's settings as printed; one text where all videos agree."""
    header = {"Created with": layout.created_with.removeprefix("Created with ")}
    for (section, key), row in layout.rows.items():
        if section in ("Experiment Details", "Conditions", "Settings") and key:
            cells = row[1 : len(layout.video_names) + 1]
            header[row[0].rstrip(":")] = (
                cells[0] if cells and len(set(cells)) == 1 else "; ".join(filter(None, cells))
            )
    return header


def _curves(layout: Layout, every: list[Video], used: list[Video], is_whole: bool) -> dict[str, Any]:
    count = len(every)
    average = layout.bins[count + 1] if is_whole else average_curve([video.per_ml for video in used])
    percentiles = layout.percentiles
    return {
        "bin_centre_nm": layout.bins[0],
        "per_ml_by_video": [video.per_ml for video in every],
        "video_names": [video.name for video in every],
        "video_is_valid": [video.is_valid for video in every],
        "video_is_used": [any(video is one for one in used) for video in every],
        "per_ml_average": average,
        "percentiles": {"percent": percentiles[0], "size_nm_by_video": percentiles[1:]}
        if percentiles
        else None,
        "videos": [video.as_dict() for video in every],
    }
