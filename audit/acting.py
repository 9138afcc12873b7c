"""One function per thing that can happen: the frame that every action stands in."""

import functools
import logging
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import connection, models, transaction

from audit import records
from audit.ledger import sealing
from audit.models import Entry, EntryAction
from audit.refusal import ActionRefused, OutsideTheDoor, RoleRefused
from audit.running import running, running_act

log = logging.getLogger("audit.ledger")
Act = TypeVar("Act", bound=Callable[..., Any])


def action(*, may: Iterable[str], sealed: bool = False) -> Callable[[Act], Act]:
    """Frame a keyword-only action: one transaction, for these roles, every refusal an entry.

    An ActionRefused rolls everything back; the outermost action then writes the refusal as an entry
    of its own before the caller sees it. A `sealed` action signs something: everything written before it
    is sealed first (refused when that can't be done), and what it wrote right after its commit.
    """
    roles = frozenset(may)

    def framed(function: Act) -> Act:
        @functools.wraps(function)
        def act(*args: Any, by: Any, **given: Any) -> Any:
            if running_act():
                require_role(by, roles, function.__name__)
                return function(*args, by=by, **given)
            token = running.set(function.__name__)
            try:
                if sealed:
                    require_role(by, roles, function.__name__)
                    _seal_before()
                with transaction.atomic():
                    require_role(by, roles, function.__name__)
                    made = function(*args, by=by, **given)
                if sealed:
                    _seal_after()
                return made
            except ActionRefused as refusal:
                keep_refusal(refusal, by=by, about=_record_among((*args, *given.values())))
                raise
            finally:
                running.reset(token)

        act.may = roles  # type: ignore[attr-defined]
        return cast(Act, act)

    return framed


def _seal_before() -> None:
    """A checkpoint over everything that is there: what is signed can't be changed unnoticed any more."""
    if _is_part_of_more():
        return
    last = _last_entry()
    try:
        if last:
            sealing.cover(last)
    except sealing.SealingStopped as stopped:
        words = f"The record can't be sealed now, so nothing was signed or changed. {stopped}"
        raise ActionRefused(words) from stopped


def _seal_after() -> None:
    """The same over what was just written. It stands already: the sealer comes back to what fails here."""
    if _is_part_of_more():
        return
    try:
        sealing.cover(_last_entry())
    except sealing.SealingStopped as stopped:
        log.error("Signed, but not sealed yet: %s", stopped)


def _is_part_of_more() -> bool:
    """Whether the action stands in a transaction that goes on: only example data are written so.

    Nothing in it can be sealed before its end. In production that is a programming error.
    """
    blocks = connection.atomic_blocks
    is_part = bool(blocks) and not blocks[-1]._from_testcase
    if is_part and settings.PRODUCTION:
        raise OutsideTheDoor("What is signed stands in a transaction of its own.")
    return is_part


def _last_entry() -> int:
    return Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def require_role(by: Any, roles: frozenset[str], act: str) -> None:
    """Refuse a person whose role may not do this, or who was deactivated."""
    if not by.is_active:
        raise RoleRefused("This account is deactivated.")
    if by.role not in roles:
        words = act.replace("_", " ")
        raise RoleRefused(f"Your role ({by.role}) can't {words}. It is for: {', '.join(sorted(roles))}.")


def keep_refusal(refusal: ActionRefused, *, by: Any, about: Any = None) -> None:
    """Write a refusal as an entry, in a transaction of its own."""
    with transaction.atomic():
        refusal.keep_more(by)
        records.event(
            EntryAction(refusal.entry_action),
            by=by,
            about=about,
            act=running_act(),
            detail={"words": str(refusal)},
        )


def _record_among(values: Iterable[Any]) -> Any:
    """The first saved record among an action's arguments: what the refusal was about.

    Some arguments hold their record as `subject` (a sheet does).
    """
    records_given = (getattr(value, "subject", value) for value in values)
    return next(
        (r for r in records_given if isinstance(r, models.Model) and r.pk and hasattr(r, "trail_batch")),
        None,
    )
