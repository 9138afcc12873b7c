"""Leaving a finished result out: one person asks and says why, another agrees. It stays on the record.

An excluded result counts for nothing and is shown with its reason, to the reviewer as an exception
(result_excluded). Until a second person agrees, it counts.
"""

from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused, Reason
from batches.characterization.models import Assay
from batches.record.sheets import Sheet
from batches.record.values import demand_editable, lock_sheet


@action(may=roles.ENTER)
def exclude_assay(*, sheet: Sheet, by: User, reason: Reason) -> Assay:
    """Ask that a finished result be left out. It counts until a second person agrees."""
    sheet = lock_sheet(sheet)
    demand_editable(sheet)
    assay: Assay = sheet.subject
    if assay.status != Assay.Status.FINISHED:
        words = assay.get_status_display().lower()
        raise ActionRefused(f"{assay} is {words}: only a finished result can be left out.")
    if assay.exclusion_asked_at is not None:
        raise ActionRefused(f"{assay.exclusion_asked_by} asked already to leave this result out.")
    assay.exclusion_category, assay.exclusion_words = reason.category, reason.words.strip()
    assay.exclusion_asked_at, assay.exclusion_asked_by = timezone.now(), by
    records.save(assay, by=by, reason=reason)
    return assay


@action(may=roles.CHECK)
def agree_exclusion(*, sheet: Sheet, by: User) -> Assay:
    """Agree, as a second person, that a result is left out."""
    sheet = lock_sheet(sheet)
    assay = _asked(sheet)
    if by.pk == assay.exclusion_asked_by_id:
        raise ActionRefused("Somebody else than the person who asked has to agree.")
    assay.status = Assay.Status.EXCLUDED
    assay.excluded_at, assay.excluded_by = timezone.now(), by
    records.save(assay, by=by, reason=Reason(assay.exclusion_category, assay.exclusion_words))
    return assay


@action(may=roles.CHECK)
def keep_result(*, sheet: Sheet, by: User, reason: Reason) -> Assay:
    """Say no to leaving a result out, or take the wish back: it goes on counting."""
    sheet = lock_sheet(sheet)
    assay = _asked(sheet)
    assay.exclusion_category = assay.exclusion_words = ""
    assay.exclusion_asked_at = assay.exclusion_asked_by = None
    records.save(assay, by=by, reason=reason)
    return assay


def _asked(sheet: Sheet) -> Assay:
    """The assay that somebody asked to leave out, still undecided."""
    demand_editable(sheet)
    assay: Assay = sheet.subject
    if assay.exclusion_asked_at is None or assay.excluded_at is not None:
        raise ActionRefused("Nobody asks to leave this result out.")
    return assay
