"""MISEV on cells that were changed: what S1 and S2 ask beyond the source itself (ev-domain §1.4, §4.2).

A modified line is another line: the change, how it was made and what shows it are part of what it is. Priming
is part of the culture: with what, how much, how long.
"""

from collections.abc import Iterator

from batches.reporting.cells import modifications_of, primings_of
from batches.reporting.loading import Made
from batches.reporting.looking import EMPTY, Finding, Missing, listed
from batches.reporting.rules import source
from batches.source.treatments import GeneticModification, Priming


def source_named(made: Made) -> Finding:
    """The source, and every genetic modification with its method and what verified it."""
    found, changes = source.source_named(made), modifications_of(made)
    words = "; ".join(part for part in (found.words, listed(str(one) for one in changes)) if part)
    lacking = [lack for one in changes for lack in _lacks(one, one.gene, "method", "verification")]
    return Finding.of((*found.missing, *lacking), words)


def culture_described(made: Made) -> Finding:
    """The culture, and every priming with its dose, where the agent is dissolved, and duration."""
    found, primings = source.culture_described(made), primings_of(made)
    if not found.applies and not primings:
        return found
    words = f"primed with {listed(one.words for one in primings)}" if primings else found.words
    lacking = [lack for one in primings for lack in _lacks(one, one.called, *_asked(one))]
    return Finding.of((*found.missing, *lacking), words)


def _asked(one: Priming) -> tuple[str, ...]:
    return ("dose", "duration_h") if one.agent in Priming.DISSOLVED else ("duration_h",)


def _lacks(one: GeneticModification | Priming, called: str, *names: str) -> Iterator[Missing]:
    for name in names:
        if getattr(one, name) in EMPTY:
            label = str(one._meta.get_field(name).verbose_name).split(" (")[0]  # type: ignore[union-attr]
            yield Missing(f"{called}: {label}", f"/sources/{one.source_lot.code}/")
