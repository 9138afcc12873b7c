"""Fill the product's database: N batches with rows, history rows and entries that belong together.

Patterns are made by the product's own actions and copied in bulk (benchmarks.copying); the last line
printed is JSON that says what the benchmark may ask for.
"""

import datetime as dt
import json
import os
import sys
from collections import Counter, defaultdict
from random import Random
from typing import Any

CHUNK = 2_000
FULL_EVERY = 20  # one batch in twenty has the whole record: steps, curves, results
RUNNING_EVERY = 33  # and one in about thirty-three has a running step, there to be corrected,
RUNNING_LEAST = 200  # but enough of them for writers to take turns
FIRST_DAY, DAYS = dt.date(2018, 1, 1), 2900


def main(batches: int) -> None:
    """Make tables, patterns, copies and sessions."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.ours_settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    from benchmarks import bulk, inside_seal, patterns
    from benchmarks.copying import models_by_table

    laboratory = patterns.found_laboratory(lots=max(12, batches // 50))
    with bulk.quick_loading():
        numbers = load(batches, laboratory)
    rooms = ("audit_", "batches_", "accounts_", "qc_")
    tables = [name for name in models_by_table() if name.startswith(rooms)]
    bulk.settle(tables)
    sealed = inside_seal.seal_all()  # as the sealer beside the server would have, long before anybody asks
    bulk.settle(tables)
    print(json.dumps({**told(laboratory, numbers), "batches": batches, "sealing": sealed}))


def load(batches: int, laboratory: Any) -> dict[str, list[str]]:
    """Copy patterns until there are that many batches. Returns numbers to ask for, by what they hold."""
    from batches.record.models import Batch
    from benchmarks import patterns
    from benchmarks.copying import Pattern

    statuses = Batch.Status.values
    light = [Pattern(patterns.light(laboratory, n, statuses[n % len(statuses)])) for n in range(60)]
    full = [Pattern(patterns.full(laboratory, n)) for n in range(0, 20, 2)]
    running = [Pattern(patterns.running(laboratory, n)) for n in range(8)]
    copies = Copies(laboratory, batches - len(light) - len(full) - len(running))
    while chunk := copies.chunk({"any": light, "full": full, "running": running}):
        write(chunk)
        if copies.made % (5 * CHUNK) == 0:
            print(f"  {copies.made} of {copies.wanted} batches", file=sys.stderr, flush=True)
    check(copies.samples["full"] + copies.samples["any"] + copies.samples["running"][:20])
    return copies.samples


class Copies:
    """Hands out copies in chunks, with numbers, days and keys of their own."""

    def __init__(self, laboratory: Any, wanted: int):
        self.wanted, self.made = wanted, 0
        self.laboratory = laboratory
        self.chance = Random(3)
        self.sequences: Counter[tuple[int, int]] = Counter()
        self.next_keys: dict[str, int] = {}
        self.samples: dict[str, list[str]] = {"full": [], "any": [], "running": []}

    def chunk(self, patterns: dict[str, list[Any]]) -> dict[str, tuple[Any, list[Any]]]:
        """Columns and rows by table of the next batches; empty when all are made."""
        found: dict[str, list[Any]] = defaultdict(list)
        columns: dict[str, Any] = {}
        for _ in range(min(CHUNK, self.wanted - self.made)):
            self.made += 1
            kind = self.kind()
            pattern = self.chance.choice(patterns[kind])
            filling = self.filling(pattern)
            self.keep_sample(filling["number"], kind)
            columns.update({part.table: part.columns for part in (*pattern.rows, *pattern.entries)})
            for table, row in pattern.copy(filling):
                found[table].append(row)
        return {table: (columns[table], rows) for table, rows in found.items()}

    def kind(self) -> str:
        """Which kind of batch comes next."""
        if self.made % FULL_EVERY == 0:
            return "full"
        return "running" if self.made % min(RUNNING_EVERY, self.wanted // RUNNING_LEAST) == 0 else "any"

    def keep_sample(self, number: str, kind: str) -> None:
        """Remember 20 numbers of a kind, spread over all batches, and all with a running step."""
        kept = self.samples[kind]
        if kind == "running" or (len(kept) < 20 and self.made >= len(kept) * self.wanted / 20):
            kept.append(number)

    def filling(self, pattern: Any) -> dict[str, Any]:
        """What fills the holes of one copy."""
        from benchmarks.words import note

        day = FIRST_DAY + dt.timedelta(days=self.made * DAYS // self.wanted)
        product = pattern._batch.product
        self.sequences[product.pk, day.year] += 1
        sequence = self.sequences[product.pk, day.year]
        lot = self.chance.choice(self.laboratory.lots)
        number = product.number_pattern.format(year=day.year, number=sequence)
        filled = {
            "number": number,
            "number_low": number.lower(),
            "first": note(self.chance),
            "second": note(self.chance),
            "source": lot.pk,
            "lot": lot.code,
            "lot_low": lot.code.lower(),
            "donor_low": lot.donor.code.lower(),
            "day": day.isoformat(),
            "next_day": (day + dt.timedelta(days=1)).isoformat(),
            "year": day.year,
            "sequence": sequence,
        }
        filled.update((hole, self.key(table)) for table, hole in pattern.keys)
        return filled

    def key(self, table: str) -> int:
        """The table's next free key."""
        if table not in self.next_keys:
            self.next_keys[table] = _largest_key(table)
        self.next_keys[table] += 1
        return self.next_keys[table]


