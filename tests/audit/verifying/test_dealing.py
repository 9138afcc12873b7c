"""What becomes of an unexplained change: put back, kept, or noted; by quality assurance, with a reason."""

from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.unexplained import actions
from audit.ledger import sealing
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, RoleRefused
from audit.verifying import running
from audit.verifying.actions import outcomes_for
from audit.verifying.models import UnexplainedChange
from batches.isolation.pelleting import Ultracentrifugation
from batches.record.files import path_of
from batches.record.models import Attachment, Batch
from batches.source.models import Donor
from qc.models import Signature
from tests.audit.tampering import behind, run
from tests.audit.verifying.test_verify import DURATION, DURATION_BEFORE, rewrite
from tests.audit.writing import TYPING_ERROR, save
from tests.factories import DonorFactory

WHY = Reason("other", "Database was edited by hand, see DEV-12")


def found(qa):
    """Verify, keep what was found, and give it back."""
    report = running.verify()
    actions.keep_verification(report=report, scope=running.WHOLE, by=qa)
    return list(UnexplainedChange.objects.open())


@pytest.fixture
def changed(spin, qa):
    """Duration of the spin changed behind the trail, and found."""
    run(DURATION)
    [change] = found(qa)
    return change


def duration():
    return Ultracentrifugation.objects.values_list("duration_min", "revision").get()


def test_r074_put_back_makes_the_record_what_its_trail_says(changed, qa):
    revision, entries = duration()[1], Entry.objects.filter(kind="batches.ultracentrifugation").count()
    actions.put_back(change=changed, by=qa, reason=WHY)
    changed.refresh_from_db()
    assert duration() == (Decimal(75), revision)
    assert Entry.objects.filter(kind="batches.ultracentrifugation").count() == entries
    assert (changed.outcome, changed.dealt_with_by, changed.words) == ("put_back", qa, WHY.words)
    assert running.verify().outcome == "in_order"


def test_the_batchs_trail_tells_what_was_done(changed, qa):
    actions.put_back(change=changed, by=qa, reason=WHY)
    entry = Entry.objects.filter(kind="audit.unexplainedchange").order_by("pk").last()
    assert (entry.batch_number, entry.act) == (changed.batch_number, "put_back")
    assert WHY.words in entry.body


def test_kept_becomes_a_version_with_the_reason(changed, qa):
    revision = duration()[1]
    actions.keep_change(change=changed, by=qa, reason=WHY)
    assert duration() == (Decimal(60), revision + 1)
    entry = Entry.objects.filter(kind="batches.ultracentrifugation").order_by("pk").last()
    assert '"new":"60"' in entry.body and '"old":"75"' in entry.body and WHY.words in entry.body
    assert running.verify().outcome == "in_order"


def test_several_values_of_one_record_are_put_back_together(batch, qa):
    run("UPDATE batches_batch SET submitted_at = NULL, submitted_by_id = NULL, revision = 9")
    changes = found(qa)
    assert {one.field for one in changes} == {"submitted_at", "submitted_by", "revision"}
    actions.put_back(change=changes[0], by=qa, reason=WHY)
    assert UnexplainedChange.objects.open().count() == 0
    assert running.verify().outcome == "in_order"


def test_a_record_that_is_gone_is_made_again(operator, qa):
    donor = DonorFactory(age_years=34, by=operator)
    donor.age_years = 43
    save(donor, operator, reason=TYPING_ERROR)
    sealing.seal()
    before = Donor.objects.values().get()
    behind("DELETE FROM batches_donor")
    [change] = found(qa)
    assert outcomes_for(change) == ["put_back"]
    actions.put_back(change=change, by=qa, reason=WHY)
    assert Donor.objects.values().get() == before
    assert running.verify().outcome == "in_order"


def test_a_record_that_was_put_in_is_taken_into_the_trail(operator, qa):
    DonorFactory(age_years=34, by=operator)
    columns = ", ".join(
        f'"{f.column}"' for f in Donor._meta.concrete_fields if f.column not in {"id", "code"}
    )
    run(f"INSERT INTO batches_donor (code, {columns}) SELECT 'DN-9999', {columns} FROM batches_donor")
    [change] = found(qa)
    with pytest.raises(ActionRefused, match="nothing is deleted"):
        actions.put_back(change=change, by=qa, reason=WHY)
    actions.keep_change(change=change, by=qa, reason=WHY)
    forged = Donor.objects.get(code="DN-9999")
    assert (forged.revision, forged.history.count()) == (1, 1)
    assert Entry.objects.get(kind="batches.donor", object_id=forged.pk).actor == qa
    assert running.verify().outcome == "in_order"


def test_history_and_live_changed_alike_are_put_back_from_the_entry(spin, qa):
    run(DURATION)
    behind(DURATION_BEFORE)
    value, history = found(qa)
    assert (value.what, history.what) == ("value", "history")
    actions.put_back(change=value, by=qa, reason=WHY)
    assert duration()[0] == Decimal(75)
    with pytest.raises(ActionRefused, match="history can't be written from here"):
        actions.put_back(change=history, by=qa, reason=WHY)
    actions.note_damage(change=history, by=qa, reason=WHY)
    report = running.verify()
    assert (report.outcome, len(report.known)) == ("known", 1)
    assert f"by qa1, {report.known[0][1].split('by qa1, ')[1]}" in report.known[0][1]


