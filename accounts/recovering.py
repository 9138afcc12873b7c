"""What a restored database still lacks, and bringing it back from the second copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from accounts.roles import Role
from audit.ledger import copies, gaps
from audit.ledger.gaps import Gap, Kept
from audit.ledger.reimport import Reimported, reimport
from audit.verifying import running
from audit.words import counted, grouped

NEW_EPOCH = "Begin a new epoch that states it: manage.py new_epoch."

PROBLEMS_TOLD = 20


@dataclass(frozen=True)
class Recovery:
    """The gap that was found, what came back, and the gap that is left."""

    gap: Gap | None = None
    came: Reimported | None = None
    left: Gap | None = None

    def words(self) -> list[str]:
        """All of it in sentences."""
        if self.gap is None:
            return ["Nothing is missing: no newer checkpoint is known."]
        told = [self.gap.words()]
        if self.came and self.came.entries:
            told += told_of(self.came)
        if self.left and self.left != self.gap:
            told.append(self.left.words())
        return [*told, NEW_EPOCH] if self.left else told


def bring_back(kept: Sequence[Kept] = ()) -> Recovery:
    """Find the gap and fill it from the second copy, where there is one.

    Raises ReimportRefused, CopyTrouble and NoteWrong; nothing was changed then.
    """
    gap = gaps.find(kept)
    if gap is None or gap.lost is None or not gap.lost.entries:
        return Recovery(gap, None, gap)
    return Recovery(gap, reimport(copies.store()), gaps.find(kept))


def verified() -> tuple[int, list[str]]:
    """Verify everything: how many entries, and what is wrong, the first of it in words."""
    report = running.verify()
    told = [one.sentence for one in report.differences[:PROBLEMS_TOLD]]
    more = report.wrong - len(told)
    return report.entries, [*told, *([f"And {grouped(more)} more: run manage.py verify."] if more else [])]


def told_of(came: Reimported) -> list[str]:
    """What came back, in sentences."""
    first, last = grouped(came.first), grouped(came.first + came.entries - 1)
    checkpoints = counted(came.checkpoints, "checkpoint", "checkpoints")
    words = [f"Entries {first} to {last} came back from the second copy, {checkpoints}."]
    words += [f"Epoch {number} came back with them." for number in came.epochs]
    if people := people_without_password(came):
        words.append(f"These people need a new password: {', '.join(people)}.")
    return words


def people_without_password(came: Reimported) -> list[str]:
    """User names of people whose password was set in the lost stretch."""
    lost = [one for one in came.without_secret if isinstance(one, User)]
    return sorted(one.username for one in lost if one.role != Role.SYSTEM)
