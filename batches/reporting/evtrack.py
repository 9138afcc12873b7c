"""The EV-TRACK sheet of a batch: the parameters that evtrack.org asks for, in its order (ev-domain §2.2).

Every parameter has its line, also where the record holds nothing: what is empty has to be filled in by hand.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from batches.characterization.blots import BlotMarker
from batches.isolation.models import ProcessStep
from batches.quantities import people_number, significant
from batches.reporting import cells
from batches.reporting.loading import Made
from batches.reporting.looking import amounts, fact, finished, listed, steps_by
from batches.reporting.rules.source import told_of_parts
from batches.reporting.telling_values import told
from batches.source.models import Harvest, SourceLot

# From the first force up to, but not with, the second; 800 ×g still is the first band.
BANDS = (
    ("≤ 800 ×g", 0, 801),
    ("800–10,000 ×g", 801, 10_000),
    ("10,000–50,000 ×g", 10_000, 50_000),
    ("50,000–100,000 ×g", 50_000, 100_000),
    ("100,000–150,000 ×g", 100_000, 150_000),
    ("≥ 150,000 ×g", 150_000, 10_000_000),
)
PORES = (
    ("0.1 µm", "0.05", "0.15"),
    ("0.2–0.22 µm", "0.15", "0.3"),
    ("0.45 µm", "0.3", "0.6"),
    ("0.8 µm", "0.6", "1"),
)
SPINS = ("ultracentrifugation", "wash", "clearing_spin")
# Methods that have a block of their own.
KNOWN = (
    *SPINS,
    "density_gradient",
    "filtration",
    "ultrafiltration",
    "tangential_flow",
    "size_exclusion",
    "immunoaffinity",
)


class Line(NamedTuple):
    """One parameter: its block, its name, the value as people write it, and where in the record it stands."""

    block: str
    parameter: str
    value: str
    where: str = ""


Pairs = Iterable[tuple[str, str]]


def lines_of(made: Made) -> list[Line]:
    """All parameters of a batch in the order of EV-TRACK."""
    return [line for block in BLOCKS for line in block(made)]


def _lines(block: str, pairs: Pairs, where: str = "") -> Iterator[Line]:
    return (Line(block, parameter, value, where) for parameter, value in pairs)


def _study(made: Made) -> Iterator[Line]:
    told_of = [one.identifier for one in made.depositions if one.kind == "ev_track"]
    pairs = (
        ("EV-TRACK ID", listed(told_of)),
        ("Species", listed(dict.fromkeys(_species(lot) for lot in made.lots))),
        ("Sample type", listed(dict.fromkeys(lot.get_kind_display() for lot in made.lots))),
        ("Sample origin / condition", fact(made, "sample_condition") or cells.condition_words(made)),
        ("Focus vesicle", fact(made, "ev_term")),
        ("Study aim", fact(made, "study_aim")),
    )
    return _lines("Study", pairs)


def _species(lot: SourceLot) -> str:
    line = getattr(lot, "celllinedetails", None)
    if line is not None:
        return str(line.species)
    return "Homo sapiens" if lot.donor else ""


def _sample(made: Made) -> Iterator[Line]:
    if made.batch.is_pool:
        return _lines("Sample", [("Pool of released batches", told_of_parts(made))], "Parts")
    return (line for harvest in made.harvests for line in _harvest(harvest))


def _harvest(harvest: Harvest) -> Iterator[Line]:
    lot = harvest.lot
    line = getattr(lot, "celllinedetails", None)
    pairs = (
        ("EV-producing cells", line.line_name if line is not None else lot.get_kind_display()),
        ("EV-harvesting medium", harvest.medium),
        ("Preparation of EV-depleted serum", told(harvest, "ev_depletion")),
        ("Cell viability (%)", told(harvest, "viability_percent", unit=False)),
        ("Cell count", told(harvest, "cells_at_harvest", unit=False)),
    )
    return _lines("Sample", pairs, str(harvest))


def _bands(made: Made) -> Iterator[Line]:
    """A tick for each band of force that a spin falls into."""
    forces = [force for _, one in steps_by(made, *SPINS) if (force := force_xg(one)) is not None]
    ticks = ((words, any(low <= one < high for one in forces)) for words, low, high in BANDS)
    return _lines("dUC steps", ((words, _yes(is_used)) for words, is_used in ticks))


def force_xg(details: Any) -> Decimal | None:
    """Force of a spin as it was entered, else as computed from speed and radius."""
    entered: Decimal | None = getattr(details, "rcf_xg", None)
    return entered if entered is not None else getattr(details, "computed_rcf_xg", None)


def _pelleting(made: Made) -> Iterator[Line]:
    """Every spin whose pellet was kept, washes aside."""
    spun = [(step, one) for step, one in steps_by(made, "ultracentrifugation") if not _is_wash(step, one)]
    kept = [(step, one) for step, one in spun if step.fraction_kept == ProcessStep.Kept.PELLET]
    if not kept:
        yield Line("Pelleting", "Performed", "no")
    for step, one in kept:
        yield Line("Pelleting", "Performed", "yes", str(step))
        yield from _lines("Pelleting", _spin(one), str(step))


def _is_wash(step: ProcessStep, details: Any) -> bool:
    return step.purpose == "wash" or getattr(details, "is_wash", "") == "yes"


def _spin(details: Any, time_words: str = "Time (min)") -> Pairs:
    force = force_xg(details)
    return (
        (time_words, told(details, "duration_min", unit=False)),
        ("Rotor type", told(details, "rotor")),
        ("Speed (g)", "" if force is None else people_number(significant(force, 6))),
        ("Adjusted k-factor", told(details, "adjusted_k", unit=False)),
    )


def _washes(made: Made) -> Iterator[Line]:
    spun = steps_by(made, "ultracentrifugation", "wash")
    for step, one in spun:
        if step.method == "wash" or _is_wash(step, one):
            volume = "wash_volume_ml" if step.method == "wash" else "tube_fill_ml"
            pairs = (("Volume per pellet (mL)", told(one, volume, unit=False)), *_spin(one))
            yield from _lines("Wash", pairs, str(step))


def _gradients(made: Made) -> Iterator[Line]:
    for step, one in steps_by(made, "density_gradient"):
        is_cushion = getattr(one, "form", "") == "cushion"
        pairs = _cushion(one) if is_cushion else _gradient(one)
        yield from _lines("Density cushion" if is_cushion else "Density gradient", pairs, str(step))


def _gradient(one: Any) -> Pairs:
    return (
        ("Only used for validation", told(one, "used_for_validation_only")),
        ("Density medium", told(one, "medium")),
        ("Type", told(one, "form")),
        ("Number of initial layers", told(one, "layer_count")),
        ("Lowest density fraction (g/mL)", told(one, "lowest_density_g_per_ml", unit=False)),
        ("Highest density fraction (g/mL)", told(one, "highest_density_g_per_ml", unit=False)),
        ("Total gradient volume, incl. sample (mL)", told(one, "total_volume_ml", unit=False)),
        ("Sample volume (mL)", told(one, "sample_volume_ml", unit=False)),
        ("Orientation", told(one, "orientation")),
        *_spin(one, "Duration (min)"),
        ("Fraction volume (mL)", told(one, "fraction_volume_ml", unit=False)),
        ("Fraction processing", told(one, "post_processing")),
        ("EV density (g/mL)", told(one, "pooled_density_g_per_ml", unit=False)),
    )


def _cushion(one: Any) -> Pairs:
    return (
        ("Medium", told(one, "medium")),
        ("Volume (mL)", told(one, "total_volume_ml", unit=False)),
        ("Density (g/mL)", told(one, "highest_density_g_per_ml", unit=False)),
        ("Orientation", told(one, "orientation")),
        *_spin(one),
    )


def _filtration(made: Made) -> Iterator[Line]:
    """A tick for each pore size that was used."""
    used = [one.pore_um for _, one in steps_by(made, "filtration") if one.pore_um is not None]
    known = [any(Decimal(low) < one <= Decimal(high) for one in used) for _, low, high in PORES]
    yield from _lines(
        "Filtration", ((words, _yes(is_used)) for (words, _, _), is_used in zip(PORES, known, strict=True))
    )
    others = [one for one in used if not any(Decimal(low) < one <= Decimal(high) for _, low, high in PORES)]
    yield Line("Filtration", "Other", ", ".join(f"{people_number(one)} µm" for one in others))


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _of_method(block: str, methods: tuple[str, ...], names: Pairs) -> Callable[[Made], Iterator[Line]]:
    """A block that takes its values straight from the details of steps by some methods."""

    def lines(made: Made) -> Iterator[Line]:
        for step, one in steps_by(made, *methods):
            pairs = ((parameter, told(one, name, unit=False)) for parameter, name in names)
            yield from _lines(block, pairs, str(step))

    return lines


def _other(made: Made) -> Iterator[Line]:
    """Methods that EV-TRACK has no block for, and what the EVs were told apart by."""
    names = [step.get_method_display() for step in made.steps if step.method not in KNOWN]
    yield Line("Other", "Name", ", ".join(dict.fromkeys(names)))
    yield Line("Other", "EV-subtype distinction", told(made.facts, "ev_term_basis") if made.facts else "")


def _protein(made: Made) -> Iterator[Line]:
    for assay, one in finished(made, "protein"):
        yield Line("Protein", "Concentration method", told(one, "method"), str(assay))
        yield Line("Protein", "Yield (µg)", _yield_ug(made, one), str(assay))
    for assay, blot in finished(made, "western_blot"):
        yield from _lines("Protein", _blot(blot), str(assay))
    for assay, flow in finished(made, "nanoflow"):
        cytometry = (
            ("Flow cytometry: hardware or trigger", told(flow, "trigger_channel")),
            ("Flow cytometry: calibration beads", told(flow, "scatter_calibration")),
        )
        yield from _lines("Protein", cytometry, str(assay))


def _yield_ug(made: Made, details: Any) -> str:
    """Protein of the whole final preparation; empty without its volume."""
    volume = made.steps[-1].volume_out_ml if made.steps else None
    if volume is None or details.protein_ug_per_ml is None or details.protein_ug_per_ml_sign:
        return ""
    return people_number(significant(details.protein_ug_per_ml * volume, 4))


def _blot(blot: Any) -> Pairs:
    rows = blot.standing_markers
    named = [marker for marker in rows if marker.antibody_clone or marker.antibody_catalogue_no]
    diluted = [marker for marker in rows if marker.antibody_dilution]
    return (
        ("Western blot: antibody details given", _of(len(named), len(rows))),
        ("Western blot: antibody dilution given", _of(len(diluted), len(rows))),
        ("Western blot: lysis buffer", blot.lysis_buffer),
        ("Western blot: detected EV-associated proteins", _targets(rows, "12", found=True)),
        ("Western blot: not detected EV-associated proteins", _targets(rows, "12", found=False)),
        ("Western blot: detected contaminants", _targets(rows, "34", found=True)),
        ("Western blot: not detected contaminants", _targets(rows, "34", found=False)),
    )


def _of(some: int, every: int) -> str:
    return _yes(some == every) if some in (0, every) else f"{some} of {every}"


def _targets(rows: Sequence[BlotMarker], categories: str, *, found: bool) -> str:
    absent = BlotMarker.Found.NOT_DETECTED
    named = listed(
        one.target
        for one in rows
        if one.misev_category[:1] in categories and (one.is_detected if found else one.found == absent)
    )
    return named or ("none" if rows else "")


def _rna(made: Made) -> Iterator[Line]:
    for assay, one in finished(made, "rna"):
        pairs = (
            ("Type of analysis", told(one, "method")),
            ("Proteinase treatment", told(one, "protease_treated")),
            ("RNase treatment", told(one, "rnase_treated")),
        )
        yield from _lines("RNA", pairs, str(assay))


def _particles(made: Made) -> Iterator[Line]:
    for assay, one in finished(made, "nta", "trps", "dls", "nanoflow"):
        name = assay.get_technique_display()
        size = "mode_nm" if getattr(one, "mode_nm", None) is not None else "z_average_nm"
        pairs = (
            (f"{name}: report type", "mode" if size == "mode_nm" else "Z-average"),
            (f"{name}: size (nm)", told(one, size, unit=False)),
            (f"{name}: concentration (per mL)", told(one, "particles_per_ml", unit=False)),
        )
        yield from _lines("Particles", pairs, str(assay))
    for assay, em in finished(made, "electron_microscopy"):
        views = dict.fromkeys(one.get_view_display() for one in em.standing_micrographs)
        shown = (
            ("EM: type", told(em, "mode")),
            ("EM: image type", ", ".join(views)),
            ("EM: size (nm)", told(em, "mean_nm", unit=False)),
        )
        yield from _lines("Particles", shown, str(assay))


def _ratio(made: Made) -> Iterator[Line]:
    """What concentrations are stated of, as far as the record normalises them."""
    basis = "per mL of the final preparation" if "particles" in amounts(made) else ""
    yield Line("Particles", "Unit basis", basis)


def _beyond(made: Made) -> Iterator[Line]:
    """What the record holds of the cells and of loading and EV-TRACK has no parameter for."""
    return (Line("Beyond EV-TRACK", *one) for one in cells.beyond_ev_track(made))


BLOCKS: tuple[Callable[[Made], Iterator[Line]], ...] = (
    _study,
    _sample,
    _bands,
    _pelleting,
    _washes,
    _gradients,
    _filtration,
    _of_method(
        "Ultrafiltration",
        ("ultrafiltration", "tangential_flow"),
        (("Cut-off (kDa)", "mwco_kda"), ("Membrane type", "membrane")),
    ),
    _of_method(
        "SEC",
        ("size_exclusion",),
        (
            ("Total column volume (mL)", "column_volume_ml"),
            ("Sample volume per column (mL)", "sample_volume_ml"),
            ("Resin type", "resin"),
        ),
    ),
    _of_method("Commercial kit", ("precipitation",), (("Name", "kit_name"), ("Lot", "kit_lot"))),
    _of_method(
        "IAF", ("immunoaffinity",), (("Selected surface protein(s)", "targets"), ("Matrix", "matrix"))
    ),
    _other,
    _protein,
    _rna,
    _particles,
    _ratio,
    _beyond,
)
