"""The record that is attacked, and the comparison of every outcome with the page in the documents."""

import json
import os

import pytest
from django.db import connection

from tests.audit.attacks.attacking import Scene
from tests.audit.attacks.table import INTO, on_page
from tests.factories import BatchFactory, DonorFactory, PersonFactory
from tests.way import HARVEST, enter, sheet_of_harvest


@pytest.fixture
def built(request, tmp_path):
    """Build the scene; afterwards its outcome must be the one declared, and the one on the page."""
    scenes = []

    def build():
        operator = PersonFactory(username="operator1", printed_name="Operator One")
        batch = BatchFactory(by=operator)
        enter(sheet_of_harvest(batch), HARVEST, operator)
        donor = DonorFactory(code="DN-0001", age_years=34, notes="Consent AB, visit C", by=operator)
        scenes.append(Scene(batch, donor, operator, tmp_path))
        return scenes[0]

    yield build
    declared, (scene,) = request.function.attack, scenes
    assert scene.outcome == declared.outcome
    told(request.node, declared, scene.outcome)


def told(node, declared, outcome):
    """Write the outcome down for the page, or compare it with the page."""
    if INTO in os.environ:
        told_so = {**vars(declared), "engine": connection.vendor, "outcome": outcome, "file": node.path.name}
        path = os.path.join(os.environ[INTO], f"{connection.vendor}-{node.path.stem}-{node.name}.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(told_so, file)
    else:
        page = on_page(declared.title, declared.how)
        assert page.get(connection.vendor) == outcome, "Run python -m tests.audit.attacks.table"
        assert page["shown_by"] == declared.shown_by, "Run python -m tests.audit.attacks.table"


@pytest.fixture
def scene(db, built):
    """A batch with a harvest, a donor, everything sealed, a checkpoint handed out."""
    return built()


@pytest.fixture
def committed_scene(transactional_db, built):
    """The same, committed, so that other processes see it."""
    return built()
