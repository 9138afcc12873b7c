"""Where a waiting file could go: open assays without a file, or a new one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from batches.characterization import taking
from batches.characterization.kinds import Technique
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay, details_of
from batches.files.actions import Place
from batches.files.again import part_of
from batches.files.doubts import doubts_of
from batches.files.models import DroppedFile
from batches.files.showing import Fact, main_facts
from batches.record.models import Attachment, Batch, Reading

KEEP = "keep"
PARTS = "parts"  # its samples have places of their own
BESIDE = "beside-"
# Names under which tables come; what is in them is looked at when their columns are mapped.
TABLES = (".csv", ".tsv", ".txt", ".xlsx")
# Samples that need no more to be said than their name: no step, and a blank says which.
SAMPLES = tuple(one for one in Assay.Sample if one not in (Assay.Sample.STEP, Assay.Sample.BLANK))
_DILUENT = re.compile(r"(?<![a-z])(blank|pbs|diluent|buffer)(?![a-z])", re.IGNORECASE)
_PROCESS = re.compile(r"(?<![a-z])(medium|process)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """One place to choose: what the page sends back, and its words."""

    value: str
    words: str


@dataclass
class Part:
    """One sample of a file with several: what was read of it, and where it could go."""

    reading: Reading
    targets: list[Target]
    chosen: str = ""

    @property
    def sample(self) -> str:
        return part_of(self.reading)

    @property
    def facts(self) -> list[Fact]:
        return main_facts(self.reading.values)


@dataclass
class Waiting:
    """A waiting file as the page shows it."""

    dropped: DroppedFile
    reading: Reading | None
    twins: list[str]
    targets: list[Target] = field(default_factory=list)
    chosen: str = KEEP
    refused: str = ""
    parts: list["Part"] = field(default_factory=list)

    views = Micrograph.View.choices

    @property
    def attachment(self) -> Attachment:
        return self.dropped.attachment

    @property
    def facts(self) -> list[Fact]:
        return main_facts(self.reading.values) if self.reading else []

    @property
    def doubts(self) -> list[str]:
        """What the file says of itself that does not fit the record."""
        return doubts_of(self.reading, self.attachment) if self.reading else []

    @property
    def choices(self) -> list[str]:
        """The samples or videos of the file of which some belong to the batch."""
        return list(self.dropped.samples or self.dropped.videos)

    @property
    def is_picture(self) -> bool:
        return self.reading is not None and self.reading.technique in ("EM", "BLOT")

    @property
    def asks_view(self) -> bool:
        """Whether one of its places is an assay of micrographs, which asks for wide field or close-up."""
        code = Technique.ELECTRON_MICROSCOPY
        return self.reading is not None and taking.is_taken_by(code, self.reading)


def place_of(value: str, view: str = "") -> Place | None:
    """The place that the page sent back, None for an unknown one."""
    if found := re.fullmatch(r"assay-(\d{1,5})", value):
        return Place(assay_number=int(found[1]), view=view)
    if found := re.fullmatch(BESIDE + r"(\d{1,18})", value):
        return Place(beside=int(found[1]))
    if found := re.fullmatch(r"new:([a-z_]{1,24}):([a-z]{1,10})", value):
        if found[1] in Technique.values and found[2] in SAMPLES:
            return Place(technique=found[1], sample=found[2], view=view)
    return None


def waiting_of(batch: Batch, assays: Sequence[Assay]) -> list[Waiting]:
    """Files that wait on a batch, each with its places; no two are proposed for the same open assay."""
    dropped = list(
        DroppedFile.objects.filter(attachment__batch=batch, state=DroppedFile.State.WAITING).select_related(
            "attachment__batch", "attachment__uploaded_by"
        )
    )
    readings = _readings(dropped)
    twins = twins_of([one.attachment for one in dropped])
    taken: set[int] = set()
    shown: list[Waiting] = []
    for one in dropped:
        read = readings.get(one.attachment_id, [])
        last = read[-1] if read and not one.samples else None
        waiting = Waiting(one, last, twins.get(one.attachment_id, []))
        if one.samples:
            waiting.parts = [_part(reading, waiting, assays, taken) for reading in read]
        _propose(waiting, assays, taken)
        shown.append(waiting)
    for waiting in shown:
        _propose_beside(waiting, shown, assays)
    return shown


def _readings(dropped: Sequence[DroppedFile]) -> dict[int, list[Reading]]:
    rows = Reading.objects.filter(attachment__in=[one.attachment_id for one in dropped])
    found: dict[int, list[Reading]] = {}
    for row in rows.defer("curves").order_by("pk"):
        found.setdefault(row.attachment_id, []).append(row)
    return found


def twins_of(attachments: Sequence[Attachment]) -> dict[int, list[str]]:
    """For each file, the batches that hold the same bytes in another file."""
    hashes = {one.sha256 for one in attachments}
    rows = Attachment.objects.filter(sha256__in=hashes).values_list("pk", "sha256", "batch__number")
    same: dict[str, list[tuple[int, str]]] = {}
    for pk, sha256, number in rows:
        same.setdefault(sha256, []).append((pk, number))
    return {
        one.pk: sorted({number for pk, number in same.get(one.sha256, []) if pk != one.pk})
        for one in attachments
    }


def _propose(waiting: Waiting, assays: Sequence[Assay], taken: set[int]) -> None:
    if waiting.reading is None or taking.belongs_beside(waiting.reading):
        return
    waiting.targets = _targets(waiting.reading, assays)
    waiting.chosen = _first(waiting.reading, waiting.attachment.name, assays, taken) or KEEP


def _part(reading: Reading, waiting: Waiting, assays: Sequence[Assay], taken: set[int]) -> Part:
    """A sample of a file, named itself as a blank or not."""
    found = Part(reading, _targets(reading, assays))
    found.chosen = _first(reading, part_of(reading), assays, taken)
    return found


def _targets(reading: Reading, assays: Sequence[Assay]) -> list[Target]:
    """Every place for a reading: open assays without such a file, then new ones."""
    techniques = taking.techniques_for(reading)
    found = [
        Target(f"assay-{one.number}", _words(one))
        for one in assays
        if one.technique in techniques and _is_free(one, reading)
    ]
    for code in techniques:
        label = Technique(code).label
        found += [
            Target(f"new:{code}:{sample.value}", f"New: {label}, {sample.label.lower()}")
            for sample in SAMPLES
        ]
    return found


def _first(reading: Reading, name: str, assays: Sequence[Assay], taken: set[int]) -> str:
    """The place that is proposed: the first open assay that nothing else is proposed for, else a new one."""
    techniques = taking.techniques_for(reading)
    free = [one for one in assays if one.technique in techniques and _is_free(one, reading)]
    first = next((one for one in free if _can_take_more(one, taken)), None)
    if first is not None:
        taken.add(first.number)
        return f"assay-{first.number}"
    return f"new:{techniques[0]}:{_sample_named(name)}" if techniques else ""


def _propose_beside(waiting: Waiting, shown: Sequence[Waiting], assays: Sequence[Assay]) -> None:
    """A file that stands beside another one: the assay of that one, or wherever that one goes.

    The likeliest is the one whose name begins as this one's does.
    """
    if waiting.reading is None or not (kinds := taking.belongs_beside(waiting.reading)):
        return
    found = [
        (_file_name(one), Target(f"assay-{one.number}", _words(one)))
        for one in assays
        if taking.is_taken_by(one.technique, waiting.reading)
        and one.status == Assay.Status.OPEN
        and taking.file_of(details_of(one))
        and not taking.file_of(details_of(one), waiting.reading.technique)
    ]
    found += [
        (one.attachment.name, Target(f"{BESIDE}{one.dropped.pk}", f"Beside {one.attachment.name}"))
        for one in shown
        if one.reading is not None and one.reading.technique in kinds
    ]
    waiting.targets = [target for _, target in found]
    stem = _stem(waiting.attachment.name)
    same = [target.value for name, target in found if stem and stem == _stem(name)]
    waiting.chosen = same[0] if same else waiting.targets[0].value if len(waiting.targets) == 1 else KEEP


def _file_name(assay: Assay) -> str:
    reading = taking.reading_of(assay)
    return reading.attachment.name if reading is not None else ""


def _stem(name: str) -> str:
    """What files of one measurement have in common: their name without ending and without `_11pos`."""
    return re.sub(r"(_\d{1,2}pos)?(\.[a-z]{1,5})?$", "", name.casefold())


def _sample_named(name: str) -> Assay.Sample:
    """What a file's name suggests; the person who confirms it sees the suggestion."""
    if _PROCESS.search(name):
        return Assay.Sample.PROCESS
    return Assay.Sample.DILUENT if _DILUENT.search(name) else Assay.Sample.FINAL


