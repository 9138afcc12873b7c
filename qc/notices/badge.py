"""The numbers in the bar: new notices, and batches that wait for this reviewer.

Counted at most once a minute a session: in the requests that write the session anyway, because the last
one is a minute old (accounts.middleware). They are a hint; the pages behind them count anew.
"""

from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest

from accounts import roles
from accounts.models import User
from batches.record.models import Batch
from qc.models import Review
from qc.notices import reading

KEY = "bar_numbers"
MOST = reading.MOST_COUNTED


class Numbers(NamedTuple):
    """New notices, and batches that wait; one more than MOST stands for more."""

    notices: int
    batches: int


def numbers(request: HttpRequest) -> Numbers:
    """The numbers of whoever is signed in."""
    session = request.session
    if KEY not in session or session.modified:
        session[KEY] = list(_counted(request.user))  # type: ignore[arg-type]
    return Numbers(*session[KEY])


def forget(request: HttpRequest) -> None:
    """Count anew on the next page."""
    request.session.pop(KEY, None)


def _counted(person: User) -> Numbers:
    return Numbers(reading.new_count(person), _waiting_for(person))


def _waiting_for(person: User) -> int:
    """Submitted batches, and those that this person has under review."""
    if not person.may(roles.REVIEW):
        return 0
    mine = Review.objects.filter(batch=OuterRef("pk"), decision="", begun_by=person)
    waiting = Batch.objects.awaiting_review().filter(Q(status=Batch.Status.SUBMITTED) | Exists(mine))
    return len(waiting.order_by().values_list("pk")[: MOST + 1])


def words(number: int) -> str:
    """'3', '99+'; empty for none."""
    return f"{MOST}+" if number > MOST else str(number or "")
