"""Pictures made from image attachments: made once, kept under the original's hash."""

from django.core.files.storage import default_storage
from django.http import Http404

from batches.instruments import Unreadable
from batches.instruments.apart import READERS
from batches.instruments.detect import IMAGE_CAP_BYTES
from batches.record import files
from batches.record.attaching import limits
from batches.record.models import Attachment


def preview_of(attachment: Attachment) -> bytes:
    """The preview (PNG) of an image attachment. Raises Http404 where no picture can be made."""
    path = files.preview_path_of(attachment.sha256)
    if not default_storage.exists(path):
        _make(attachment)
    with default_storage.open(path) as file:
        return file.read()


def _make(attachment: Attachment) -> None:
    if attachment.size_bytes > IMAGE_CAP_BYTES:
        raise Http404("Too large for a preview.")
    try:
        with files.open_original(attachment) as file:
            files.keep_preview(attachment.sha256, READERS.preview(file, limits()))
    except Unreadable as refusal:
        raise Http404(str(refusal)) from refusal
