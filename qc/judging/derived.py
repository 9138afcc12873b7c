"""A number that replicates of several techniques go into, such as particles per µg protein.

Here too a failure stays: an assay that was begun when the number was known and failed is a retest.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from batches.characterization.attributes import Attribute
from batches.characterization.evidence import Evidence, Measured
from batches.characterization.models import Assay
from batches.masters.plans import CriterionCopy
from qc.judging.rulings import Ruling, retest_sentence, unerased_sentence
from qc.judging.verdicts import FAIL, PASS

On = Callable[[Measured], Ruling]


def derived_ruling(criterion: CriterionCopy, attribute: Attribute, evidence: Evidence, on: On) -> Ruling:
    """The verdict on a derived number; `on` judges one."""

    def over(assays: Sequence[Assay]) -> Ruling:
        return on(attribute.measure(evidence.only(assays)))

    everything = evidence.finished_by(attribute.techniques)
    originals, retests = _rounds(everything, over)
    if not retests:
        return on(attribute.measure(evidence))
    failed = over(originals)
    if failed.verdict != FAIL:
        return over(everything)
    later = ", ".join(map(str, retests))
    if criterion.retest != "all_pass":
        return replace(failed, why=f"{failed.why} {unerased_sentence(later)}")
    return _after(criterion, failed, over(_renewed(originals, retests)), retests)


def _rounds(
    assays: Sequence[Assay], over: Callable[[Sequence[Assay]], Ruling]
) -> tuple[list[Assay], list[Assay]]:
    """Assays, and those begun when the number over what had been finished by then failed."""
    originals: list[Assay] = []
    retests: list[Assay] = []
    for assay in assays:
        known = [one for one in originals if _was_known(one, assay)]
        is_retest = len(known) > 1 and over(known).verdict == FAIL
        (retests if is_retest else originals).append(assay)
    return originals, retests


def _was_known(earlier: Assay, assay: Assay) -> bool:
    return bool(earlier.finished_at and assay.performed_at and earlier.finished_at <= assay.performed_at)


def _renewed(originals: Sequence[Assay], retests: Sequence[Assay]) -> list[Assay]:
    """The retests, and the originals of those techniques that were not measured again."""
    again = {assay.technique for assay in retests}
    return [*(assay for assay in originals if assay.technique not in again), *retests]


def _after(criterion: CriterionCopy, failed: Ruling, again: Ruling, retests: Sequence[Assay]) -> Ruling:
    needed = criterion.retests_needed or 1
    techniques = [assay.technique for assay in retests]
    fewest = min(techniques.count(technique) for technique in techniques)
    passed = len(retests) if again.verdict == PASS else 0
    why = f"{failed.why} {retest_sentence(again.why.rstrip('.'), passed, len(retests), needed)}"
    if again.verdict != PASS or fewest < needed:
        return replace(failed, why=why, is_retested=True)
    return replace(again, why=why, is_retested=True)
