"""Particle Metrix ZetaView profiles: the zeta potential, never a size."""

from typing import Any

from .reading import Reading, Unreadable
from .zetaview_layout import ZetaviewLayout, profile_of

FORMAT = "ZetaView zeta profile"
READER = "zetaview-profile"
READER_VERSION = "1"

ZETA = "Zeta Potential / mV"
# Beyond that no colloid in water was ever measured: a comma or a column is wrong.
LARGEST_ZETA_MV = 300.0
PH = (1.0, 13.0)
TEMPERATURE_C = (24.0, 26.0)


def read_profile(text: str, encoding: str = "") -> Reading:
    """Return the zeta potential of one profile, or raise Unreadable."""
    layout = profile_of(text)
    zeta_mv = layout.number(ZETA)
    if zeta_mv is None:
        raise Unreadable(
            "This ZetaView profile holds no zeta potential: it is a measurement without result. "
            "Measure again; the file is kept as an attachment."
        )
    if abs(zeta_mv) > LARGEST_ZETA_MV:
        raise Unreadable(f"A zeta potential of {zeta_mv:g} mV can't be: the file is edited. Export it again.")
    return Reading(
        format=FORMAT,
        software=layout.text("Software"),
        technique="ZETA",
        reader=READER,
        reader_version=READER_VERSION,
        values=_values(layout, zeta_mv),
        header={key: " ".join(filter(None, cells)) for key, cells in layout.keys.items()},
        warnings=tuple(_warnings(layout)),
        encoding=encoding,
    )


def _values(layout: ZetaviewLayout, zeta_mv: float) -> dict[str, Any]:
    return {
        "zeta_mv": zeta_mv,
        "replicates": 1,
        "averages_from": "file",
        "conductivity": layout.text("Conductivity"),
        "temperature_c": layout.number("Temperature"),
        "viscosity_cp": layout.number("Viscosity"),
        "ph": layout.number("pH"),
        "traces": layout.number("Number of Traces"),
        "captured_at": f"{layout.text('Date')} {layout.text('Time')}".strip(),
        "sample": layout.text("Sample"),
        "operator": layout.text("Operator"),
        "diluent": layout.text("Electrolyte"),
    }


def _warnings(layout: ZetaviewLayout) -> list[str]:
    found = ["The ZetaView prints the conductivity without its unit: enter it with its unit."]
    if not layout.text("Electrolyte"):
        found.append("The electrolyte is not in the file: a zeta potential without it can't be compared.")
    ph = layout.number("pH")
    if ph is None or not PH[0] <= ph <= PH[1]:
        found.append("The pH is not in the file, or is none.")
    if "entered" in " ".join(layout.keys.get("pH", [])):
        found.append("The pH was entered by hand, not sensed.")
    temperature = layout.number("Temperature")
    if temperature is not None and not TEMPERATURE_C[0] <= temperature <= TEMPERATURE_C[1]:
        found.append(f"Measured at {temperature:g} °C, not at 25 °C.")
    cell = layout.text("Cell Check Result")
    if cell.lower() not in ("good", "very good"):
        found.append(f"The instrument says: cell check: {cell or 'no result'}.")
    return found
