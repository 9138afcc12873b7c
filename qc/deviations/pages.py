"""What the page of a deviation shows and offers to the person who looks at it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts import roles
from accounts.forms import ReasonFields
from accounts.models import User
from accounts.statements import offer
from audit.trail.lines import Line, changes_of
from batches.record.value_views import views_of
from qc.deviations import forms
from qc.deviations.models import Deviation, DeviationSignature
from qc.deviations.rules import deviation_sheet, last_written, problems_of, took_part, who_may_close
from qc.deviations.signing import signatures_of

SHOWN_CHANGES = 60
NAMED = ("batch", "owner", "opened_by", "investigated_by", "closed_by", "voided_by")


@dataclass(frozen=True)
class May:
    """What this person may do with the deviation now; `why_not_close` says what stands against closing."""

    write: bool
    judge: bool
    lower: bool
    finish: bool
    send_back: bool
    close: bool
    reopen: bool
    void: bool
    why_not_close: str


def may_of(deviation: Deviation, person: User) -> May:
    """What is offered; the actions decide anew."""
    standing, judges = deviation.is_standing, person.may(roles.CLASS_DEVIATIONS)
    investigated = deviation.status == Deviation.Status.INVESTIGATED
    ends = standing and person.may(who_may_close(deviation)) and not took_part(deviation, person)
    return May(
        write=standing and person.may(roles.ENTER),
        judge=standing and judges,
        lower=standing and person.may(roles.LOWER_DEVIATIONS),
        finish=deviation.status == Deviation.Status.OPEN and person.may(roles.ENTER),
        send_back=investigated and judges,
        close=investigated and ends and bool(deviation.grade),
        reopen=deviation.status == Deviation.Status.CLOSED and judges,
        void=ends,
        why_not_close=_why_not(deviation, person) if investigated else "",
    )


def _why_not(deviation: Deviation, person: User) -> str:
    if not deviation.grade:
        return "It has no class yet: a reviewer or quality assurance says how severe it is."
    if not person.may(who_may_close(deviation)):
        minor = deviation.grade == Deviation.Grade.MINOR
        return f"It waits for {'a reviewer or ' if minor else ''}quality assurance to close it."
    if took_part(deviation, person):
        return "You opened, owned or wrote in it: somebody else closes it."
    return ""


# One form an intention. Ids carry the intention's name: several of them ask for a reason.
FORMS = {
    "class": forms.ClassForm,
    "assign": forms.AssignForm,
    "affected": forms.AffectedForm,
    "withdraw": forms.WithdrawForm,
    "note": forms.NoteForm,
    "finish": forms.NothingMore,
    "send_back": ReasonFields,
    "close": forms.CloseForm,
    "reopen": ReasonFields,
    "void": ReasonFields,
}


def form_of(intention: str, deviation: Deviation, person: User, data: Any = None) -> Any:
    """The form of an intention, with what was sent to it."""
    more: dict[str, Any] = {"auto_id": f"{intention}_%s"}
    if intention == "class":
        more["initial"] = {"grade": deviation.grade}
    if intention == "assign":
        more |= {
            "present": deviation.owner,
            "initial": {"owner": deviation.owner_id, "due_on": deviation.due_on},
        }
    if intention == "close":
        more["person"] = person
    return FORMS[intention](data, **more)


def context_of(deviation: Deviation, request: HttpRequest, **refused: Any) -> dict[str, Any]:
    """Everything the page shows; `refused` forms keep what was typed."""
    person, may = request.user, may_of(deviation, request.user)
    sections = views_of(deviation_sheet(deviation), can_edit=may.write)
    for value in [value for _, values in sections for value in values]:
        value.no_na = True
    affected = list(deviation.affected.select_related("batch"))
    notes = list(deviation.notes.select_related("written_by"))
    shown = {f"{name}_form": form_of(name, deviation, person) for name in FORMS if name not in refused}
    entry, leaf = last_written(deviation)
    close = refused.get("close") or shown["close_form"]
    # Made anew for every showing: what is signed is what the page shows now.
    close.offer = offer(deviation.signed_as, leaf, person)
    return {
        "deviation": deviation,
        "may": may,
        "sections": sections,
        "standing_affected": [one for one in affected if not one.is_withdrawn],
        "withdrawn_affected": [one for one in affected if one.is_withdrawn],
        "notes": notes,
        "signatures": signatures_of(deviation),
        "entry_shown": entry,
        "still_missing": problems_of(deviation) if may.finish else [],
        "changes": _changes(deviation, affected, notes),
        "section": "deviations",
        **shown,
        **{f"{name}_form": form for name, form in refused.items()},
    }


def _changes(deviation: Deviation, affected: list[Any], notes: list[Any]) -> list[Line]:
    """The deviation's own trail, newest first: its values, batches, notes and signatures."""
    signed = DeviationSignature.objects.filter(deviation=deviation).values_list("pk", flat=True)
    told = changes_of(deviation._meta.label_lower, [deviation.pk], limit=SHOWN_CHANGES)
    told += changes_of(DeviationSignature._meta.label_lower, signed, limit=SHOWN_CHANGES)
    for rows in (affected, notes):
        if rows:
            told += changes_of(rows[0]._meta.label_lower, [row.pk for row in rows], limit=SHOWN_CHANGES)
    return sorted(told, key=lambda line: -line.number)[:SHOWN_CHANGES]
