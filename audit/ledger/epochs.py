"""Beginning an epoch: a new key and a new origin for the same tree, with what is known to be lost.

Checkpoints of one origin never contradict each other. So when a restored database lacks entries that
were sealed and can't be brought back, or when the key is lost or replaced, the sealer goes on under
another origin, and the epoch states the newest checkpoint known before it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit import records
from audit.ledger import copies, copy_files, gaps, keys, sealing
from audit.ledger.gaps import Gap, Kept
from audit.ledger.models import Epoch
from audit.ledger.notes import Checkpoint as Said
from audit.ledger.notes import SigningKey
from audit.models import EntryAction
from audit.words import grouped


class EpochRefused(Exception):
    """No epoch can begin; says why and what to do."""


@dataclass(frozen=True)
class Plan:
    """What the next epoch will be called and state."""

    number: int
    origin: str
    known: Kept | None
    gap: Gap | None
    unreadable: str
    lost_epochs: tuple[Epoch, ...] = ()

    def words(self, reason: str) -> str:
        """Why it begins and what is lost."""
        told = (reason.strip(), self.gap.words() if self.gap else "", self.unreadable)
        return " ".join(part for part in told if part)


def plan(kept: Sequence[Kept] = (), *, leave_out: bool = False) -> Plan:
    """Look at everything that is known before an epoch begins; writes nothing.

    `kept` are notes that somebody has; `leave_out` gives up entries that the second copy still holds.
    Raises EpochRefused, NoteWrong, CopyTrouble.
    """
    first = Epoch.objects.order_by("number").first()
    if first is None:
        raise EpochRefused("There is no epoch yet: the first begins by itself with the first entry.")
    unreadable = gaps.remembered_trouble()
    gap = gaps.find(kept, remembered=not unreadable)
    if gap and gap.lost and gap.lost.entries and not leave_out:
        raise EpochRefused(
            f"{gap.words()} Bring them back with manage.py reimport, or give them up with --leave-out."
        )
    known = gaps.newest_known([*_newest_here(), *kept], remembered=not unreadable)
    number = _next_number(known)
    return Plan(number, f"{first.origin}/{number}", known, gap, unreadable, _lost_epochs(first, number))


def begin(planned: Plan, *, by: Any, reason: str) -> Epoch:
    """Begin the epoch with a new key. Raises OSError when the key can't be kept. Not in a transaction."""
    with _new_key(planned.origin) as key, transaction.atomic(durable=True):
        sealing.lock()
        for lost in planned.lost_epochs:
            lost.save()
        epoch = _write(planned, key, planned.words(reason))
        _write_entry(epoch, by=by, reason=reason, gap=planned.gap)
    keys.set_last_note_aside()  # the epoch states what it said
    return epoch


def _write(planned: Plan, key: SigningKey, words: str) -> Epoch:
    newest = sealing.newest()
    epoch = Epoch(
        number=planned.number,
        origin=key.name,
        public_key=str(key.public),
        since=timezone.now(),
        size=newest.size if newest else 0,
        words=words,
        known_note=planned.known.note if planned.known else "",
    )
    epoch.save()
    return epoch


def _write_entry(epoch: Epoch, *, by: Any, reason: str, gap: Gap | None) -> None:
    records.event(
        EntryAction.EPOCH,
        by=by,
        act="new_epoch",
        detail={
            "number": epoch.number,
            "origin": epoch.origin,
            "public_key": epoch.public_key,
            "sealed_before": epoch.size,
            "known_note": epoch.known_note,
            "entries_lost": gap.entries if gap else 0,
            "reason": reason.strip(),
            "words": epoch.words,
        },
    )


def _newest_here() -> list[Kept]:
    newest = sealing.newest()
    return [Kept(newest.note, "in the database")] if newest else []


def _next_number(known: Kept | None) -> int:
    """One more than any epoch that is known of, also one that this database has lost."""
    numbers = list(Epoch.objects.values_list("number", flat=True))
    if known:
        numbers.append(gaps.epoch_number(known.said.origin))
    with suppress(keys.KeyUnusable):
        numbers.append(gaps.epoch_number(keys.load().name))
    if copies.is_set():
        numbers += [epoch["number"] for epoch in copy_files.epochs(copies.store())]
    return max(numbers) + 1


def _lost_epochs(first: Epoch, number: int) -> tuple[Epoch, ...]:
    """Epochs before `number` that a restore took away, as far as their keys are known elsewhere."""
    there = set(Epoch.objects.values_list("number", flat=True))
    newest = sealing.newest()
    found = {gaps.epoch_number(key.name): key for key in gaps.keys_elsewhere()}
    return tuple(
        Epoch(
            number=one,
            origin=key.name,
            public_key=str(key),
            since=timezone.now(),
            size=newest.size if newest else first.size,
            words="This epoch had begun before the restore and was lost in it; nothing more is known here.",
        )
        for one, key in sorted(found.items())
        if one not in there and one < number
    )


@contextmanager
def _new_key(origin: str) -> Iterator[SigningKey]:
    """A new key in place of the present one, whose file is kept; all as before when the epoch fails."""
    retired = keys.set_aside()
    try:
        yield keys.make(origin)
    except BaseException:
        _put_back(retired)
        raise


def _put_back(retired: Path | None) -> None:
    keys.key_path().unlink(missing_ok=True)
    if retired:
        retired.rename(keys.key_path())


# --- checkpoints of stretches that were lost ------------------------------------------------------


def lost_stretch(number: int, size: int) -> str:
    """Words for a checkpoint of epoch `number` over entries that were lost before the next one began.

    Empty for any other. Such a checkpoint fits no tree that this database can build; it is no forgery as
    far as the next epoch states the loss.
    """
    then = Epoch.objects.filter(number__gt=number).order_by("number").first()
    if then is None or size <= then.size:
        return ""
    first, last = grouped(then.size + 1), grouped(size)
    lost = f"checkpoint {last} covers entries {first} to {last}, which were lost in a restore: "
    known = Said.read(then.known_note) if then.known_note else None
    if known is None or (gaps.epoch_number(known.origin), known.size) < (number, size):
        stated = grouped(known.size if known else then.size)
        return f"{lost}epoch {then.number} states a loss up to {stated} only."
    return f"{lost}stated in epoch {then.number}, begun {then.since:%Y-%m-%d %H:%M} UTC. {then.words}"
