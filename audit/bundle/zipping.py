"""Writing a bundle's zip: the same content makes the same bytes, and nothing is held in memory whole."""

import hashlib
import json
import zipfile
from collections.abc import Iterable
from typing import IO, Any

LEVEL = 6
FIXED_TIME = (1980, 1, 1, 0, 0, 0)


class BundleZip:
    """A zip that lists what was put into it in contents.json, its last file."""

    def __init__(self, file: IO[bytes], about: dict[str, Any]):
        self.about = about
        self.listed: dict[str, tuple[int, str]] = {}
        self._zip = zipfile.ZipFile(file, "w")

    def add(self, name: str, pieces: Iterable[bytes], *, packed: bool = True) -> None:
        """Put a file in. Originals go in as they are: what unpacks to far more than it takes is suspect."""
        size, digest = 0, hashlib.sha256()
        with self._zip.open(_info(name, packed), "w", force_zip64=True) as member:
            for piece in pieces:
                size += len(piece)
                digest.update(piece)
                member.write(piece)
        self.listed[name] = (size, digest.hexdigest())

    def finish(self) -> None:
        """Write contents.json and end the zip."""
        text = canonical({"about": self.about, "files": self.listed})
        with self._zip.open(_info("contents.json", packed=True), "w") as member:
            member.write(text)
        self._zip.close()


def canonical(value: Any) -> bytes:
    """The one way to write that value, which the verifier compares with."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _info(name: str, packed: bool) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, FIXED_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    info._compresslevel = LEVEL  # public only from Python 3.13 on
    info.external_attr = 0o644 << 16
    info.create_system = 3
    return info
