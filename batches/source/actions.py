"""What happens to donors and source lots: registered, corrected, released from quarantine."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.models.functions import Length
from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.models import Entry, EntryAction, TrackedModel
from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.entering import demand_unmoved
from batches.source.banking import demand_vials
from batches.source.lot_kinds import LOT_KINDS, LotKind
from batches.source.models import Donor, SourceLot

# How often a code that somebody else took meanwhile is looked for anew.
MOST_TRIES = 5


@action(may=roles.ENTER)
def register_donor(*, values: Mapping[str, Any], by: User, typed: Mapping[str, str] | None = None) -> Donor:
    """Register a donor under a pseudonym; `values` by field name of Donor."""
    donor = Donor(**values)
    records.save(donor, by=by, typed=typed)
    return donor


@action(may=roles.ENTER)
def correct_donor(
    *,
    donor: Donor,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    typed: Mapping[str, str] | None = None,
    seen: int | None = None,
) -> Donor:
    """Fill in or correct a donor's facts. `seen` is the revision that the person saw.

    Refused when consent would lie after the collection of a lot that is registered already.
    """
    donor = Donor.objects.select_for_update().get(pk=donor.pk)
    demand_unmoved(donor.trail_label, donor.revision, seen)
    _put(donor, values)
    for lot in SourceLot.objects.filter(donor=donor, collection_time__isnull=False):
        assert lot.collection_time is not None  # noqa: S101 (just filtered)
        _demand_consent_before(donor, lot.collection_time, field="consent_on", what=f"source lot {lot.code}")
    records.save(donor, by=by, reason=reason, typed=typed)
    return donor


@action(may=roles.ENTER)
def register_source_lot(
    *, kind: str, values: Mapping[str, Any], by: User, typed: Mapping[str, str] | None = None
) -> SourceLot:
    """Register a source lot with all details of its kind, under the next code of the year.

    `values` by field name, of the lot and of its details alike (see LotKind.fields). Fields left out stay
    empty; filling them in later needs no reason. Whose specimen is tested is preset by the kind.
    """
    asked = _kind(kind)
    lot = SourceLot(kind=asked.code)
    parts = asked.parts(lot)
    _put_each(asked, parts, values)
    _demand_donor(asked, lot)
    _demand_consent_of_lot(lot)
    demand_vials(lot)
    _save_under_next_code(lot, by, typed or {})
    for part in parts[1:]:
        part.source_lot_id = lot.pk  # type: ignore[attr-defined]
        records.save(part, by=by, typed=_of_part(asked, part, typed))
    return lot


@action(may=roles.ENTER)
def correct_source_lot(
    *,
    lot: SourceLot,
    values: Mapping[str, Any],
    by: User,
    reason: Reason | None = None,
    typed: Mapping[str, str] | None = None,
    seen: int | None = None,
) -> SourceLot:
    """Fill in or correct values of a lot and its details; a saved value is replaced with a reason only.

    `values` holds the changed fields by name; `seen` is the lot_revision that the person saw.
    """
    lot = SourceLot.objects.select_for_update(of=("self",)).with_details().get(pk=lot.pk)
    kind = _kind(lot.kind)
    parts = kind.parts(lot)
    demand_unmoved(lot.trail_label, lot_revision(lot), seen)
    _put_each(kind, parts, values)
    if "donor" in values:
        _demand_donor(kind, lot)
    if {"donor", "collection_time"} & {*values}:
        _demand_consent_of_lot(lot)
    if {"bank", "collected_amount", "collected_unit"} & {*values}:
        demand_vials(lot)
    for part in parts:
        records.save(part, by=by, reason=reason, typed=_of_part(kind, part, typed))
    return lot


@action(may=roles.REVIEW)
def release_quarantine(*, lot: SourceLot, by: User) -> SourceLot:
    """Release a lot from quarantine, as somebody who did not register it.

    Refused while the donor's eligibility is open or denied (21 CFR 1271.60) or consent is withdrawn.
    """
    lot = SourceLot.objects.select_for_update(of=("self",)).select_related("donor").get(pk=lot.pk)
    if lot.quarantine_released_at is not None:
        raise ActionRefused(f"{lot.code} was released from quarantine already.")
    if by.pk == registered_by(lot):
        raise ActionRefused(f"You registered {lot.code}: another person releases it.")
    _demand_eligible(lot)
    lot.quarantine_released_at, lot.quarantine_released_by = timezone.now(), by
    records.save(lot, by=by)
    return lot


def registered_by(lot: SourceLot) -> int | None:
    """Key of the person who registered the lot."""
    created = Entry.objects.filter(
        kind=SourceLot._meta.label_lower, object_id=lot.pk, action=EntryAction.CREATED
    )
    return created.values_list("actor_id", flat=True).first()


def lot_revision(lot: SourceLot) -> int:
    """The version of a lot and its details together: grows with every change of any of them."""
    return sum(part.revision for part in LOT_KINDS[lot.kind].parts(lot))


# --- what must hold -------------------------------------------------------------------------------


def _kind(code: str) -> LotKind:
    if code not in LOT_KINDS:
        raise ValueRefused("Choose what kind of source material this is.", "kind")
    return LOT_KINDS[code]


def _demand_donor(kind: LotKind, lot: SourceLot) -> None:
    """A donor is there where the kind needs one, and did not withdraw consent."""
    if lot.donor is None and kind.needs_donor:
        raise ValueRefused("Tissue and blood come from a donor: enter the donor's code.", "donor")
    if lot.donor is not None and lot.donor.consent_withdrawn:
        words = f"Donor {lot.donor.code} withdrew consent: no lot can be registered for this donor."
        raise ValueRefused(words, "donor")


def _demand_consent_of_lot(lot: SourceLot) -> None:
    if lot.donor is not None and lot.collection_time is not None:
        _demand_consent_before(
            lot.donor, lot.collection_time, field="collection_time", what="this collection"
        )


def _demand_consent_before(donor: Donor, collected: dt.datetime, *, field: str, what: str) -> None:
    """Consent on the day of the collection or before it; both days in the laboratory's time zone."""
    day = timezone.localtime(collected).date()
    if donor.consent_on is not None and donor.consent_on > day:
        words = (
            f"Donor {donor.code} consented on {donor.consent_on:%d %b %Y}, after {what} on {day:%d %b %Y}."
        )
        raise ValueRefused(words, field)


