"""Letting the installed readers look at a stored file again, with the parts of it that were chosen before."""

from batches.instruments import Unreadable
from batches.record.attaching import Outcome, outcome_of
from batches.record.models import Attachment, Reading

# Kinds of file that hold several samples, each of which is read on its own.
SAMPLED = ("DLS", "ZETA", "RESULTS")


def part_of(reading: Reading) -> str:
    """The sample that a reading is of, where its file may hold several; else empty."""
    return str(reading.values.get("sample", "")) if reading.technique in SAMPLED else ""


def last_readings(attachment: Attachment) -> list[Reading]:
    """What a reader made last of each sample of a file; rows of a mapped table are no versions of it."""
    found = attachment.readings.exclude(technique="TABLE").order_by("pk")
    return list({part_of(one): one for one in found}.values())


def last_reading(attachment: Attachment, sample: str = "") -> Reading | None:
    """What a reader made of a file last, or of one sample of a file with several."""
    found = last_readings(attachment)
    same = [one for one in found if len(found) == 1 or part_of(one) == sample]
    return same[-1] if same else None


def outcome_again(attachment: Attachment, last: Reading | None) -> Outcome:
    """What the installed readers make of the file now."""
    outcome = _outcome(attachment, _videos_of(last))
    if isinstance(outcome, Unreadable) and outcome.videos and last is not None:
        # A file of several samples was read for one of them.
        same = [name for name in outcome.videos if name == part_of(last)]
        return _outcome(attachment, same) if same else outcome
    return outcome


def _outcome(attachment: Attachment, videos: list[str] | None) -> Outcome:
    return outcome_of(attachment.sha256, attachment.size_bytes, attachment.name, videos)


def _videos_of(last: Reading | None) -> list[str] | None:
    """The videos of an experiment that a person chose before."""
    if last is None or last.values.get("averages_from") != "chosen videos":
        return None
    used = zip(last.curves["videos"], last.curves["video_is_used"], strict=True)
    return [video["name"] for video, is_used in used if is_used]


def is_same(last: Reading, outcome: Outcome) -> bool:
    """Whether the outcome is what was read before, by the same version of the reader."""
    if isinstance(outcome, Unreadable):
        return False
    now = (outcome.reader, outcome.reader_version, outcome.values, list(outcome.warnings), outcome.curves)
    return (last.reader, last.reader_version, last.values, list(last.warnings), last.curves) == now
