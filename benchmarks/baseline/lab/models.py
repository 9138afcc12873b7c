"""Batches as a first database of a laboratory holds them, with django-simple-history."""

from django.db import models
from simple_history.models import HistoricalRecords


class Named(models.Model):
    """Something that has a name."""

    name = models.CharField(max_length=100, unique=True)

    class Meta:
        abstract = True
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Protocol(Named):
    """How a batch is made."""


class CellLine(Named):
    """What a batch is made from."""


class Operator(Named):
    """Who made a batch."""


class Batch(models.Model):
    """One batch."""

    class Status(models.TextChoices):
        PLANNED = "planned", "Planned"
        RUNNING = "running", "Running"
        REVIEW = "review", "In review"
        RELEASED = "released", "Released"
        REJECTED = "rejected", "Rejected"

    code = models.CharField(max_length=40, unique=True)
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT)
    cell_line = models.ForeignKey(CellLine, on_delete=models.PROTECT)
    operator = models.ForeignKey(Operator, on_delete=models.PROTECT)
    status = models.CharField(max_length=12, choices=Status, default=Status.PLANNED, db_index=True)
    date = models.DateField()
    volume_ml = models.DecimalField(max_digits=10, decimal_places=3)
    storage = models.CharField(max_length=60)
    note = models.TextField(blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return self.code


class Result(models.Model):
    """One measured value of a batch."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="results")
    name = models.CharField(max_length=40)
    value = models.DecimalField(max_digits=20, decimal_places=4)
    unit = models.CharField(max_length=20)

    history = HistoricalRecords()

    def __str__(self) -> str:
        return f"{self.name} of {self.batch_id}"
