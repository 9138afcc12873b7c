"""What the batch record puts into a batch's bundle: the original files."""

from collections.abc import Iterator
from functools import partial

from audit.bundle.parts import Original
from batches.record import files
from batches.record.models import Attachment


def originals(batch_number: str) -> Iterator[Original]:
    """The files attached to a batch, as they were uploaded."""
    for attachment in Attachment.objects.filter(batch__number=batch_number).order_by("id"):
        yield Original(attachment.sha256, attachment.name, partial(files.open_original, attachment))
