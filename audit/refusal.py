"""What the product says when it refuses, in words for the person who asked."""

from dataclasses import dataclass
from typing import Any

from django.db import models


class ActionRefused(Exception):
    """A refusal in plain words; shown to the person and kept as an entry."""

    # The kind of entry that keeps it (audit.models.EntryAction).
    entry_action = "refused"

    def keep_more(self, by: Any) -> None:
        """What else is written with the refusal, in its transaction; nothing unless there is more to say."""


class RoleRefused(ActionRefused):
    """The person's role may not do this; names who may."""


class ReasonMissing(ActionRefused):
    """A saved value would change without a reason."""


class ValueRefused(ActionRefused):
    """A value that the record can't hold; `field` names it, so that a form can show it there."""

    def __init__(self, words: str, field: str = ""):
        super().__init__(words)
        self.field = field


class RecordMoved(ActionRefused):
    """Somebody else saved this record since it was read."""


class OutsideTheDoor(Exception):
    """A programming error: something tried to write past `records.save`."""


class ReasonCategory(models.TextChoices):
    """Why a saved value changes (the words beside it say more)."""

    TYPING_ERROR = "typing_error", "Typing error"
    WRONG_UNIT = "wrong_unit", "Wrong unit or factor"
    READ_AGAIN = "read_again", "Read again from the instrument"
    MEASURED_AGAIN = "measured_again", "Measured again"
    LATE_INFORMATION = "late_information", "Information came later"
    PROCESS = "process", "Process or material"
    REVIEW = "review", "Asked for by review"
    ADMINISTRATION = "administration", "Administration"
    OTHER = "other", "Other"


@dataclass(frozen=True)
class Reason:
    """A category and a few words. Blank or one-character words are refused."""

    category: str
    words: str

    def __post_init__(self) -> None:
        if self.category not in ReasonCategory.values:
            raise ReasonMissing("Choose why the value changes.")
        if len(self.words.strip()) < 3:
            raise ReasonMissing("Say in a few words why the value changes.")
        if "\x00" in self.words:
            raise ReasonMissing("The reason holds a character that can't be stored.")
