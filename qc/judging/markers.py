"""Markers of western blots that a criterion names: all of them, none of them, or so many detected.

A band that is weak or can't be read is unclear: the verdict is inconclusive unless it is the same however
it turns out. An absent band meets 'not detected' only beside signal in a lysate lane.
"""

from collections.abc import Sequence
from dataclasses import replace

from batches.characterization.evidence import Evidence, Measured
from batches.characterization.kinds import Technique
from batches.characterization.markers import Found, results_of_marker
from batches.masters.criteria import accepted_words
from batches.masters.plans import CriterionCopy
from qc.judging.rulings import Case, Ruling, ruling_on
from qc.judging.verdicts import FAIL, INCONCLUSIVE, NOT_TESTED, PASS, Outcome
from qc.judging.words import capital

NOT_LOOKED_FOR = Measured(None, "not looked for")


def names_markers(criterion: CriterionCopy) -> bool:
    """Whether a criterion judges markers by name."""
    by_presence = criterion.operator in {"detected", "not_detected"}
    return criterion.operator == "n_of_m" or (
        by_presence and (criterion.attribute == "markers" or bool(criterion.expected))
    )


def marker_ruling(criterion: CriterionCopy, evidence: Evidence) -> Ruling:
    """The verdict on the markers that a criterion names."""
    targets = list(dict.fromkeys(name.strip() for name in criterion.expected))
    if not targets:
        return _untested(Measured(None, "the criterion names no marker"))
    if not evidence.finished(Technique.WESTERN_BLOT):
        return _untested(evidence.not_measured(Technique.WESTERN_BLOT))
    return _of_all(criterion, {target: _of_one(criterion, evidence, target) for target in targets})


def _untested(measured: Measured) -> Ruling:
    return Ruling(measured, NOT_TESTED, f"{capital(measured.words)}.")


# --- one marker over its blots --------------------------------------------------------------------


def _of_one(criterion: CriterionCopy, evidence: Evidence, target: str) -> Ruling:
    results = results_of_marker(evidence, target)
    if not results:
        return Ruling(NOT_LOOKED_FOR, NOT_TESTED, f"{target} was not looked for.")

    def told(measured: Measured) -> str:
        return f"{target} {measured.words}"

    def outcome(measured: Measured) -> Outcome:
        return _on_blot(criterion, measured), False

    def together(several: Sequence[Measured]) -> Ruling:
        return _on_blots(criterion, target, several)

    return ruling_on(Case(criterion, _wanted(criterion), told, outcome, together), results)


def _wanted(criterion: CriterionCopy) -> str:
    return "not detected" if criterion.operator == "not_detected" else "detected"


def _on_blot(criterion: CriterionCopy, measured: Measured) -> str:
    """The verdict on a band of one blot."""
    is_present = measured.text == Found.DETECTED
    if criterion.operator != "not_detected":
        return PASS if is_present else FAIL if measured.text == Found.NOT_DETECTED else INCONCLUSIVE
    if is_present:
        return FAIL
    return PASS if measured.text == Found.NOT_DETECTED and not measured.note else INCONCLUSIVE


def _on_blots(criterion: CriterionCopy, target: str, results: Sequence[Measured]) -> Ruling:
    """Blots together: a band that one shows clearly needs no other; blots that differ are inconclusive."""
    found = {_on_blot(criterion, one) for one in results}
    if found == {PASS, INCONCLUSIVE} and criterion.operator != "not_detected":
        found = {PASS}
    verdict = found.pop() if len(found) == 1 else INCONCLUSIVE
    words = " / ".join(dict.fromkeys(one.words for one in results))
    notes = " ".join(
        f"{capital(one.note)}." for one in results if one.note and criterion.operator == "not_detected"
    )
    sources = tuple(source for one in results for source in one.sources)
    why = f"{target} {words} ({', '.join(sources)})."
    if verdict == INCONCLUSIVE and notes:
        why = f"{why} {notes}"
    return Ruling(Measured(None, words, sources, text=words), verdict, why)


# --- all markers of the criterion -----------------------------------------------------------------


def _of_all(criterion: CriterionCopy, rulings: dict[str, Ruling]) -> Ruling:
    verdict = _counted(criterion, [one.verdict for one in rulings.values()])
    sources = dict.fromkeys(source for one in rulings.values() for source in one.measured.sources)
    passed = sum(1 for one in rulings.values() if one.verdict == PASS)
    told = [f"{target} {one.measured.words}" for target, one in rulings.items()]
    only = next(iter(rulings.values())).measured.words if len(rulings) == 1 else ""
    measured = Measured(
        None, "; ".join(told), tuple(sources), text=only or f"{passed} of {len(rulings)} {_wanted(criterion)}"
    )
    if verdict == NOT_TESTED:
        measured = replace(measured, text="")
    why = f"{_asked(criterion, verdict)} {' '.join(one.why for one in rulings.values())}"
    return Ruling(measured, verdict, why, is_retested=any(one.is_retested for one in rulings.values()))


def _counted(criterion: CriterionCopy, verdicts: Sequence[str]) -> str:
    """The verdict on so many of several: the same however unclear and missing ones turn out, or none."""
    needed = (criterion.at_least or len(verdicts)) if criterion.operator == "n_of_m" else len(verdicts)
    passed, unclear = verdicts.count(PASS), verdicts.count(INCONCLUSIVE)
    if passed >= needed:
        return PASS
    if passed + unclear + verdicts.count(NOT_TESTED) < needed:
        return FAIL
    return INCONCLUSIVE if passed + unclear >= needed else NOT_TESTED


def _asked(criterion: CriterionCopy, verdict: str) -> str:
    is_met = {PASS: "met", FAIL: "not met", INCONCLUSIVE: "can't be told", NOT_TESTED: "not tested"}[verdict]
    return f"{capital(accepted_words(criterion))}: {is_met}."
