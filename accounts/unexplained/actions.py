"""Dealing with what verifying found, each with its role, its transaction and its refusals as entries."""

from accounts import roles
from accounts.models import User
from audit.acting import action
from audit.models import Entry
from audit.refusal import Reason
from audit.verifying import actions, running
from audit.verifying.models import UnexplainedChange


@action(may=roles.VERIFY | {roles.Role.SYSTEM})
def keep_verification(*, report: running.Report, scope: str, number: str = "", by: User) -> Entry:
    """Keep the outcome of a verification, and what it found about records."""
    return actions.keep_outcome(report, scope=scope, number=number, by=by)


@action(may=roles.EXPLAIN, sealed=True)
def put_back(*, change: UnexplainedChange, by: User, reason: Reason) -> list[UnexplainedChange]:
    """Make the record what its trail says again."""
    return actions.put_back(change, by=by, reason=reason)


@action(may=roles.EXPLAIN, sealed=True)
def keep_change(*, change: UnexplainedChange, by: User, reason: Reason) -> list[UnexplainedChange]:
    """Take what stands there into the trail, with a reason."""
    return actions.adopt(change, by=by, reason=reason)


@action(may=roles.EXPLAIN)
def note_damage(*, change: UnexplainedChange, by: User, reason: Reason) -> list[UnexplainedChange]:
    """Say that a damage is known and can't be mended."""
    return actions.note(change, by=by, reason=reason)
