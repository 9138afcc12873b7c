"""What somebody does who owns the database: everything that the application would refuse."""

from contextlib import contextmanager

from django.db import connection

from audit import guards


def run(sql, *params):
    """Raw SQL, past the application; guards stand."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def as_owner():
    """Take the guards off and put them up again, with foreign keys and deferred checks out of the way."""
    if connection.vendor == "postgresql":
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run("SET session_replication_role = replica")
        off = [(table, name) for table, name in triggers()]
        for table, name in off:
            run(f'ALTER TABLE "{table}" DISABLE TRIGGER "{name}"')
        try:
            yield
        finally:
            for table, name in off:
                run(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"')
            run("SET session_replication_role = DEFAULT")
        return
    run("PRAGMA defer_foreign_keys = ON")
    with guards.lifted():
        yield


def triggers():
    return run(
        "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND left(t.tgname, 6) = 'guard_'"
    )


def behind(sql, *params):
    """One statement of the database's owner, guards off and on again."""
    with as_owner():
        return run(sql, *params)
