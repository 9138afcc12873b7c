"""What a criterion can judge: results of assays and derived values, and values of planned steps."""

import re
from typing import NamedTuple

from batches.isolation.kinds import IsolationMethod
from batches.masters.choices import (
    LimitField,
    attribute_label,
    attribute_unit,
    attributes,
    limit_fields,
    measured_by,
)
from batches.masters.models import PlannedStep, Product

STEP_KEY = re.compile(r"step:([1-9]\d?):([a-z][a-z0-9_]*)\Z")
Choice = tuple[str, str]


class StepValue(NamedTuple):
    """A value of a planned step that a criterion names."""

    position: int
    field: str


def step_value(key: str) -> StepValue | None:
    """What a key such as step:2:rcf_xg names; None for the key of a result."""
    found = STEP_KEY.match(key)
    return StepValue(int(found[1]), found[2]) if found else None


def is_known(key: str) -> bool:
    """Whether a criterion may name it: an attribute of the registry, or a value that some method records."""
    named = step_value(key)
    return bool(_field(named.field)) if named else key in attributes()


def _field(name: str) -> LimitField | None:
    for method in IsolationMethod.values:
        if found := limit_fields(method).get(name):
            return found
    return None


def is_of_markers(key: str) -> bool:
    """Whether it stands for the markers that a criterion names."""
    return key == "markers"


def is_in_words(key: str) -> bool:
    """Whether its results are words, so that no range can judge them."""
    from batches.characterization.measures import joined_words

    known = attributes().get(key)
    return known is not None and known.join is joined_words


def label_of(key: str) -> str:
    """An attribute's name for people: 'Mode diameter', 'Step 2: duration'."""
    named = step_value(key)
    if named is None:
        return attribute_label(key)
    field = _field(named.field)
    words = field.label if field else named.field.replace("_", " ")
    return f"Step {named.position}: {words[:1].lower()}{words[1:]}"


def unit_of(key: str) -> str:
    """The unit of an attribute; empty where there is none."""
    named = step_value(key)
    if named is None:
        return attribute_unit(key)
    field = _field(named.field)
    return field.unit if field else ""


def source_of(key: str) -> str:
    """How an attribute is measured, in words."""
    return "planned step" if step_value(key) else measured_by(key)


def choices_for(product: Product) -> list[tuple[str, list[Choice]]]:
    """Everything a criterion of the product can judge, in groups: results, then each planned step."""
    results = [(key, _with_unit(one.label, one.unit)) for key, one in attributes().items()]
    return [("Results", results), *_steps(product)]


def _steps(product: Product) -> list[tuple[str, list[Choice]]]:
    """The planned steps of the product's masters that are effective or being written, by position."""
    steps = PlannedStep.objects.filter(
        version__master__product=product, version__status__in=["effective", "draft"], is_dropped=False
    )
    groups: dict[int, tuple[set[str], dict[str, str]]] = {}
    for step in steps.order_by("position", "-version_id"):
        names, fields = groups.setdefault(step.position, (set(), {}))
        names.add(step.name)
        for field, one in limit_fields(step.method).items():
            fields.setdefault(f"step:{step.position}:{field}", _with_unit(one.label, one.unit))
    return [
        (f"Step {position} · {' or '.join(sorted(names))}", list(fields.items()))
        for position, (names, fields) in groups.items()
    ]


def _with_unit(label: str, unit: str) -> str:
    return f"{label} ({unit})" if unit else label
