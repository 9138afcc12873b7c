"""Files that take longer than a moment: written by a thread, kept for a day for the person who asked.

Every process of the web server must know how far one is, so the state lies beside the file:
`exports/NUMBER/` in the data folder (NUMBER: the export's entry) holds `state.json`, the finished file,
and a lock that the writing process holds. A process that ends lets go of it, which shows that its file
will never be finished.
"""

import contextlib
import fcntl
import json
import logging
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connections
from xlsxwriter.exceptions import XlsxWriterException

from audit import whole_files
from audit.exporting import workbook
from audit.exporting.making import Export
from audit.refusal import ActionRefused

KEPT_S = 24 * 60 * 60
MOST_AT_ONCE = 2
TELL_EVERY_S = 0.5
WRITING, READY, FAILED = "writing", "ready", "failed"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A file that is being written, or was. `done` of `entries` are in it."""

    number: int
    person_id: int
    filename: str
    entries: int
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
        return self.folder / "part.xlsx"

    @property
    def percent(self) -> int:
        return 100 * self.done // self.entries if self.entries else 100


def exports_folder() -> Path:
    """Where files wait for the people who asked for them."""
    return Path(settings.DATA_DIR) / "exports"


def demand_room() -> None:
    """Refuse another file while MOST_AT_ONCE are being written: each takes a core for minutes."""
    clean_up()
    if sum(_is_being_written(folder) for folder in _folders()) >= MOST_AT_ONCE:
        raise ActionRefused(
            f"{MOST_AT_ONCE} files are being written for people already. Try again when one is ready, "
            "or take CSV, which leaves at once."
        )


def start(made: Export) -> tuple[Job, threading.Thread]:
    """Begin to write an export's file in a thread of its own."""
    job = Job(made.entry.pk, made.by.pk, made.filename, made.count)
    try:
        job.folder.mkdir(parents=True, mode=0o700)
        lock = _locked(job.folder)
        _keep(job)
    except OSError as error:
        made.close()
        raise ActionRefused(f"The file can't be written: {error.strerror}.") from error
    thread = threading.Thread(target=_write, args=(made, job, lock), name=f"export-{job.number}", daemon=True)
    thread.start()
    return job, thread


def of(number: int, person_id: int | None) -> Job | None:
    """What is known of a file that this person asked for; None for anything else."""
    with contextlib.suppress(OSError, ValueError):
        job = Job(**json.loads((exports_folder() / str(number) / "state.json").read_text(encoding="utf-8")))
        if job.person_id != person_id:
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


def _write(made: Export, job: Job, lock: IO[str]) -> None:
    """Write the file; whatever goes wrong is kept in words for the person who waits."""
    told = [0.0]

    def tell(done: int) -> None:
        if time.monotonic() - told[0] > TELL_EVERY_S:
            told[0] = time.monotonic()
            _keep(replace(job, done=done))

    try:
        with job.part.open("xb") as file:
            workbook.write(made, file, tell)
        job.part.replace(job.path)
        _keep(replace(job, done=job.entries, state=READY))
    except (OSError, XlsxWriterException) as error:
        _give_up(job, f"The file could not be written: {getattr(error, 'strerror', None) or error}.")
    except Exception:
        log.exception("export %s", job.number)
        _give_up(job, "The file could not be written; the server's log says why.")
    finally:
        connections.close_all()
        lock.close()


def _give_up(job: Job, words: str) -> None:
    with contextlib.suppress(OSError):
        job.part.unlink(missing_ok=True)
        _keep(replace(job, state=FAILED, words=words))
