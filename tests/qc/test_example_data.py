"""Example data: written through the actions, the same every time, and never where it must not be."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.models import User
from audit.models import Entry, TrackedModel
from batches.characterization.models import Assay, BlotMarker, Micrograph, NanoparticleTracking, ProteinAssay
from batches.isolation.models import ProcessStep, Ultracentrifugation
from batches.masters.models import MasterVersion
from batches.record.models import Attachment, Batch, FieldRemark
from batches.source.kinds import SourceKind
from batches.source.models import Donor, SourceLot
from qc.example import stories
from qc.example.clock import Clock, rounded
from qc.example.figures import figures_of
from qc.example.files import dilution_for
from qc.example.stories import STORIES, Story
from qc.judging import judge
from qc.models import ReturnedPoint, Signature
from tests.factories import BatchFactory, PersonFactory

FEW = 3


def write(capsys, **options):
    call_command("example_data", **options)
    return capsys.readouterr().out


def key_values():
    """What must not depend on when the example is written."""
    return {
        "batches": list(Batch.objects.values_list("number", "status", "disposition", "source_lot__code")),
        "steps": list(
            ProcessStep.objects.values_list("batch__number", "position", "volume_out_ml", "status")
        ),
        "particles": list(NanoparticleTracking.objects.values_list("particles_per_ml", "mode_nm", "d90_nm")),
        "protein": list(ProteinAssay.objects.values_list("protein_ug_per_ml", "cv_percent")),
        "markers": list(BlotMarker.objects.values_list("target", "found", "antibody_lot")),
        "acts": list(Entry.objects.order_by("pk").values_list("act", "kind", "actor_username")),
    }


# --- where it goes and where not --------------------------------------------------------------------


@override_settings(PRODUCTION=True)
def test_example_data_refuses_production(db):
    with pytest.raises(CommandError, match="never goes into production"):
        call_command("example_data")
    assert User.objects.count() == 0


def test_example_data_leaves_a_filled_database_alone(db, capsys, django_assert_num_queries):
    BatchFactory()
    before = Entry.objects.count()
    with django_assert_num_queries(1):
        said = write(capsys)
    assert (said, Entry.objects.count()) == ("There are batches already: no example data written.\n", before)


def test_example_data_leaves_people_of_the_same_name_alone(db, capsys):
    PersonFactory(username="qa1")
    words = "People with the names of example people are registered already: no example data written.\n"
    assert (write(capsys), Batch.objects.count()) == (words, 0)


def test_example_data_asks_for_one_batch_at_least(db):
    with pytest.raises(CommandError, match="1 or more"):
        call_command("example_data", batches=0)


def test_example_data_is_written_whole_or_not_at_all(db, monkeypatch):
    monkeypatch.setitem(stories.LOTS_OF, "line", ())
    monkeypatch.setattr(stories, "PRODUCTS_DRAWN", ("line",))
    with pytest.raises(IndexError):
        call_command("example_data", batches=len(STORIES) + 1)
    assert (User.objects.count(), Batch.objects.count(), Entry.objects.count()) == (0, 0, 0)


# --- what it writes ---------------------------------------------------------------------------------


def test_example_data_is_the_same_every_time(transactional_db, capsys):
    found = []
    for _ in range(2):
        write(capsys, batches=FEW)
        found.append(key_values())
        call_command("flush", interactive=False, verbosity=0)
    assert found[0] == found[1]
    assert len(found[0]["batches"]) == FEW
