"""Particle Metrix ZetaView size exports (8.05, 8.06).

Opposite to NanoSight, the printed concentration is NOT corrected for the dilution: the original
one is measured x dilution x correction factor. Verified against the vendor's PDF of the same run.
"""

import re
from math import isfinite
from typing import Any

from . import distribution
from .reading import Reading, Unreadable
from .text import dilution_in_name, tidy
from .zetaview_layout import ZetaviewLayout, is_profile, lay_out
from .zetaview_profile import read_profile

FORMAT = "ZetaView size distribution"
READER = "zetaview"
READER_VERSION = "1"

# Customary values, not the vendor's limits.
LEAST_TRACES = 500
DETECTED_PARTICLES = (50, 200)
POSITIONS = 11
LARGEST_GAP = 0.01
MEDIAN_AGREES_NM = 0.01
KNOWN_VERSIONS = ("8.05", "8.06")
# LabVIEW prints its epoch where a check was never done.
NEVER = "1904-01-01"
GOOD_CELL = ("good", "very good")
GOOD_DRIFT = ("ok", "good", "very good", "passed")

TRACES = "Number of Traces"


def read_zetaview(text: str, name: str = "", encoding: str = "") -> Reading:
    """Return the result of one size measurement or one zeta profile, or raise Unreadable."""
    if is_profile(text):
        return read_profile(text, encoding)
    layout = lay_out(text)
    traces = layout.number(TRACES)
    _refuse_without_result(layout, traces)
    values = _values(layout, traces)
    return Reading(
        format=FORMAT,
        software=layout.text("Software"),
        technique="NTA",
        reader=READER,
        reader_version=READER_VERSION,
        values=values,
        curves=_curves(layout, values),
        header={key: " ".join(filter(None, cells)) for key, cells in layout.keys.items()},
        warnings=tuple(_warnings(layout, values, name)),
        encoding=encoding,
    )


def _refuse_without_result(layout: ZetaviewLayout, traces: float | None) -> None:
    counted = sum(layout.counts)
    per_ml = sum(layout.per_ml)
    if not traces or counted <= 0 or per_ml <= 0:
        raise Unreadable(
            "This ZetaView file is a measurement without result: no particle was traced. "
            "Measure again; the file is kept as an attachment."
        )
    # Sums of finite numbers may still overflow.
    if not isfinite(counted * per_ml) or abs(counted - traces) > LARGEST_GAP * traces:
        raise Unreadable(
            f"The table of this ZetaView file holds {counted:g} traces, its header says "
            f"{traces:g}: it is cut off or edited. Export the measurement again."
        )
    if len(layout.sizes_nm) < 2:
        raise Unreadable(
            "The table of this ZetaView file has fewer than 2 classes: it is cut off or edited. "
            "Export the measurement again."
        )


def _values(layout: ZetaviewLayout, traces: float | None) -> dict[str, Any]:
    sizes, counts = layout.sizes_nm, layout.counts
    measured = tidy(sum(layout.per_ml))
    dilution = layout.labelled(TRACES, "Dilution") or None
    factor = layout.number("Concentration Correction Factor") or 1.0
    modal = distribution.modal_class_nm(sizes, counts)
    return {
        "concentration_per_ml": measured,
        "dilution": dilution,
        "concentration_includes_dilution": False,
        "concentration_correction_factor": factor,
        "concentration_original_per_ml": tidy(measured * dilution * factor) if dilution else None,
        "mean_nm": tidy(distribution.mean_nm(sizes, counts)),
        "mode_nm": modal,
        "modal_class_nm": modal,
        "sd_nm": tidy(distribution.sd_nm(sizes, counts, sample=True)),
        "d10_nm": tidy(distribution.interpolated_percentile_nm(sizes, counts, 10)),
        "d50_nm": _median_nm(layout),
        "d90_nm": tidy(distribution.interpolated_percentile_nm(sizes, counts, 90)),
        "videos": 1,
        "videos_excluded": [],
        "averages_from": "file",
        "bins": len(sizes),
        "valid_tracks": round(traces or 0),
        "particles_per_frame": layout.labelled(TRACES, "Average Number of Particles"),
        "detected_particles": layout.number("Detected Particles"),
        "temperature_c": layout.number("Temperature"),
        "viscosity_cp": layout.number("Viscosity"),
        "ph": layout.number("pH"),
        "is_subpopulation": not _is_scatter(layout),
        "captured_at": f"{layout.text('Date')} {layout.text('Time')}".strip(),
        "sample": layout.text("Sample"),
        "operator": layout.text("Operator"),
        "diluent": layout.text("Electrolyte"),
    }


