"""What somebody does past the product: raw SQL, and what only the owner of the database can."""

from contextlib import contextmanager

from django.db import connection

from audit import guards


def run(sql, *params):
    """Raw SQL, guards in place: the rows that it gives, else how many it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def settle():
    """PostgreSQL alters no table that has checks still to come: have them now."""
    connection.check_constraints()


@contextmanager
def as_owner():
    """Take the guards off, and put them up again."""
    settle()
    with guards.lifted():
        yield
        settle()


@contextmanager
def past_every_rule():
    """The same with foreign keys out of the way, so that what they hold can be torn apart."""
    settle()
    with guards.lifted():
        if connection.vendor == "sqlite":
            run("PRAGMA defer_foreign_keys = ON")
            yield
            return
        run("SET session_replication_role = replica")
        try:
            yield
        finally:
            run("SET session_replication_role = DEFAULT")


def behind(sql, *params):
    """One statement of the database's owner past every rule, guards off and on again."""
    with past_every_rule():
        return run(sql, *params)