def _demand_eligible(lot: SourceLot) -> None:
    donor = lot.donor
    if donor is None:
        if _kind(lot.kind).needs_donor:
            raise ActionRefused(f"{lot.code} has no donor: enter the donor's code first.")
        return
    if donor.consent_withdrawn:
        raise ActionRefused(f"Donor {donor.code} withdrew consent: {lot.code} stays in quarantine.")
    if donor.eligibility in {Donor.Eligibility.INCOMPLETE, Donor.Eligibility.INELIGIBLE}:
        state = donor.get_eligibility_display().lower()
        raise ActionRefused(f"Eligibility of donor {donor.code} is {state}: {lot.code} stays in quarantine.")


# --- writing --------------------------------------------------------------------------------------


def _put(record: TrackedModel, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(record, name, value)


def _put_each(kind: LotKind, parts: list[TrackedModel], values: Mapping[str, Any]) -> None:
    """Put every value on the row that has its field. Refuses a field that the kind does not have."""
    places = {field.name: model for model, field in kind.fields()}
    rows = {type(part): part for part in parts}
    for name, value in values.items():
        if name not in places:
            raise ValueRefused(f"{name.replace('_', ' ').capitalize()} does not apply to {kind.label}.", name)
        setattr(rows[places[name]], name, value)


def _of_part(kind: LotKind, part: TrackedModel, typed: Mapping[str, str] | None) -> dict[str, str]:
    mine = {field.name for model, field in kind.fields() if model is type(part)}
    return {name: text for name, text in (typed or {}).items() if name in mine}


def _save_under_next_code(lot: SourceLot, by: User, typed: Mapping[str, str]) -> None:
    """Save the lot under the next code of the year.

    The newest lot is locked while the code is found, so that registrations queue; where that can't help
    (the first lot ever, or one that arrived in between) the database refuses the code and it is tried again.
    """
    prefix = f"SRC-{timezone.now().year}-"
    for attempt in range(1, MOST_TRIES + 1):
        SourceLot.objects.select_for_update().order_by("-id").values_list("pk", flat=True).first()
        lot.code = f"{prefix}{_last_number(prefix) + 1:04d}"
        try:
            records.save(lot, by=by, typed=_of_part(_kind(lot.kind), lot, typed), may_fail=True)
        except ValueRefused as refusal:
            if refusal.field != "code" or attempt == MOST_TRIES:
                raise
        else:
            return


def _last_number(prefix: str) -> int:
    """The highest number used with that prefix; longer codes are higher (…-10000 after …-9999)."""
    codes = SourceLot.objects.filter(code__startswith=prefix).annotate(length=Length("code"))
    last = codes.order_by("-length", "-code").values_list("code", flat=True).first()
    return int(last.removeprefix(prefix)) if last else 0