def _median_nm(layout: ZetaviewLayout) -> float:
    """Return the printed median; computed only where a version prints none."""
    printed = layout.number("Median Number (D50)")
    return printed if printed else _computed_median_nm(layout)


def _computed_median_nm(layout: ZetaviewLayout) -> float:
    return distribution.interpolated_percentile_nm(layout.sizes_nm, layout.counts, 50)


def _is_scatter(layout: ZetaviewLayout) -> bool:
    return layout.text("Filter Wavelength nm").lower() in ("scatter", "")


def _curves(layout: ZetaviewLayout, values: dict[str, Any]) -> dict[str, Any]:
    video = {
        key: values[key]
        for key in (
            "concentration_per_ml mean_nm mode_nm sd_nm d10_nm d50_nm d90_nm valid_tracks "
            "particles_per_frame dilution temperature_c viscosity_cp"
        ).split()
    }
    name = layout.text("Experiment") or "Measurement"
    validity = layout.text("Cell Check Result")
    return {
        "bin_centre_nm": layout.sizes_nm,
        "number": layout.counts,
        "per_ml_by_video": [layout.per_ml],
        "video_names": [name],
        "video_is_valid": [True],
        "video_is_used": [True],
        "per_ml_average": layout.per_ml,
        "percentiles": None,
        "videos": [{"name": name, **video, "validity": validity, "is_valid": True}],
    }


def _warnings(layout: ZetaviewLayout, values: dict[str, Any], name: str) -> list[str]:
    return [
        *_about_counting(layout, values),
        *_about_dilution(values, name),
        *_about_checks(layout),
        *_about_filter(layout),
        *_about_consistency(layout),
        *_about_version(layout),
    ]


def _about_counting(layout: ZetaviewLayout, values: dict[str, Any]) -> list[str]:
    found = []
    if values["valid_tracks"] < LEAST_TRACES:
        found.append(f"Only {values['valid_tracks']} traces; {LEAST_TRACES} or more are customary.")
    low, high = DETECTED_PARTICLES
    detected = values["detected_particles"]
    if detected is not None and not low <= detected <= high:
        found.append(f"Detected particles outside {low} to {high} ({detected:g}).")
    positions = layout.number("Positions")
    if positions is not None and positions < POSITIONS:
        found.append(f"Only {positions:g} of {POSITIONS} positions were measured.")
    return found


def _about_dilution(values: dict[str, Any], name: str) -> list[str]:
    found = []
    dilution, told = values["dilution"], dilution_in_name(name)
    if dilution is None:
        found.append("The dilution is not in the file. Enter the dilution.")
    elif dilution == 1:
        found.append("The dilution is 1: check that this is not simply 'not entered'.")
    if dilution is not None and told is not None and told != dilution:
        found.append(f"The file name suggests dilution {told:g}, the file says {dilution:g}.")
    if values["concentration_correction_factor"] != 1:
        found.append(
            f"A correction factor of {values['concentration_correction_factor']:g} is set: the "
            "original concentration is measured x dilution x this factor."
        )
    return found


def _about_checks(layout: ZetaviewLayout) -> list[str]:
    found = []
    drift = layout.text("Particle Drift Check Result")
    if layout.text("Particle Drift Checked").startswith(NEVER):
        found.append("The particle drift was never checked.")
    if drift.lower() not in GOOD_DRIFT:
        found.append(f"The instrument says: particle drift: {drift or 'no result'}.")
    cell = layout.text("Cell Check Result")
    if cell.lower() not in GOOD_CELL:
        found.append(f"The instrument says: cell check: {cell or 'no result'}.")
    return found


def _about_filter(layout: ZetaviewLayout) -> list[str]:
    if _is_scatter(layout):
        return []
    return [
        f"Measured through the filter {layout.text('Filter Wavelength nm')}, not in scatter: "
        "this is a fluorescent subpopulation, not the total concentration."
    ]


def _about_consistency(layout: ZetaviewLayout) -> list[str]:
    found = []
    apart = abs(_median_nm(layout) - _computed_median_nm(layout))
    if apart > MEDIAN_AGREES_NM:
        found.append(
            f"The printed median and the one of the table differ by {apart:.2f} nm: the file is edited."
        )
    if not layout.has_sentinel:
        found.append("The end mark of the size table is missing: the file may be cut off.")
    return found


def _about_version(layout: ZetaviewLayout) -> list[str]:
    version = re.search(r"version (\d+\.\d+)", layout.text("Software"))
    if version and version[1] in KNOWN_VERSIONS:
        return []
    return [
        f"The software version '{layout.text('Software')}' has not been seen by this reader: "
        "compare the values with the instrument's report."
    ]
