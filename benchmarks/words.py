"""Words for notes: the same for both sides, so that a search finds about as much on either."""

from random import Random

BEGINNINGS = (
    "amber basal clear dense early fresh gentle heavy inner joint known level mixed north outer plain "
    "quiet rapid steady turbid"
).split()
ENDINGS = "band cell drop edge flask gel hold image kit lane media phase rotor spin tube".split()
VOCABULARY = [beginning + ending for beginning in BEGINNINGS for ending in ENDINGS]
WORDS_OF_A_NOTE = 12


def note(chance: Random) -> str:
    """Twelve words out of three hundred; a pair of words stands in about one note of 700."""
    return " ".join(chance.sample(VOCABULARY, WORDS_OF_A_NOTE))


def searches(count: int = 20) -> list[str]:
    """Pairs of words to search for."""
    chance = Random(7)
    return [" ".join(chance.sample(VOCABULARY, 2)) for _ in range(count)]
