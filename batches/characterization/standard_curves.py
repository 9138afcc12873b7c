"""Standard curves: fitted to standards, standards and samples read back from them. Pure functions.

Responses (absorbance, fluorescence) against amounts in one unit. Linear and quadratic fits are weighted
least squares; four parameters are y = d + (a − d) / (1 + (x/c)^b), with a at no analyte, d at infinite
analyte, c the inflection and b the slope. Checked against NIST StRD (Norris) and the ryegrass example of
the R package drc (LL.4).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import exp, isfinite, log, sqrt
from statistics import fmean

FORMULA_VERSION = "1"
MODELS = {"linear": "Linear", "quadratic": "Quadratic", "four_parameter": "Four parameters (4PL)"}
LEAST_LEVELS = {"linear": 3, "quadratic": 4, "four_parameter": 5}
WEIGHTS: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "none": ("none", lambda x, y: 1.0),
    "1/x": ("1/x", lambda x, y: 1 / x if x > 0 else 0.0),
    "1/x2": ("1/x²", lambda x, y: 1 / x**2 if x > 0 else 0.0),
    "1/y": ("1/y", lambda x, y: 1 / y if y > 0 else 0.0),
    "1/y2": ("1/y²", lambda x, y: 1 / y**2 if y > 0 else 0.0),
}
STEPS = 200
FLAT = 1e-9


class CurveRefused(ValueError):
    """Why there is no curve, in plain words."""


@dataclass(frozen=True)
class Point:
    """A standard's well: how much is in it, and what the reader saw."""

    amount: float
    response: float
    well: str = ""


@dataclass(frozen=True)
class Curve:
    """A fitted curve, good between its lowest and highest standard."""

    model: str
    weighting: str
    parameters: dict[str, float]
    r_squared: float
    low: float
    high: float
    left_out: tuple[str, ...] = ()

    def response(self, amount: float) -> float:
        """Return what the curve says an amount gives."""
        p = self.parameters
        if self.model == "linear":
            return p["a"] + p["b"] * amount
        if self.model == "quadratic":
            return p["a"] + p["b"] * amount + p["c"] * amount**2
        return four_parameters(amount, p["a"], p["b"], p["c"], p["d"])

    @property
    def rises(self) -> bool:
        """Whether more analyte gives more response (a competitive assay falls)."""
        return self.response(self.high) > self.response(self.low)

    def amount(self, response: float) -> tuple[float | None, str]:
        """Return the amount that gives a response, or None and '<' or '>' where the curve ends before."""
        below = response < self.response(self.low) if self.rises else response > self.response(self.low)
        solve = {"linear": _solve_linear, "quadratic": _solve_quadratic, "four_parameter": _solve_four}
        found = solve[self.model](self, response)
        return (found, "") if found is not None and isfinite(found) else (None, "<" if below else ">")


def four_parameters(x: float, a: float, b: float, c: float, d: float) -> float:
    """Return d + (a − d) / (1 + (x/c)^b)."""
    return a if x <= 0 else d + (a - d) / (1 + exp(min(b * log(x / c), 700.0)))


def fit(points: Sequence[Point], model: str, weighting: str = "none") -> Curve:
    """Fit a curve to the standards. Raises CurveRefused where they allow none."""
    weigh = WEIGHTS[weighting][1]
    used = [(point, weight) for point in points if (weight := weigh(point.amount, point.response)) > 0]
    levels = sorted({point.amount for point, _ in used})
    if len(levels) < LEAST_LEVELS[model]:
        raise CurveRefused(
            f"A {MODELS[model].lower()} curve needs standards of at least {LEAST_LEVELS[model]} levels; "
            f"{len(levels)} can be used."
        )
    xs, ys = [point.amount for point, _ in used], [point.response for point, _ in used]
    ws = [weight for _, weight in used]
    parameters = _fit_four(xs, ys, ws) if model == "four_parameter" else _fit_polynomial(xs, ys, ws, model)
    left_out = tuple(point.well for point in points if weigh(point.amount, point.response) <= 0)
    curve = Curve(model, weighting, parameters, 0.0, levels[0], levels[-1], left_out)
    _demand_monotone(curve)
    r_squared = _r_squared(ys, [curve.response(x) for x in xs], ws)
    return Curve(model, weighting, parameters, r_squared, levels[0], levels[-1], left_out)


