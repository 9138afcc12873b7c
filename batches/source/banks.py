"""Cell banks: cells of one passage frozen in many vials, what was tested of them, what they came from."""

from collections.abc import Iterable
from decimal import Decimal

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Sum

from audit.models import TrackedModel
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words
from batches.source.models import SourceLot, TestResult

BANK_CODE = RegexValidator(
    r"^[A-Z0-9]+(-[A-Z0-9]+)*\Z", "Capitals, digits and dashes, such as MCB-0101 or WCB-HEK-03."
)
# Places of the same name in addresses.
KEPT_CODES = ("ADD", "CORRECT")


class CellBank(TrackedModel):
    """A bank of frozen vials: master, working or end-of-production, with its age and its tests."""

    class Kind(models.TextChoices):
        MASTER = "master", "Master cell bank"
        WORKING = "working", "Working cell bank"
        END = "end", "End-of-production cells"

    class Identity(models.TextChoices):
        MATCH = "match", "Matches"
        MISMATCH = "mismatch", "Does not match"
        PENDING = "pending", "Pending"
        NOT_DONE = "not_done", "Not done"

    code = Words("bank", max_length=40, unique=True, blank=False, validators=[BANK_CODE])
    kind = Words("kind", max_length=8, choices=Kind, blank=False)
    cells = Words("cells", max_length=80, blank=False)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="made from bank",
    )
    passage = WholeNumberField("passage when frozen", low=0, high=100)
    cumulative_doublings = QuantityField("cumulative population doublings", low=0, high=200, decimal_places=1)
    passage_limit = WholeNumberField("use up to passage", low=0, high=100)
    doublings_limit = QuantityField("use up to population doublings", low=0, high=200, decimal_places=1)
    frozen_on = models.DateField("frozen on", null=True, blank=True)
    vials_made = WholeNumberField("vials made", low=1, high=100_000)
    vials_used_otherwise = WholeNumberField("vials used for tests or discarded", low=0, high=100_000)
    cells_per_vial = QuantityField("cells per vial", low=1, high="1e12", max_digits=15, decimal_places=0)
    identity = Words("identity (STR)", max_length=10, choices=Identity)
    identity_ref = Words("identity report", max_length=80)
    mycoplasma = Words("mycoplasma", max_length=10, choices=TestResult)
    sterility = Words("sterility", max_length=10, choices=TestResult)
    viability_percent = QuantityField("viability after thawing", unit="%", low=0, high=100, decimal_places=1)
    tested_on = models.DateField("tested on", null=True, blank=True)
    notes = LongWords("notes")

    class Meta:
        base_manager_name = "objects"
        ordering = ("-id",)
        verbose_name = "cell bank"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(vials_used_otherwise__isnull=True)
                | models.Q(vials_made__isnull=False, vials_used_otherwise__lte=models.F("vials_made")),
                name="cellbank_uses_no_more_than_made",
                violation_error_message="No more vials can be used than were made.",
            ),
            models.CheckConstraint(
                condition=models.Q(passage__isnull=True)
                | models.Q(passage_limit__isnull=True)
                | models.Q(passage_limit__gte=models.F("passage")),
                name="cellbank_passage_limit_later",
                violation_error_message="The bank is older than the passage it may be used up to.",
            ),
            models.CheckConstraint(
                condition=models.Q(cumulative_doublings__isnull=True)
                | models.Q(doublings_limit__isnull=True)
                | models.Q(doublings_limit__gte=models.F("cumulative_doublings")),
                name="cellbank_doublings_limit_later",
                violation_error_message="The bank is older than the doublings it may be used up to.",
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def trail_label(self) -> str:
        return f"Cell bank {self.code}"


def vials_taken(banks: Iterable[CellBank]) -> dict[int, Decimal]:
    """By key of a bank, how many vials source lots took of it; one query."""
    lots = SourceLot.objects.filter(bank__in=[bank.pk for bank in banks], collected_unit=SourceLot.Unit.VIALS)
    rows = lots.order_by().values_list("bank_id").annotate(Sum("collected_amount"))
    return {pk: amount or Decimal(0) for pk, amount in rows}


def vials_left(bank: CellBank, taken: Decimal) -> Decimal | None:
    """Vials that should still be there: made, less those of source lots and those used otherwise."""
    if bank.vials_made is None:
        return None
    return bank.vials_made - taken - (bank.vials_used_otherwise or 0)
