"""Rules of control charts: pure functions over z scores in the order of time.

Batches: the Western Electric rules with the two trend rules of NIST/SEMATECH e-Handbook 6.3.2.
Control material: Westgard's multirule (Westgard, Barry, Hunt, Groth; Clin Chem 1981;27:493-501).
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

# A value that was computed to lie on a limit lies on it, not beyond it.
ROUNDING = 1e-9
Window = Callable[[Sequence[float]], bool]


@dataclass(frozen=True)
class Rule:
    """A rule: its short name, what it says, and what kind of error it points to."""

    code: str
    words: str
    points_to: str
    is_warning: bool = False


@dataclass(frozen=True)
class Signal:
    """A rule that fired, and the places of the points that it is about."""

    rule: Rule
    places: tuple[int, ...]


BEYOND_3 = Rule("1", "beyond a control limit", "a single cause")
TWO_OF_3 = Rule("2", "two of three beyond 2 SD on one side", "a shift")
FOUR_OF_5 = Rule("3", "four of five beyond 1 SD on one side", "a shift")
EIGHT = Rule("4", "eight in a row on one side of the centre", "a shift")
SIX_TREND = Rule("5", "six in a row rising or falling", "a drift")
FOURTEEN = Rule("6", "fourteen in a row up and down in turn", "two causes in turn")
RANGE = Rule("MR", "moving range above its limit", "a jump")

W_1_2S = Rule("1-2s", "beyond 2 SD: look at the other rules", "a warning", is_warning=True)
W_1_3S = Rule("1-3s", "beyond 3 SD", "random error")
W_2_2S = Rule("2-2s", "two in a row beyond 2 SD on one side", "systematic error")
W_R_4S = Rule("R-4s", "one beyond +2 SD and one beyond −2 SD in one run", "random error")
W_4_1S = Rule("4-1s", "four in a row beyond 1 SD on one side", "systematic error")
W_10X = Rule("10x", "ten in a row on one side of the mean", "systematic error")


def western_electric(scores: Sequence[float]) -> list[Signal]:
    """Every rule that fires, each stretch of it once, in the order of the rules."""
    return [
        *_each(BEYOND_3, [at for at, z in enumerate(scores) if _beyond(abs(z), 3)]),
        *_stretches(TWO_OF_3, _several_beyond(scores, 2, of=3, sd=2)),
        *_stretches(FOUR_OF_5, _several_beyond(scores, 4, of=5, sd=1)),
        *_stretches(EIGHT, _windows(scores, 8, _one_side)),
        *_stretches(SIX_TREND, _windows(scores, 6, _steady)),
        *_stretches(FOURTEEN, _windows(scores, 14, _in_turn)),
    ]


def beyond_range(ranges: Sequence[float], upper: float) -> list[Signal]:
    """Moving ranges above their limit; a place is that of the later of the two points."""
    return _each(RANGE, [at + 1 for at, one in enumerate(ranges) if one > upper + ROUNDING])


def westgard(scores: Sequence[float], runs: Sequence[Hashable]) -> list[Signal]:
    """Westgard's rules; `runs` says which run each value belongs to, for R-4s looks within one run only.

    1-2s warns where no other rule rejects.
    """
    rejected = [
        *_each(W_1_3S, [at for at, z in enumerate(scores) if _beyond(abs(z), 3)]),
        *_stretches(W_2_2S, _windows(scores, 2, lambda part: _all_beyond(part, 2))),
        *_within_runs(scores, runs),
        *_stretches(W_4_1S, _windows(scores, 4, lambda part: _all_beyond(part, 1))),
        *_stretches(W_10X, _windows(scores, 10, _one_side)),
    ]
    named = {at for signal in rejected for at in signal.places}
    return [
        *rejected,
        *_each(W_1_2S, [at for at, z in enumerate(scores) if _beyond(abs(z), 2) and at not in named]),
    ]


# --- what a window must show --------------------------------------------------------------------------


def _beyond(z: float, sd: float) -> bool:
    return z > sd + ROUNDING


def _all_beyond(part: Sequence[float], sd: float) -> bool:
    return all(_beyond(z, sd) for z in part) or all(_beyond(-z, sd) for z in part)


def _one_side(part: Sequence[float]) -> bool:
    return _all_beyond(part, 0)


def _steady(part: Sequence[float]) -> bool:
    steps = [after - before for before, after in pairwise(part)]
    return all(step > ROUNDING for step in steps) or all(step < -ROUNDING for step in steps)


def _in_turn(part: Sequence[float]) -> bool:
    steps = [after - before for before, after in pairwise(part)]
    return all(one * other < 0 for one, other in pairwise(steps))


# --- stretches ----------------------------------------------------------------------------------------


def _windows(scores: Sequence[float], size: int, shows: Window) -> list[tuple[int, ...]]:
    """Places of every window of so many points that shows something."""
    starts = range(len(scores) - size + 1)
    return [tuple(range(at, at + size)) for at in starts if shows(scores[at : at + size])]


def _several_beyond(scores: Sequence[float], needed: int, *, of: int, sd: float) -> list[tuple[int, ...]]:
    """Places of the points that are beyond, of every window in which so many lie on one side."""
    found = []
    for start in range(max(1, len(scores) - of + 1)):
        for side in (1, -1):
            places = range(start, min(start + of, len(scores)))
            beyond = tuple(at for at in places if _beyond(side * scores[at], sd))
            if len(beyond) >= needed:
                found.append(beyond)
    return found


def _stretches(rule: Rule, windows: Iterable[tuple[int, ...]]) -> list[Signal]:
    """Windows that share points are one stretch."""
    joined: list[set[int]] = []
    for window in windows:
        if joined and joined[-1] & {*window}:
            joined[-1] |= {*window}
        else:
            joined.append({*window})
    return [Signal(rule, tuple(sorted(stretch))) for stretch in joined]


def _each(rule: Rule, places: Iterable[int]) -> list[Signal]:
    return [Signal(rule, (at,)) for at in places]


def _within_runs(scores: Sequence[float], runs: Sequence[Hashable]) -> list[Signal]:
    found = []
    for _, group in groupby(range(len(scores)), key=lambda at: runs[at]):
        places = list(group)
        high = [at for at in places if _beyond(scores[at], 2)]
        low = [at for at in places if _beyond(-scores[at], 2)]
        if high and low:
            found.append(Signal(W_R_4S, tuple(sorted([*high, *low]))))
    return found
