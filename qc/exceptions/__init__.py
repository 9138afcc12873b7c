"""Exceptions: what a reviewer must look at, found by a versioned set of rules."""

from qc.exceptions.computing import exceptions_of
from qc.exceptions.counting import Counted, counted
from qc.exceptions.kinds import ReviewException, Rule
from qc.exceptions.registry import RULE_SET, RULES

__all__ = ["RULES", "RULE_SET", "Counted", "ReviewException", "Rule", "counted", "exceptions_of"]
