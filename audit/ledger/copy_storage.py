"""A folder that receives the second copy: files come whole or not at all, and never a second time."""

import errno
import os
import secrets
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

HAS_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK}


class CopyDirectory(FileSystemStorage):
    """Files are written beside their place and appear there at once; a file that is there stays.

    The folder itself is never made: when the disk is not mounted, nothing may land where it would be.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself; `_save` refuses one that is taken."""
        return name

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        self.demand_folder()
        return super().listdir(path)

    def _save(self, name: str, content: File) -> str:
        self.demand_folder()
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f".{secrets.token_hex(6)}.partial")
        try:
            write_through(half, content)
            appear(half, path)
        finally:
            half.unlink(missing_ok=True)
        return name

    def demand_folder(self) -> None:
        """Raise unless the folder is there."""
        if not Path(self.location).is_dir():
            raise FileNotFoundError(errno.ENOENT, "The folder of the second copy is not there", self.location)


def write_through(path: Path, content: Any) -> None:
    """Write a new file down to the disk."""
    with open(path, "xb") as file:
        for chunk in content.chunks():
            file.write(chunk.encode() if isinstance(chunk, str) else chunk)
        file.flush()
        os.fsync(file.fileno())


def appear(half: Path, path: Path) -> None:
    """Give a whole file its name, unless the name is taken. Raises FileExistsError."""
    try:
        os.link(half, path)
    except OSError as error:
        if error.errno not in HAS_NO_LINKS:
            raise
        # Memory sticks and network shares have no hard links.
        if path.exists():
            raise FileExistsError(errno.EEXIST, "There is a file of that name", str(path)) from error
        half.rename(path)