def _fit_polynomial(xs: list[float], ys: list[float], ws: list[float], model: str) -> dict[str, float]:
    import numpy as np

    found = np.polyfit(xs, ys, 1 if model == "linear" else 2, w=[sqrt(weight) for weight in ws])
    return dict(zip("abc", (float(value) for value in found[::-1]), strict=False))


def _fit_four(xs: list[float], ys: list[float], ws: list[float]) -> dict[str, float]:
    """Fit from several starts (curves of this kind have valleys) and keep the best."""
    import numpy as np
    from scipy.optimize import least_squares

    x, y, root = np.array(xs), np.array(ys), np.sqrt(np.array(ws) / max(ws))
    span = float(y.max() - y.min()) or 1.0
    x_log = np.log(np.where(x > 0, x, np.nan))

    def misses(p: "np.ndarray") -> "np.ndarray":
        a, b_log, c_log, d = p
        power = np.exp(np.clip(np.exp(np.clip(b_log, -5, 4)) * (x_log - c_log), -700, 700))
        seen = np.where(x > 0, d + (a - d) / (1 + np.where(x > 0, power, 0)), a)
        return root * (seen - y) / span

    best = None
    for start in _starts(xs, ys):
        found = least_squares(misses, start, method="lm", max_nfev=4000, xtol=1e-12, ftol=1e-12, gtol=1e-12)
        if found.status <= 0:
            continue
        if best is not None and abs(found.cost - best.cost) <= 1e-9 * best.cost + 1e-24:
            break  # two starts came to the same valley
        best = found if best is None or found.cost < best.cost else best
    if best is None:
        raise CurveRefused("No four-parameter curve could be fitted to these standards.")
    a, b_log, c_log, d = (float(value) for value in best.x)
    if not -5 < b_log < 4 or abs(c_log) > 300:
        raise CurveRefused("These standards don't bend like a four-parameter curve: choose a simpler one.")
    return {"a": a, "b": exp(b_log), "c": exp(c_log), "d": d}


def _starts(xs: list[float], ys: list[float]) -> list[list[float]]:
    pairs = sorted(zip(xs, ys, strict=True))
    least, most = pairs[0][1], pairs[-1][1]
    positive = [x for x in xs if x > 0]
    low, high = log(min(positive)), log(max(positive))
    middles = (low + (high - low) * share for share in (0.3, 0.6, 0.9, 1.2))
    return [
        [least, b_log, c_log, most + beyond * (most - least)]
        for c_log, b_log, beyond in product(middles, (0.0, 0.8), (0.05, 1.0))
    ]


def _demand_monotone(curve: Curve) -> None:
    """Refuse a curve that turns among its standards: a response would stand for two amounts."""
    steps = [curve.low + (curve.high - curve.low) * at / STEPS for at in range(STEPS + 1)]
    seen = [curve.response(x) for x in steps]
    rises = [later - earlier for earlier, later in pairwise(seen)]
    turns = not (all(rise >= 0 for rise in rises) or all(rise <= 0 for rise in rises))
    if turns or abs(seen[-1] - seen[0]) <= FLAT * max(map(abs, seen)):
        raise CurveRefused(
            f"The {MODELS[curve.model].lower()} curve is flat or turns between its standards, so that one "
            "response stands for two amounts: choose another curve or leave out standards beyond the turn."
        )


def _r_squared(seen: list[float], fitted: list[float], ws: list[float]) -> float:
    middle = sum(w * y for w, y in zip(ws, seen, strict=True)) / sum(ws)
    around = sum(w * (y - middle) ** 2 for w, y in zip(ws, seen, strict=True))
    missed = sum(w * (y - f) ** 2 for w, y, f in zip(ws, seen, fitted, strict=True))
    return 1 - missed / around if around else 0.0


def _solve_linear(curve: Curve, response: float) -> float | None:
    return (response - curve.parameters["a"]) / curve.parameters["b"]


def _solve_quadratic(curve: Curve, response: float) -> float | None:
    """Return the root on the branch of the standards."""
    a, b, c = (curve.parameters[key] for key in "abc")
    if not c:
        return (response - a) / b
    inside = b * b - 4 * c * (a - response)
    if inside < 0:
        return None
    turn = -b / (2 * c)
    roots = [(-b + sign * sqrt(inside)) / (2 * c) for sign in (1, -1)]
    middle = (curve.low + curve.high) / 2
    return next(root for root in roots if (root <= turn) == (middle <= turn))


