"""Verdicts: a batch's results judged against the criteria of its frozen plan.

Nothing passes by default. A result without a value is not tested or inconclusive, and one that is not a
number is inconclusive; only what meets the rule passes. Every verdict says why.
"""

from qc.judging.judged import Judged, all_pass, judge, judge_evidence, summary
from qc.judging.verdicts import FAIL, INCONCLUSIVE, NOT_TESTED, PASS, outcome_of, verdict_of
from qc.judging.words import shown_number

__all__ = [
    "FAIL",
    "INCONCLUSIVE",
    "NOT_TESTED",
    "PASS",
    "Judged",
    "all_pass",
    "judge",
    "judge_evidence",
    "outcome_of",
    "shown_number",
    "summary",
    "verdict_of",
]
