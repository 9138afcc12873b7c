"""Making a bundle: seal, write what people read, write the entry that names it, then the proof over it all.

The files for people are made first, and the entry of the bundle's making names their hashes. So the log
proves them as well; only the proof itself is written afterwards, and proves itself.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from audit import canonical, originals, records
from audit.bundle import proof, record, sections
from audit.bundle.proof import Range
from audit.bundle.sections import Section
from audit.bundle.zipping import BundleZip
from audit.hashing import chunks_of
from audit.ledger import printing, sealing
from audit.ledger.handing_out import covering, handed_out
from audit.ledger.models import Checkpoint, Epoch, Leaf, TimeStamp
from audit.models import Entry, EntryAction, TrackedModel
from audit.originals import Original
from audit.refusal import ActionRefused

VERIFIER = Path(__file__).with_name("verify.py")
SIGNATURE_VERIFIER = Path(__file__).with_name("verify_signatures.py")
ACT = "make_bundle"
VERSION = "exoledger-bundle/1"


@dataclass(frozen=True)
class Wanted:
    """What a bundle is asked to hold: a batch, days, or entries by their numbers."""

    batch: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    entries: tuple[int, int] | None = None
    against: tuple[int, ...] = ()  # sizes of checkpoints kept elsewhere, to compare with

    @property
    def title(self) -> str:
        if self.batch:
            return f"Batch {self.batch}"
        if self.entries:
            return f"Entries {self.entries[0]} to {self.entries[1]}"
        return f"Entries from {self.since} to {self.until}"

    def as_detail(self) -> dict[str, Any]:
        asked = {"from": self.since, "to": self.until, "entries": self.entries}
        return {name: canonical.plain(value) for name, value in asked.items() if value}


@dataclass
class Made:
    """A bundle that was made: its entry, the checkpoint that covers it, and what could not be put in."""

    entry: Entry
    checkpoint: Checkpoint
    missing: list[str] = field(default_factory=list)

    @property
    def filename(self) -> str:
        """Names the bundle's own entry, so that file and trail find each other."""
        return f"exoledger-bundle-{self.entry.pk}.zip"


def make(wanted: Wanted, file: IO[bytes], *, by: Any) -> Made:
    """Write the bundle to the file. Raises ActionRefused where there is nothing to put in or to seal with."""
    try:
        return _make(wanted, file, by)
    except sealing.SealingStopped as stopped:
        raise ActionRefused(f"No bundle can be made now: {stopped}") from stopped


def _make(wanted: Wanted, file: IO[bytes], by: Any) -> Made:
    subject = _subject(wanted.batch) if wanted.batch else None
    sealing.seal()
    span = None if wanted.batch else _span(wanted)
    with transaction.atomic():
        # The record for people is a print with a checkpoint on it, and every print is an entry.
        printing_it = records.event(EntryAction.PRINTED, by=by, about=subject, act="print_record")
    added = sections.of(wanted.batch) if wanted.batch else []
    people = _for_people(wanted, span, added, covering(printing_it))
    about = {
        "v": VERSION,
        "batch": wanted.batch or None,
        "asked": wanted.as_detail(),
        "product": f"ExoLedger {settings.PRODUCT_VERSION}",
    }
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in people.items()}
    with transaction.atomic():
        detail = {"about": about, "contents": hashes}
        entry = records.event(EntryAction.EXPORTED, by=by, about=subject, act=ACT, detail=detail)
    made = Made(entry, covering(entry))
    beside = [key for section in added for key in section.entries]
    _write(BundleZip(file, about), people, made, _ranges(wanted, span, entry), wanted, beside)
    return made


def _subject(number: str) -> TrackedModel:
    """The batch's own record: what its first entry tells of."""
    first = Entry.objects.filter(batch_number=number, number_in_batch=1).first()
    if first is None:
        raise ActionRefused(f"There is no batch {number}.")
    model = apps.get_model(first.kind)
    return model._default_manager.get(pk=first.object_id)


def _span(wanted: Wanted) -> Range:
    """The leaves from the first to the last entry that is asked for."""
    if wanted.entries:
        asked = Entry.objects.filter(pk__gte=wanted.entries[0], pk__lte=wanted.entries[1])
    else:
        since, until = _midnight(wanted.since), _midnight(wanted.until, days=1)
        asked = Entry.objects.filter(at__gte=since, at__lt=until)
    # A transaction elsewhere in the server may hold up the sealer for a moment.
    while (waiting := asked.filter(leaf__isnull=True).order_by("-id").first()) is not None:
        sealing.cover(waiting.pk)
    ends = Leaf.objects.filter(entry__in=asked).aggregate(first=Min("index"), last=Max("index"))
    if ends["first"] is None:
        raise ActionRefused(f"{wanted.title}: there are none.")
    return Range(ends["first"], ends["last"] + 1)


def _midnight(day: dt.date | None, *, days: int = 0) -> dt.datetime:
    if day is None:
        raise ActionRefused("Say from which day and to which day.")
    start = dt.datetime.combine(day, dt.time.min, tzinfo=timezone.get_current_timezone())
    return start + dt.timedelta(days=days)


def _ranges(wanted: Wanted, span: Range | None, entry: Entry) -> list[Range]:
    """Which leaves go along: a batch's up to the making of the bundle, or the span and the making."""
    if span is not None:
        making = Leaf.objects.get(entry=entry).index
        return [span, Range(making, making + 1)]
    its = Entry.objects.filter(batch_number=wanted.batch, number_in_batch__lte=entry.number_in_batch or 0)
    return proof.ranges_of(Leaf.objects.filter(entry__in=its).values_list("index", flat=True))


