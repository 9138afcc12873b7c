"""The product runs as a PostgreSQL role that owns nothing and can change no evidence."""

import io
import os

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from audit.ledger import sealing
from audit.models import Entry
from audit.verifying import running
from tests.factories import BatchFactory
from tests.way import submitted


@pytest.fixture
def as_application(db):
    """Everything from here on is done by a role with the printed rights, until the test's rollback."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no roles")
    out, role = io.StringIO(), f"exoledger_app_{os.getpid()}"  # roles are shared by all databases
    call_command("grants", role, stdout=out)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role} NOLOGIN")
        cursor.execute(out.getvalue())
        cursor.execute(f"SET ROLE {role}")
        yield cursor
        cursor.execute("RESET ROLE")


def test_r065_a_batch_is_made_sealed_and_verified(as_application, client, operator, second_operator):
    batch = BatchFactory(by=operator)
    submitted(batch, operator, second_operator)
    client.force_login(operator)
    assert client.get(f"/batches/{batch.number}/").status_code == 200
    client.logout()
    assert sealing.seal().size == Entry.objects.count()
    assert running.verify(running.WHOLE).outcome == "in_order"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET body = '{}'",
        "DELETE FROM audit_leaf",
        "TRUNCATE audit_checkpoint",
        "DELETE FROM batches_batch",
        "UPDATE qc_signature SET printed_name = 'Somebody Else'",
        "UPDATE batches_historicalbatch SET notes = ''",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TABLE audit_entry CASCADE",
        "CREATE OR REPLACE FUNCTION exoledger_guard() RETURNS trigger LANGUAGE plpgsql AS ''",
    ],
)
def test_r011_evidence_and_guards_are_out_of_its_reach(as_application, statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        as_application.execute(statement)


def test_grants_are_for_postgresql(db):
    if connection.vendor == "postgresql":
        pytest.skip("this is PostgreSQL")
    with pytest.raises(CommandError, match="on SQLite the file's permissions decide"):
        call_command("grants", "exoledger_app")
