"""What every test may use."""

import pytest

from tests.factories import PersonFactory


@pytest.fixture(autouse=True)
def ledger_dir(settings, tmp_path):
    """Every test has a ledger folder of its own: what it seals must not outlive its database."""
    settings.LEDGER_DIR = tmp_path / "ledger"
    return settings.LEDGER_DIR


@pytest.fixture
def operator(db):
    return PersonFactory(username="operator1", printed_name="Operator One", role="operator")


@pytest.fixture
def second_operator(db):
    return PersonFactory(username="operator2", printed_name="Operator Two", role="operator")


@pytest.fixture
def reviewer(db):
    return PersonFactory(username="reviewer1", printed_name="Reviewer One", role="reviewer")


@pytest.fixture
def qa(db):
    return PersonFactory(username="qa1", printed_name="QA One", role="qa")


@pytest.fixture
def auditor(db):
    return PersonFactory(username="auditor1", printed_name="Auditor One", role="auditor")


@pytest.fixture
def administrator(db):
    return PersonFactory(username="admin1", printed_name="Admin One", role="administrator")


@pytest.fixture
def signed_in(client):
    """A test client signed in as that person: `signed_in(operator).get(...)`."""

    def enter(person):
        client.force_login(person)
        return client

    return enter
