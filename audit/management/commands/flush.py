"""`manage.py flush`, which only a test run may use."""

from typing import Any

from django.core.management.commands.flush import Command as DjangoFlush
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from audit import guards

# Written by migrations, and the same in every empty database.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}


class Command(DjangoFlush):
    help = "Empties the tables that hold rows, between tests. Refused outside the test settings."

    def handle(self, **options: Any) -> None:
        using = options["database"]
        tables = filled(connections[using])
        with guards.lifted(using, tables):
            empty(connections[using], tables)
        if guards.missing(using):  # a test took them off and left them
            guards.install(using)


def filled(connection: BaseDatabaseWrapper) -> list[str]:
    """The tables with rows in them: a handful after most tests, of some 250."""
    names = sorted({*connection.introspection.django_table_names(only_existing=True)} - KEPT)
    asked = " UNION ALL ".join(
        f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(name)})"
        for number, name in enumerate(names)
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [names[number] for (number,) in cursor.fetchall()]


def empty(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    """Take the rows of these tables away, whatever points at them."""
    with connection.constraint_checks_disabled(), transaction.atomic(connection.alias):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL session_replication_role = replica")
            for table in tables:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
