"""The process in which readers run, so that no file can stall or kill the web server.

It knows no Django and no secrets, has one thread, and forks a child for each file; the child works under
limits of time and memory and sends its answer back through a socket. Started by `apart.Readers`.
"""

import gc
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from . import read_export
from .reading import Unreadable

READING, PICTURE, REFUSED, NO_MEMORY = b"R", b"P", b"U", b"M"
MOST_ASKED_BYTES = 1024 * 1024
# Numpy and Pillow are loaded once nobody waits, so that the first text export is read at once.
IDLE_S = 0.3
_HEAVY = ("micrograph", "preview", "scan")


def read(data: bytes, asked: dict[str, Any]) -> tuple[bytes, bytes]:
    """What an export holds, as JSON."""
    reading = read_export(data, asked["name"], asked["videos"])
    return READING, json.dumps(vars(reading)).encode()


def preview(data: bytes, asked: dict[str, Any]) -> tuple[bytes, bytes]:
    """A small PNG of a picture."""
    from .preview import make_preview

    return PICTURE, make_preview(data)


def table(data: bytes, asked: dict[str, Any]) -> tuple[bytes, bytes]:
    """The rows of a table, as JSON."""
    from .mapping import table_of

    return READING, json.dumps(table_of(data)).encode()


TASKS: dict[str, Callable[[bytes, dict[str, Any]], tuple[bytes, bytes]]] = {
    "read": read,
    "preview": preview,
    "table": table,
}


def serve(control: socket.socket) -> None:
    """Fork a child for every pair of descriptors (socket, file) that comes, until the caller is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    gc.disable()  # children live too short to need it, and share more memory without
    is_loaded = False
    while True:
        if not is_loaded and not select.select([control], [], [], IDLE_S)[0]:
            _load_heavy()
            is_loaded = True
        message, descriptors, _, _ = socket.recv_fds(control, 1, 2)
        if not message:
            return
        if os.fork() == 0:
            control.close()
            with suppress(BaseException):
                work(*descriptors)
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)


def _load_heavy() -> None:
    for module in _HEAVY:
        __import__(f"{__package__}.{module}")


def work(answer_to: int, file: int) -> None:
    """Read what is asked, do it under its limits, and answer."""
    with socket.socket(fileno=answer_to) as connection:
        asked = json.loads(_line(connection))
        limit(asked["seconds"], asked["memory_mb"])
        kind, body = _done(asked, file)
        connection.sendall(kind + body)


def limit(seconds: int, memory_mb: int) -> None:
    """Bind this process: the kernel ends it when its time is over, also inside a library's own code."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    memory = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for nothing in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(nothing, (0, 0))


def _done(asked: dict[str, Any], file: int) -> tuple[bytes, bytes]:
    try:
        with open(file, "rb") as opened:
            opened.seek(0)
            data = opened.read()
        return TASKS[asked["task"]](data, asked)
    except MemoryError:
        return NO_MEMORY, b""
    except Unreadable as refusal:
        if isinstance(refusal.__cause__, MemoryError):
            return NO_MEMORY, b""
        told = {"reason": str(refusal), "videos": refusal.videos, "are_samples": refusal.are_samples}
        return REFUSED, json.dumps(told).encode()


def _line(connection: socket.socket) -> bytes:
    got = b""
    while not got.endswith(b"\n") and len(got) < MOST_ASKED_BYTES:
        part = connection.recv(65536)
        if not part:
            break
        got += part
    return got


def main() -> None:
    """Serve the control socket whose number is the argument."""
    with socket.socket(fileno=int(sys.argv[1])) as control:
        serve(control)


if __name__ == "__main__":
    main()
