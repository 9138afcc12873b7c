"""What the rules say of batches under review: exceptions to decide, criteria that block.

Working it out reads whole records (7 to 11 ms a batch), so the home asks for it once its page is there.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from audit.words import counted
from batches.record.models import Batch
from qc.exceptions import exceptions_of
from qc.judging import judge_evidence
from qc.loading import WholeRecord, load_many
from qc.review.deciding import faced, newest
from qc.review.models import ExceptionDecision


@dataclass(frozen=True)
class Standing:
    """How many exceptions of a batch nobody decided on yet, and how many criteria keep it from approval."""

    batch: Batch
    undecided: int
    blocking: int

    @property
    def words(self) -> str:
        """The two on one line; what is nought is left out."""
        told = [
            f"{counted(self.undecided, 'exception', 'exceptions')} to decide" if self.undecided else "",
            f"{counted(self.blocking, 'criterion', 'criteria')} not passed" if self.blocking else "",
        ]
        return ", ".join(word for word in told if word) or "no exception to decide, all criteria pass"

    @property
    def kind(self) -> str:
        """How it is shown."""
        if self.blocking:
            return "fail"
        return "warn" if self.undecided else "pass"


def standing_of(batches: Sequence[Batch]) -> list[Standing]:
    """Of each batch (`with_header`), in their order; as many queries for many as for one."""
    if not batches:
        return []
    decided: dict[int, list[ExceptionDecision]] = defaultdict(list)
    for decision in ExceptionDecision.objects.filter(batch__in=batches):
        decided[decision.batch_id].append(decision)
    return [_standing(record, decided[record.batch.pk]) for record in load_many(batches)]


def _standing(record: WholeRecord, decided: list[ExceptionDecision]) -> Standing:
    judged = judge_evidence(record.plan, record.evidence)
    asked = [query for query in record.asked if query.exception]
    known = faced(exceptions_of(record, judged), newest(decided), record.deviations, asked)
    undecided = sum(not one.is_decided for one in known)
    return Standing(record.batch, undecided, sum(one.blocks for one in judged))
