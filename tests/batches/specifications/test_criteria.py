"""Criteria: in words, in order, and every senseless combination refused at its field and by the database."""

from decimal import Decimal

import pytest
from django.db import transaction

from audit import records
from audit.refusal import ReasonMissing, RecordMoved, ValueRefused
from batches.masters.plans import criteria_of
from batches.specifications import actions, drafts
from batches.specifications.attributes import choices_for, is_known, label_of
from batches.specifications.content import criteria_content
from batches.specifications.models import SpecificationCriterion
from batches.specifications.words import criterion_words
from tests.batches.specifications.conftest import read
from tests.batches.specifications.test_way import WHY
from tests.factories import MasterVersionFactory, system
from tests.factories.specifications import MODE

TETRASPANINS = {"kind": "release", "operator": "n_of_m", "expected": "CD9\nCD63\nCD81", "at_least": 2}
ABSENT = {"operator": "not_detected", "expected": "Calnexin"}


def put(draft, by, attribute, **values):
    return drafts.add_specification_criterion(version=draft, attribute=attribute, values=values, by=by)


def in_words(draft):
    return [criterion_words(one) for one in criteria_of(criteria_content(read(draft)))]


def attributes_of(draft):
    standing = SpecificationCriterion.objects.filter(version=draft, is_dropped=False)
    return [(one.position, one.attribute) for one in standing.order_by("position")]


@pytest.mark.parametrize(
    ("attribute", "values", "words"),
    [
        ("markers", TETRASPANINS, "release: CD9, CD63, CD81: at least 2 of 3 detected"),
        ("markers", ABSENT, "release: Calnexin: not detected"),
        (
            "markers",
            {"operator": "detected", "expected": "CD9\n\n CD63 "},
            "release: CD9, CD63: all detected",
        ),
        (
            "endotoxin_eu_per_ml",
            {"action_high": Decimal(5), "high_included": False},
            "release: Endotoxin: below 5 EU/mL",
        ),
        (
            "d50_nm",
            {"kind": "alert", "alert_high": Decimal(140)},
            "alert: Median diameter (D50): any value; alert above 140 nm",
        ),
        ("d50_nm", {"kind": "report"}, "report only: Median diameter (D50): any value"),
        (
            "sterility",
            {"operator": "equals", "expected": "No growth"},
            "release: Sterility: equals No growth",
        ),
        (
            "appearance",
            {"operator": "one_of", "expected": "clear\nslightly cloudy"},
            "release: Appearance: one of clear, slightly cloudy",
        ),
        (
            "d50_nm",
            {"action_low": Decimal(50), "replicates": "n_of_m", "replicates_needed": 2},
            "release: Median diameter (D50): at least 50 nm; at least 2 replicates",
        ),
        (
            "d50_nm",
            {
                "action_low": Decimal(50),
                "replicates": "each",
                "retest": "all_pass",
                "retests_needed": 2,
            },
            "release: Median diameter (D50): at least 50 nm; each replicate; "
            "after a failure, all retests pass, at least 2",
        ),
        (
            "step:1:rcf_xg",
            {"action_low": Decimal(90000)},
            "release: Step 1: force: at least 90\u202f000 ×g",
        ),
    ],
)
def test_a_criterion_reads_as_a_sentence(draft, reviewer, attribute, values, words):
    put(draft, reviewer, attribute, **values)
    assert in_words(draft)[1] == words


SENSELESS = [
    ("glamour", {"action_low": Decimal(1)}, "attribute"),
    ("step:1:glamour", {"action_low": Decimal(1)}, "attribute"),
    ("d50_nm", {}, "action_low"),
    ("d50_nm", {"alert_low": Decimal(1)}, "action_low"),
    ("d50_nm", {"kind": "alert"}, "action_low"),
    ("d50_nm", {"action_low": Decimal(2), "action_high": Decimal(1)}, "action_high"),
    ("d50_nm", {"action_low": Decimal(2), "action_high": Decimal(2), "low_included": False}, "action_high"),
    (
        "d50_nm",
        {"action_low": Decimal(1), "alert_low": Decimal(5), "alert_high": Decimal(2)},
        "alert_high",
    ),
    ("d50_nm", {"action_low": Decimal(1), "expected": "CD9"}, "expected"),
    ("d50_nm", {"action_low": Decimal(1), "at_least": 2}, "at_least"),
    ("d50_nm", {"action_low": Decimal(1), "replicates": "n_of_m"}, "replicates_needed"),
    ("d50_nm", {"action_low": Decimal(1), "replicates_needed": 2}, "replicates_needed"),
    ("d50_nm", {"action_low": Decimal(1), "retest": "all_pass"}, "retests_needed"),
    ("d50_nm", {"action_low": Decimal(1), "retests_needed": 1}, "retests_needed"),
    ("d50_nm", TETRASPANINS, "operator"),
    ("markers", {"action_low": Decimal(1)}, "operator"),
    ("markers", {"operator": "detected"}, "expected"),
    ("markers", {**TETRASPANINS, "at_least": None}, "at_least"),
    ("markers", {**TETRASPANINS, "at_least": 4}, "at_least"),
    ("markers", {**TETRASPANINS, "expected": "CD9\ncd9"}, "expected"),
    ("markers", {**TETRASPANINS, "expected": "CD9", "at_least": 1}, "expected"),
    ("markers", {**ABSENT, "action_high": Decimal(1)}, "action_high"),
    ("markers", {**ABSENT, "low_included": False}, "low_included"),
    ("sterility", {"action_low": Decimal(1)}, "operator"),
    ("sterility", {"operator": "equals"}, "expected"),
    ("sterility", {"operator": "equals", "expected": "a\nb"}, "expected"),
    ("sterility", {"operator": "one_of", "expected": "a"}, "expected"),
]


