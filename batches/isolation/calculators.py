"""Calculators that stand beside a field: from which inputs its value is computed, by which formula.

A formula that changes gets a new version, so that a value computed before still says by what. Inputs are
filled in from the sheet where it holds them, and can be typed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from batches.isolation import formulas

Values = Mapping[str, Decimal]


@dataclass(frozen=True)
class Input:
    """One number that a formula asks for; `fields` of the sheet may hold it, else `default` is offered."""

    name: str
    label: str
    unit: str = ""
    fields: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True)
class Calculator:
    """A formula with its version, the fields whose value it computes, and to how many decimal places."""

    code: str
    version: str
    label: str
    formula: str
    fields: tuple[str, ...]
    inputs: tuple[Input, ...]
    compute: Callable[[Values], Decimal | None]
    places: int = 2

    def result(self, values: Values) -> Decimal | None:
        """The value to enter; None where the formula gives none for these inputs."""
        return formulas.rounded(self.compute(values), self.places)


RPM = Input("rpm", "speed", "rpm", ("speed_rpm",))
XG = Input("rcf", "force", "×g", ("rcf_xg",))
R_MIN = Input("r_min", "r min", "mm", ("r_min_mm",))
R_MAX = Input("r_max", "r max", "mm", ("r_max_mm",))
INNER = Input("inner", "inner diameter of a fibre", "mm", ("fibre_inner_mm",))
FIBRES = Input("fibres", "fibres", "", ("fibre_count",))
AREA = Input("area", "membrane area", "cm²", ("area_cm2",))
VOLUME_IN = Input("volume", "volume in", "mL", ("volume_in_ml",))
SIEVING = Input("sieving", "sieving coefficient", "", (), "1")


def _k(values: Values) -> Decimal | None:
    return formulas.k_factor(values["r_min"], values["r_max"], values["rpm"])


def _pelleting(values: Values) -> Decimal | None:
    names = ("diameter", "density", "fluid", "viscosity")
    return formulas.pelleting_min(_k(values), formulas.svedberg(*(values[name] for name in names)))


def _equivalent(values: Values) -> Decimal | None:
    before = formulas.k_factor(values["r_min_before"], values["r_max_before"], values["rpm_before"])
    return formulas.equivalent_min(values["minutes"], before, _k(values))


SPINS = (
    Calculator(
        "rcf_max",
        "1.0",
        "Force at r max from the speed",
        "1.118×10⁻⁵ · r max (cm) · rpm²",
        ("rcf_xg", "pellet_rcf_xg"),
        (RPM, R_MAX),
        lambda v: formulas.rcf(v["rpm"], v["r_max"]),
        0,
    ),
    Calculator(
        "rcf_average",
        "1.0",
        "Average force from the speed",
        "1.118×10⁻⁵ · mean of r min and r max (cm) · rpm²",
        ("rcf_xg", "pellet_rcf_xg"),
        (RPM, R_MIN, R_MAX),
        lambda v: formulas.rcf(v["rpm"], formulas.average(v["r_min"], v["r_max"])),
        0,
    ),
    Calculator(
        "rpm_max",
        "1.0",
        "Speed for a force at r max",
        "√(×g / (1.118×10⁻⁵ · r max (cm)))",
        ("speed_rpm",),
        (XG, R_MAX),
        lambda v: formulas.rpm_for(v["rcf"], v["r_max"]),
        0,
    ),
    Calculator(
        "rpm_average",
        "1.0",
        "Speed for an average force",
        "√(×g / (1.118×10⁻⁵ · mean of r min and r max (cm)))",
        ("speed_rpm",),
        (XG, R_MIN, R_MAX),
        lambda v: formulas.rpm_for(v["rcf"], formulas.average(v["r_min"], v["r_max"])),
        0,
    ),
    Calculator(
        "equivalent_time",
        "1.0",
        "Time that does the same as on another rotor",
        "minutes there · k here / k there; k = 2.53×10¹¹ · ln(r max / r min) / rpm²",
        ("duration_min",),
        (
            Input("minutes", "minutes on the other rotor", "min"),
            Input("r_min_before", "its r min", "mm"),
            Input("r_max_before", "its r max", "mm"),
            Input("rpm_before", "its speed", "rpm"),
            R_MIN,
            R_MAX,
            Input("rpm", "speed here", "rpm", ("speed_rpm", "computed_rpm")),
        ),
        _equivalent,
        0,
    ),
    Calculator(
        "pelleting_time",
        "1.0",
        "Time until particles of a size have pelleted",
        "60 · k / S; S = d² (ρ particle − ρ fluid) / 18 η · 10¹³",
        ("duration_min",),
        (
            Input("diameter", "diameter", "nm", (), "100"),
            Input("density", "density of the particles", "g/mL", (), "1.15"),
            Input("fluid", "density of the fluid", "g/mL", (), "1.00"),
            Input("viscosity", "viscosity of the fluid", "cP", (), "1.55"),
            R_MIN,
            R_MAX,
            Input("rpm", "speed", "rpm", ("speed_rpm", "computed_rpm")),
        ),
        _pelleting,
        0,
    ),
)
LIQUIDS = (
    Calculator(
        "column_load",
        "1.0",
        "Sample for a load of the column",
        "column volume · load / 100",
        ("sample_volume_ml",),
        (
            Input("column", "column volume", "mL", ("column_volume_ml",)),
            Input("load", "load", "%", (), "5"),
        ),
        lambda v: formulas.share_of(v["column"], v["load"]),
        3,
    ),
    Calculator(
        "dilution",
        "1.0",
        "Dilution factor",
        "final volume / sample volume",
        ("dilution", "dilution_factor"),
        (Input("final", "final volume", "mL"), Input("sample", "sample volume", "mL")),
        lambda v: formulas.ratio(v["final"], v["sample"]),
        4,
    ),
    Calculator(
        "stock_ratio",
        "1.0",
        "Reagent per sample volume, from a stock",
        "final / (stock − final)",
        ("volume_ratio",),
        (
            Input("final", "final concentration", "% w/v", ("polymer_percent",)),
            Input("stock", "stock", "% w/v", (), "50"),
        ),
        lambda v: formulas.stock_volume(1, v["final"], v["stock"]),
        4,
    ),
    Calculator(
        "stock_volume",
        "1.0",
        "Volume of the stock to add",
        "volume in · final / (stock − final)",
        ("reagent_volume_ml",),
        (
            VOLUME_IN,
            Input("final", "final concentration", "% w/v", ("polymer_percent",)),
            Input("stock", "stock", "% w/v", (), "50"),
        ),
        lambda v: formulas.stock_volume(v["volume"], v["final"], v["stock"]),
        2,
    ),
    Calculator(
        "particles_of",
        "1.0",
        "Particles in a volume",
        "particles per mL · volume",
        ("particles_loaded", "particles_used"),
        (Input("per_ml", "particles", "/mL", ("particles_in_per_ml",)), VOLUME_IN),
        lambda v: formulas.product(v["per_ml"], v["volume"]),
        0,
    ),
)
MEMBRANES = (
    Calculator(
        "volume_concentration",
        "1.0",
        "Volume concentration factor",
        "volume in / volume out",
        ("concentrated_fold",),
        (VOLUME_IN, Input("out", "volume after concentrating", "mL", ("volume_out_ml",))),
        lambda v: formulas.ratio(v["volume"], v["out"]),
        2,
    ),
    Calculator(
        "membrane_load",
        "1.0",
        "Load of the membrane",
        "volume in (mL) · 10 / area (cm²)",
        ("load_l_per_m2",),
        (VOLUME_IN, AREA),
        lambda v: formulas.load_l_per_m2(v["volume"], v["area"]),
        2,
    ),
    Calculator(
        "fibre_shear",
        "1.0",
        "Shear rate in hollow fibres",
        "4 Q / (π r³ · fibres), Q in cm³/s, r in cm",
        ("shear_per_s",),
        (Input("flow", "feed flow", "mL/min", ("feed_flow_ml_per_min",)), INNER, FIBRES),
        lambda v: formulas.fibre_shear(v["flow"], v["inner"], v["fibres"]),
        0,
    ),
    Calculator(
        "flow_for_shear",
        "1.0",
        "Feed flow for a shear rate",
        "shear · π r³ · fibres / 4",
        ("feed_flow_ml_per_min",),
        (Input("shear", "shear rate", "/s", ("shear_per_s",), "4000"), INNER, FIBRES),
        lambda v: formulas.flow_for_shear(v["shear"], v["inner"], v["fibres"]),
        2,
    ),
    Calculator(
        "feed_pressure",
        "1.0",
        "Feed pressure for a transmembrane pressure",
        "2 (TMP + permeate) − retentate",
        ("feed_bar",),
        (
            Input("tmp", "transmembrane pressure", "bar", (), "0.3"),
            Input("retentate", "retentate", "bar", ("retentate_bar",)),
            Input("permeate", "permeate", "bar", ("permeate_bar",), "0"),
        ),
        lambda v: formulas.feed_pressure(v["tmp"], v["retentate"], v["permeate"]),
        3,
    ),
    Calculator(
        "flux",
        "1.0",
        "Flux from permeate volume and time",
        "permeate (mL) · 10 / area (cm²) / hours",
        ("flux_start_lmh", "flux_end_lmh"),
        (Input("permeate", "permeate volume", "mL"), Input("minutes", "in", "min"), AREA),
        lambda v: formulas.flux_lmh(v["permeate"], v["minutes"], v["area"]),
        2,
    ),
    Calculator(
        "volumes_for_residual",
        "1.0",
        "Diafiltration volumes for what may stay",
        "−ln(residual / 100) / sieving coefficient",
        ("diafiltration_volumes",),
        (Input("residual", "small solutes that may stay", "%", (), "1"), SIEVING),
        lambda v: formulas.diafiltration_volumes(v["residual"], v["sieving"]),
        2,
    ),
    Calculator(
        "volumes_of_buffer",
        "1.0",
        "Diafiltration volumes from the buffer used",
        "buffer / retentate volume",
        ("diafiltration_volumes",),
        (Input("buffer", "buffer used", "mL"), Input("retentate", "retentate volume", "mL")),
        lambda v: formulas.ratio(v["buffer"], v["retentate"]),
        2,
    ),
)
CALCULATORS = {one.code: one for one in (*SPINS, *LIQUIDS, *MEMBRANES)}


def calculators_for(field: str) -> list[Calculator]:
    """Those that compute the value of a field."""
    return [one for one in CALCULATORS.values() if field in one.fields]
