"""Instrument files: what could not be read, and what the readers say of the rest."""

from collections.abc import Iterator

from batches.characterization.kinds import Technique
from batches.characterization.models import NanoparticleTracking
from batches.instruments.nanosight_checks import DILUTION_NOT_RECORDED
from batches.record.models import Attachment
from qc.exceptions.basis import Basis
from qc.exceptions.kinds import Found, Pill, rule

FILE = Pill("warn", "file-circle-exclamation", "instrument file")


def _of_file(attachment: Attachment, what: str) -> Found:
    return Found(
        what,
        f"File {attachment.name}",
        f"/files/{attachment.pk}/",
        record_kind=attachment._meta.label_lower,
        record_id=attachment.pk,
    )


@rule("Every file could be read", "minor", FILE, over="files")
def file_not_read(basis: Basis) -> Iterator[Found]:
    for attachment in basis.record.attachments:
        if attachment.status == Attachment.Status.KEPT and attachment.not_read_because:
            yield _of_file(attachment, f"Stored, not read: {attachment.not_read_because}")


@rule("No instrument file was read with a warning", "minor", FILE, over="files")
def file_warning(basis: Basis) -> Iterator[Found]:
    # A later reading of the same file replaces an earlier one.
    newest = {reading.attachment_id: reading for reading in basis.record.readings}
    settled = {
        details.reading_id
        for _, details in basis.record.evidence.finished(Technique.NTA)
        if details.dilution_source == NanoparticleTracking.DilutionSource.PERSON
    }
    for reading in newest.values():
        for warning in reading.warnings:
            if not (reading.pk in settled and warning.startswith(DILUTION_NOT_RECORDED)):
                yield _of_file(reading.attachment, warning)
