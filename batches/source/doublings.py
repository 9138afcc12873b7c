"""Population doublings of cultures, and what is unusual about a culture's age (ev-domain §4.2)."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from batches.quantities import people_number

TENTH = Decimal("0.1")
# For MSC without a bank that says otherwise.
USUAL_PASSAGE, USUAL_DOUBLINGS = 8, Decimal(30)
# How far a typed and a computed number of doublings may be apart.
ENTERED_APART = Decimal(1)


def population_doublings(seeded: Decimal | None, harvested: Decimal | None) -> Decimal | None:
    """Population doublings of one culture: log2(harvested ÷ seeded), which is 3.322 · log10 of it, rounded
    to tenths; negative where fewer cells came out than went in (ev-domain §4.2). None in, None out.
    """
    if not seeded or not harvested:
        return None
    doublings = (Decimal(harvested) / Decimal(seeded)).ln() / Decimal(2).ln()
    return doublings.quantize(TENTH, rounding=ROUND_HALF_UP)


def doublings_before(harvest: Any, bank: Any) -> Decimal | None:
    """Cumulative doublings of the cells that were seeded: as entered, else those of the bank where the
    culture was seeded from its vial, that is one passage after it at most.
    """
    if harvest.doublings_at_seeding is not None or bank is None:
        return harvest.doublings_at_seeding  # type: ignore[no-any-return]
    if harvest.passage is None or bank.passage is None or harvest.passage > bank.passage + 1:
        return None
    return bank.cumulative_doublings  # type: ignore[no-any-return]


def cumulative(before: Decimal | None, here: Decimal | None) -> Decimal | None:
    """Doublings since the first culture: those before and those in this one; dying cells take none back."""
    return None if before is None or here is None else before + max(here, Decimal(0))


def culture_advice(harvest: Any, bank: Any, *, is_msc: bool) -> list[tuple[str, str]]:
    """What is unusual about the age of a culture: (field, hint). Limits are the bank's, where it has any."""
    hints = []
    if harvest.doublings_here is not None and harvest.doublings_here < 0:
        hints.append(("cells_at_harvest", "Fewer cells were harvested than seeded."))
    typed, computed = harvest.population_doublings, harvest.computed_doublings
    if typed is not None and computed is not None and abs(typed - computed) > ENTERED_APART:
        hints.append(("population_doublings", f"Seeded and harvested cells give {people_number(computed)}."))
    passage, most_passage = harvest.passage, _limit(bank, "passage_limit", USUAL_PASSAGE, is_msc)
    if passage is not None and most_passage is not None and passage > most_passage[0]:
        hints.append(("passage", f"{most_passage[1]} P{most_passage[0]}."))
    age, most = (
        typed if computed is None else computed,
        _limit(bank, "doublings_limit", USUAL_DOUBLINGS, is_msc),
    )
    if age is not None and most is not None and age > most[0]:
        words = f"{people_number(age)} doublings. {most[1]} {people_number(most[0])}."
        hints.append(("population_doublings", words))
    return hints


def _limit(bank: Any, name: str, usual: Any, is_msc: bool) -> tuple[Any, str] | None:
    """The limit that holds and the words before it: the bank's own, else what is usual for MSC."""
    own = getattr(bank, name, None)
    if own is not None:
        return own, f"The limit of bank {bank.code} is"
    return (usual, "Usual for MSC: up to") if is_msc else None
