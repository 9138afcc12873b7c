"""Example data: written through the actions, the same every time, and never where it must not be."""

from collections import Counter
from random import Random

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from accounts.example import EXAMPLE_PASSWORD
from accounts.models import User
from audit.models import Entry, TrackedModel
from batches.characterization.blots import BlotMarker
from batches.characterization.formulas import purity_class
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay
from batches.characterization.protein import ProteinAssay
from batches.characterization.tracking import NanoparticleTracking
from batches.isolation.models import ProcessStep
from batches.masters.models import MasterVersion
from batches.record.missing import missing_of
from batches.record.models import Attachment, Batch, FieldRemark
from batches.reporting.balance import balance_of
from batches.reporting.doubts import doubts_of
from batches.reporting.loading import read
from batches.source.models import Donor, DonorTesting, Harvest, SourceLot
from batches.stability.models import StabilityPull
from qc.deviations.models import Deviation
from qc.deviations.rules import blocking_words
from qc.deviations.signing import signatures_of as signatures_of_deviation
from qc.example.figures import WAYS, figures_of
from qc.example.files import dilution_for
from qc.example.stories import STORIES, stories
from qc.exceptions import exceptions_of
from qc.judging import judge
from qc.loading import load
from qc.models import ReturnedPoint, Signature
from tests.factories import BatchFactory, PersonFactory, ProductFactory

pytestmark = pytest.mark.one_engine
FEW = 3


def write(capsys, **options):
    call_command("example_data", **options)
    return capsys.readouterr().out


def key_values():
    """What must not depend on when the example is written."""
    # A periodic review draws by chance: an entry that is aimed at may be drawn too, and is told once.
    drawn_apart = Entry.objects.exclude(kind="qc.sampledentry")
    return {
        "batches": list(
            Batch.objects.order_by("pk").values_list("number", "status", "disposition", "source_lot__code")
        ),
        "steps": list(
            ProcessStep.objects.order_by("pk").values_list(
                "batch__number", "position", "volume_out_ml", "status"
            )
        ),
        "particles": list(
            NanoparticleTracking.objects.order_by("pk").values_list("particles_per_ml", "mode_nm", "d90_nm")
        ),
        "protein": list(ProteinAssay.objects.order_by("pk").values_list("protein_ug_per_ml", "cv_percent")),
        "markers": list(BlotMarker.objects.order_by("pk").values_list("target", "found", "antibody_lot")),
        "acts": list(drawn_apart.order_by("pk").values_list("act", "kind", "actor_username")),
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


def test_example_data_is_written_whole_or_not_at_all(db):
    ProductFactory(code="REF-EV")
    before = (User.objects.count(), Entry.objects.count())
    with pytest.raises(CommandError, match="No example data written: This code is already taken"):
        call_command("example_data", batches=FEW)
    assert (User.objects.count(), Entry.objects.count()) == before


# --- the same every time ----------------------------------------------------------------------------


def test_example_data_is_the_same_every_time(db, capsys):
    found = []
    for _ in range(2):
        with transaction.atomic():
            write(capsys, batches=FEW)
            found.append(key_values())
            transaction.set_rollback(True)
    assert found[0] == found[1]
    assert len(found[0]["batches"]) == FEW


@pytest.mark.parametrize("count", [1, 2, 3, 10, 25, 26, 27, 200])
def test_stories_are_as_many_as_asked_for_and_always_the_same(count):
    assert len(stories(count)) == count
    assert stories(count) == stories(count)


def test_few_stories_go_from_the_first_to_the_last():
    assert [story.reach for story in stories(3)] == [STORIES[0].reach, STORIES[12].reach, STORIES[-1].reach]


def test_more_stories_keep_the_first_version_first_and_the_unfinished_last():
    told = stories(60)
    assert [story.is_first_version for story in told] == [True, True] + [False] * 58
    assert told[-24:] == list(STORIES[2:])


@pytest.mark.parametrize(
    ("per_ml", "dilution"), [(3.2e8, 1), (1.4e11, 500), (7.5e11, 2000), (5.3e8, 2), (2.2e11, 1000)]
)
def test_dilution_brings_a_sample_to_where_it_counts_well(per_ml, dilution):
    assert dilution_for(per_ml) == dilution


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.product} {story.reach}")
def test_figures_of_a_story_agree_with_each_other(story):
    figures = figures_of(story, Random(7))
    volumes = [(step.volume_in_ml, step.volume_out_ml) for step in figures.passed]
    assert [inward for inward, _ in volumes[1:]] == [outward for _, outward in volumes[:-1]]
    assert len(volumes) == len(WAYS["msc v1" if story.is_first_version else story.product].stages)
    assert figures.start_ml == volumes[0][0] and figures.final_ml == volumes[-1][1]


