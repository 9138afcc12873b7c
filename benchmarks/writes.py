"""Writes with full audit over 8 connections: our real views against the admin's forms."""

import itertools
from collections.abc import Callable, Iterator
from random import Random

from benchmarks.pages import ADMIN, Bench
from benchmarks.report import Line
from benchmarks.servers import Site
from benchmarks.timing import Rate, rate
from benchmarks.words import note

CONNECTIONS, ROUNDS, WARM_UP_S = 8, 2, 1.0
RESULTS = (("particles", "2.4e10"), ("mode", "96.5"), ("protein", "184.5"), ("recovery", "61.0"))
Writer = Callable[[], bool]


def writes(bench: Bench, seconds: float) -> Iterator[Line]:
    """Create and edit, each side's writers in turns."""
    yield _line("open a batch", bench, openers(bench.ours), admin_creators(bench), seconds)
    correcting = correctors(bench.ours)
    yield _line("correct one value of a step", bench, correcting, admin_editors(bench), seconds)


def _line(what: str, bench: Bench, ours: list[Writer], baseline: list[Writer], seconds: float) -> Line:
    found: dict[str, list[Rate]] = {"ours": [], "baseline": []}
    sides = {"ours": ours, "baseline": baseline}
    for writers in sides.values():
        rate(writers, WARM_UP_S)
    cpu = {"ours": bench.ours.cpu_s(), "baseline": bench.baseline.cpu_s()}
    for _ in range(ROUNDS):
        for side, writers in sides.items():
            found[side].append(rate(writers, seconds))
    used = {"ours": bench.ours.cpu_s() - cpu["ours"], "baseline": bench.baseline.cpu_s() - cpu["baseline"]}
    per_s = {side: sum(one.per_s for one in rounds) / ROUNDS for side, rounds in found.items()}
    words = {
        side: f"{per_s[side]:.0f}/s (p50 {rounds[-1].p50:.0f} ms, cpu "
        f"{1000 * used[side] / max(1.0, per_s[side] * seconds * ROUNDS):.1f})" + _refused(rounds)
        for side, rounds in found.items()
    }
    ratio = per_s["ours"] / max(per_s["baseline"], 0.01)
    return Line(
        f"{what} with full audit, 8 connections, against the admin's form",
        words["ours"],
        words["baseline"],
        ratio,
        2,
    )


def _refused(rounds: list[Rate]) -> str:
    refused = sum(one.refused for one in rounds)
    return f", {refused} refused" if refused else ""


def openers(site: Site, connections: int = CONNECTIONS) -> list[Writer]:
    """Each operator opens batches of any product of ours."""
    world = site.world

    def opener(place: int) -> Writer:
        client, chance = site.client(world["operators"][place]), Random(place)

        def write() -> bool:
            fields = {
                "version": str(chance.choice(world["versions"])),
                "source_lot": str(chance.choice(world["lots"])),
                "notes": note(chance),
            }
            return client.post("/batches/open/", fields).status == 302

        return write

    return [opener(place) for place in range(connections)]


def correctors(
    site: Site, connections: int = CONNECTIONS, seen: dict[str, str] | None = None
) -> list[Writer]:
    """Each operator corrects the volume of one running step after another, as the page's script does.

    `seen` keeps what stands there now by batch, for the next who corrects on the same site.
    """
    world = site.world
    numbers = world["numbers"]["running"]
    seen = {} if seen is None else seen

    def corrector(place: int) -> Writer:
        client = site.client(world["operators"][place])
        turn = itertools.cycle(numbers[place::connections])
        count = itertools.count(1)

        def write() -> bool:
            number, value = next(turn), f"{2 + next(count) % 997 / 1000:.3f}"
            fields = {
                "field": "volume_out_ml",
                "volume_out_ml": value,
                "seen-volume_out_ml": seen.get(number, "2"),
                "reason_category": "measured_again",
                "reason_words": "Weighed again.",
            }
            answer = client.post(f"/batches/{number}/steps/1/", fields, htmx=True)
            seen[number] = value
            # What was refused comes back as the field with what to do about it.
            return answer.status == 200 and value.encode().rstrip(b"0").rstrip(b".") in answer.body

        return write

    return [corrector(place) for place in range(connections)]


def _admin_fields(
    code: str, chance: Random, results: int, keys: range | None = None, batch: int = 0
) -> dict[str, str]:
    fields = {
        "code": code,
        "protocol": str(chance.randint(1, 20)),
        "cell_line": str(chance.randint(1, 12)),
        "operator": str(chance.randint(1, 8)),
        "status": "running",
        "date": "2026-11-23",
        "volume_ml": "4.2",
        "storage": "F1 / R2",
        "note": note(chance),
        "results-TOTAL_FORMS": str(results),
        "results-INITIAL_FORMS": str(results if keys else 0),
        "results-MIN_NUM_FORMS": "0",
        "results-MAX_NUM_FORMS": "1000",
        "_save": "Save",
    }
    for place, (name, value) in enumerate(RESULTS):
        fields |= {
            f"results-{place}-name": name,
            f"results-{place}-value": str(float(value)),
            f"results-{place}-unit": "u",
        }
        fields[f"results-{place}-batch"] = str(batch) if batch else ""
        fields[f"results-{place}-id"] = str(keys[place]) if keys else ""
    return fields


def admin_creators(bench: Bench) -> list[Writer]:
    """Each person adds batches with four results."""

    def creator(place: int) -> Writer:
        client, chance = bench.baseline.client(bench.baseline.world["sessions"][place]), Random(place)
        count = itertools.count(1)

        def write() -> bool:
            fields = _admin_fields(f"NEW-{place}-{next(count):06d}", chance, len(RESULTS))
            return client.post(f"{ADMIN}add/", fields).status == 302

        return write

    return [creator(place) for place in range(CONNECTIONS)]


def admin_editors(bench: Bench) -> list[Writer]:
    """Each person corrects a note in one batch after the other; the form sends everything else again."""
    from benchmarks.baseline.load import all_versions, results

    most = min(bench.baseline.world["batches"], 4000)
    standing = {
        one[-1][0]: one[-1]
        for _, one in itertools.islice(all_versions(bench.baseline.world["batches"]), most)
    }
    values = list(itertools.islice(results(most), 4 * most))

    def editor(place: int) -> Writer:
        client, chance = bench.baseline.client(bench.baseline.world["sessions"][place]), Random(place)
        turn = itertools.cycle(range(1 + place, most + 1, CONNECTIONS))

        def write() -> bool:
            key = next(turn)
            return (
                client.post(f"{ADMIN}{key}/change/", _edited(key, standing[key], values, chance)).status
                == 302
            )

        return write

    return [editor(place) for place in range(CONNECTIONS)]


def _edited(key: int, row: tuple, values: list[tuple], chance: Random) -> dict[str, str]:
    """The form of that batch as it stands, but for its note."""
    names = ("code", "protocol", "cell_line", "operator", "status", "date", "volume_ml", "storage")
    fields = _admin_fields(row[1], chance, len(RESULTS), range(4 * key - 3, 4 * key + 1), key)
    fields |= {name: str(value) for name, value in zip(names, row[1:], strict=False)}
    for place, (_, name, value, unit) in enumerate(values[4 * key - 4 : 4 * key]):
        fields |= {
            f"results-{place}-name": name,
            f"results-{place}-value": value,
            f"results-{place}-unit": unit,
        }
    return fields
