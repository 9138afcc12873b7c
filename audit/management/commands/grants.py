"""`manage.py grants ROLE`: the SQL that lets a PostgreSQL role run the product and nothing more.

The role must not own the tables: an owner can take guards off. It may read and add everywhere, change only
what is not evidence, and delete nothing but sessions that have ended.
"""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from audit import guards

SESSIONS = "django_session"


class Command(BaseCommand):
    help = "Prints the SQL that gives a PostgreSQL role what the product needs; the tables' owner runs it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="name of a role that does not own the tables")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Roles are PostgreSQL's; on SQLite the file's permissions decide.")
        self.stdout.write("\n".join(statements(options["role"])))


def statements(role: str) -> list[str]:
    """The statements, one a line; they can be run again after every upgrade."""
    name = connection.ops.quote_name(role)
    evidence = set(guards.append_only_tables())
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
    changing = ", ".join(connection.ops.quote_name(table) for table in tables if table not in evidence)
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {name};",
        f"GRANT USAGE ON SCHEMA public TO {name};",
        f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {name};",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name};",
        f"GRANT UPDATE ON {changing} TO {name};",
        f"GRANT DELETE ON {SESSIONS} TO {name};",
    ]
