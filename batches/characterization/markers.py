"""What western blots show of markers: counts over all blots, and each marker blot by blot."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal

from batches.characterization.blots import BlotMarker
from batches.characterization.evidence import Evidence, Measured, labels
from batches.characterization.kinds import MisevCategory, Technique
from batches.characterization.models import Assay

Measure = Callable[[Evidence], Measured]
Found = BlotMarker.Found


def results_of_marker(evidence: Evidence, target: str) -> list[Measured]:
    """What each finished blot shows of a protein, as one of BlotMarker.Found; blots without it left out.

    `note` says why an absent band does not count as absent; empty where it does.
    """
    return [
        Measured(
            None,
            marker.get_found_display(),
            labels([assay]),
            "" if marker.counts_as_absent else _why_not_absent(marker),
            text=marker.found,
            begun_at=assay.performed_at,
            finished_at=assay.finished_at,
        )
        for assay, marker in _markers(evidence, lambda marker: bool(marker.found))
        if marker.target.casefold() == target.strip().casefold()
    ]


def all_markers(evidence: Evidence) -> Measured:
    """Every marker that was looked for with what was found; a criterion names those that it judges."""
    looked_for = _markers(evidence, lambda marker: bool(marker.found))
    if not _blots(evidence):
        return evidence.not_measured(Technique.WESTERN_BLOT)
    if not looked_for:
        return Measured(None, "no marker was looked for", _blots(evidence))
    told = dict.fromkeys(f"{marker.target} {marker.get_found_display()}" for _, marker in looked_for)
    return Measured(None, "", _blots(evidence), text="; ".join(told))


def _markers(evidence: Evidence, counts: Callable[[BlotMarker], bool]) -> list[tuple[Assay, BlotMarker]]:
    return [
        (assay, marker)
        for assay, blot in evidence.finished(Technique.WESTERN_BLOT)
        for marker in blot.standing_markers
        if counts(marker)
    ]


def _blots(evidence: Evidence) -> tuple[str, ...]:
    return labels(assay for assay, _ in evidence.finished(Technique.WESTERN_BLOT))


def detected_among(what: str, counts: Callable[[BlotMarker], bool]) -> Measure:
    """How many different proteins among those were detected (weak counts), over all blots."""

    def measure(evidence: Evidence) -> Measured:
        if not _blots(evidence):
            return evidence.not_measured(Technique.WESTERN_BLOT)
        looked_for = _markers(evidence, lambda marker: bool(marker.found) and counts(marker))
        if not looked_for:
            return Measured(None, f"no {what} was looked for", _blots(evidence))
        return _detected(looked_for, _blots(evidence))

    return measure


def _detected(looked_for: list[tuple[Assay, BlotMarker]], sources: tuple[str, ...]) -> Measured:
    blots: dict[str, list[tuple[Assay, BlotMarker]]] = defaultdict(list)
    for assay, marker in looked_for:
        blots[marker.target].append((assay, marker))
    shown = {target for target, pairs in blots.items() if any(marker.is_detected for _, marker in pairs)}
    late = {target: failed for target in shown if (failed := _failed_before(blots[target])) is not None}
    found = shown - set(late)
    unclear = _with(looked_for, Found.NOT_INTERPRETABLE) - shown
    absent = (_with(looked_for, Found.NOT_DETECTED) | set(late)) - unclear
    parts = [f"{listed(found)} detected" if found else "none detected"]
    if absent - found:
        parts.append(f"{listed(absent - found)} not detected")
    if unclear:
        parts.append(f"{listed(unclear)} not interpretable")
    notes = [f"blots differ on {listed(found & absent)}"] if found & absent else []
    notes += [f"{target}: a later blot does not erase {assay}" for target, assay in sorted(late.items())]
    up_to = Decimal(len(found | unclear)) if unclear else None
    return Measured(Decimal(len(found)), "; ".join(parts), sources, "; ".join(notes), up_to=up_to)


def _with(looked_for: list[tuple[Assay, BlotMarker]], found: str) -> set[str]:
    return {marker.target for _, marker in looked_for if marker.found == found}


def _failed_before(blots: list[tuple[Assay, BlotMarker]]) -> Assay | None:
    """The blot without the protein that was finished before every blot with it was begun."""
    begun = [assay.performed_at for assay, marker in blots if marker.is_detected]
    for assay, marker in blots:
        known_at = assay.finished_at if marker.found == Found.NOT_DETECTED else None
        if known_at and all(at is not None and at >= known_at for at in begun):
            return assay
    return None


def listed(names: Iterable[str]) -> str:
    """Names in alphabetical order, with commas."""
    return ", ".join(sorted(names))


def _is_expected_absent(marker: BlotMarker) -> bool:
    return marker.misev_category == MisevCategory.FOUR and marker.expected == BlotMarker.Expected.ABSENT


def negative_markers_failed(evidence: Evidence) -> Measured:
    """How many markers of other compartments were found although they should be absent.

    One that was found settles it. Otherwise every one must count as absent (BlotMarker.counts_as_absent):
    a band that is missing everywhere may be an antibody that does not work.
    """
    sources = _blots(evidence)
    if not sources:
        return evidence.not_measured(Technique.WESTERN_BLOT)
    markers = [marker for _, marker in _markers(evidence, _is_expected_absent)]
    if not markers:
        return Measured(None, "no negative marker (category 4) was assessed", sources, is_unclear=True)
    found = {marker.target for marker in markers if marker.is_detected}
    if found:
        return Measured(Decimal(len(found)), f"{listed(found)} detected", sources)
    unclear = [marker for marker in markers if not marker.counts_as_absent]
    if unclear:
        words = "; ".join(dict.fromkeys(_why_not_absent(marker) for marker in unclear))
        return Measured(None, words, sources, is_unclear=True)
    return Measured(Decimal(0), f"{listed(marker.target for marker in markers)} absent", sources)


def _why_not_absent(marker: BlotMarker) -> str:
    if marker.found != BlotMarker.Found.NOT_DETECTED:
        return f"{marker.target}: {marker.get_found_display() or 'no result'}"
    if not marker.blot.has_lysate_lane:
        return f"{marker.target} not detected, but no lysate lane was run beside it"
    return f"{marker.target} not detected, but without signal in the lysate lane"


def co_isolated_assessed(evidence: Evidence) -> Measured:
    """How many co-isolated proteins (category 3) have a result, whichever it is."""
    sources = _blots(evidence)
    if not sources:
        return evidence.not_measured(Technique.WESTERN_BLOT)
    clear = {BlotMarker.Found.DETECTED, BlotMarker.Found.WEAK, BlotMarker.Found.NOT_DETECTED}
    markers = _markers(evidence, lambda m: m.misev_category == MisevCategory.THREE and m.found in clear)
    told = sorted({f"{marker.target} {marker.get_found_display()}" for _, marker in markers})
    assessed = Decimal(len({marker.target for _, marker in markers}))
    return Measured(assessed, "; ".join(told) or "none of category 3 assessed", sources)
