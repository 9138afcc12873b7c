"""Beginning the reporting facts of a batch, and saying where it was told of."""

import re

from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.models import EntryAction
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.record.models import Batch
from batches.record.values import lock_batch
from batches.reporting.models import Deposition, ReportingFacts

EV_TRACK_ID = re.compile(r"EV\d{6}")


@action(may=roles.ENTER)
def begin_facts(*, batch: Batch, by: User) -> ReportingFacts:
    """The row of a batch's reporting facts, written where there is none yet."""
    batch = lock_batch(batch)
    found = ReportingFacts.objects.filter(batch=batch).first()
    if found is not None:
        return found
    if not batch.is_editable:
        words = batch.get_status_display().lower()
        raise ActionRefused(f"Batch {batch.number} is {words}: nothing can be entered or corrected.")
    facts = ReportingFacts(batch=batch)
    records.save(facts, by=by)
    return facts


@action(may=roles.PRINT_PAPERS)
def export_ev_track(*, batch: Batch, file_format: str, by: User) -> None:
    """Keep that somebody took the EV-TRACK sheet of a batch away as a file."""
    detail = {"what": "EV-TRACK sheet", "format": file_format}
    records.event(EntryAction.EXPORTED, by=by, about=batch, act="export_ev_track", detail=detail)


@action(may=roles.ENTER)
def record_deposition(*, batch: Batch, kind: str, identifier: str, by: User) -> Deposition:
    """Say under which identifier a batch was told of in public; at any time, also long after its review."""
    if kind == Deposition.Kind.EV_TRACK and not EV_TRACK_ID.fullmatch(identifier.strip()):
        raise ValueRefused("An EV-TRACK ID is EV and six digits, such as EV210123.", "identifier")
    batch = lock_batch(batch)
    known = Deposition.objects.filter(batch=batch, kind=kind, identifier=identifier.strip())
    if known.filter(is_withdrawn=False).exists():
        raise ValueRefused("This is recorded already.", "identifier")
    deposition = Deposition(
        batch=batch,
        kind=kind,
        identifier=identifier.strip(),
        deposited_at=timezone.now(),
        deposited_by=by,
    )
    records.save(deposition, by=by)
    return deposition


@action(may=roles.ENTER)
def withdraw_deposition(*, deposition: Deposition, by: User, reason: Reason) -> Deposition:
    """Withdraw an identifier that was wrong; it stays readable in the trail."""
    lock_batch(deposition.batch)
    fresh = Deposition.objects.get(pk=deposition.pk)
    if fresh.is_withdrawn:
        raise ActionRefused("This was withdrawn already.")
    fresh.is_withdrawn = True
    records.save(fresh, by=by, reason=reason)
    return fresh
