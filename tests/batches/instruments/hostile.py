"""Readers as hostile files would make them behave, run in the worker's own process (see test_apart.py)."""

import os
import time

from batches.instruments import worker
from batches.instruments.reading import Unreadable


def read(data, asked):
    HOSTILE[asked["name"]]()
    return worker.REFUSED, b"{}"


def busy():
    while True:
        pass


def swallowed():
    try:
        bytearray(2**32)
    except MemoryError as error:
        raise Unreadable("This TIFF is damaged or cut off (MemoryError).") from error


HOSTILE = {
    "sleeps": lambda: time.sleep(60),
    "busy": busy,
    "greedy": lambda: bytearray(2**32),
    "swallowed": swallowed,
    "crashes": os.abort,
    "leaves": lambda: os._exit(3),
}

if __name__ == "__main__":
    worker.TASKS["read"] = read
    worker.main()
