"""Changes that no entry explains, and what quality assurance did about them."""

from collections.abc import Iterable

from django.conf import settings
from django.db import models

from audit.models import AppendOnlyQuerySet, TrackedModel
from audit.words import moment_words


class UnexplainedChangeQuerySet(AppendOnlyQuerySet):
    def open(self) -> "UnexplainedChangeQuerySet":
        """Those that nobody has dealt with."""
        return self.filter(outcome="")

    def noted(self) -> "UnexplainedChangeQuerySet":
        """Those that can't be mended and are known."""
        return self.filter(outcome=UnexplainedChange.Outcome.NOTED)

    def blocking(self, batch_number: str) -> "UnexplainedChangeQuerySet":
        """Open ones of the batch, and of records that stand above all batches."""
        return self.blocking_any([batch_number])

    def blocking_any(self, batch_numbers: Iterable[str]) -> "UnexplainedChangeQuerySet":
        """Open ones of any of these batches, and of records that stand above all batches."""
        return self.open().filter(batch_number__in=[*batch_numbers, ""])


class UnexplainedChange(TrackedModel):
    """A difference between a record and its trail that `manage.py verify` found.

    `recorded` is what the trail says, `standing` what stands there instead, both as people read them.
    It stays in the way of sign-off and release until a person of quality assurance has dealt with it.
    """

    class What(models.TextChoices):
        VALUE = "value", "value changed behind the trail"
        ROW_GONE = "row_gone", "record gone"
        ROW_ADDED = "row_added", "record without a trail"
        HISTORY = "history", "history changed"
        ENTRY = "entry", "entry changed"
        FILE = "file", "file changed"
        LEDGER = "ledger", "ledger changed"

    class Outcome(models.TextChoices):
        OPEN = "", "open"
        PUT_BACK = "put_back", "put back as recorded"
        KEPT = "kept", "kept as it stands, with a reason"
        NOTED = "noted", "noted, can't be mended"

    what = models.CharField("what", max_length=12, choices=What)
    record_kind = models.CharField("record kind", max_length=60)
    record_id = models.BigIntegerField("record")
    record_label = models.CharField("record as people call it", max_length=300)
    batch_number = models.CharField("batch", max_length=40, blank=True)
    field = models.CharField("field", max_length=60, blank=True)
    label = models.CharField("field as people call it", max_length=200, blank=True)
    recorded = models.TextField("what the trail says", blank=True)
    standing = models.TextField("what stands there", blank=True)
    told = models.TextField("in a sentence", blank=True)
    entry_id = models.BigIntegerField("entry that recorded it", null=True, blank=True)
    in_order_until = models.DateTimeField("last known in order", null=True, blank=True)
    found_at = models.DateTimeField("found at")
    found_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField("outcome", max_length=10, choices=Outcome, default="", blank=True)
    words = models.TextField("reason", blank=True)
    dealt_with_at = models.DateTimeField("dealt with at", null=True, blank=True)
    dealt_with_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = UnexplainedChangeQuerySet.as_manager()
    free_fields = ("outcome", "words", "dealt_with_at", "dealt_with_by")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "unexplained change"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["record_kind", "record_id", "what", "field"],
                condition=models.Q(outcome=""),
                name="unexplained_once_while_open",
            ),
        )
        indexes = (models.Index(fields=["batch_number", "outcome"], name="unexplained_of_batch"),)

    def __str__(self) -> str:
        return f"Unexplained change: {self.record_label}"

    @property
    def trail_batch(self) -> str:
        return self.batch_number

    @property
    def key(self) -> tuple[str, int, str, str]:
        """What makes it the same finding when it is found again."""
        return self.record_kind, self.record_id, self.what, self.field

    @property
    def is_open(self) -> bool:
        """Whether nobody has dealt with it."""
        return not self.outcome

    @property
    def dealt_words(self) -> str:
        """Who dealt with it and how, in a line."""
        if self.dealt_with_by is None or self.dealt_with_at is None:
            return ""
        when = moment_words(self.dealt_with_at)
        return f"{self.get_outcome_display()} by {self.dealt_with_by.get_username()}, {when}: {self.words}"
