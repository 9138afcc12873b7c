"""What a reader hands over: the values of one export, or the reason why there are none."""

from dataclasses import dataclass, field
from typing import Any


class Unreadable(Exception):
    """An export that is refused; the message says in plain words why and what to do.

    `videos` names the choices where the way out is to pick some of the file's videos. Where they
    `are_samples`, each is a result of its own; videos of one run are averaged.
    """

    def __init__(self, reason: str, videos: tuple[str, ...] = (), *, are_samples: bool = False) -> None:
        super().__init__(reason)
        self.videos = videos
        self.are_samples = are_samples


@dataclass(frozen=True)
class Reading:
    """The content of one instrument export, as the instrument gives it.

    `values` are single results with the unit in the key, `curves` the bulk arrays as plain lists,
    `header` the instrument's settings as printed text, `warnings` whole sentences for people.
    Everything is made of plain JSON types, so that the same bytes always give the same reading.
    """

    format: str
    software: str
    technique: str
    reader: str
    reader_version: str
    values: dict[str, Any]
    curves: dict[str, Any] = field(default_factory=dict)
    header: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    encoding: str = ""


def as_json(outcome: Reading | Unreadable) -> dict[str, Any]:
    """Return what a script gets to see of a reading: values and warnings, no curves."""
    if isinstance(outcome, Unreadable):
        choices = "samples" if outcome.are_samples else "videos"
        return {"refused": str(outcome)} | ({choices: list(outcome.videos)} if outcome.videos else {})
    return {
        "format": outcome.format,
        "software": outcome.software,
        "technique": outcome.technique,
        "values": outcome.values,
        "warnings": list(outcome.warnings),
    }
