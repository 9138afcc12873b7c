"""The database itself refuses to change evidence, whoever asks: raw SQL on the running engine."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import guards
from audit.management.commands import flush
from audit.models import Entry
from audit.refusal import OutsideTheDoor
from batches.source.models import Donor
from tests.factories import DonorFactory


def run(sql, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def refused(sql):
    with pytest.raises(DatabaseError, match="ExoLedger keeps every version"):
        run(sql)


def everything():
    return [list(model.order_by("pk").values()) for model in (Entry.objects, Donor.objects, Donor.history)]


@pytest.fixture
def donor(db):
    made = DonorFactory(notes="first")
    connection.check_constraints()  # PostgreSQL alters no table with checks still to come
    return made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET body = '{}'",
        "UPDATE audit_entry SET actor_name = 'Somebody Else'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)",
        "UPDATE batches_historicaldonor SET notes = 'other'",
        "DELETE FROM batches_historicaldonor",
        "DELETE FROM batches_donor",
        "DELETE FROM accounts_user",
    ],
)
def test_r011_raw_sql_can_not_change_evidence(donor, statement):
    before = everything()
    refused(statement)
    assert everything() == before


@pytest.mark.parametrize("table", ["audit_entry", "batches_historicaldonor", "batches_donor"])
def test_r011_truncate_is_refused(donor, table):
    before = everything()
    # SQLite has no TRUNCATE: what it calls its truncate optimisation is DELETE without WHERE.
    refused(f"DELETE FROM {table}" if connection.vendor == "sqlite" else f"TRUNCATE {table} CASCADE")
    assert everything() == before


@pytest.mark.parametrize("table", ["audit_entry", "batches_historicaldonor"])
def test_replacing_a_row_of_evidence_is_refused(donor, table):
    before = everything()
    if connection.vendor == "sqlite":
        refused(f"REPLACE INTO {table} SELECT * FROM {table}")
        refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
        refused(f"INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT DO NOTHING")
    else:
        key = "id" if table == "audit_entry" else "history_id"
        refused(f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET {key} = 0")
    assert everything() == before


def test_replacing_a_tracked_row_is_refused_too(donor):
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE is SQLite's")
    before = everything()
    refused("REPLACE INTO batches_donor SELECT * FROM batches_donor")
    assert everything() == before


def test_every_guard_stands_after_migrate(db):
    assert guards.missing() == []
    assert set(guards.expected(connection.vendor)) == set(guards.standing())


def test_entries_history_and_readings_are_append_only():
    tables = set(guards.append_only_tables())
    assert {"audit_entry", "batches_historicaldonor", "batches_reading", "qc_signature"} <= tables
    assert {"batches_donor", "accounts_user"} <= set(guards.kept_tables())
    assert tables.isdisjoint(guards.kept_tables())


def drop(name, table):
    on = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    run(f'DROP TRIGGER "{name}"{on}')


def a_guard_of_entries():
    return "guard_audit_entry_delete" if connection.vendor == "sqlite" else "guard_audit_entry_row"


def test_missing_guard_is_named_and_put_up_again(donor):
    name = a_guard_of_entries()
    drop(name, "audit_entry")
    assert guards.missing() == [name]
    guards.install()
    assert guards.missing() == []
    refused("DELETE FROM audit_entry")


def test_guard_that_was_weakened_is_named(donor):
    name = a_guard_of_entries()
    if connection.vendor == "sqlite":
        drop(name, "audit_entry")
        run(f'CREATE TRIGGER "{name}" BEFORE DELETE ON "audit_entry" BEGIN SELECT 1; END')
    else:
        run(f'ALTER TABLE audit_entry DISABLE TRIGGER "{name}"')
    assert guards.missing() == [name]


def test_guards_that_stand_are_made_anew_without_doubles(db):
    guards.install()
    guards.install()
    assert len(guards.standing()) == len(guards.expected(connection.vendor))


def test_guards_are_lifted_by_the_test_settings_only(donor, settings):
    settings.AUDIT_GUARDS_MAY_BE_LIFTED = False
    with pytest.raises(OutsideTheDoor, match="test settings only"), guards.lifted():
        pass
    refused("DELETE FROM audit_entry")


def test_guards_stand_again_after_they_were_lifted(donor):
    """On PostgreSQL their triggers stay, and the function behind them lets everything pass."""
    all_of_them = list(guards.expected("sqlite")) if connection.vendor == "sqlite" else ["exoledger_guard()"]
    with guards.lifted():
        assert guards.missing() == all_of_them
        run("UPDATE audit_entry SET act = 'other'")
    assert guards.missing() == []
    refused("UPDATE audit_entry SET act = 'another'")


@pytest.mark.django_db(transaction=True)
def test_flush_leaves_no_rows_and_all_guards(donor):
    drop(a_guard_of_entries(), "audit_entry")
    call_command("flush", interactive=False)
    assert (flush.filled(connection), guards.missing()) == ([], [])


def test_flush_is_refused_outside_the_test_settings(donor, settings):
    settings.AUDIT_GUARDS_MAY_BE_LIFTED = False
    before = everything()
    with pytest.raises(OutsideTheDoor):
        call_command("flush", interactive=False)
    assert everything() == before


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("clean_old_history", ["--auto"]),
        ("clean_old_history", []),
        ("clean_duplicate_history", ["--auto"]),
        ("populate_history", ["--auto"]),
    ],
)
def test_commands_that_clean_or_forge_history_are_refused(donor, command, arguments):
    before = everything()
    with pytest.raises(CommandError):
        call_command(command, *arguments)
    assert everything() == before


def test_r074_a_guard_whose_function_does_nothing_is_named(db):
    """SQLite keeps what a trigger does in the trigger itself; PostgreSQL in a function beside it."""
    if connection.vendor == "sqlite":
        name = "guard_audit_entry_update"
        run(f"DROP TRIGGER {name}")
        run(f"CREATE TRIGGER {name} BEFORE UPDATE ON audit_entry BEGIN SELECT 1; END")
    else:
        name = "exoledger_guard()"
        run(
            "CREATE OR REPLACE FUNCTION exoledger_guard() RETURNS trigger LANGUAGE plpgsql "
            "AS $$BEGIN RETURN NEW; END$$"
        )
    assert guards.missing() == [name]


def test_r074_a_guard_that_asks_first_is_named(db):
    if connection.vendor == "sqlite":
        pytest.skip("the test above changes SQLite's trigger as a whole")
    name = "guard_audit_entry_row"
    run(f"DROP TRIGGER {name} ON audit_entry")
    run(
        f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW "
        "WHEN (OLD.id < 0) EXECUTE FUNCTION exoledger_guard()"
    )
    run(f"ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER {name}")
    assert guards.missing() == [name]