def test_damage_that_grows_after_it_was_noted_is_found_again(spin, qa):
    run(DURATION)
    behind(DURATION_BEFORE)
    value, history = found(qa)
    actions.put_back(change=value, by=qa, reason=WHY)
    actions.note_damage(change=history, by=qa, reason=WHY)
    behind("UPDATE batches_historicalultracentrifugation SET duration_min = 50 WHERE duration_min = 60")
    assert running.verify().outcome == "wrong"
    assert [one.standing for one in found(qa)] == ["50 min"]


def test_nothing_is_put_back_from_an_entry_that_is_not_what_was_sealed(batch, spin, qa):
    entry = Entry.objects.filter(kind="batches.ultracentrifugation", body__contains='"new":"75"').get()
    rewrite(entry, '"new":"75"', '"new":"61"')
    change = next(one for one in found(qa) if one.what == "value")
    with pytest.raises(ActionRefused):
        actions.put_back(change=change, by=qa, reason=WHY)
    assert duration()[0] == Decimal(75)
    assert UnexplainedChange.objects.get(pk=change.pk).is_open


def test_a_file_is_put_back_once_it_is_there_again(batch, qa):
    file = Attachment.objects.get()
    path = path_of(file.sha256)
    with default_storage.open(path) as stored:
        original = stored.read()
    default_storage.delete(path)
    [change] = found(qa)
    with pytest.raises(ActionRefused, match="put the original file back into the store first"):
        actions.put_back(change=change, by=qa, reason=WHY)
    default_storage.save(path, ContentFile(original))
    actions.put_back(change=change, by=qa, reason=WHY)
    assert running.verify().outcome == "in_order"


def test_what_the_database_never_lets_be_changed_is_noted(batch, qa):
    reading = "UPDATE batches_reading SET format = 'forged'"
    behind(reading)
    [change] = found(qa)
    with pytest.raises(ActionRefused, match="Note it instead"):
        actions.put_back(change=change, by=qa, reason=WHY)
    with pytest.raises(ActionRefused):
        actions.keep_change(change=change, by=qa, reason=WHY)
    actions.note_damage(change=change, by=qa, reason=WHY)
    assert running.verify().outcome == "known"


@pytest.mark.parametrize("deed", [actions.put_back, actions.keep_change, actions.note_damage])
@pytest.mark.parametrize("person", ["operator", "reviewer", "auditor", "administrator"])
def test_only_quality_assurance_deals_with_it(changed, request, deed, person):
    with pytest.raises(RoleRefused):
        deed(change=changed, by=request.getfixturevalue(person), reason=WHY)
    assert UnexplainedChange.objects.open().count() == 1


def test_a_value_that_can_be_put_right_is_not_just_noted(changed, qa):
    with pytest.raises(ActionRefused):
        actions.note_damage(change=changed, by=qa, reason=WHY)


def test_nobody_deals_with_a_change_of_their_own_account(qa, reviewer):
    run("UPDATE accounts_user SET role = 'qa' WHERE username = 'reviewer1'")
    sealing.seal()
    [change] = found(qa)
    reviewer.refresh_from_db()
    with pytest.raises(ActionRefused, match="their own account"):
        actions.keep_change(change=change, by=reviewer, reason=WHY)
    actions.put_back(change=change, by=qa, reason=WHY)
    reviewer.refresh_from_db()
    assert reviewer.role == "reviewer"


def test_it_is_dealt_with_once(changed, qa):
    actions.put_back(change=changed, by=qa, reason=WHY)
    with pytest.raises(ActionRefused, match="dealt with already: put back as recorded by qa1"):
        actions.keep_change(change=changed, by=qa, reason=WHY)


def test_it_can_come_again_and_is_then_another_one(changed, qa):
    actions.put_back(change=changed, by=qa, reason=WHY)
    run(DURATION)
    assert len(found(qa)) == 1
    assert UnexplainedChange.objects.count() == 2


def test_what_was_put_right_meanwhile_is_put_back_all_the_same(changed, qa):
    run("UPDATE batches_ultracentrifugation SET duration_min = 75")
    actions.put_back(change=changed, by=qa, reason=WHY)
    assert running.verify().outcome == "in_order"


def test_an_entry_that_is_gone_is_noted(operator, qa):
    donor = DonorFactory(age_years=34, by=operator)
    donor.age_years = 43
    gone = save(donor, operator, reason=TYPING_ERROR)
    sealing.seal()
    behind("DELETE FROM audit_entry WHERE id = %s", gone.pk)
    changes = found(qa)
    assert {(one.what, one.field) for one in changes} == {
        ("value", "age_years"),
        ("history", ""),
        ("ledger", "entry"),
        ("ledger", "root"),
    }
    value = next(one for one in changes if one.what == "value")
    with pytest.raises(ActionRefused, match="nothing was signed or changed"):
        actions.put_back(change=value, by=qa, reason=WHY)
    for change in changes:
        actions.note_damage(change=change, by=qa, reason=WHY)
    report = running.verify()
    assert (report.outcome, report.words) == (
        "known",
        "Everything is in order. 4 known differences were dealt with before.",
    )
    assert Donor.objects.get().age_years == 43


def test_a_status_kept_as_it_stands_is_the_batchs_status(batch, qa):
    run("UPDATE batches_batch SET status = 'approved'")
    changes = found(qa)
    actions.keep_change(change=changes[0], by=qa, reason=WHY)
    assert Batch.objects.get().status == "approved"
    assert Signature.objects.count() == 0
