"""System checks: settings and databases that would let evidence slip are named at start."""

import pytest
from django.db import connection

from audit import checks


def ids(problems):
    return [problem.id for problem in problems]


def test_product_settings_pass():
    assert checks.history_is_on() == []


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("SIMPLE_HISTORY_ENABLED", False, "audit.E001"),
        ("SIMPLE_HISTORY_EDIT", True, "audit.E002"),
        ("PRODUCTION", True, "audit.E003"),
    ],
)
def test_r010_settings_that_weaken_the_history_are_errors(settings, name, value, found):
    setattr(settings, name, value)
    assert ids(checks.history_is_on()) == [found]


def test_atomic_requests_are_an_error(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", True)
    assert ids(checks.history_is_on()) == ["audit.E004"]


def test_standing_guards_are_no_warning(db):
    assert checks.guards_stand(databases=["default"]) == []
    assert checks.guards_stand(databases=None) == []


def test_missing_guard_is_a_warning_that_says_what_to_do(db):
    name = "guard_audit_entry_delete" if connection.vendor == "sqlite" else "guard_audit_entry_row"
    on = ' ON "audit_entry"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TRIGGER "{name}"{on}')
    problems = checks.guards_stand(databases=["default"])
    assert ids(problems) == ["audit.W001"]
    assert problems[0].msg == f"1 guards are missing ({name}…): run manage.py migrate."