@pytest.mark.parametrize(("attribute", "values", "named"), SENSELESS)
def test_a_senseless_criterion_is_refused_at_its_field(draft, reviewer, attribute, values, named):
    with pytest.raises(ValueRefused) as refused:
        put(draft, reviewer, attribute, **values)
    assert refused.value.field == named
    assert SpecificationCriterion.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"action_low": 2, "action_high": 1}, "must not be below 'accept from'"),
        ({"action_low": 2, "action_high": 2, "high_included": False}, "no value is accepted"),
        ({"action_low": 1, "alert_low": 2, "alert_high": 1}, "must not be below 'alert below'"),
        ({"operator": "detected", "action_low": 1}, "Only a range has numbers"),
        ({"operator": "detected", "high_included": False}, "Only a range has numbers"),
        ({"action_low": 1, "expected": "CD9"}, "A range has no names"),
        ({"operator": "one_of"}, "A range has no names"),
        ({}, "which numbers are accepted"),
        ({"kind": "alert"}, "which numbers are accepted"),
        ({"operator": "n_of_m", "expected": "CD9"}, "'At least' belongs"),
        ({"action_low": 1, "at_least": 1}, "'At least' belongs"),
        ({"action_low": 1, "replicates": "n_of_m"}, "A number of replicates"),
        ({"action_low": 1, "replicates_needed": 1}, "A number of replicates"),
        ({"action_low": 1, "retest": "all_pass"}, "A number of retests"),
        ({"action_low": 1, "retests_needed": 1}, "A number of retests"),
    ],
)
def test_the_database_refuses_the_same_in_words(draft, values, words):
    criterion = SpecificationCriterion(version=draft, position=2, attribute="d50_nm", **values)
    with pytest.raises(ValueRefused, match=words), transaction.atomic():
        records.save(criterion, by=system())


def test_the_same_criterion_stands_once(draft, reviewer):
    put(draft, reviewer, "markers", **TETRASPANINS)
    put(draft, reviewer, "markers", **ABSENT)
    with pytest.raises(ValueRefused, match="has such a criterion already") as refused:
        put(draft, reviewer, "markers", **{**TETRASPANINS, "at_least": 3})
    assert refused.value.field == "attribute"
    assert len(attributes_of(draft)) == 3


def test_criteria_are_moved_and_dropped_without_holes(draft, reviewer):
    second = put(draft, reviewer, "d50_nm", kind="report")
    third = put(draft, reviewer, "mean_nm", kind="report")
    drafts.move_specification_criterion(criterion=third, to=1, by=reviewer)
    assert attributes_of(draft) == [(1, "mean_nm"), (2, "mode_nm"), (3, "d50_nm")]
    drafts.move_specification_criterion(criterion=third, to=99, by=reviewer)
    assert attributes_of(draft) == [(1, "mode_nm"), (2, "d50_nm"), (3, "mean_nm")]
    drafts.drop_specification_criterion(criterion=second, by=reviewer)
    assert attributes_of(draft) == [(1, "mode_nm"), (2, "mean_nm")]
    assert SpecificationCriterion.objects.get(pk=second.pk).is_dropped is True


def test_changing_a_saved_criterion_needs_a_reason(draft, reviewer):
    criterion = draft.criteria.get()
    with pytest.raises(ReasonMissing):
        drafts.set_specification_criterion(
            criterion=criterion, values={"action_high": Decimal(200)}, by=reviewer
        )
    drafts.set_specification_criterion(
        criterion=criterion, values={"action_high": Decimal(200)}, by=reviewer, reason=WHY
    )
    assert draft.criteria.get().action_high == 200


def test_two_people_on_one_criterion_the_second_is_told(draft, reviewer, qa):
    criterion = draft.criteria.get()
    given = {"criterion": criterion, "reason": WHY, "seen": criterion.revision}
    drafts.set_specification_criterion(values={"action_high": Decimal(200)}, by=qa, **given)
    with pytest.raises(RecordMoved):
        drafts.set_specification_criterion(values={"action_high": Decimal(300)}, by=reviewer, **given)
    with pytest.raises(RecordMoved):
        drafts.describe_specification(version=draft, change_note="So", by=reviewer, seen=99)
    assert draft.criteria.get().action_high == 200


def test_values_of_planned_steps_are_offered_from_the_products_masters(db):
    version = MasterVersionFactory()
    groups = dict(choices_for(version.master.product))
    assert "Step 1 · Pellet" in groups
    assert ("step:1:duration_min", "Duration (min)") in groups["Step 1 · Pellet"]
    assert is_known("step:1:duration_min") and label_of("step:1:duration_min") == "Step 1: duration"


def test_a_criterion_of_the_mode_is_copied_with_all_its_rules(effective, reviewer):
    copy = actions.draft_specification(specification=effective.specification, by=reviewer)
    (criterion,) = criteria_of(criteria_content(read(copy)))
    assert (criterion.kind, criterion.limit.action_low, criterion.limit.action_high) == (
        MODE["kind"],
        MODE["action_low"],
        MODE["action_high"],
    )
