"""Files that records stand on: whether their bytes are there and are the ones that the record names."""

from collections.abc import Callable, Iterator

from audit import originals
from audit.hashing import sha256_of
from audit.originals import Original
from audit.verifying.differences import Difference, What


def differences(batch: str = "", tell: Callable[[int], None] = lambda files: None) -> Iterator[Difference]:
    """Files that are missing or not what their record names: all, or those of one batch."""
    for original in originals.named(batch):
        words = trouble(original)
        if words:
            yield _difference(original, words)
        tell(1)


def difference_of(record_kind: str, record_id: int, batch: str) -> Difference | None:
    """What is wrong with the file of one record of a batch now."""
    for original in originals.named(batch):
        if (original.kind, original.record_id) == (record_kind, record_id):
            words = trouble(original)
            return _difference(original, words) if words else None
    return None


def trouble(original: Original) -> str:
    """What is wrong with a file; empty when its bytes are the ones that the record names."""
    try:
        with original.open() as stored:
            found = sha256_of(stored)
    except FileNotFoundError:
        return "its file is missing from the store."
    except OSError as error:
        return f"its file can't be read: {error.strerror or error}."
    if found != original.sha256:
        return "the stored file is not the one that was attached: its bytes have another SHA-256."
    return ""


def _difference(original: Original, words: str) -> Difference:
    return Difference(
        words=words,
        what=What.FILE,
        record_kind=original.kind,
        record_id=original.record_id,
        record_label=f"File {original.name}"[:300],
        batch_number=original.batch_number,
        field="file",
        label="File",
        recorded=f"SHA-256 {original.sha256}, {original.size_bytes} bytes",
        standing="no file" if "missing" in words else "other bytes",
    )