def _solve_four(curve: Curve, response: float) -> float | None:
    a, b, c, d = (curve.parameters[key] for key in "abcd")
    if response == d:
        return None
    ratio = (a - d) / (response - d) - 1
    return c * ratio ** (1 / b) if ratio > 0 else (0.0 if response == a else None)


# --- standards read back --------------------------------------------------------------------------


@dataclass(frozen=True)
class Level:
    """The wells of one standard, read back from the curve they made."""

    amount: float
    wells: tuple[str, ...]
    mean_response: float
    cv_percent: float | None
    back: float | None
    recovery_percent: float | None
    is_accepted: bool


def levels_of(curve: Curve, points: Sequence[Point], low_percent: float, high_percent: float) -> list[Level]:
    """Read every standard back; those between the percentages are accepted. Zero has no recovery."""
    by_amount: dict[float, list[Point]] = {}
    for point in points:
        by_amount.setdefault(point.amount, []).append(point)
    return [
        _level(curve, amount, by_amount[amount], low_percent, high_percent) for amount in sorted(by_amount)
    ]


def _level(curve: Curve, amount: float, points: list[Point], low: float, high: float) -> Level:
    mean = fmean(point.response for point in points)
    back, _ = curve.amount(mean)
    recovery = 100 * back / amount if back is not None and amount > 0 else None
    return Level(
        amount,
        tuple(point.well for point in points),
        mean,
        cv_percent([point.response for point in points]),
        back,
        recovery,
        recovery is not None and low <= recovery <= high,
    )


def working_range(levels: Sequence[Level]) -> tuple[float, float]:
    """Return the lowest and highest accepted standard. Raises CurveRefused where fewer than two are."""
    accepted = [level.amount for level in levels if level.is_accepted]
    if len(accepted) < 2:
        raise CurveRefused(
            f"{len(accepted)} of {len([one for one in levels if one.amount > 0])} standards come back within "
            "the limits of recovery: this curve can't be used."
        )
    return min(accepted), max(accepted)


# --- samples --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """What one sample at one dilution holds, of the undiluted sample; `sign` where the curve ends before."""

    sample: str
    dilution: float
    wells: tuple[str, ...]
    mean_response: float
    cv_percent: float | None
    sign: str
    amount: float


def read_sample(
    curve: Curve, limits: tuple[float, float], sample: str, dilution: float, wells: Mapping[str, float]
) -> Found:
    """Read the mean of a sample's wells back; outside of the working range it becomes '<' or '>'."""
    mean = fmean(wells.values())
    amount, sign = curve.amount(mean)
    low, high = limits
    if sign == "<" or (amount is not None and amount < low):
        amount, sign = low, "<"
    elif amount is None or amount > high:
        amount, sign = high, ">"
    cv = cv_percent(list(wells.values()))
    return Found(sample, dilution, tuple(wells), mean, cv, sign, amount * dilution)


@dataclass(frozen=True)
class Result:
    """A sample over all its dilutions: the mean of those inside the range, else the sharpest bound."""

    sample: str
    sign: str
    amount: float | None
    dilutions: tuple[float, ...]
    wells: int
    cv_percent: float | None
    words: str = ""


def results_of(found: Sequence[Found]) -> list[Result]:
    """Put the dilutions of each sample together."""
    names = list(dict.fromkeys(one.sample for one in found))
    return [_result(name, [one for one in found if one.sample == name]) for name in names]


def _result(name: str, found: list[Found]) -> Result:
    inside = [one for one in found if not one.sign]
    if inside:
        amounts = [one.amount for one in inside]
        spread = cv_percent(amounts) if len(inside) > 1 else inside[0].cv_percent
        wells = sum(len(one.wells) for one in inside)
        return Result(name, "", fmean(amounts), tuple(one.dilution for one in inside), wells, spread)
    wells, dilutions = sum(len(one.wells) for one in found), tuple(one.dilution for one in found)
    signs = {one.sign for one in found}
    if len(signs) > 1:
        words = "One dilution lies below the curve, another above: look at the dilutions."
        return Result(name, "", None, dilutions, wells, None, words)
    sharpest = min if signs == {"<"} else max
    return Result(name, signs.pop(), sharpest(one.amount for one in found), dilutions, wells, None)


def cv_percent(numbers: Sequence[float]) -> float | None:
    """Return SD (over n − 1) by mean in percent, None of fewer than two or of a mean not above 0."""
    if len(numbers) < 2 or (mean := fmean(numbers)) <= 0:
        return None
    return 100 * sqrt(sum((one - mean) ** 2 for one in numbers) / (len(numbers) - 1)) / mean
