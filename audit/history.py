"""History rows by django-simple-history, fitted to what the trail needs."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords

from audit import inserting


class TrackedHistory(HistoricalRecords):
    """History of a tracked model, without the fields its `history_excludes` names.

    Excluded are secrets (password hashes) and bulk data whose hash stands in the entry instead. The new
    history row is left on the record as `_history_row`, for the entry written right after it.
    """

    # django-simple-history makes a manager class anew at every access, which costs more than the INSERT.
    _history_models: dict[type[models.Model], Any] = {}  # noqa: RUF012

    def fields_included(self, model: type[models.Model]) -> list[models.Field]:
        excluded = getattr(model, "history_excludes", ())
        return [field for field in super().fields_included(model) if field.name not in excluded]

    def create_historical_record(self, instance: Any, history_type: str, using: str | None = None) -> None:
        """Write the history row; actor, moment and reason were put on the record by records.save."""
        model = type(instance)
        if model not in self._history_models:
            self._history_models[model] = getattr(model, self.manager_name).model, self.fields_included(model)
        history_model, fields = self._history_models[model]
        row = history_model(
            history_date=instance._history_date,
            history_type=history_type,
            history_user_id=instance._history_user.pk,
            history_change_reason=instance._change_reason,
            **{field.attname: getattr(instance, field.attname) for field in fields},
        )
        inserting.insert(row)
        instance.__dict__["_history_row"] = row
