"""A whole verification: its stages in order, what each counted and found, and how long it took."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.db import connection, transaction

from audit import guards
from audit.ledger import sealing
from audit.ledger.notes import Checkpoint as Said
from audit.ledger.tree import StoredTree
from audit.models import Checkpoint, Entry, Epoch
from audit.verifying import attachments, batch, completeness, copies, entries, ledger, records, replay, state
from audit.verifying.checkpoints import Counted, newest_wrong
from audit.verifying.differences import Difference
from audit.verifying.models import UnexplainedChange
from audit.verifying.shapes import Shape
from audit.words import counted, grouped, moment_words

WHOLE, QUICK, BATCH = "whole", "quick", "batch"
# Differences beyond this are counted, not described: somebody ran an UPDATE over a whole table.
MOST_TOLD = 1_000
AT_A_TIME = 200

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Stage:
    """One stage: what was checked, how many of them, and how long it took."""

    name: str
    counts: str
    seconds: float


@dataclass
class Report:
    """What a verification found. `known` are differences that somebody has dealt with as noted."""

    stages: list[Stage] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    known: list[tuple[Difference, str]] = field(default_factory=list)
    warnings: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    more: int = 0
    checkpoint: int = 0
    history_rows: int = 0
    entries: int = 0

    @property
    def outcome(self) -> str:
        """in_order, known (everything wrong is dealt with) or wrong."""
        if self.differences or self.more:
            return "wrong"
        return "known" if self.known else "in_order"

    @property
    def seconds(self) -> float:
        return sum(stage.seconds for stage in self.stages)

    @property
    def wrong(self) -> int:
        """How many things are wrong."""
        return len(self.differences) + self.more

    @property
    def words(self) -> str:
        """The outcome in a sentence: the first thing that is wrong and how many more."""
        if not self.wrong:
            known = f" {len(self.known)} known differences were dealt with before." if self.known else ""
            return f"Everything is in order.{known}"
        more = f" And {grouped(self.wrong - 1)} more." if self.wrong > 1 else ""
        return f"{self.differences[0].sentence}{more}"


def verify(
    scope: str = WHOLE,
    *,
    number: str = "",
    against: Iterable[str] = (),
    tell: Progress = lambda stage, done: None,
) -> Report:
    """Verify everything, quickly (sets and the newest checkpoint only), or one batch."""
    # Before the snapshot: what is sealed meanwhile must not look like a database that is too old.
    remembered, trouble = _remembered()
    run = _Run(Report(), tell)
    with snapshot():
        if scope == BATCH:
            run.batch(number)
        else:
            run.guards()
            suspects = run.sets()
            if scope == WHOLE:
                run.replay(suspects)
                run.entries()
                run.files()
            run.examine(suspects)
            outside = [*copies.read(against)]
            run.ledger(outside, remembered, trouble, is_whole=scope == WHOLE)
        run.settle()
    return run.report


def _remembered() -> tuple[Said | None, str]:
    try:
        return sealing.remembered(), ""
    except sealing.SealingStopped as stopped:
        return None, str(stopped)


@contextmanager
def snapshot() -> Iterator[None]:
    """Everything in it sees the database as it was at one moment; nobody who writes waits for it."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # By hand: Django's transactions take SQLite's write lock, and this one may take minutes.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