# --- for people ---------------------------------------------------------------------------------


def _for_people(
    wanted: Wanted, span: Range | None, added: list[Section], before: Checkpoint
) -> dict[str, bytes]:
    """The files that the entry of the making names, in the order of the zip."""
    epochs = list(Epoch.objects.order_by("number"))
    verifier = VERIFIER.read_bytes()
    texts = {"README.txt": _readme(wanted, epochs[-1], verifier)}
    texts["record.html"] = _record(wanted, span, added, before)
    for section in added:
        texts |= {section.file_name: section.text} if section.file_name else {}
        texts |= section.files
    texts["epochs.json"] = json.dumps([_epoch(epoch) for epoch in epochs], ensure_ascii=False, indent=1)
    texts["public-key.txt"] = "".join(f"{epoch.public_key}\n" for epoch in epochs)
    programs = {"verify.py": verifier}
    if wanted.batch:
        programs[SIGNATURE_VERIFIER.name] = SIGNATURE_VERIFIER.read_bytes()
    return programs | {name: text.encode() for name, text in texts.items()}


def _record(wanted: Wanted, span: Range | None, added: list[Section], before: Checkpoint) -> str:
    if span is None:
        return record.of_batch(wanted.batch, before, added)
    entries: QuerySet = Entry.objects.filter(leaf__index__gte=span.first, leaf__index__lt=span.end)
    return record.of_range(wanted.title, entries, span.end - span.first, before)


def _readme(wanted: Wanted, epoch: Epoch, verifier: bytes) -> str:
    context = {
        "title": wanted.title,
        "underline": "=" * len(wanted.title),
        "batch": wanted.batch,
        "product": settings.PRODUCT_VERSION,
        "public_key": epoch.public_key,
        "fingerprint": printing.fingerprint(epoch.public_key),
        "verifier_sha256": hashlib.sha256(verifier).hexdigest(),
        "signature_verifier_sha256": hashlib.sha256(SIGNATURE_VERIFIER.read_bytes()).hexdigest(),
    }
    return render_to_string("audit/bundle_readme.txt", context)


def _epoch(epoch: Epoch) -> dict[str, Any]:
    return {
        "number": epoch.number,
        "origin": epoch.origin,
        "public_key": epoch.public_key,
        "since": canonical.time_text(epoch.since),
        "size": epoch.size,
        "words": epoch.words,
        "known_note": epoch.known_note,
    }


# --- the zip ------------------------------------------------------------------------------------


def _write(
    bundle: BundleZip,
    people: dict[str, bytes],
    made: Made,
    ranges: list[Range],
    wanted: Wanted,
    beside: list[int],
) -> None:
    size = made.checkpoint.size
    older = {one.size: one for one in handed_out().filter(size__lt=size)}
    cuts = {*older, *wanted.against, ranges[-1].end - 1}
    for name, data in people.items():
        bundle.add(name, [data])
    bundle.add("proof/checkpoint.txt", [made.checkpoint.note.encode()])
    bundle.add("proof/tree.txt", (line.encode() for line in proof.tree_lines(size, ranges, cuts)))
    named: set[str] = set()
    texts = proof.bodies(ranges)
    bundle.add("proof/entries.txt", _noting_files(texts, named) if wanted.batch else texts)
    if beside:
        bundle.add("proof/beside.json", [proof.beside(size, beside)])
    for one in sorted(older):
        bundle.add(f"proof/older/{one}.txt", [older[one].note.encode()])
    for stamp in TimeStamp.objects.filter(checkpoint__in=older.values()).order_by("id"):
        name = f"proof/time-stamps/{stamp.checkpoint_id}-{stamp.pk}.tsr"
        bundle.add(name, [bytes(stamp.token)])
    its_own = originals.each_once(wanted.batch) if named else ()
    for original in sorted(its_own, key=lambda one: one.sha256):
        # A file that was attached while this bundle was made belongs to the next one.
        if original.sha256 in named:
            _add_original(bundle, original, made)
    bundle.finish()


def _noting_files(texts: Iterable[bytes], named: set[str]) -> Iterator[bytes]:
    """The same texts; notes the hashes of files that they name."""
    for piece in texts:
        for line in piece.splitlines():
            changes = json.loads(line).get("changes", ())
            named.update(change["new"] for change in changes if change["field"] == "sha256")
        yield piece


def _add_original(bundle: BundleZip, original: Original, made: Made) -> None:
    """Put an original in. One that is gone leaves a gap, which the verifier names: the rest still leaves."""
    try:
        stored = original.open()
    except OSError:
        made.missing.append(f"{original.name} (SHA-256 {original.sha256})")
        return
    with stored:
        bundle.add(f"files/{original.sha256}", chunks_of(stored), packed=False)


def sizes_of(given: Iterable[str]) -> tuple[int, ...]:
    """The sizes of checkpoints kept elsewhere, each a signed note or "size root". Raises ActionRefused."""
    return tuple(_size_of(text) for text in given)


def _size_of(text: str) -> int:
    words = text.split("\n")[1:2] if "\u2014" in text else text.split(" ")[:1]
    try:
        return int("".join(words))
    except ValueError as error:
        raise ActionRefused("That is no checkpoint: it has no number of entries.") from error
