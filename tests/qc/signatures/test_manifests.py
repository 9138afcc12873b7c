"""What a manifest says of a batch, and that nothing of the record can change without changing it."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from django.db import models

from accounts.models import User
from audit.models import Entry, TrackedModel
from audit.refusal import Reason
from batches.characterization.techniques import TECHNIQUES
from batches.isolation.methods import METHODS
from batches.isolation.models import ProcessStep
from batches.materials.chosen import ChosenMaterial
from batches.pooling.models import PoolPart
from batches.record.calculations import Calculation
from batches.record.models import Attachment, Batch, FieldRemark, Reading
from batches.reporting.models import ReportingFacts
from batches.source.models import Donor, Harvest, SourceLot
from batches.source.treatments import LOT_ROWS
from qc import actions
from qc.deviations.models import AffectedBatch, Deviation, DeviationNote, DeviationSignature
from qc.exceptions import RULE_SET
from qc.judging import judge_evidence
from qc.loading import load
from qc.models import ReturnedPoint, Review, Signature
from qc.review.deciding import faced_in
from qc.review.models import ExceptionDecision, PointReply, Query, QueryMessage, TrailReview
from qc.signatures.contents import Written, record_sha256_of, sha256_of, write
from qc.signatures.differences import differences
from qc.signatures.manifests import manifest_now
from qc.signatures.models import Manifest
from qc.signatures.source import LOT_DETAILS
from qc.signatures.values import LEFT_OUT, MODELS_LEFT_OUT, PARENTS, Names, section
from tests.factories.deviations import opened
from tests.factories.evidence import attach, nta, protein, put
from tests.qc.conftest import ready, signing
from tests.qc.review.conftest import corrected

WHY = Reason("other", "for the test")
# Models of the record and of what is said about it; each with the fields that the walk below changes.
RECORD = [
    model
    for model in Batch._meta.apps.get_models()
    if issubclass(model, TrackedModel)
    and model.__module__.startswith(("batches.isolation", "batches.characterization"))
] + [Batch, Attachment, Reading, FieldRemark, Calculation, ChosenMaterial, ReportingFacts, Harvest]
RECORD += [PoolPart]
RECORD += [Donor, SourceLot, *LOT_DETAILS, *LOT_ROWS]
SAID = [
    *(Deviation, DeviationNote, DeviationSignature, AffectedBatch, Review, ReturnedPoint, Signature),
    *(ExceptionDecision, PointReply, Query, QueryMessage, TrailReview),
]
FIELDS = [(model, field) for model in RECORD + SAID for field in model._meta.concrete_fields]


def another(field, value):
    """A value that the field does not hold."""
    if field.choices:
        return next(code for code, _ in field.flatchoices if code not in (value, ""))
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.DateTimeField):
        return dt.datetime(2031, 1, 2, tzinfo=dt.UTC)
    if isinstance(field, models.DateField):
        return dt.date(2031, 1, 2)
    if isinstance(field, models.DecimalField):
        return Decimal("1.5")
    if isinstance(field, models.JSONField):
        return ["another"]
    return 77 if isinstance(field, models.IntegerField) or field.is_relation else "another"


@pytest.mark.parametrize(
    ("model", "field"), FIELDS, ids=lambda one: getattr(one, "name", None) or one.__name__
)
def test_r036_every_field_of_the_record_is_in_its_section_or_says_why_not(model, field):
    file = Attachment(pk=77, name="77.csv", sha256="7" * 64)
    reading = Reading(pk=77, attachment_id=77, reader="nanosight", reader_version="7")
    names = Names({77: ("operator7", "Operator Seven")}, {77: file}, {77: reading})
    record = model(pk=1, reader="nanosight", reader_version="1") if model is Reading else model(pk=1)
    before = section(record, "before", names, part="record")["values"]
    is_key = field.is_relation and field.related_model not in (User, Attachment, Reading)
    if not is_key:
        setattr(record, field.attname, another(field, getattr(record, field.attname)))
    told = section(record, "before", names, part="record")["values"] != before
    left_out = {("*", field.name), (model._meta.label_lower, field.name)} & LEFT_OUT.keys()
    is_parent = field.is_relation and field.name in PARENTS and model is not Batch
    assert told is not bool(left_out or is_parent or is_key)


def hangs_on_batch(model, seen=()):
    """Whether a key leads from the model, perhaps over others, to a batch."""
    keys = [one.related_model for one in model._meta.concrete_fields if one.is_relation]
    ours = [one for one in keys if issubclass(one, TrackedModel) and one not in (model, User, *seen)]
    return Batch in ours or any(hangs_on_batch(one, (*seen, model)) for one in ours)


def test_r047_every_model_that_hangs_on_a_batch_is_in_its_manifest_or_says_why_not():
    hanging = {one for one in Batch._meta.apps.get_models() if issubclass(one, TrackedModel)}
    hanging = {one for one in hanging if hangs_on_batch(one)}
    told = {one for one in hanging if one in RECORD + SAID}
    assert {one._meta.label_lower for one in hanging - told} == set(MODELS_LEFT_OUT)


def test_r047_rows_of_every_kind_are_told():
    """A kind that is added brings its rows along by its registry line."""
    for kind in (*METHODS.values(), *TECHNIQUES.values()):
        for rows in kind.rows:
            assert rows.model in RECORD


def test_r047_what_was_known_is_signed_the_exceptions_with_rule_and_evidence(in_review):
    corrected(in_review)
    written = manifest_now(in_review)
    by_key = {one["key"]: one for one in written.content["sections"]}
    [known] = [one for key, one in by_key.items() if key.startswith("exception:")]
    values = {one["field"]: one["value"] for one in known["values"]}
    number = Entry.objects.filter(batch_number=in_review.number).latest("id").number_in_batch
    assert (known["part"], known["title"]) == ("computed", "Exception: Step 1 · Pellet")
    assert (values["rule"], values["severity"]) == ("corrected", "minor")
    assert (values["entries"], values["why"]) == (str(number), "Typing error: digits swapped")
    assert by_key["rules"]["values"][0]["value"] == RULE_SET
    assert known["key"] == f"exception:{faced_in(in_review)[0].key}"


def test_r047_a_manifest_holds_everything_that_stands_in_the_batch(in_review, operator):
    nta(in_review, mode_nm=96)
    protein(in_review)
    opened(in_review, operator)
    content = manifest_now(in_review).content
    keys = {one["key"] for one in content["sections"]}
    record = load(Batch.objects.with_header().get())
    for one in (*record.steps, *record.assays, *record.remarks, *record.attachments, *record.deviations):
        assert f"{one._meta.label_lower}:{one.pk}" in keys
    kinds = {key.partition(":")[0] for key in keys}
    assert {
        "batches.batch",
        "batches.sourcelot",
        "batches.donor",
        "batches.harvest",
        "batches.ultracentrifugation",
        "batches.nanoparticletracking",
        "batches.proteinassay",
        "batches.reading",
        "criterion",
        "qc.review",
        "qc.deviation",
    } <= kinds


def hashes(batch):
    now = manifest_now(batch)
    return now.sha256, now.record_sha256


def test_r037_a_change_of_the_record_changes_both_hashes(in_review):
    step, donor = ProcessStep.objects.get(), in_review.source_lot.donor
    attach(in_review, b"one more")
    seen = [hashes(in_review)]
    for record, field, value in (
        (step, "remarks", "seen"),
        (in_review.harvests.get(), "ph", Decimal("7.1")),
        (donor, "eligibility", "incomplete"),
        (in_review, "notes", "another purpose"),
    ):
        setattr(record, field, value)
        put(record, WHY)
        seen.append(hashes(in_review))
    assert len({whole for whole, _ in seen}) == len({record for _, record in seen}) == 5


def test_r037_what_is_said_about_the_record_changes_the_whole_only(in_review, operator, reviewer):
    before = hashes(in_review)
    opened(in_review, operator)
    later = hashes(in_review)
    actions.reject_batch(batch=in_review, **signing(in_review, reviewer, "spoilt"), by=reviewer)
    last = hashes(in_review)
    assert len({before[0], later[0], last[0]}) == 3
    assert before[1] == later[1] == last[1]


def test_events_move_no_manifest(in_review, reviewer):
    ready(in_review, reviewer)
    before = hashes(in_review)
    with pytest.raises(Exception, match="password"):
        actions.approve_batch(batch=in_review, **signing(in_review, reviewer, password="no"), by=reviewer)
    assert hashes(in_review) == before


def test_r036_what_was_signed_is_kept_word_for_word(in_review, reviewer):
    written = manifest_now(in_review)
    signature = actions.reject_batch(batch=in_review, **signing(in_review, reviewer, "spoilt"), by=reviewer)
    manifest = Manifest.objects.get()
    assert (signature.manifest, manifest.content, manifest.number) == (manifest, written.text, 1)
    assert sha256_of(manifest.content) == manifest.sha256 == written.sha256
    assert record_sha256_of(json.loads(manifest.content)) == manifest.record_sha256
    assert json.loads(signature.statement) == {
        "v": 1,
        "meaning": "reviewed_rejected",
        "batch": in_review.number,
        "manifest": manifest.sha256,
        "signer": "reviewer1",
        "nonce": signature.nonce,
    }


def test_other_words_for_a_verdict_are_no_other_record(in_review):
    record = load(Batch.objects.with_header().get())
    judged = judge_evidence(record.plan, record.evidence)
    assert write(record, judged).record_sha256 == write(record, []).record_sha256
    assert write(record, judged).sha256 != write(record, []).sha256


def test_a_diff_names_record_field_then_and_now(in_review):
    before = manifest_now(in_review).content
    step = ProcessStep.objects.get()
    step.remarks = "seen later"
    put(step)
    found = differences(before, manifest_now(in_review).content)
    mine = [one for one in found if one.part == "record"]
    told = [(one.title, value.label, value.then, value.now) for one in mine for value in one.values]
    assert told == [("Step 1 · Pellet", "Remarks", "", "seen later")]
    assert differences(before, before) == []


def test_what_a_review_wrote_is_told(in_review, reviewer):
    points = [(ProcessStep.objects.get(), "rotor is not the planned one")]
    given = signing(in_review, reviewer)
    actions.return_batch(batch=in_review, points=points, **given, by=reviewer)
    keys = {one["key"]: one for one in manifest_now(in_review).content["sections"]}
    for model in (Review, ReturnedPoint, Signature):
        assert f"{model._meta.label_lower}:{model.objects.get().pk}" in keys
    assert Written.of(manifest_now(in_review).content).text == manifest_now(in_review).text
