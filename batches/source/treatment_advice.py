"""What is unusual about genetic modifications and priming: told beside, never a block (ev-domain §4.2)."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from batches.source.advice import Advice
from batches.source.models import YesNo
from batches.source.treatments import GeneticModification, Priming, Treatment

HYPOXIA_LOW_PERCENT, HYPOXIA_HIGH_PERCENT = Decimal(1), Decimal(5)


def treatment_advice(rows: Iterable[Treatment]) -> list[Advice]:
    """What is worth a look in the rows that stand. No query."""
    found = []
    for row in rows:
        if not row.is_voided:
            told = _of_modification(row) if isinstance(row, GeneticModification) else _of_priming(row)
            found += [Advice(row.words, words) for words in told]
    return found


def _of_modification(row: GeneticModification) -> Iterator[str]:
    if not row.verification:
        yield "Nothing shows yet that the cells carry the change."
    if not row.biosafety_ref:
        yield "No biosafety approval is named."
    if row.kept == row.Kept.TRANSIENT and row.modified_on is None:
        yield "A transient change fades: say when it was made."
    if row.method in row.VIRUSES and not row.vector:
        yield "A viral vector is named with its lot."
    if row.kept == row.Kept.INTEGRATED and not row.clone:
        yield "Say which clone it is, or that it is a pool."


def _of_priming(row: Priming) -> Iterator[str]:
    if row.duration_h is None:
        yield "How long the cells were primed is not recorded."
    if row.agent in row.DISSOLVED:
        yield from _of_dissolved(row)
    if row.agent == row.Agent.HYPOXIA:
        yield from _of_hypoxia(row)
    if row.serum == row.Serum.FULL:
        yield "Serum that was not depleted brings vesicles of its own."


def _of_dissolved(row: Priming) -> Iterator[str]:
    if row.dose is None:
        yield "The dose is not recorded."
    if row.washed == YesNo.NO:
        yield "Not washed out: the agent goes into the conditioned medium."
    elif not row.washed:
        yield "Whether the agent was washed out is not recorded."


def _of_hypoxia(row: Priming) -> Iterator[str]:
    if row.oxygen_percent is None:
        yield "The oxygen is not recorded."
    elif not HYPOXIA_LOW_PERCENT <= row.oxygen_percent <= HYPOXIA_HIGH_PERCENT:
        yield "1–5 % oxygen is usual for hypoxia."
