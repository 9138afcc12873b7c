"""Original files: stored under their SHA-256 before anything reads them, never overwritten."""

from collections.abc import Iterator

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from audit.hashing import sha256_of
from audit.originals import Original, Room
from batches.record.models import Attachment


def path_of(sha256: str) -> str:
    """Where the bytes with that hash are stored."""
    return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"


def preview_path_of(sha256: str) -> str:
    """Where the picture made from those bytes is kept (it can be made again at any time)."""
    return f"preview/{sha256[:2]}/{sha256}.png"


def store(upload: File) -> tuple[str, int]:
    """Store an uploaded file under its hash. Returns SHA-256 (hex) and size in bytes."""
    upload.seek(0)
    sha256 = sha256_of(upload)
    size = upload.tell()
    upload.seek(0)
    keep(sha256, upload)
    return sha256, size


def open_original(attachment: Attachment) -> File:
    """The stored bytes of an attachment."""
    return open_by_hash(attachment.sha256)


def open_by_hash(sha256: str) -> File:
    """The stored bytes with that hash."""
    return default_storage.open(path_of(sha256), "rb")


def keep(sha256: str, content: File) -> None:
    """Put bytes where they are looked for, unless they are there already."""
    if not default_storage.exists(path_of(sha256)):
        default_storage.save(path_of(sha256), content)


def none_kept() -> bool:
    """Whether the store holds no original at all."""
    try:
        folders, files = default_storage.listdir("sha256")
    except FileNotFoundError:
        return True
    return not folders and not files


def keep_preview(sha256: str, picture: bytes) -> None:
    """Keep a preview that was made."""
    if not default_storage.exists(preview_path_of(sha256)):
        default_storage.save(preview_path_of(sha256), ContentFile(picture))


def named(batch_number: str) -> Iterator[Original]:
    """Every attached file, or those of one batch, as the record names them."""
    found = (
        Attachment.objects.filter(batch__number=batch_number) if batch_number else Attachment.objects.all()
    )
    columns = ("pk", "name", "batch__number", "sha256", "size_bytes")
    for pk, name, number, sha256, size_bytes in found.order_by("pk").values_list(*columns).iterator():
        yield Original(Attachment._meta.label_lower, pk, name, number, sha256, size_bytes)


# What verifying, bundles, copies and backups need to know of the attached files.
ROOM = Room(
    kind=Attachment._meta.label_lower,
    named_by="sha256",
    named=named,
    opened=open_by_hash,
    kept=keep,
    is_empty=none_kept,
)
