"""What verifying finds, in words that a person of quality assurance understands."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from audit.verifying.models import UnexplainedChange
from audit.words import moment_words

What = UnexplainedChange.What


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be.

    With a `record_kind` it is about a record, an entry or a place in the ledger, and can be dealt with
    (UnexplainedChange). Without one it is about the installation: a guard, an outside copy, the clock.
    """

    words: str = ""
    what: str = ""
    record_kind: str = ""
    record_id: int = 0
    record_label: str = ""
    batch_number: str = ""
    field: str = ""
    label: str = ""
    recorded: str = ""
    standing: str = ""
    entry: int | None = None
    recorded_by: str = ""
    in_order_until: dt.datetime | None = None
    is_warning: bool = False

    @property
    def key(self) -> tuple[str, int, str, str]:
        """What makes it the same difference when it is found again."""
        return self.record_kind, self.record_id, self.what, self.field

    @property
    def sentence(self) -> str:
        """The whole of it in one or two sentences."""
        return f"{self._where}{self.words or self._what_stands}{self._since}"

    @property
    def _where(self) -> str:
        if not self.record_kind:
            return ""
        batch = f"Batch {self.batch_number}, " if self.batch_number else ""
        label = self.record_label
        return f"{label}: " if batch and label.endswith(self.batch_number) else f"{batch}{label}: "

    @property
    def _what_stands(self) -> str:
        entry = (
            f" (entry {self.entry}{', ' + self.recorded_by if self.recorded_by else ''})"
            if self.entry
            else ""
        )
        return f"{self.label}: the trail says {self.recorded}{entry}, but {self.standing} stands there."

    @property
    def _since(self) -> str:
        if self.in_order_until is None:
            return ""
        return f" Last known in order: {moment_words(self.in_order_until)}."

    def as_json(self) -> dict[str, Any]:
        """For `manage.py verify --json`."""
        return {
            "words": self.sentence,
            **{
                name: value.isoformat() if isinstance(value, dt.datetime) else value
                for name, value in asdict(self).items()
                if name != "words" and value not in ("", None, 0, False)
            },
        }
