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
from batches.files.doubts import doubts_of
from batches.files.models import DroppedFile
from batches.files.showing import Fact, main_facts
from batches.record.models import Attachment, Batch, Reading

KEEP = "keep"
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
class Waiting:
    """A waiting file as the page shows it."""

    dropped: DroppedFile
    reading: Reading | None
    twins: list[str]
    targets: list[Target] = field(default_factory=list)
    chosen: str = KEEP
    refused: str = ""

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
    readings = _last_readings(dropped)
    twins = twins_of([one.attachment for one in dropped])
    taken: set[int] = set()
    shown = []
    for one in dropped:
        waiting = Waiting(one, readings.get(one.attachment_id), twins.get(one.attachment_id, []))
        _propose(waiting, assays, taken)
        shown.append(waiting)
    return shown


def _last_readings(dropped: Sequence[DroppedFile]) -> dict[int, Reading]:
    rows = Reading.objects.filter(attachment__in=[one.attachment_id for one in dropped])
    return {row.attachment_id: row for row in rows.defer("curves").order_by("pk")}


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
    if waiting.reading is None:
        return
    techniques = taking.techniques_for(waiting.reading)
    free = [one for one in assays if one.technique in techniques and _is_free(one)]
    waiting.targets = [Target(f"assay-{one.number}", _words(one)) for one in free]
    for code in techniques:
        label = Technique(code).label
        waiting.targets += [
            Target(f"new:{code}:{sample.value}", f"New: {label}, {sample.label.lower()}")
            for sample in SAMPLES
        ]
    first = next((one for one in free if _can_take_more(one, taken)), None)
    if first is not None:
        taken.add(first.number)
        waiting.chosen = f"assay-{first.number}"
    elif techniques:
        waiting.chosen = f"new:{techniques[0]}:{_sample_named(waiting.attachment.name)}"


def _sample_named(name: str) -> Assay.Sample:
    """What a file's name suggests; the person who confirms it sees the suggestion."""
    if _PROCESS.search(name):
        return Assay.Sample.PROCESS
    return Assay.Sample.DILUENT if _DILUENT.search(name) else Assay.Sample.FINAL


def _is_free(assay: Assay) -> bool:
    if assay.status != Assay.Status.OPEN:
        return False
    return assay.technique == Technique.ELECTRON_MICROSCOPY or not taking.file_of(details_of(assay))


def _can_take_more(assay: Assay, taken: set[int]) -> bool:
    return assay.technique == Technique.ELECTRON_MICROSCOPY or assay.number not in taken


def _words(assay: Assay) -> str:
    return f"{assay}, {assay.get_sample_display().lower()}, replicate {assay.replicate}"


def _has_videos(attachment: Attachment) -> bool:
    """Whether it is a combined experiment, of which videos are chosen instead."""
    dropped = getattr(attachment, "dropped", None)
    return dropped is not None and bool(dropped.videos)


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
