"""What a version changes against the one before it, line by line, in words for people."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import NamedTuple

from batches.isolation.kinds import IsolationMethod, StepPurpose
from batches.masters.choices import limit_field
from batches.masters.models import MasterVersion
from batches.masters.plans import CriterionCopy, Plan, PlannedStepCopy
from batches.specifications.attributes import label_of
from batches.specifications.kinds import CriterionKind
from batches.specifications.words import rule_words


class Difference(NamedTuple):
    """One line: `kind` is added, dropped or changed; `before` and `after` as people read them."""

    kind: str
    what: str
    before: str
    after: str


def differences(old: Plan, new: Plan) -> list[Difference]:
    """What `new` adds, drops and changes against `old`, in the order of the new version."""
    return [*_of_head(old, new), *_of_steps(old.steps, new.steps), *_of_criteria(old.criteria, new.criteria)]


def _compared(what: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        kind = "added" if not before else "dropped" if not after else "changed"
        yield Difference(kind, what, before, after)


def _of_head(old: Plan, new: Plan) -> Iterator[Difference]:
    yield from _compared("Specification", old.specification_name, new.specification_name)
    begins = MasterVersion.Begins
    yield from _compared("Begins with", begins(old.begins_with).label, begins(new.begins_with).label)


def _of_steps(old: Sequence[PlannedStepCopy], new: Sequence[PlannedStepCopy]) -> Iterator[Difference]:
    """Steps are the same when name and method are, in the same order; a renamed step pairs by its place."""
    matcher = SequenceMatcher(
        None, [_key(step) for step in old], [_key(step) for step in new], autojunk=False
    )
    for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        before, after = old[old_from:old_to], new[new_from:new_to]
        for one, other in zip(before, after, strict=False):
            yield from _of_step(one, other)
        for step in before[len(after) :]:
            yield Difference("dropped", f"Step {step.position} · {step.name}", _summary(step), "")
        for step in after[len(before) :]:
            yield Difference("added", f"Step {step.position} · {step.name}", "", _summary(step))


def _key(step: PlannedStepCopy) -> tuple[str, str]:
    return step.name, step.method


def _summary(step: PlannedStepCopy) -> str:
    limits = [f"{label}: {words}" for label, words in limit_words(step).items()]
    return "; ".join([IsolationMethod(step.method).label, *limits])


def limit_words(step: PlannedStepCopy) -> Mapping[str, str]:
    """A step's limits as sentences, by the label of their field."""
    named = {name: limit_field(step.method, name) for name in step.limits}
    return {named[name].label: limit.words(named[name].unit) for name, limit in step.limits.items()}


def _of_step(old: PlannedStepCopy, new: PlannedStepCopy) -> Iterator[Difference]:
    what = f"Step {new.position} · {new.name}"
    yield from _compared(f"{what}: name", old.name, new.name)
    methods = IsolationMethod(old.method).label, IsolationMethod(new.method).label
    yield from _compared(f"{what}: method", *methods)
    yield from _compared(f"{what}: purpose", StepPurpose(old.purpose).label, StepPurpose(new.purpose).label)
    yield from _compared(f"{what}: instructions", old.instructions, new.instructions)
    critical = {True: "critical: a second person checks it", False: "not critical"}
    yield from _compared(f"{what}: check", critical[old.is_critical], critical[new.is_critical])
    yield from _compared(f"{what}: longest hold", _hold_words(old), _hold_words(new))
    before, after = limit_words(old), limit_words(new)
    for label in [*after, *(label for label in before if label not in after)]:
        yield from _compared(f"{what}: {label}", before.get(label, ""), after.get(label, ""))


def _hold_words(step: PlannedStepCopy) -> str:
    return "" if step.hold_max_h is None else f"{step.hold_max_h.normalize():f} h"


def _of_criteria(old: Sequence[CriterionCopy], new: Sequence[CriterionCopy]) -> Iterator[Difference]:
    for line in criterion_differences(old, new):
        yield line._replace(what=f"Specification: {line.what}")


def criterion_differences(old: Sequence[CriterionCopy], new: Sequence[CriterionCopy]) -> list[Difference]:
    """What changes from one list of criteria to another: those of one attribute and rule pair in order."""
    before, after = _by_subject(old), _by_subject(new)
    lines: list[Difference] = []
    for key in [*after, *(key for key in before if key not in after)]:
        pairs = zip_longest(before.get(key, []), after.get(key, []))
        for one, other in pairs:
            lines += _compared(label_of(key[0]), _criterion_words(one), _criterion_words(other))
    return lines


def _by_subject(criteria: Sequence[CriterionCopy]) -> dict[tuple[str, str], list[CriterionCopy]]:
    found: dict[tuple[str, str], list[CriterionCopy]] = {}
    for criterion in criteria:
        found.setdefault((criterion.attribute, criterion.operator), []).append(criterion)
    return found


def _criterion_words(criterion: CriterionCopy | None) -> str:
    if criterion is None:
        return ""
    names = f"{', '.join(criterion.expected)}: " if criterion.expected else ""
    return f"{CriterionKind(criterion.kind).label.lower()}: {names}{rule_words(criterion)}"
