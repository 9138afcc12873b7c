"""Papers into files, for the commands: whole or not there, never over a file that is."""

from pathlib import Path

from audit import whole_files
from audit.refusal import ActionRefused
from batches.record.models import Batch


def batch_named(number: str) -> Batch:
    """The batch with that number, with what its head names."""
    batch = Batch.objects.with_header().filter(number=number).first()
    if batch is None:
        raise ActionRefused(f"There is no batch {number}.")
    return batch


def demand_free(output: str) -> Path:
    """The path of a file that is not there yet, in a folder that is."""
    path = Path(output)
    if path.exists():
        raise ActionRefused(f"{path} is there already; a paper is never written over.")
    if not path.parent.is_dir():
        raise ActionRefused(f"{path} can't be written: there is no such folder.")
    return path


def put(path: Path, pdf: bytes) -> None:
    """Write the file."""
    try:
        whole_files.create_bytes(path, pdf)
    except FileExistsError as error:
        raise ActionRefused(f"{path} is there already; a paper is never written over.") from error
    except OSError as error:
        raise ActionRefused(f"{path} can't be written: {error.strerror}.") from error
