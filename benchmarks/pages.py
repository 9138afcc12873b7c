"""Pages: lists, searches, a record with its history, the trail."""

import base64
import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import cycle
from urllib.parse import quote_plus

from benchmarks.client import Answer, Client
from benchmarks.report import Line, grouped
from benchmarks.servers import Site
from benchmarks.timing import Ask, Timed, in_turns
from benchmarks.words import searches

ADMIN = "/admin/lab/batch/"
CHANGES = "/admin/lab/historicalbatch/"


@dataclasses.dataclass
class Bench:
    """The sites of one engine that stand side by side: ours with many and with few batches, the baseline
    with many, and ours with as few and with history alone (benchmarks.history_alone)."""

    ours: Site
    small: Site
    baseline: Site
    alone: Site

    def people(self) -> tuple[Client, Client]:
        """Connections of one of our operators and of the baseline's first person."""
        return self.ours.client(self.ours.world["operators"][0]), self.baseline.client(
            self.baseline.world["sessions"][0]
        )


def rotating(client: Client, paths: list[str]) -> Ask:
    """Ask for one path after the other, for pages that should not be the same each time."""
    turn = cycle(paths)
    return lambda: client.get(next(turn))


def pair(bench: Bench, ours: Ask, baseline: Ask) -> tuple[Timed, Timed]:
    """Time a page of ours and one of the baseline in turns."""
    found = in_turns({"ours": (ours, bench.ours.cpu_s), "baseline": (baseline, bench.baseline.cpu_s)})
    return found["ours"], found["baseline"]


def faster(bench: Bench, what: str, ours: Ask, baseline: Ask, target: float) -> Line:
    """A line that says how many times faster ours is."""
    mine, theirs = pair(bench, ours, baseline)
    ratio, cpu_ratio = theirs.p50 / mine.p50, theirs.cpu_ms / mine.cpu_ms
    return Line(what, words(mine), words(theirs), ratio, target, cpu_ratio=cpu_ratio)


def words(timed: Timed) -> str:
    """A time with its CPU share."""
    return f"{timed} (cpu {timed.cpu_ms:.1f})"


def lists(bench: Bench) -> Iterator[Line]:
    """The list of batches: as it opens, filtered, sorted, searched."""
    mine, theirs = bench.people()

    def both(what: str, our_query: str, admin_query: str, target: float) -> Line:
        return faster(
            bench,
            what,
            lambda: mine.get(f"/batches/{our_query}"),
            lambda: theirs.get(f"{ADMIN}{admin_query}"),
            target,
        )

    yield both("list of 100 batches with filters and navigation", "", "", 3)
    filters = "?status__exact=running&protocol__id__exact=3"
    yield both("list with two filters", "?status=in_process&product=MSC01", filters, 3)
    yield both("list sorted by a joined column", "?sort=product", "?o=2", 3)
    yield faster(
        bench,
        "search by number",
        rotating(mine, [f"/batches/?q={number}" for number in bench.ours.world["numbers"]["any"]]),
        rotating(theirs, [f"{ADMIN}?q={code}" for code in bench.baseline.world["codes"]]),
        15,
    )
    found = [quote_plus(pair_of_words) for pair_of_words in searches()]
    yield faster(
        bench,
        "search by two words of the notes",
        rotating(mine, [f"/batches/?q={query}" for query in found]),
        rotating(theirs, [f"{ADMIN}?q={query}" for query in found]),
        12,
    )


def cursor(*values: object) -> str:
    """A keyset cursor as audit.paging writes them."""
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def deep_pages(bench: Bench) -> Iterator[Line]:
    """Any page against the first, in ours; the admin's last page beside it."""
    mine, theirs = bench.people()
    batches = bench.ours.world["batches"]
    pages = {
        "first": "/batches/",
        "middle": f"/batches/?after={cursor(batches // 2)}",
        "last": f"/batches/?after={cursor(101)}",
        "sorted, first": "/batches/?sort=product",
        "sorted, middle": f"/batches/?sort=product&after={cursor('MSC10', batches // 2)}",
    }
    asked = {name: (_asking(mine, path), bench.ours.cpu_s) for name, path in pages.items()}
    last = f"{ADMIN}?p={batches // 100 - 1}"
    asked["admin"] = (lambda: theirs.get(ADMIN), bench.baseline.cpu_s)
    asked["admin, last"] = (lambda: theirs.get(last), bench.baseline.cpu_s)
    took = {name: timed.p50 for name, timed in in_turns(asked, most=40).items()}
    worst = max(
        took["middle"] / took["first"],
        took["last"] / took["first"],
        took["sorted, middle"] / took["sorted, first"],
    )
    ours = ", ".join(f"{name} {took[name]:.1f}" for name in pages) + " ms"
    against = f"its last page takes {took['admin, last'] / took['admin']:.2f}× of its first"
    yield Line("any page against the first (worst)", ours, against, worst, 1.3, at_most=True)