def _is_free(assay: Assay, reading: Reading) -> bool:
    if assay.status != Assay.Status.OPEN:
        return False
    if assay.technique == Technique.ELECTRON_MICROSCOPY:
        return True
    return not taking.file_of(details_of(assay), reading.technique)


def _can_take_more(assay: Assay, taken: set[int]) -> bool:
    return assay.technique == Technique.ELECTRON_MICROSCOPY or assay.number not in taken


def _words(assay: Assay) -> str:
    return f"{assay}, {assay.get_sample_display().lower()}, replicate {assay.replicate}"


def _has_videos(attachment: Attachment) -> bool:
    """Whether it is a file of several videos or samples, some of which are chosen instead."""
    dropped = getattr(attachment, "dropped", None)
    return dropped is not None and bool(dropped.videos or dropped.samples)


def files_of(batch: Batch) -> list[dict[str, Any]]:
    """Every file of a batch with its state, its last reading and how many readings it has."""
    rows = Attachment.objects.filter(batch=batch).select_related("uploaded_by", "dropped__assay")
    readings: dict[int, list[Reading]] = {}
    found = Reading.objects.filter(attachment__batch=batch).defer("curves", "header", "values")
    for reading in found.order_by("pk"):
        readings.setdefault(reading.attachment_id, []).append(reading)
    return [
        {
            "file": one,
            "dropped": getattr(one, "dropped", None),
            "last": readings[one.pk][-1] if one.pk in readings else None,
            "readings": len(readings.get(one.pk, [])),
            "may_be_table": one.name.lower().endswith(TABLES) and not _has_videos(one),
        }
        for one in rows
    ]
