"""The daily mail: how many notices of which kind, and a link. Never a batch number, a value or a name.

One mail a person and day. Whoever sends takes a claim on the person first, so that two senders at once
send one mail; the day is marked after the mail has left. A sender that dies in between leaves a claim
that ends by itself, and the mail leaves a second time rather than never.
"""

import datetime as dt
import logging
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.actions import system_actor
from accounts.models import User
from audit.refusal import ActionRefused
from qc.notices import actions, reading
from qc.notices.kinds import EVERY
from qc.notices.models import NoticeChoice, NoticeMark

CLAIM = dt.timedelta(minutes=10)
log = logging.getLogger("qc.notices")


class NoMail(ActionRefused):
    """This installation has no way to send mail."""


@dataclass
class Outcome:
    """How many mails left, how many did not, and what was in the way (no addresses in it)."""

    sent: int = 0
    failed: int = 0
    troubles: set[str] = field(default_factory=set)

    @property
    def trouble(self) -> str:
        return ", ".join(sorted(self.troubles))


def send_digests() -> Outcome:
    """Send today's mails to everybody who wants one and has not had it; safe to run at any time, again."""
    if not settings.MAIL:
        raise NoMail("No mail is set up (EXOLEDGER_MAIL): notices stand inside the product only.")
    outcome = Outcome()
    wanting = NoticeChoice.objects.filter(digest=NoticeChoice.Digest.DAILY, person__is_active=True)
    with _connection() as connection:
        for choice in wanting.select_related("person").order_by("id"):
            _send_to(choice, connection, outcome)
    if outcome.sent or outcome.failed:
        with transaction.atomic():
            by = system_actor("daily-mail", "Daily mail")
        actions.note_digests(sent=outcome.sent, failed=outcome.failed, trouble=outcome.trouble, by=by)
    return outcome


class _connection:
    """One connection for all mails; one that can't be opened fails mail by mail, each told and kept."""

    def __enter__(self) -> Any:
        self.connection = get_connection()
        return self.connection

    def __exit__(self, *_: Any) -> None:
        self.connection.close()


def _send_to(choice: NoticeChoice, connection: Any, outcome: Outcome) -> None:
    """One person's mail, where it is due and there is something to tell."""
    mark = _claimed(choice.person)
    if mark is None:
        return
    numbers, last = reading.counts_since(choice.person, max(mark.seen_entry, mark.told_entry))
    late = reading.overdue(choice.person).count()
    if numbers or late:
        try:
            validate_email(choice.email)
            _mail(choice, lines(numbers, late), connection).send()
        except Exception as error:  # whatever a server or a network throws: nobody else's mail waits for it
            _let_go(mark)
            outcome.failed += 1
            outcome.troubles.add(type(error).__name__)
            log.error("A daily mail was not sent: %s", type(error).__name__)
            return
        outcome.sent += 1
    _had(mark, last)


def _claimed(person: User) -> NoticeMark | None:
    """The person's mark, where today's mail is due and nobody else is sending it."""
    mark, _ = NoticeMark.objects.get_or_create(person=person)
    now = timezone.now()
    due = NoticeMark.objects.filter(pk=mark.pk).filter(
        Q(told_day=None) | Q(told_day__lt=timezone.localdate())
    )
    free = due.filter(Q(claimed_until=None) | Q(claimed_until__lt=now))
    return mark if free.update(claimed_until=now + CLAIM) else None


def _let_go(mark: NoticeMark) -> None:
    """Not sent: the next run tries again."""
    NoticeMark.objects.filter(pk=mark.pk).update(claimed_until=None)


def _had(mark: NoticeMark, last: int) -> None:
    """Sent, or nothing to tell: not again today."""
    NoticeMark.objects.filter(pk=mark.pk).update(
        told_day=timezone.localdate(), told_entry=last, claimed_until=None
    )


# --- words ----------------------------------------------------------------------------------------


def lines(numbers: Any, late: int) -> list[str]:
    """'3 batches were submitted for review', kind by kind."""
    told = [kind.counted(numbers[kind.code]) for kind in EVERY if numbers[kind.code]]
    if late:
        told.append(f"{late} of your deviations {'is' if late == 1 else 'are'} overdue")
    return told


def _mail(choice: NoticeChoice, told: list[str], connection: Any) -> EmailMessage:
    body = "\n".join(
        [
            "New in ExoLedger since you last looked:",
            "",
            *(f"  {line}" for line in told),
            "",
            f"Read them: {_address('notices')}",
            "",
            "This mail holds nothing of any record. One mail a day at most;",
            f"stop or change it: {_address('notice_choice')}",
            "",
        ]
    )
    return EmailMessage("ExoLedger: new notices", body, to=[choice.email], connection=connection)


def _address(name: str) -> str:
    """Where a page is, from outside; by name where the installation's address is not set."""
    path = reverse(name)
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}" if settings.PUBLIC_URL else f"ExoLedger, {path}"