def _asking(client: Client, path: str) -> Ask:
    return lambda: client.get(path)


def growth(bench: Bench) -> Iterator[Line]:
    """The same pages with all batches and with few."""
    many, few = bench.ours.world["batches"], bench.small.world["batches"]

    def line(what: str, path: Callable[[Site], str], target: float, person: str = "operator") -> Line:
        def ask(site: Site) -> Ask:
            session = site.world["auditor"] if person == "auditor" else site.world["operators"][1]
            return _asking(site.client(session), path(site))

        found = in_turns(
            {"many": (ask(bench.ours), bench.ours.cpu_s), "few": (ask(bench.small), bench.small.cpu_s)}
        )
        name = f"{grouped(many)} against {grouped(few)} batches: {what}"
        large, little = found["many"], found["few"]
        cpu_ratio = large.cpu_ms / little.cpu_ms
        ratio = large.p50 / little.p50
        return Line(name, words(large), words(little), ratio, target, at_most=True, cpu_ratio=cpu_ratio)

    yield line("list", lambda site: "/batches/", 1.3)
    yield line("list with a filter", lambda site: "/batches/?status=in_process", 1.3)
    yield line("record with results and history", record_path, 1.3)
    yield line("trail", lambda site: "/trail/", 1.3, "auditor")
    yield line("search by number", lambda site: f"/batches/?q={site.world['numbers']['any'][7]}", 2)


def record_path(site: Site) -> str:
    """The page of a batch with the whole record."""
    return f"/batches/{site.world['numbers']['full'][9]}/"


def record(bench: Bench) -> Iterator[Line]:
    """A record with results and history; ours alone, and with its whole trail, against form and history."""
    mine, theirs = bench.people()
    numbers = bench.ours.world["numbers"]["full"]
    keys = cycle(range(10, min(bench.baseline.world["batches"], 2000), 37))

    def admin_pages() -> Answer:
        key = next(keys)
        return _together(theirs.get(f"{ADMIN}{key}/change/"), theirs.get(f"{ADMIN}{key}/history/"))

    yield faster(
        bench,
        "record with results and latest changes on one page, against form + history page",
        rotating(mine, [f"/batches/{number}/" for number in numbers]),
        admin_pages,
        3,
    )
    turn = cycle(numbers)

    def our_pages() -> Answer:
        number = next(turn)
        return _together(mine.get(f"/batches/{number}/"), mine.get(f"/trail/batch/{number}/"))

    line = faster(bench, "the same and the batch's whole trail (two pages)", our_pages, admin_pages, 3)
    yield dataclasses.replace(line, is_goal=False)


def _together(one: Answer, other: Answer) -> Answer:
    status = one.status if one.status != 200 else other.status
    return Answer(status, {}, b"", one.first_byte_s, one.seconds + other.seconds)


def trail(bench: Bench) -> Iterator[Line]:
    """All changes, 100 a page, and how many statements that takes."""
    mine = bench.ours.client(bench.ours.world["auditor"])
    theirs = bench.people()[1]
    ours_sql = statements(bench.ours, bench.ours.world["auditor"], ["/trail/"])[0]
    admin_sql = statements(bench.baseline, bench.baseline.world["sessions"][0], [CHANGES])[0]
    line = faster(
        bench, "trail of all changes, 100 a page", lambda: mine.get("/trail/"), lambda: theirs.get(CHANGES), 5
    )
    yield dataclasses.replace(
        line,
        ours=f"{line.ours}, {ours_sql} SQL",
        against=f"{line.against}, {admin_sql} SQL",
        also=ours_sql <= 8,
        also_words="≤ 8 SQL",
    )


def statements(site: Site, session: str, paths: list[str]) -> list[int]:
    """SQL statements of pages, counted in a process of its own."""
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.inside", session, *paths],
        env={**os.environ, **site.environment},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(answer.stdout.decode().strip().splitlines()[-1])
