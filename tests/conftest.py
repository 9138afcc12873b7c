"""What every test may use."""

import hypothesis
import pytest
from django.db import connection

from tests import template
from tests.factories import PersonFactory

# A busy machine is no reason to fail: an example takes as long as it takes.
hypothesis.settings.register_profile("exoledger", deadline=None)
hypothesis.settings.load_profile("exoledger")

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_collection_modifyitems(config, items):
    """On the second engine only what asks a database something: the rest would just run twice.

    A reader or a formula meets none. What is marked `one_engine` meets one and asks something else: who may,
    what stands in the example, how a page looks in a browser. Actions, constraints, locks, the ledger and
    what pages query stay on both.
    """
    if connection.vendor != "postgresql":
        return
    both = [item for item in items if is_for_both_engines(item)]
    if both and len(both) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if not is_for_both_engines(item)])
        items[:] = both


def is_for_both_engines(item):
    return meets_database(item) and item.get_closest_marker("one_engine") is None


def meets_database(item):
    return bool(DATABASE_FIXTURES & {*item.fixturenames}) or item.get_closest_marker("django_db") is not None


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings):
    """Begin with a copy of an empty database, where one was made for these migrations."""
    return connection.vendor == "sqlite" and template.copied_to(connection.settings_dict["TEST"]["NAME"])


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, django_db_keepdb):
    """Keep the empty database that was made, for the workers and runs to come."""
    if connection.vendor == "sqlite" and not django_db_keepdb:
        with django_db_blocker.unblock():
            connection.close()
        template.keep(connection.settings_dict["NAME"])


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