# --- the usual size ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def laboratory(django_db_setup, django_db_blocker):
    """The example as `make run` writes it, once for all tests below; slower than other fixtures."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("example_data", verbosity=0)
        yield
        transaction.set_rollback(True)


def test_batches_stand_at_every_stage(laboratory):
    counts = Counter(Batch.objects.values_list("status", "disposition"))
    assert counts == {
        ("in_process", ""): 7,
        ("submitted", ""): 4,
        ("in_review", ""): 2,
        ("returned", ""): 1,
        ("approved", ""): 2,
        ("approved", "released"): 9,
        ("approved", "quarantined"): 1,
        ("rejected", "rejected"): 2,
    }


def test_batches_in_process_stand_at_different_stages(laboratory):
    stages = [
        (
            Harvest.objects.standing().filter(batch=batch, finished_at=None).count() == 0,
            ProcessStep.objects.filter(batch=batch, status="finished").count(),
            ProcessStep.objects.filter(batch=batch, status="running").count(),
            Assay.objects.filter(batch=batch, status="finished").count(),
        )
        for batch in Batch.objects.filter(status="in_process").order_by("pk")
    ]
    assert stages == [
        (True, 4, 0, 5),
        (True, 3, 0, 2),
        (True, 4, 0, 1),
        (True, 1, 1, 0),
        (True, 0, 0, 0),
        (False, 0, 0, 0),
        (True, 0, 0, 0),  # a pool
    ]


def test_the_unchecked_batch_lacks_nothing_but_the_check(laboratory):
    batch = Batch.objects.filter(status="in_process").order_by("pk").first()
    assert [problem.words for problem in missing_of(batch)] == ["waits for a second person's check"]


def test_decisions_fit_the_verdicts(laboratory):
    failing = {
        batch.number: {one.criterion.attribute for one in judge(batch) if one.blocks}
        for batch in Batch.objects.exclude(status="in_process").order_by("pk")
    }
    rejected = Batch.objects.filter(status="rejected").order_by("pk").values_list("number", flat=True)
    assert {number: what for number, what in failing.items() if what} == dict(
        zip(rejected, [{"negative_markers_failed"}, {"mode_nm"}], strict=True)
    )


def test_much_that_can_be_found_is_found_somewhere(laboratory):
    found = set()
    for batch in Batch.objects.exclude(status="in_process").with_header():
        found |= {one.rule.words for one in exceptions_of(load(batch), judge(batch))}
    assert found >= {
        "open deviation",
        "open deviation, minor",
        "out of limits",
        "donor or source",
        "late entry",
        "voided",
        "repeated",
        "close to the limit",
        "not applicable",
        "changed after signature",
    }
    assert not found & {"implausibly fast", "same person", "version not effective", "out of order"}


def test_only_one_batch_is_written_down_late(laboratory):
    late = {
        batch.number
        for batch in Batch.objects.with_header()
        if any(finding.rule.words == "late entry" for finding in exceptions_of(load(batch), judge(batch)))
    }
    assert len(late) == 1


def test_every_kind_of_source_method_and_technique_is_there(laboratory):
    assert set(SourceLot.objects.values_list("kind", flat=True)) == {
        choice for choice, _ in SourceLot._meta.get_field("kind").choices
    }
    assert set(ProcessStep.objects.values_list("method", flat=True)) == {
        "ultracentrifugation",
        "size_exclusion",
        "precipitation",
        "tangential_flow",
        "clearing_spin",
        "filtration",
        "fill",
    }
    assert set(Assay.objects.values_list("technique", flat=True)) == {
        "nta",
        "western_blot",
        "electron_microscopy",
        "protein",
        "dls",
        "zeta",
        "trps",
        "nanoflow",
        "lipid",
        "rna",
        "growth_factor",
        "potency",
    }
    assert set(Assay.objects.values_list("sample", flat=True)) == {"final", "process"}
    assert Assay.objects.filter(status="excluded").count() == 1
    assert StabilityPull.objects.waiting().count() == 6


def test_the_birth_mother_is_tested_for_perinatal_lots(laboratory):
    births = DonorTesting.objects.filter(source_lot__kind__in=["cord_msc", "cord_blood", "placenta"])
    assert set(births.values_list("taken_from", flat=True)) == {"birth_mother"}


def test_masters_have_an_old_an_effective_and_a_draft_version(laboratory):
    versions = MasterVersion.objects.filter(master__code="EXO-MSC-UC").order_by("number")
    assert list(versions.values_list("number", "status")) == [(1, "retired"), (2, "effective"), (3, "draft")]
    used = Counter(Batch.objects.values_list("plan__version__master__code", "plan__version__number"))
    assert used[("EXO-MSC-UC", 1)] == 2


def test_dilutions_come_from_files_and_from_people(laboratory):
    sources = Counter(NanoparticleTracking.objects.values_list("dilution_source", flat=True))
    assert set(sources) == {"file", "person"}
    formats = set(NanoparticleTracking.objects.values_list("reading__software", flat=True))
    assert len(formats) == 4


def test_scales_come_from_files_and_from_people(laboratory):
    scales = set(Micrograph.objects.values_list("view", "scale_source"))
    assert scales == {("wide", "file"), ("close", "file"), ("close", "person")}


def test_replicates_are_one_to_three(laboratory):
    numbers = Counter(
        Assay.objects.filter(technique="nta", sample="final").standing().values_list("batch", flat=True)
    )
    assert set(numbers.values()) == {1, 2, 3}


def test_unreadable_uploads_are_kept_with_their_reason(laboratory):
    kept = Attachment.objects.filter(status="kept").values_list("not_read_because", flat=True)
    assert [words.split(",")[0] for words in kept] == ["This is a web page (HTML) under another name"] * 2


def test_particles_and_protein_agree_as_published(laboratory):
    classes = Counter()
    for batch in Batch.objects.exclude(status="in_process").filter(source_lot__isnull=False):
        ratio = next(one for one in judge(batch) if one.criterion.attribute == "particles_per_ug")
        classes[purity_class(ratio.measured.value)] += 1
    assert set(classes) <= {"high purity", "low purity", "between classes"}


def test_where_the_particles_went_is_known_and_believable(laboratory):
    balances = [balance_of(made) for made in read(list(Batch.objects.order_by("id")))]
    whole = [one for one in balances if one.overall.recovery_percent is not None]
    stepwise = [one for one in whole if one.overall.product_percent is not None]
    weighed = [one for one in stepwise if all(step.protein_removal_percent for step in one.steps)]
    assert (len(whole) >= 15, len(stepwise) >= 12, len(weighed) >= 3) == (True, True, True)
    assert [str(doubt) for one in balances for doubt in doubts_of(one) if doubt.is_impossible] == []


def test_voided_and_repeated_records_stay(laboratory):
    voided = ProcessStep.objects.get(status="voided")
    again = ProcessStep.objects.get(batch=voided.batch, position=5)
    assert (again.planned_position, again.status) == (voided.position, "finished")
    assert Assay.objects.filter(status="voided").count() == 1


def test_returned_batches_name_points(laboratory):
    labels = Counter(ReturnedPoint.objects.values_list("review__batch__status", flat=True))
    assert labels == {"returned": 2, "approved": 3, "in_review": 3}


def test_remarks_of_both_kinds_are_there(laboratory):
    assert set(FieldRemark.objects.values_list("kind", flat=True)) == {"not_applicable", "out_of_limits"}


def test_every_history_row_has_its_entry(laboratory):
    entries = set(Entry.objects.exclude(history_id=None).values_list("kind", "history_id"))
    rows = {
        (model._meta.label_lower, key)
        for model in apps.get_models()
        if issubclass(model, TrackedModel)
        for key in model.history.values_list("history_id", flat=True)
    }
    assert entries == rows


def test_batches_hold_two_harvests_of_one_lot_and_of_two_donors(laboratory):
    pooled = Harvest.objects.filter(further=2).order_by("id").select_related("batch")
    found = [(one.batch.product.code, one.batch.further_lots != "", one.is_finished) for one in pooled]
    assert found == [("MSC-EV-T", False, True), ("CB-EV", True, True)]


def test_nothing_typed_lies_in_the_future(laboratory):
    now = timezone.now()
    assert not Harvest.objects.filter(harvested_time__gt=now).exists()
    assert not Assay.objects.filter(performed_time__gt=now).exists()
    assert not ProcessStep.objects.filter(performed_until__gt=now).exists()


def test_material_is_collected_before_it_is_harvested_and_after_consent(laboratory):
    harvests = Harvest.objects.exclude(harvested_time=None)
    for harvest in harvests.select_related("batch__source_lot__donor", "source_lot__donor"):
        lot = harvest.lot
        if lot.donor:
            assert lot.donor.consent_on <= lot.collection_time.date() <= harvest.harvested_time.date()


def test_people_are_example_people_and_donors_pseudonyms(laboratory):
    people = User.objects.exclude(role="system")
    assert (people.count(), people.filter(is_example=True).count()) == (8, 8)
    assert all(person.check_password(EXAMPLE_PASSWORD) for person in people)
    assert all(code.startswith("DN-01") for code in Donor.objects.values_list("code", flat=True))


def test_signatures_are_of_people_who_did_no_work_in_the_batch(laboratory):
    involved = Signature.objects.filter(signed_by__role="operator")
    assert (Signature.objects.count(), involved.count()) == (41, 0)


def test_a_pool_of_two_donors_is_released_and_another_one_begun(laboratory):
    pools = Batch.objects.filter(source_lot__isnull=True).order_by("pk")
    told = [(pool.disposition, pool.parts.count(), pool.further_lots.count("SRC-")) for pool in pools]
    assert told == [("released", 2, 2), ("", 1, 1)]
    assert [doubts_of(balance_of(made)) for made in read(list(pools))] == [[], []]


def test_refusals_are_in_the_trail(laboratory):
    refused = Entry.objects.filter(action="refused").values_list("act", flat=True)
    assert Counter(refused) == {"attach_export": 2, "check_step": 1}


def test_deviations_of_the_example_block_one_batch_and_the_one_it_names(laboratory):
    told = Deviation.objects.order_by("id").values_list("grade", "status", "place", "batch__status")
    assert list(told) == [
        ("minor", "closed", "step", "approved"),
        ("minor", "open", "assay", "in_review"),
        ("major", "open", "step", "in_review"),
        ("", "open", "harvest", "submitted"),
    ]
    major = Deviation.objects.get(grade="major")
    named = major.affected.get().batch
    assert (named.status, named.disposition) == ("approved", "")
    for batch in (major.batch, named):
        assert [major.number in words for words in blocking_words(batch)] == [True]
    assert [one.is_valid for one in signatures_of_deviation(Deviation.objects.get(status="closed"))] == [True]
