"""What a rule of reporting is, what it finds, and the small words that rules are made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from batches.characterization.models import Assay
from batches.isolation.models import ProcessStep
from batches.reporting.loading import Made, details_of
from batches.source.models import Harvest

State = Literal["satisfied", "not", "not_applicable"]
Level = Literal["M", "C", "E", "always", "used"]
LEVEL_WORDS: dict[str, str] = {
    "M": "mandatory",
    "C": "conditional",
    "E": "encouraged",
    "always": "always counts",
    "used": "counts where it was used",
}
# Particles counted one by one, without a picture.
SINGLE_PARTICLE = ("nta", "trps", "nanoflow")
# What an amount of EVs is told as, by technique: (kind, field of the result).
QUANTITIES = {
    "nta": ("particles", "particles_per_ml"),
    "trps": ("particles", "particles_per_ml"),
    "nanoflow": ("particles", "particles_per_ml"),
    "protein": ("protein", "protein_ug_per_ml"),
    "lipid": ("lipid", "lipid_ug_per_ml"),
    "rna": ("RNA", "rna_ng_per_ml"),
}
EMPTY = (None, "")
CLEAR = ("detected", "weak", "not_detected")


@dataclass(frozen=True)
class Missing:
    """A value that a rule needs and the record lacks, with the way to it."""

    what: str
    url: str


@dataclass(frozen=True)
class Finding:
    """What a rule says of a batch. `words` say why; `missing` names what would satisfy it."""

    state: State
    words: str = ""
    missing: tuple[Missing, ...] = ()

    @classmethod
    def of(cls, missing: Iterable[Missing], words: str = "") -> "Finding":
        """Satisfied when nothing is missing."""
        lacking = tuple(missing)
        return cls("not" if lacking else "satisfied", words, lacking)

    @classmethod
    def not_applicable(cls, words: str) -> "Finding":
        return cls("not_applicable", words)

    @property
    def is_satisfied(self) -> bool:
        return self.state == "satisfied"

    @property
    def applies(self) -> bool:
        return self.state != "not_applicable"


Look = Callable[[Made], Finding]


@dataclass(frozen=True)
class Item:
    """A rule: its code, what it asks in a sentence, how binding it is, whose it is, and how to look."""

    code: str
    sentence: str
    level: Level
    source: str
    look: Look

    @property
    def level_words(self) -> str:
        return LEVEL_WORDS[self.level]


@dataclass(frozen=True)
class Looked:
    """A rule with what it found."""

    item: Item
    finding: Finding


@dataclass(frozen=True)
class Score:
    """Rules over one batch: how many are satisfied of those that apply."""

    looked: tuple[Looked, ...]

    @property
    def reported(self) -> int:
        return sum(1 for one in self.looked if one.finding.is_satisfied)

    @property
    def applicable(self) -> int:
        return sum(1 for one in self.looked if one.finding.applies)

    @property
    def percent(self) -> int:
        """Share in %, rounded half up; the fraction is what is told first."""
        return int(100 * self.reported / self.applicable + 0.5) if self.applicable else 0

    @property
    def lacking(self) -> list[Looked]:
        return [one for one in self.looked if one.finding.state == "not"]

    def of_level(self, level: Level) -> "Score":
        """Only the rules of one level."""
        return Score(tuple(one for one in self.looked if one.item.level == level))


# --- what rules are made of -----------------------------------------------------------------------------


def empty_fields(made: Made, record: Any, url: str, names: Iterable[str]) -> list[Missing]:
    """Those of the fields that are empty and not said to be not applicable.

    A field that this version of the program does not have is passed over.
    """
    empty = [name for name in names if getattr(record, name, True) in EMPTY]
    return [
        Missing(_label(record, name), f"{url}#value-{name}")
        for name in empty
        if not made.is_not_applicable(record, name)
    ]


def _label(record: Any, name: str) -> str:
    return str(record._meta.get_field(name).verbose_name)


def harvests_lack(made: Made, harvests: Iterable[Harvest], *names: str) -> list[Missing]:
    """Empty fields of these harvests of the batch; of several it is said of which."""
    return [
        Missing(f"{_which(made, harvest)}{one.what}", one.url)
        for harvest in harvests
        for one in empty_fields(made, harvest, harvest.url, names)
    ]


def _which(made: Made, harvest: Harvest) -> str:
    return f"harvest {harvest.position}: " if len(made.harvests) > 1 else ""


def fact(made: Made, name: str) -> Any:
    """A reporting fact; empty while none were entered."""
    return getattr(made.facts, name, "") if made.facts is not None else ""


def facts_lack(made: Made, *names: str) -> list[Missing]:
    from batches.reporting.models import ReportingFacts

    record = made.facts or ReportingFacts()
    return empty_fields(made, record, f"{made.url}reporting/", names)


def finished(made: Made, *techniques: str) -> list[tuple[Assay, Any]]:
    """Finished assays of the final preparation by these techniques, each with its details."""
    known = made.results
    if len(techniques) == 1:
        return known.get(techniques[0], [])
    found = [pair for technique in techniques for pair in known.get(technique, ())]
    return sorted(found, key=lambda pair: pair[0].number)


def markers(made: Made, *categories: str) -> list[Any]:
    """Markers of finished blots that were looked for and found or not, of these MISEV categories."""
    return [
        marker
        for _, blot in finished(made, "western_blot")
        for marker in blot.standing_markers
        if marker.misev_category[:1] in categories and marker.found in CLEAR
    ]


def gates(made: Made, *categories: str) -> list[Any]:
    """Markers gated by nano-flow cytometry with a share of positive particles."""
    return [
        gate
        for _, flow in finished(made, "nanoflow")
        for gate in flow.gates.all()
        if not gate.is_voided and gate.misev_category[:1] in categories and gate.positive_percent is not None
    ]


def positive(made: Made, *categories: str) -> set[str]:
    """Proteins of these categories that were found, by blot or by nano-flow cytometry."""
    blotted = {marker.target for marker in markers(made, *categories) if marker.is_detected}
    return blotted | {gate.target for gate in gates(made, *categories) if gate.positive_percent > 0}


def assessed(made: Made, *categories: str) -> set[str]:
    """Proteins of these categories that were looked for with a clear outcome, whichever."""
    return {one.target for one in (*markers(made, *categories), *gates(made, *categories))}


def amounts(made: Made) -> dict[str, Any]:
    """Amounts of the final preparation that have a number, by what is counted."""
    found = {}
    for assay, details in finished(made, *QUANTITIES):
        kind, name = QUANTITIES[assay.technique]
        if getattr(details, name, None) is not None:
            found[kind] = assay
    return found


def steps_by(made: Made, *methods: str) -> list[tuple[ProcessStep, Any]]:
    """Finished steps by these methods, each with its details."""
    done = [one for one in made.steps if one.method in methods and one.status == "finished"]
    return [(step, details) for step in done if (details := details_of(step)) is not None]


def listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def assay_to_add(made: Made, what: str) -> Missing:
    return Missing(what, f"{made.url}assays/add/")
