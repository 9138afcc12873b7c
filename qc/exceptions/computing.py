"""What a reviewer should look at first, most severe on top, computed from the record itself.

Everything that is not among the exceptions is in order, as the rules' sentences say.
"""

from collections.abc import Sequence

from qc.exceptions.basis import Basis
from qc.exceptions.kinds import RANK, ReviewException
from qc.exceptions.registry import RULES
from qc.judging import Judged
from qc.loading import WholeRecord


def exceptions_of(record: WholeRecord, judged: Sequence[Judged]) -> list[ReviewException]:
    """Everything to look at, most severe first, otherwise in the order of the rules; no queries."""
    return exceptions_on(Basis(record, judged))


def exceptions_on(basis: Basis) -> list[ReviewException]:
    """The same over a basis that is at hand."""
    found = [ReviewException(rule=rule, **vars(one)) for rule in RULES for one in rule.find(basis)]
    return sorted(found, key=lambda one: RANK[one.rule.severity])
