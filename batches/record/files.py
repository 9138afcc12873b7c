"""Original files: stored under their SHA-256 before anything reads them, never overwritten."""

import functools
import hashlib
from collections.abc import Iterator

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from audit.verifying.attachments import StoredFile
from batches.instruments.detect import IMAGE_CAP_BYTES
from batches.record.models import Attachment

CHUNK_BYTES = 1024 * 1024


def path_of(sha256: str) -> str:
    """Where the bytes with that hash are stored."""
    return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def preview_path_of(sha256: str) -> str:
    """Where the picture made from those bytes is kept (it can be made again at any time)."""
    return f"preview/{sha256[:2]}/{sha256}.png"


def store(upload: File) -> tuple[str, int]:
    """Store an uploaded file under its hash. Returns SHA-256 (hex) and size in bytes."""
    sha256, size = hashlib.sha256(), 0
    for chunk in upload.chunks(CHUNK_BYTES):
        sha256.update(chunk)
        size += len(chunk)
    digest = sha256.hexdigest()
    if not default_storage.exists(path_of(digest)):
        upload.seek(0)
        default_storage.save(path_of(digest), upload)
    return digest, size


def open_original(attachment: Attachment) -> File:
    """The stored bytes of an attachment."""
    return open_by_hash(attachment.sha256)


def open_by_hash(sha256: str) -> File:
    """The stored bytes with that hash."""
    return default_storage.open(path_of(sha256), "rb")


def keep(sha256: str, content: File) -> None:
    """Put bytes that came back from a copy where they are looked for."""
    if not default_storage.exists(path_of(sha256)):
        default_storage.save(path_of(sha256), content)


def none_kept() -> bool:
    """Whether the store holds no original at all."""
    try:
        folders, files = default_storage.listdir("sha256")
    except FileNotFoundError:
        return True
    return not folders and not files


def bytes_of(attachment: Attachment) -> bytes | None:
    """The bytes of an attachment, None when it is larger than anything that is read."""
    if attachment.size_bytes > IMAGE_CAP_BYTES:
        return None
    with open_original(attachment) as file:
        return file.read()


def is_intact(attachment: Attachment) -> bool:
    """Whether the stored bytes still have the hash that the record names."""
    sha256 = hashlib.sha256()
    with open_original(attachment) as file:
        while chunk := file.read(CHUNK_BYTES):
            sha256.update(chunk)
    return sha256.hexdigest() == attachment.sha256


def keep_preview(sha256: str, picture: bytes) -> None:
    """Keep a preview that was made."""
    if not default_storage.exists(preview_path_of(sha256)):
        default_storage.save(preview_path_of(sha256), ContentFile(picture))


def stored_files(batch_number: str = "") -> Iterator[StoredFile]:
    """Every attached file, or those of one batch, for `manage.py verify`."""
    found = (
        Attachment.objects.filter(batch__number=batch_number) if batch_number else Attachment.objects.all()
    )
    columns = ("pk", "name", "batch__number", "sha256", "size_bytes")
    for pk, name, number, sha256, size_bytes in found.order_by("pk").values_list(*columns).iterator():
        opened = functools.partial(default_storage.open, path_of(sha256), "rb")
        yield StoredFile(Attachment._meta.label_lower, pk, name, number, sha256, size_bytes, opened)
