"""Fields that point at people."""

from typing import Any

from django.conf import settings
from django.db import models


def person(**kwargs: Any) -> models.ForeignKey:
    """A key to the person who did something; set by actions, never by forms."""
    given: dict[str, Any] = {"null": True, "editable": False, "related_name": "+", **kwargs}
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, **given)
