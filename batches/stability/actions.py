"""What can happen to a stability study: opened with its schedule, pulled, measured, closed."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import reading, records
from audit.acting import action
from audit.refusal import ActionRefused, Reason, ReasonMissing, ValueRefused
from batches.bounds import Bounds, Sign
from batches.characterization.attributes import ATTRIBUTES, Measured, evidence_of
from batches.characterization.models import Assay
from batches.record.models import Batch
from batches.record.values import lock_batch
from batches.stability.dates import months_after
from batches.stability.models import StabilityPull, StabilityResult, StabilityStudy


@action(may=roles.ENTER)
def open_study(*, batch: Batch, values: Mapping[str, Any], months: Sequence[int], by: User) -> StabilityStudy:
    """Open a study of a batch with a pull after each of these months. The batch may be approved already."""
    batch = lock_batch(batch)
    last = StabilityStudy.objects.filter(batch=batch).aggregate(Max("number"))["number__max"] or 0
    study = StabilityStudy(batch=batch, number=last + 1, opened_at=timezone.now(), opened_by=by, **values)
    if study.started_on > timezone.localdate():
        raise ValueRefused("This day has not come yet.", "started_on")
    records.save(study, by=by)
    for after in sorted(set(months)):
        due_on = months_after(study.started_on, after)
        records.save(StabilityPull(study=study, months=after, due_on=due_on), by=by)
    return study


@action(may=roles.ENTER)
def pull_sample(
    *, pull: StabilityPull, pulled_on: dt.date, units_pulled: int | None = None, by: User
) -> StabilityPull:
    """Record that vials were taken out on that day, inside the window or not."""
    pull = _hold(pull)
    _demand_waiting(pull)
    if pulled_on > timezone.localdate():
        raise ValueRefused("This day has not come yet.", "pulled_on")
    if pulled_on < pull.study.started_on:
        raise ValueRefused("That is before the study began.", "pulled_on")
    pull.pulled_on = pulled_on
    pull.units_pulled = units_pulled  # type: ignore[assignment]
    pull.pulled_at, pull.pulled_by = timezone.now(), by
    records.save(pull, by=by)
    return pull


@action(may=roles.ENTER)
def miss_pull(*, pull: StabilityPull, words: str, by: User) -> StabilityPull:
    """Say that a pull was not made and why."""
    pull = _hold(pull)
    _demand_waiting(pull)
    if len(words.strip()) < 3:
        raise ReasonMissing("Say in a few words why it was not pulled.")
    pull.missed_at, pull.missed_by, pull.missed_words = timezone.now(), by, words.strip()
    records.save(pull, by=by)
    return pull


@action(may=roles.ENTER)
def record_result(*, pull: StabilityPull, values: Mapping[str, Any], by: User) -> StabilityResult:
    """Enter what was found in a pulled sample."""
    pull = _hold(pull)
    _demand_pulled(pull)
    result = StabilityResult(pull=pull, **values)
    if result.attribute not in ATTRIBUTES:
        raise ValueRefused("Choose what was measured.", "attribute")
    if result.amount is None and not result.words.strip():
        raise ValueRefused("Enter a number or words.", "amount")
    if result.amount is None and result.amount_sign:
        raise ValueRefused("A sign stands before a number.", "amount_sign")
    records.save(result, by=by)
    return result


@action(may=roles.ENTER)
def take_results(*, pull: StabilityPull, assay: Assay, by: User) -> list[StabilityResult]:
    """Take every result of a finished assay over to a pull, with a link to the assay.

    Of the release assays at t = 0 mostly; each replicate gives its own results.
    """
    pull = _hold(pull)
    _demand_pulled(pull)
    if not assay.is_finished or assay.sample != Assay.Sample.FINAL:
        raise ActionRefused(f"{assay} is no finished assay of the final preparation.")
    if StabilityResult.objects.filter(pull=pull, assay=assay, is_voided=False).exists():
        raise ActionRefused(f"The results of {assay} are taken already.")
    found = [_taken(pull, assay, key, measured) for key, measured in results_of(assay)]
    for result in found:
        records.save(result, by=by)
    if not found:
        raise ActionRefused(f"{assay} holds no result that a specification could name.")
    return found


def results_of(assay: Assay) -> list[tuple[str, Measured]]:
    """What one assay says of each attribute that is measured by it alone."""
    whole = evidence_of(assay.batch)
    evidence = whole.only(one for one in whole.assays if one.pk == assay.pk)
    alone = [
        (key, one) for key, one in ATTRIBUTES.items() if one.techniques == (assay.technique,) and one.each
    ]
    told = [(key, attribute.measure(evidence)) for key, attribute in alone]
    return [(key, measured) for key, measured in told if measured.has_result]


def _taken(pull: StabilityPull, assay: Assay, key: str, measured: Measured) -> StabilityResult:
    sign, amount = _signed(measured.bounds)
    return StabilityResult(
        pull=pull, assay=assay, attribute=key, amount_sign=sign, amount=amount, words=measured.text[:160]
    )


def _signed(bounds: Bounds | None) -> tuple[str, Decimal | None]:
    """Sign and number of a result as the assay states it."""
    if bounds is None:
        return "", None
    if bounds.is_exact:
        return "", bounds.low
    if bounds.high is not None:
        return (Sign.AT_MOST if bounds.high_included else Sign.BELOW), bounds.high
    return (Sign.AT_LEAST if bounds.low_included else Sign.ABOVE), bounds.low


@action(may=roles.ENTER)
def void_result(*, result: StabilityResult, by: User, reason: Reason) -> StabilityResult:
    """Void a result that should not be there; it stays readable in the trail."""
    _hold(result.pull)
    result = StabilityResult.objects.get(pk=result.pk)
    if result.is_voided:
        raise ActionRefused("This result is voided already.")
    result.is_voided = True
    records.save(result, by=by, reason=reason)
    return result


@action(may=roles.ENTER)
def close_study(*, study: StabilityStudy, words: str, by: User) -> StabilityStudy:
    """End a study and say what it showed. Pulls that were not made stay open in it and are due no more."""
    lock_batch(study.batch)
    study = StabilityStudy.objects.select_related("batch").get(pk=study.pk)
    if not study.is_running:
        raise ActionRefused(f"{study} is closed already.")
    if len(words.strip()) < 3:
        raise ReasonMissing("Say in a few words what the study showed, or why it ends.")
    study.status, study.closing_words = StabilityStudy.Status.CLOSED, words.strip()
    study.closed_at, study.closed_by = timezone.now(), by
    records.save(study, by=by)
    return study


def _hold(pull: StabilityPull) -> StabilityPull:
    """The pull as it is now, held by its batch; refused where its study is closed."""
    batch = lock_batch(pull.study.batch)
    fresh = reading.fresh(StabilityPull, pull.pk)
    fresh.study = StabilityStudy.objects.get(pk=fresh.study_id)
    fresh.study.batch = batch
    if not fresh.study.is_running:
        raise ActionRefused(f"{fresh.study} is closed: nothing is added to it.")
    return fresh


def _demand_waiting(pull: StabilityPull) -> None:
    if pull.pulled_on is not None:
        raise ActionRefused(f"The {pull} was made on {pull.pulled_on:%-d %b %Y}.")
    if pull.missed_at is not None:
        raise ActionRefused(f"The {pull} was given up.")


def _demand_pulled(pull: StabilityPull) -> None:
    if pull.pulled_on is None:
        raise ActionRefused("Record first when the sample was pulled.")
