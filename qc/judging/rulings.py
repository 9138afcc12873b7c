"""Results that were measured more than once: replicates, and retests after a failure.

A result that failed stays: one that was begun after it was known is a retest, and only a retest rule
lets it count.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from batches.characterization.evidence import Measured
from batches.masters.plans import CriterionCopy
from qc.judging.verdicts import FAIL, INCONCLUSIVE, NOT_TESTED, PASS, Outcome
from qc.judging.words import counted, sentence


@dataclass(frozen=True)
class Ruling:
    """What is shown of the results, the verdict on them, and why."""

    measured: Measured
    verdict: str
    why: str
    is_alert: bool = False
    is_retested: bool = False


@dataclass(frozen=True)
class Case:
    """How the results of a criterion are judged: each alone, all together, and in which words."""

    criterion: CriterionCopy
    rule: str
    told: Callable[[Measured], str]
    outcome: Callable[[Measured], Outcome]
    together: Callable[[Sequence[Measured]], Ruling]

    def one(self, measured: Measured) -> str:
        """The verdict on one result."""
        return self.outcome(measured)[0]


def ruling_on(case: Case, results: Sequence[Measured]) -> Ruling:
    """The verdict on all results of a criterion, in the order in which they were begun."""
    originals, retests = _rounds(case, results)
    first = _on_replicates(case, originals)
    if not retests:
        return first
    if first.verdict != FAIL:
        return _on_replicates(case, results)
    return _after_retests(case, first, retests)


def _rounds(case: Case, results: Sequence[Measured]) -> tuple[list[Measured], list[Measured]]:
    """Results, and those begun when what had been finished by then failed (never so for n of m)."""
    if case.criterion.replicates == "n_of_m" or not any(case.one(one) == FAIL for one in results):
        return list(results), []
    originals: list[Measured] = []
    retests: list[Measured] = []
    for result in results:
        known = [one for one in originals if _was_known(one, result)]
        is_retest = bool(known) and _on_replicates(case, known).verdict == FAIL
        (retests if is_retest else originals).append(result)
    return originals, retests


def _was_known(earlier: Measured, result: Measured) -> bool:
    return bool(earlier.finished_at and result.begun_at and earlier.finished_at <= result.begun_at)


def _on_replicates(case: Case, results: Sequence[Measured]) -> Ruling:
    match case.criterion.replicates:
        case "each":
            return _on_each(case, results)
        case "n_of_m":
            return _on_some(case, results)
    return case.together(results)


def _on_each(case: Case, results: Sequence[Measured]) -> Ruling:
    """The worst verdict counts; its result is named."""
    if len(results) == 1:
        return case.together(results)
    outcomes = [case.outcome(one) for one in results]
    worst = next(
        verdict
        for verdict in (FAIL, INCONCLUSIVE, NOT_TESTED, PASS)
        if verdict in {found for found, _ in outcomes}
    )
    is_alert = worst == PASS and any(is_alert for _, is_alert in outcomes)
    if worst == PASS:
        why = f"Each of {len(results)} replicates meets {_rule(case)} ({_all_told(case, results)})."
    else:
        why = " ".join(
            sentence(_named(case, one), worst, case.rule)
            for one, (verdict, _) in zip(results, outcomes, strict=True)
            if verdict == worst
        )
    return Ruling(_listed(case, results), worst, why, is_alert)


def _on_some(case: Case, results: Sequence[Measured]) -> Ruling:
    """At least so many results pass; unclear ones count neither way."""
    needed = case.criterion.replicates_needed or 1
    outcomes = [case.outcome(one) for one in results]
    passed = sum(1 for verdict, _ in outcomes if verdict == PASS)
    unclear = sum(1 for verdict, _ in outcomes if verdict == INCONCLUSIVE)
    if passed >= needed:
        verdict = PASS
    elif passed + unclear >= needed:
        verdict = INCONCLUSIVE
    else:
        verdict = NOT_TESTED if len(results) < needed else FAIL
    meet = "meets" if passed == 1 else "meet"
    why = (
        f"{passed} of {counted(len(results), 'replicate')} {meet} {_rule(case)}, "
        f"at least {needed} needed ({_all_told(case, results)})."
    )
    return Ruling(
        _listed(case, results), verdict, why, verdict == PASS and any(alert for _, alert in outcomes)
    )


def _after_retests(case: Case, failed: Ruling, retests: Sequence[Measured]) -> Ruling:
    """What a failure is worth after retests: with a rule, enough retests that all pass settle it."""
    if case.criterion.retest != "all_pass":
        return replace(failed, why=f"{failed.why} {unerased_sentence(_sources(retests))}")
    needed = case.criterion.retests_needed or 1
    passed = [one for one in retests if case.one(one) == PASS]
    told = retest_sentence(_all_told(case, retests), len(passed), len(retests), needed)
    if len(passed) < len(retests) or len(retests) < needed:
        return replace(failed, why=f"{failed.why} {told}", is_retested=True)
    is_alert = any(case.outcome(one)[1] for one in retests)
    return Ruling(_listed(case, retests), PASS, f"{failed.why} {told}", is_alert, is_retested=True)


# --- in words -------------------------------------------------------------------------------------


def unerased_sentence(later: str) -> str:
    """What a later result means without a retest rule."""
    return f"{later}: begun after this failed and does not erase it, as there is no retest rule."


def retest_sentence(told: str, passed: int, made: int, needed: int) -> str:
    """What retests show against what the retest rule asks for."""
    return f"Retests: {told}; {passed} of {made} pass, all must, and at least {needed}."


def _rule(case: Case) -> str:
    return case.rule.removeprefix("accept ")


def _named(case: Case, one: Measured) -> str:
    return f"{_sources([one])}: {case.told(one)}".removeprefix(": ")


def _sources(results: Sequence[Measured]) -> str:
    return ", ".join(dict.fromkeys(source for one in results for source in one.sources))


def _all_told(case: Case, results: Sequence[Measured]) -> str:
    return "; ".join(_named(case, one) for one in results)


def _listed(case: Case, results: Sequence[Measured]) -> Measured:
    """One result as it is; several as a list, so that no mean is shown where none was judged."""
    if len(results) == 1:
        return results[0]
    sources = tuple(dict.fromkeys(source for one in results for source in one.sources))
    return Measured(
        None, f"{len(results)} replicates", sources, text=", ".join(case.told(one) for one in results)
    )
