"""Both meters of a batch together: what pages and tags show."""

from dataclasses import dataclass

from batches.reporting.loading import Made
from batches.reporting.looking import Score
from batches.reporting.registry import RULE_SET, checklist_of, ev_metric_of


@dataclass(frozen=True)
class Meters:
    """How completely a batch is reported, by the rules of RULE_SET; never how good its EVs are."""

    made: Made
    checklist: Score
    ev_metric: Score
    rule_set: str = RULE_SET

    @property
    def mandatory(self) -> Score:
        return self.checklist.of_level("M")

    @property
    def has_no_gradient(self) -> bool:
        """Whether there is no density gradient, without which at most 7 of 9 components can be had."""
        return not any(one.finding.is_satisfied for one in self.ev_metric.looked if one.item.code == "3")


def meters_of(made: Made) -> Meters:
    """Both meters over a batch's record; asks the database for nothing."""
    return Meters(made, checklist_of(made), ev_metric_of(made))
