"""The beginning of things: cold start, memory, the first visit with an empty cache."""

import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from statistics import median
from urllib.parse import urljoin

from benchmarks.client import Client
from benchmarks.pages import ADMIN, Bench
from benchmarks.report import Line
from benchmarks.servers import Site

STARTS = 5


def cold_starts(bench: Bench) -> Iterator[Line]:
    """From starting the server to the first page of the list, in turns; the servers must not be running."""
    took: dict[str, list[float]] = {"ours": [], "baseline": []}
    for _ in range(STARTS):
        took["ours"].append(_start(bench.ours, "/batches/", bench.ours.world["operators"][0]))
        took["baseline"].append(_start(bench.baseline, ADMIN, bench.baseline.world["sessions"][0]))
    ours, theirs = median(took["ours"]), median(took["baseline"])
    what = f"cold start to the first list page (median of {STARTS})"
    yield Line(what, f"{ours:.2f} s", f"{theirs:.2f} s", ours / theirs, 2, at_most=True)


def _start(site: Site, path: str, session: str) -> float:
    began = time.perf_counter()
    site.start()
    try:
        site.wait(path, session)
        return time.perf_counter() - began
    finally:
        site.stop()


def memory(bench: Bench, ours_idle: float, baseline_idle: float) -> Iterator[Line]:
    """Memory of the servers at idle and now, after the load."""
    ours, theirs = bench.ours.memory_mib(), bench.baseline.memory_mib()
    yield Line(
        "memory of the server (PSS) at idle / after the load",
        f"{ours_idle:.0f} / {ours:.0f} MiB",
        f"{baseline_idle:.0f} / {theirs:.0f} MiB",
        max(ours_idle / baseline_idle, ours / theirs),
        1.3,
        at_most=True,
    )


def first_visit(bench: Bench) -> Iterator[Line]:
    """Bytes and requests of the list with an empty cache, compressed as the servers send it."""
    mine, theirs = bench.people()
    our_bytes, our_requests = visit(mine, "/batches/")
    admin_bytes, admin_requests = visit(theirs, ADMIN)
    yield Line(
        "first visit of the list: HTML and all assets, gzip",
        f"{our_bytes / 1000:.1f} kB in {our_requests} requests",
        f"{admin_bytes / 1000:.1f} kB in {admin_requests}",
        our_bytes / 1000,
        65,
        unit=" kB",
        at_most=True,
        also=our_requests <= 8,
        also_words="≤ 8 requests",
    )


class _Assets(HTMLParser):
    """Collects what a browser fetches for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        rel = (given.get("rel") or "").split()
        if tag == "link" and {"stylesheet", "icon", "preload", "modulepreload"} & set(rel):
            self.found.append(given.get("href") or "")
        elif tag in {"script", "img"} and given.get("src"):
            self.found.append(given["src"] or "")


def visit(client: Client, path: str) -> tuple[int, int]:
    """Bytes of bodies and number of requests, with style sheets' imports and fonts."""
    page = client.get(path, gzip=True)
    parser = _Assets()
    parser.feed(client.get(path).body.decode())
    waiting, fetched, total = [urljoin(path, link) for link in parser.found], set(), page.length
    while waiting:
        link = waiting.pop()
        if link in fetched or link.startswith("data:"):
            continue
        fetched.add(link)
        answer = client.get(link, gzip=True)
        if answer.status != 200:
            raise RuntimeError(f"{link} answers {answer.status}")
        total += answer.length
        if link.split("?")[0].endswith(".css"):
            waiting += [urljoin(link, found) for found in _fetched_by_styles(client.get(link).body.decode())]
    return total, 1 + len(fetched)


def _fetched_by_styles(styles: str) -> list[str]:
    """Imports and fonts; pictures of rules that may never apply are left out."""
    imports = re.findall(r"@import\s+(?:url\()?[\"']?([^\"')\s;]+)", styles)
    fonts = re.findall(r"@font-face\s*{[^}]*}", styles)
    return [
        *imports,
        *(url for font in fonts for url in re.findall(r"url\([\"']?([^\"')]+?)[\"']?\)", font)[:1]),
    ]
