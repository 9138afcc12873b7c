"""Reading in a process of its own: what the web server and commands call instead of the readers.

A file that takes too long, wants too much memory or kills its reader is refused in words, as any other.
See docs/decisions/reading-apart.md for what was measured.
"""

import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from .nanosight import Chosen
from .reading import Reading, Unreadable

_ROOT = Path(__file__).resolve().parents[2]
# Readers get no secret, no database address, and one thread for linear algebra.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
AT_ONCE = 2
# The child ends itself; the caller waits a little longer for what it sent last.
GRACE_S = 3
MOST_ANSWER_BYTES = 200 * 1024 * 1024

TOO_LONG = (
    "Reading this file took longer than {} s and was stopped: it is damaged or not what it seems. "
    "It is kept as an attachment."
)
TOO_MUCH = (
    "Reading this file needs more than {} MB of memory and was stopped. It is kept as an attachment; "
    "export a smaller one."
)
DIED = (
    "The reader was stopped by this file, which is damaged or needs too much memory. "
    "It is kept as an attachment; please report it."
)
NOT_STARTED = "The readers can't be started at the moment. The file is kept; read it again later."


@dataclass(frozen=True)
class Limits:
    """What reading one file may take: seconds (of wall clock and of processor), MB of memory."""

    seconds: int = 20
    memory_mb: int = 2048


class Readers:
    """The readers' process as one web worker uses it: started at the first file, again when it is gone."""

    def __init__(self, module: str = "batches.instruments.worker"):
        self.module = module
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._started_by = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def read(
        self, file: IO[bytes], name: str = "", videos: Chosen = None, limits: Limits | None = None
    ) -> Reading:
        """Return the values of an instrument export, or raise Unreadable."""
        told = self._ask({"task": "read", "name": name, "videos": videos}, file, limits or Limits())
        fields = json.loads(told)
        return Reading(**{**fields, "warnings": tuple(fields["warnings"])})

    def preview(self, file: IO[bytes], limits: Limits | None = None) -> bytes:
        """Return a small PNG of a picture, or raise Unreadable."""
        return self._ask({"task": "preview"}, file, limits or Limits())

    def table(self, file: IO[bytes], limits: Limits | None = None) -> dict[str, Any]:
        """Return the sheets of a table with their rows (mapping.table_of), or raise Unreadable."""
        found: dict[str, Any] = json.loads(self._ask({"task": "table"}, file, limits or Limits()))
        return found

    def _ask(self, asked: dict[str, Any], file: IO[bytes], limits: Limits) -> bytes:
        asked |= {"seconds": limits.seconds, "memory_mb": limits.memory_mb}
        with self._room:
            begun = time.monotonic()
            answer = self._answer(asked, file, begun + limits.seconds + GRACE_S)
        kind, body = answer[:1], answer[1:]
        if kind in (b"R", b"P"):
            return body
        if kind == b"U":
            refusal = json.loads(body)
            are_samples = refusal.get("are_samples", False)
            raise Unreadable(refusal["reason"], tuple(refusal["videos"]), are_samples=are_samples)
        if kind == b"M":
            raise Unreadable(TOO_MUCH.format(limits.memory_mb))
        if time.monotonic() - begun >= limits.seconds * 0.95:
            raise Unreadable(TOO_LONG.format(limits.seconds))
        raise Unreadable(DIED)

    def _answer(self, asked: dict[str, Any], file: IO[bytes], deadline: float) -> bytes:
        mine, theirs = socket.socketpair()
        with mine, theirs, tempfile.TemporaryFile() as spare:
            self._send(theirs.fileno(), _descriptor(file, spare))
            theirs.close()
            try:
                mine.sendall(json.dumps(asked).encode() + b"\n")
                return _received(mine, deadline)
            except OSError:
                return b""

    def _send(self, connection: int, file: int) -> None:
        with self._lock:
            for _ in range(2):
                if (
                    self._started_by != os.getpid()
                    or self._process is None
                    or self._process.poll() is not None
                ):
                    self._start()
                try:
                    assert self._control is not None  # noqa: S101 (_start opened it)
                    socket.send_fds(self._control, [b"f"], [connection, file])
                    return
                except OSError:
                    self._process = None
        raise Unreadable(NOT_STARTED)

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        known = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 (no part of it comes from outside)
                    [sys.executable, "-m", self.module, str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    cwd=_ROOT,
                    env=known | _ENVIRONMENT,
                    start_new_session=True,
                )
            except OSError as error:
                raise Unreadable(NOT_STARTED) from error
        self._started_by = os.getpid()


def _descriptor(file: IO[bytes], spare: IO[bytes]) -> int:
    """The file's own descriptor, or that of a copy where it has none (a file in memory or in a bucket)."""
    try:
        return file.fileno()
    except (OSError, AttributeError, io.UnsupportedOperation):
        file.seek(0)
        while part := file.read(1024 * 1024):
            spare.write(part)
        spare.flush()
        return spare.fileno()


def _received(connection: socket.socket, deadline: float) -> bytes:
    """Everything that is sent until the other end closes; nothing where the time is over before."""
    parts: list[bytes] = []
    size = 0
    while size <= MOST_ANSWER_BYTES:
        connection.settimeout(max(0.01, deadline - time.monotonic()))
        part = connection.recv(1024 * 1024)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    return b""


READERS = Readers()
