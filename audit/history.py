"""History rows by django-simple-history, fitted to what the trail needs."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords
from simple_history.signals import post_create_historical_record


class TrackedHistory(HistoricalRecords):
    """History of a tracked model, without the fields its `history_excludes` names.

    Excluded are secrets (password hashes) and bulk data whose hash stands in the entry instead.
    """

    def fields_included(self, model: type[models.Model]) -> list[models.Field]:
        excluded = getattr(model, "history_excludes", ())
        return [field for field in super().fields_included(model) if field.name not in excluded]


def remember_history_row(instance: models.Model, history_instance: Any, **_: Any) -> None:
    """Leave the new history row on the record, for the entry written right after it."""
    instance.__dict__["_history_row"] = history_instance


post_create_historical_record.connect(remember_history_row)
