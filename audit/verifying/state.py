"""What the last verification said, as its entry keeps it."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from audit.models import Entry, EntryAction
from audit.words import grouped, span_since

# Acts of the entries that tell of verifications of the whole installation.
VERIFY, VERIFY_QUICKLY, VERIFY_BATCH = "verify", "verify_quickly", "verify_batch"
JUST_NOW = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Verified:
    """The last verification: `outcome` is in_order, known or wrong; `is_quick` says it was not the whole."""

    entry: int
    at: dt.datetime
    outcome: str
    is_quick: bool
    checkpoint: int
    words: str
    wrong: int
    by: str

    @property
    def is_wrong(self) -> bool:
        return self.outcome == "wrong"

    @property
    def checkpoint_words(self) -> str:
        return grouped(self.checkpoint)

    @property
    def ago(self) -> str:
        """How long ago: '2 min ago', '5 h ago', '3 d ago'."""
        return "just now" if timezone.now() - self.at < JUST_NOW else f"{span_since(self.at)} ago"


def latest() -> Verified | None:
    """The last verification of the whole installation, None before the first; one query."""
    return _of(_verifications().first())


def last_in_order() -> dt.datetime | None:
    """When a whole verification last found everything in order."""
    for entry in _verifications().filter(act=VERIFY)[:50]:
        verified = _of(entry)
        if verified is not None and not verified.is_wrong:
            return verified.at
    return None


def _verifications() -> Any:
    found = Entry.objects.filter(action=EntryAction.VERIFIED, act__in=(VERIFY, VERIFY_QUICKLY))
    return found.order_by("-id").only("id", "at", "act", "actor_name", "body")


def _of(entry: Entry | None) -> Verified | None:
    if entry is None:
        return None
    detail = json.loads(entry.body)["detail"]
    return Verified(
        entry=entry.pk,
        at=entry.at,
        outcome=detail["outcome"],
        is_quick=entry.act == VERIFY_QUICKLY,
        checkpoint=detail["checkpoint"],
        words=detail["words"],
        wrong=detail["wrong"],
        by=entry.actor_name,
    )