class _Run:
    """The stages of one verification."""

    def __init__(self, report: Report, tell: Progress):
        self.report, self.tell = report, tell

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Time a stage; what it counted is put into the list that it gets."""
        self.tell(name, 0)
        counts: list[str] = []
        began = time.monotonic()
        yield counts
        self.report.stages.append(Stage(name, ", ".join(counts), time.monotonic() - began))

    def hear(self, name: str) -> Callable[[int], None]:
        """A listener that adds up what a stage has done."""
        total = 0

        def heard(more: int) -> None:
            nonlocal total
            total += more
            self.tell(name, total)

        return heard

    def add(self, found: Iterable[Difference]) -> None:
        """Keep differences up to MOST_TOLD, count the others."""
        for one in found:
            if one.is_warning:
                self.report.warnings.append(one)
            elif len(self.report.differences) < MOST_TOLD:
                self.report.differences.append(one)
            else:
                self.report.more += 1

    def guards(self) -> None:
        with self.stage("Guards") as counts:
            gone = guards.missing()
            counts.append(f"{len(guards.expected(connection.vendor))} guards")
            if gone:
                named = ", ".join(gone[:5]) + ("…" if len(gone) > 5 else "")
                words = (
                    f"{len(gone)} guards that keep rows from being changed or deleted are missing or "
                    f"altered: {named}. Run manage.py migrate to put them up again."
                )
                self.add([Difference(words)])

    def sets(self) -> list[completeness.Suspects]:
        name = "Live rows, history and entries in sets"
        with self.stage(name) as counts:
            found = completeness.set_based(lambda done, of: self.tell(name, done))
            self.report.history_rows = sum(one.history_rows for one in found)
            counts.append(counted(sum(one.live_rows for one in found), "record", "records"))
            counts.append(counted(self.report.history_rows, "history row", "history rows"))
            for kind in completeness.unknown_kinds():
                self.add([Difference(f"Entries tell of records of a kind that does not exist: {kind}.")])
        return found

    def replay(self, suspects: list[completeness.Suspects]) -> None:
        name = "History replayed from the entries"
        with self.stage(name) as counts:
            heard = self.hear(name)
            for one in suspects:
                if not one.has_nothing:
                    one.add(replay.suspects(one.shape, heard))
            counts.append(counted(self.report.history_rows, "history row", "history rows"))

    def entries(self) -> None:
        name = "Entries, their hashes and their numbers"
        with self.stage(name) as counts:
            self.add(entries.differences(tell=self.hear(name)))
            self.report.entries = Entry.objects.count()
            counts.append(counted(self.report.entries, "entry", "entries"))

    def files(self) -> None:
        name = "Files"
        with self.stage(name) as counts:
            seen: list[int] = []
            self.add(attachments.differences(tell=seen.append))
            counts.append(counted(len(seen), "file", "files"))

    def examine(self, suspects: list[completeness.Suspects]) -> None:
        """Say of the records that did not fit what is wrong with them; the first thing to be told."""
        before, self.report.differences = self.report.differences, []
        for one in suspects:
            self.report.more += one.more
            for ids in _portions(sorted(one.ids)):
                if len(self.report.differences) >= MOST_TOLD:
                    self.report.more += len(ids)
                else:
                    self.add(_examined(one.shape, ids))
        self.add(before)

    def ledger(
        self, outside: list[copies.Copy], remembered: Said | None, trouble: str, *, is_whole: bool
    ) -> None:
        with self.stage("Ledger" if is_whole else "Newest checkpoint") as counts:
            sizes = {copy.size for copy in outside if not copy.trouble}
            if remembered is not None:
                sizes.add(remembered.size)
            sealed = ledger.count(sizes, self.hear("Ledger")) if is_whole else _newest_only(sizes)
            self.add(sealed.differences)
            self.report.notes += sealed.notes
            self.report.checkpoint = sealed.size
            self._remembered(sealed, remembered, trouble)
            wrong, right = copies.compare(outside, sealed.size, sealed.roots)
            self.add(wrong)
            self.report.notes += right
            self._waiting()
            counts.append(counted(sealed.size, "sealed entry", "sealed entries"))
            counts.append(counted(sealed.checkpoints, "checkpoint", "checkpoints"))

    def _remembered(self, sealed: Counted, remembered: Said | None, trouble: str) -> None:
        """The last checkpoint signed, as it is kept outside the database, must fit."""
        if trouble:
            self.add([Difference(trouble)])
        if remembered is None or Epoch.objects.filter(known_note=sealing.keys.last_note()).exists():
            return
        if remembered.size > sealed.size:
            words = (
                f"Checkpoint {grouped(remembered.size)} was signed here before, but only "
                f"{grouped(sealed.size)} entries are sealed in this database: it is older than its ledger."
            )
            self.add([Difference(words)])
        elif remembered.root not in {sealed.roots.get(remembered.size), *_stored_root(remembered.size)}:
            words = (
                f"Checkpoint {grouped(remembered.size)}, as it is remembered outside the database, was "
                "signed over other entries than stand here now."
            )
            self.add([Difference(words)])

    def _waiting(self) -> None:
        count, oldest = sealing.unsealed()
        if count:
            since = f" since {moment_words(oldest)}" if oldest else ""
            waiting = counted(count, "entry waits", "entries wait")
            self.report.notes.append(f"{waiting} for the sealer{since}.")

    def batch(self, number: str) -> None:
        with self.stage(f"Batch {number}") as counts:
            found = batch.records_of(number)
            self.add(batch.differences(number))
            self.report.entries = Entry.objects.filter(batch_number=number).count()
            counts.append(counted(sum(map(len, found.values())), "record", "records"))
            counts.append(counted(self.report.entries, "entry", "entries"))

    def settle(self) -> None:
        """Set apart what somebody has dealt with, and say since when the rest can be wrong."""
        noted = UnexplainedChange.objects.noted()
        known = {(*one.key, one.standing): one for one in noted.select_related("dealt_with_by")}
        last = state.last_in_order()
        standing, self.report.differences = self.report.differences, []
        for one in standing:
            dealt = known.get((*one.key, one.standing)) if one.record_kind else None
            if dealt is not None:
                self.report.known.append((one, dealt.dealt_words))
            else:
                until = max(filter(None, (one.in_order_until, last)), default=None)
                self.report.differences.append(
                    replace(one, in_order_until=until if one.record_kind else None)
                )


def _stored_root(size: int) -> set[bytes]:
    """The root of the stored checkpoint of that size; counting the ledger has judged it already."""
    return {bytes(root) for root in Checkpoint.objects.filter(size=size).values_list("root", flat=True)}


def _examined(shape: Shape, ids: list[int]) -> list[Difference]:
    """What is wrong with records that did not fit. What can't be named is still said."""
    found = records.examine(shape, ids)
    named = {one.record_id for one in found}
    for pk in ids:
        if pk not in named:
            words = f"{shape.words} {pk}: its entries can't be read, so that nothing proves what it holds."
            found.append(Difference(words[:1].upper() + words[1:]))
    return found


def _portions(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), AT_A_TIME):
        yield ids[start : start + AT_A_TIME]


def _newest_only(sizes: set[int]) -> Counted:
    """The newest checkpoint's signature and root; the tree as its tiles and last leaves give it."""
    found = Counted()
    one = Checkpoint.objects.select_related("epoch").order_by("-size").first()
    if one is None:
        return found
    found.size, found.checkpoints = one.size, 1
    found.roots = {size: StoredTree(size).root() for size in {*sizes, one.size} if size <= one.size}
    found.differences += newest_wrong(one, found.roots[one.size])
    return found
