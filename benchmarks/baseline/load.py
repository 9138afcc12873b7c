"""Fill the baseline: N batches with 4 results and 3 versions each. Prints what the benchmark asks for."""

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator
from random import Random
from typing import Any

RESULTS = (("particles", "1/mL"), ("mode", "nm"), ("protein", "ug/mL"), ("recovery", "%"))
PEOPLE = 8
HISTORY = ("history_date", "history_change_reason", "history_type", "history_user_id")
FIELDS = (
    "id",
    "code",
    "protocol_id",
    "cell_line_id",
    "operator_id",
    "status",
    "date",
    "volume_ml",
    "storage",
    "note",
)


def main(batches: int) -> None:
    """Make tables, rows and sessions; the last line printed is JSON for the benchmark."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.baseline.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.bulk import quick_loading, settle

    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    named()
    with quick_loading():
        load(batches)
    settle(["lab_batch", "lab_result", "lab_historicalbatch", "lab_historicalresult"])
    print(json.dumps({"sessions": sessions(), "codes": codes(batches), "batches": batches}))


def named() -> None:
    """20 protocols, 12 cell lines, 8 operators, and as many people who may sign in."""
    from django.contrib.auth.models import User

    from benchmarks.baseline.lab.models import CellLine, Operator, Protocol

    Protocol.objects.bulk_create([Protocol(name=f"Protocol {n:02d}") for n in range(1, 21)])
    CellLine.objects.bulk_create([CellLine(name=f"Cell line {n:02d}") for n in range(1, 13)])
    Operator.objects.bulk_create([Operator(name=f"Operator {n}") for n in range(1, 9)])
    for number in range(1, PEOPLE + 1):
        User.objects.create_superuser(f"person{number}", password=None)


def load(batches: int) -> None:
    """Batches with three versions each (created, note changed, status changed), and their results."""
    from benchmarks.bulk import insert

    insert("lab_batch", FIELDS, (versions[-1] for _, versions in all_versions(batches)))
    insert("lab_result", ("batch_id", "name", "value", "unit"), results(batches))
    insert("lab_historicalbatch", (*FIELDS, *HISTORY), history(batches))


def code_of(number: int) -> str:
    """The code of the n-th batch."""
    return f"EXO{number % 20:02d}-{2018 + number % 8}-{number:06d}"


def all_versions(batches: int) -> Iterator[tuple[dt.date, list[tuple[Any, ...]]]]:
    """Day and the three versions of every batch, always the same ones."""
    from benchmarks.words import note

    chance, statuses = Random(1), ("planned", "running", "review", "released", "rejected")
    first = dt.date(2018, 1, 1)
    for number in range(1, batches + 1):
        day = first + dt.timedelta(days=number * 2900 // batches)
        keys = (chance.randint(1, 20), chance.randint(1, 12), chance.randint(1, 8))
        volume, storage = (
            f"{chance.uniform(0.5, 20):.3f}",
            f"F{chance.randint(1, 9)} / R{chance.randint(1, 20)}",
        )
        notes, end = (note(chance), note(chance)), chance.choice(statuses)
        yield (
            day,
            [
                (number, code_of(number), *keys, status, day, volume, storage, words)
                for status, words in (("planned", notes[0]), ("planned", notes[1]), (end, notes[1]))
            ],
        )


def results(batches: int) -> Iterator[tuple[Any, ...]]:
    """Four values a batch."""
    chance = Random(2)
    for number in range(1, batches + 1):
        for name, unit in RESULTS:
            yield number, name, f"{chance.uniform(1, 500):.2f}", unit


def history(batches: int) -> Iterator[tuple[Any, ...]]:
    """The versions as simple-history keeps them."""
    for day, versions in all_versions(batches):
        for place, version in enumerate(versions):
            at = f"{day} {8 + place:02d}:00:00.000000"
            yield (
                *version,
                at,
                "" if not place else "corrected",
                "~" if place else "+",
                1 + version[0] % PEOPLE,
            )


def sessions() -> list[str]:
    """A session key for each person."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.db import SessionStore

    keys = []
    for person in User.objects.order_by("pk"):
        store = SessionStore()
        store[SESSION_KEY] = str(person.pk)
        store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        store[HASH_SESSION_KEY] = person.get_session_auth_hash()
        store.create()
        keys.append(store.session_key)
    return keys


def codes(batches: int) -> list[str]:
    """Codes to search for, spread over all batches."""
    return [code_of(1 + place * (batches - 1) // 19) for place in range(20)]


if __name__ == "__main__":
    main(int(sys.argv[1]))
