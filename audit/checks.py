"""System checks: what would let evidence slip is named at start."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connection

from audit import guards
from audit.models import Entry


@register()
def history_is_on(**_: Any) -> list[CheckMessage]:
    """Refuse settings that switch the history off or let it be edited."""
    problems: list[CheckMessage] = []
    if not getattr(settings, "SIMPLE_HISTORY_ENABLED", True):
        problems.append(Error("SIMPLE_HISTORY_ENABLED must not be off.", id="audit.E001"))
    if getattr(settings, "SIMPLE_HISTORY_EDIT", False):
        problems.append(Error("SIMPLE_HISTORY_EDIT must not be set.", id="audit.E002"))
    if settings.AUDIT_GUARDS_MAY_BE_LIFTED and settings.PRODUCTION:
        problems.append(Error("AUDIT_GUARDS_MAY_BE_LIFTED is for tests only.", id="audit.E003"))
    if settings.DATABASES["default"].get("ATOMIC_REQUESTS"):
        problems.append(Error("ATOMIC_REQUESTS makes every read take SQLite's write lock.", id="audit.E004"))
    return problems


@register(Tags.database)
def guards_stand(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warn when guards are missing; an error here would keep `migrate` from putting them up."""
    if not databases or Entry._meta.db_table not in connection.introspection.table_names():
        return []  # not asked, or not migrated yet
    gone = guards.missing()
    if not gone:
        return []
    return [Warning(f"{len(gone)} guards are missing ({gone[0]}…): run manage.py migrate.", id="audit.W001")]
