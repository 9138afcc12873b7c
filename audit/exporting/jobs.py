"""Files that take longer than a moment: written by a thread, kept for a day for the person who asked.

Every process of the web server must know how far one is, so the state lies beside the file:
`exports/NUMBER/` in the data folder (NUMBER: the entry that tells of it) holds `state.json`, the finished
file, and a lock that the writing process holds. A process that ends lets go of it, which shows that its
file will never be finished.
"""

import contextlib
import fcntl
import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connections

from audit import whole_files
from audit.refusal import ActionRefused

KEPT_S = 24 * 60 * 60
MOST_AT_ONCE = 2
TELL_EVERY_S = 0.5
WRITING, READY, FAILED = "writing", "ready", "failed"
Tell = Callable[[int], None]  # told how much is done
Write = Callable[[Path, Tell], None]  # writes the file there
log = logging.getLogger(__name__)


class NotWritten(Exception):
    """A file that could not be written; says why in a few words."""


@dataclass(frozen=True)
class Job:
    """A file that is being written, or was: `done` of `entries` are in it. `kind` says which page tells."""

    number: int
    person_id: int
    filename: str
    entries: int
    kind: str = "export"
    done: int = 0
    state: str = WRITING
    words: str = ""

    @property
    def folder(self) -> Path:
        return exports_folder() / str(self.number)

    @property
    def path(self) -> Path:
        """The finished file."""
        return self.folder / self.filename

    @property
    def part(self) -> Path:
        """The file while it is written."""
        return self.folder / f"part{Path(self.filename).suffix}"

    @property
    def percent(self) -> int:
        return 100 * self.done // self.entries if self.entries else 100


def exports_folder() -> Path:
    """Where files wait for the people who asked for them."""
    return Path(settings.DATA_DIR) / "exports"


def demand_room(otherwise: str = "") -> None:
    """Refuse another file while MOST_AT_ONCE are being written: each takes a core for a while.

    `otherwise` says what the person may do instead.
    """
    clean_up()
    if sum(_is_being_written(folder) for folder in _folders()) >= MOST_AT_ONCE:
        raise ActionRefused(
            f"{MOST_AT_ONCE} files are being written for people already. Try again when one is ready"
            f"{otherwise}."
        )


def start(job: Job, write: Write) -> threading.Thread:
    """Begin to write a file in a thread of its own."""
    try:
        job.folder.mkdir(parents=True, mode=0o700)
        lock = _locked(job.folder)
        _keep(job)
    except OSError as error:
        raise ActionRefused(f"The file can't be written: {error.strerror}.") from error
    name = f"{job.kind}-{job.number}"
    thread = threading.Thread(target=_write, args=(job, write, lock), name=name, daemon=True)
    thread.start()
    return thread


def of(number: int, person_id: int | None, kind: str = "export") -> Job | None:
    """What is known of a file that this person asked for; None for anything else."""
    with contextlib.suppress(OSError, ValueError):
        job = Job(**json.loads((exports_folder() / str(number) / "state.json").read_text(encoding="utf-8")))
        if (job.person_id, job.kind) != (person_id, kind):
            return None
        if job.state == WRITING and not _is_being_written(job.folder):
            job = _read_again(job)
        return job
    return None


def _read_again(job: Job) -> Job:
    """The job whose lock is free: ready in this very moment, or left by a process that ended."""
    job = Job(**json.loads((job.folder / "state.json").read_text(encoding="utf-8")))
    if job.state == WRITING:
        return replace(job, state=FAILED, words="The server was restarted while the file was written.")
    return job


def clean_up() -> None:
    """Remove what is older than a day, and not being written."""
    for folder in _folders():
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > KEPT_S and not _is_being_written(folder):
                shutil.rmtree(folder)


def _folders() -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from [path for path in exports_folder().iterdir() if path.is_dir()]


def _locked(folder: Path) -> IO[str]:
    lock = (folder / "lock").open("w", encoding="ascii")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return lock


def _is_being_written(folder: Path) -> bool:
    try:
        with (folder / "lock").open(encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _keep(job: Job) -> None:
    whole_files.replace(job.folder / "state.json", json.dumps(asdict(job)))


def _write(job: Job, write: Write, lock: IO[str]) -> None:
    """Write the file; whatever goes wrong is kept in words for the person who waits."""
    told = [0.0]

    def tell(done: int) -> None:
        if time.monotonic() - told[0] > TELL_EVERY_S or done == job.entries:
            told[0] = time.monotonic()
            _keep(replace(job, done=done))

    try:
        write(job.part, tell)
        job.part.replace(job.path)
        _keep(replace(job, done=job.entries, state=READY))
    except ActionRefused as refusal:
        _give_up(job, str(refusal))
    except (OSError, NotWritten) as error:
        _give_up(job, f"The file could not be written: {getattr(error, 'strerror', None) or error}.")
    except Exception:
        log.exception("%s %s", job.kind, job.number)
        _give_up(job, "The file could not be written; the server's log says why.")
    finally:
        connections.close_all()
        lock.close()


def _give_up(job: Job, words: str) -> None:
    with contextlib.suppress(OSError):
        job.part.unlink(missing_ok=True)
        _keep(replace(job, state=FAILED, words=words))
