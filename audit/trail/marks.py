"""Entries that a reviewer looks for first: critical ones, with a reason, voided, late, refusals.

A mark is worked out by the database from the entry's action, kind and hashed text, in an index of its own:
nothing is stored that could differ from the text, nothing has to be filled in, and page 5,000 costs what
page 1 costs. The words of a mark stand in the text as JSON keys; in somebody's own words their quotes are
escaped, so nobody can write them there.
"""

import re
from typing import Any

from django.db.models import F, Func, SmallIntegerField

from audit.trail.lateness import LATE_AFTER_MIN

# Whatever is created or changed there is critical: who may do what, what is planned and allowed, what
# was decided, why a value may be missing or out of limits, and what was changed behind the trail.
CRITICAL_KINDS = (
    "accounts.user",
    "audit.unexplainedchange",
    "batches.criterion",
    "batches.fieldremark",
    "batches.frozenplan",
    "batches.masterrecord",
    "batches.masterversion",
    "batches.plannedstep",
    "batches.product",
    "batches.steplimit",
    "qc.deviation",
    "qc.deviationsignature",
    "qc.returnedpoint",
    "qc.review",
    "qc.signature",
)
CRITICAL_ACTIONS = ("signed", "restored", "epoch")
REASON = '"reason":{'
VOIDED_TEXTS = (
    '"field":"is_voided"',
    '"field":"voided_at"',
    '"field":"is_dropped"',
    '"field":"is_withdrawn"',
)
# A saved value was replaced (that needs a reason), a status moved, a record was voided or let out.
CRITICAL_TEXTS = (
    REASON,
    '"field":"status"',
    '"field":"disposition"',
    '"field":"quarantine_released_at"',
    *VOIDED_TEXTS,
)
REFUSALS = ("refused", "sign_in_failed", "identity_failed")
SAFE = re.compile(r'[a-z_.":{]+')


class Mark(Func):
    """1 for an entry of these actions, of these kinds, or whose text holds one of these texts; else nothing.

    Index and question hold it as the very same SQL, without parameters: that is how they find each other.
    """

    output_field = SmallIntegerField()

    def __init__(
        self,
        *,
        actions: tuple[str, ...] = (),
        kinds: tuple[str, ...] = (),
        texts: tuple[str, ...] = (),
        texts_of: tuple[str, ...] = ("changed",),
    ):
        super().__init__(F("action"), F("kind"), F("body"))
        self.actions, self.kinds, self.texts, self.texts_of = actions, kinds, texts, texts_of

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        action, kind, body = (compiler.compile(source)[0] for source in self.get_source_expressions())
        find = "strpos" if connection.vendor == "postgresql" else "instr"
        wanted = []
        if self.actions:
            wanted.append(f"{action} IN ({_listed(self.actions)})")
        if self.kinds:
            wanted.append(f"({action} IN ('created', 'changed') AND {kind} IN ({_listed(self.kinds)}))")
        if self.texts:
            held = " OR ".join(f"{find}({body}, {_listed((text,))}) > 0" for text in self.texts)
            wanted.append(f"({action} IN ({_listed(self.texts_of)}) AND ({held}))")
        return f"CASE WHEN {' OR '.join(wanted)} THEN 1 END", []


def _listed(words: tuple[str, ...]) -> str:
    """Constants of this file as SQL."""
    for word in words:
        if not SAFE.fullmatch(word):
            raise ValueError(f"{word!r} can't stand in a mark.")
    return ", ".join(f"'{word}'" for word in words)


MARKS = {
    "critical": Mark(actions=CRITICAL_ACTIONS, kinds=CRITICAL_KINDS, texts=CRITICAL_TEXTS),
    "reasons": Mark(texts=(REASON,)),
    "voided": Mark(texts=VOIDED_TEXTS),
    "late": Mark(texts=('"late_min":',), texts_of=("created", "changed")),
    "refusals": Mark(actions=REFUSALS),
}
WORDS = {
    "critical": "Critical only",
    "reasons": "With a reason",
    "voided": "Voided",
    "late": "Late entries",
    "refusals": "Refusals",
}
MEANINGS = {
    "critical": "Saved values replaced or voided; status and disposition; limits, criteria, plans, masters; "
    "reviews, deviations and signatures; why a value is missing or out of limits; people, roles and "
    "passwords; changes behind the trail; restores.",
    "reasons": "A saved value was replaced, and the person said why.",
    "voided": "Records that were voided, dropped from a plan or withdrawn; nothing is ever deleted.",
    "late": f"Entered more than {LATE_AFTER_MIN} minutes after it happened.",
    "refusals": "What was refused, sign-ins that failed, identities that were not proved.",
}