def _largest_key(table: str) -> int:
    from django.db import connection

    from benchmarks.copying import models_by_table

    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT coalesce(max("{models_by_table()[table]._meta.pk.column}"), 0) FROM "{table}"'
        )
        return int(cursor.fetchone()[0])


def write(chunk: dict[str, tuple[Any, list[Any]]]) -> None:
    """Insert one chunk, all tables in one transaction."""
    from django.db import transaction

    from benchmarks.bulk import insert

    with transaction.atomic():
        for table, (columns, rows) in chunk.items():
            insert(table, columns, rows)


def check(numbers: list[str]) -> None:
    """Stop when a copy is not what the product would have written."""
    from audit import canonical
    from audit.exporting.lines import change_cells
    from audit.models import Entry
    from benchmarks.copying import models_by_table

    for number in numbers:
        previous = None
        for place, entry in enumerate(Entry.objects.filter(batch_number=number).order_by("id"), 1):
            body = json.loads(entry.body)
            row = models_by_table()[_table_of(entry.kind)].history.get(history_id=entry.history_id)
            told = (body["batch"]["entry"], body["batch"]["previous"], body["record"]["id"], row.id)
            assert told == (place, previous, entry.object_id, entry.object_id), f"{number}: {told}"
            assert canonical.text(body) == entry.body, f"{number}: body {place} is not canonical"
            assert change_cells(body) == entry.change_cells, f"{number}: cells of {place}"
            assert canonical.leaf_hash(entry.body) == bytes(entry.leaf_hash), f"{number}: leaf {place}"
            previous = bytes(entry.leaf_hash).hex()


def _table_of(kind: str) -> str:
    from django.apps import apps

    return apps.get_model(kind)._meta.db_table


def told(laboratory: Any, numbers: dict[str, list[str]]) -> dict[str, Any]:
    """What the benchmark may ask for."""
    from audit.models import Entry

    return {
        "operators": [session(person) for person in laboratory.operators],
        "auditor": session(laboratory.auditor),
        "versions": [version.pk for version in laboratory.versions],
        "lots": [lot.pk for lot in laboratory.lots[:12]],
        "numbers": numbers,
        "entries": Entry.objects.count(),
        "last_entry": Entry.objects.latest("id").pk,
    }


def session(person: Any) -> str:
    """A session key of a signed-in person."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "accounts.backends.PeopleBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.create()
    return store.session_key


if __name__ == "__main__":
    main(int(sys.argv[1]))
