"""What this machine is, and what processes on it used: from /proc, nothing to install."""

import contextlib
import os
import platform
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path


def description() -> str:
    """The machine in one line: cores, processor, memory, system, Python."""
    return (
        f"{os.cpu_count()} cores ({_processor()}), {_memory_gib():.0f} GiB, {_system()}, "
        f"Linux {platform.release()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _system() -> str:
    with contextlib.suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return platform.system()


def children_of(pid: int) -> list[int]:
    """The processes that a process started and that still run."""
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def family_of(pid: int) -> list[int]:
    """A process and everything below it."""
    return [pid, *(member for child in children_of(pid) for member in family_of(child))]


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time that the processes used so far, all threads."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def pss_mib(pids: Iterable[int]) -> float:
    """Memory of the processes, shared pages counted once (PSS), in MiB."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


@contextlib.contextmanager
def peak_of(figure: Callable[[], float], every_s: float = 0.05) -> Iterator[list[float]]:
    """Watch a figure; yields a list whose one item is the highest seen so far."""
    peak, done = [figure()], threading.Event()

    def watch() -> None:
        while not done.wait(every_s):
            peak[0] = max(peak[0], figure())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def busy_cores(seconds: float = 0.5) -> float:
    """How many cores the machine was busy with for half a second."""
    before, began = _busy_ticks(), time.perf_counter()
    time.sleep(seconds)
    return (_busy_ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.perf_counter() - began)


def _busy_ticks() -> int:
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return sum(ticks[:3]) + sum(ticks[5:8])
