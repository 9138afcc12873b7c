"""Instrument files: what could not be read, what the readers say of the rest, where else the bytes are."""

from collections.abc import Iterator

from batches.characterization.kinds import Technique
from batches.characterization.tracking import NanoparticleTracking
from batches.instruments.nanosight_checks import DILUTION_NOT_RECORDED
from batches.record.models import Attachment, Reading
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule

FILE = Pill("warn", "file-circle-exclamation", "instrument file")
# What readers say of a file that is not as the instrument wrote it, and of videos that they left out.
NOT_ORIGINAL = ("edited", "cut off", "saved again by", "by hand")
LEFT_OUT = ("Failed videos", "The averages were computed from the chosen videos")


def _of_file(attachment: Attachment, what: str) -> Found:
    return Found(
        what,
        f"File {attachment.name}",
        f"/files/{attachment.pk}/",
        when=attachment.uploaded_at,
        record_kind=attachment._meta.label_lower,
        record_id=attachment.pk,
    )


@rule(
    "No instrument file was edited or saved again by another program",
    "major",
    Pill("fail", "file-pen", "file not original"),
    over="files",
)
def file_not_original(basis: Basis) -> Iterator[Found]:
    yield from (_of_file(file, words) for file, words in _warnings(basis) if _is_about(words, NOT_ORIGINAL))


@rule(
    "No two records rest on the same file",
    "major",
    Pill("fail", "clone", "same file twice"),
    over="files",
)
def file_used_twice(basis: Basis) -> Iterator[Found]:
    first: dict[str, Attachment] = {}
    for attachment in basis.record.attachments:
        known = first.setdefault(attachment.sha256, attachment)
        others = basis.record.twins.get(attachment.sha256, [])
        if known is not attachment:
            yield _of_file(attachment, f"The same bytes as {known.name}, attached before in this batch")
        elif others:
            batches = "batch" if len(others) == 1 else "batches"
            yield _of_file(attachment, f"The same bytes are on {batches} {', '.join(others[:5])}")


@rule("Every file could be read", "minor", FILE, over="files")
def file_not_read(basis: Basis) -> Iterator[Found]:
    for attachment in basis.record.attachments:
        if attachment.status == Attachment.Status.KEPT and attachment.not_read_because:
            yield _of_file(attachment, f"Stored, not read: {attachment.not_read_because}")


@rule(
    "Every video of a run counts",
    "minor",
    Pill("warn", "filter-circle-xmark", "videos left out"),
    over="files",
)
def videos_left_out(basis: Basis) -> Iterator[Found]:
    yield from (_of_file(file, words) for file, words in _warnings(basis) if words.startswith(LEFT_OUT))


@rule("No instrument file was read with another warning", "minor", FILE, over="files")
def file_warning(basis: Basis) -> Iterator[Found]:
    for file, words in _warnings(basis):
        if not (words.startswith(LEFT_OUT) or _is_about(words, NOT_ORIGINAL)):
            yield _of_file(file, words)


@rule(
    "Every file was read once",
    "minor",
    Pill("warn", "arrows-rotate", "read again"),
    over="files",
)
def file_read_again(basis: Basis) -> Iterator[Found]:
    readings: dict[int, list[Reading]] = {}
    # Rows of a mapped table are readings side by side.
    for reading in (one for one in basis.record.readings if one.technique != "TABLE"):
        readings.setdefault(reading.attachment_id, []).append(reading)
    for several in readings.values():
        # Of a file with several samples, each of them is read on its own.
        if len(several) > max(1, len(_samples(several[-1].attachment, basis))):
            readers = ", then ".join(f"{one.reader} {one.reader_version}" for one in several)
            yield _of_file(several[-1].attachment, f"Read {len(several)} times: {readers}")


def _samples(attachment: Attachment, basis: Basis) -> list[str]:
    """The samples among which a person chose, of a file with several."""
    found = next((one for one in basis.record.attachments if one.pk == attachment.pk), None)
    dropped = getattr(found, "dropped", None)
    return list(dropped.samples) if dropped is not None else []


def _is_about(words: str, told: tuple[str, ...]) -> bool:
    return any(one in words for one in told)


def _warnings(basis: Basis) -> Iterator[tuple[Attachment, str]]:
    """What the newest reading of each file warns of; a dilution that a person gave since is settled."""
    parted = {one.pk for one in basis.record.attachments if _samples(one, basis)}
    newest = {
        (one.attachment_id, one.pk if one.attachment_id in parted else 0): one
        for one in basis.record.readings
    }
    settled = {
        details.reading_id
        for _, details in basis.record.evidence.finished(Technique.NTA)
        if details.dilution_source == NanoparticleTracking.DilutionSource.PERSON
    }
    for reading in newest.values():
        for words in reading.warnings:
            if not (reading.pk in settled and words.startswith(DILUTION_NOT_RECORDED)):
                yield reading.attachment, words
