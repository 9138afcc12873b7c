"""Sign-off and release wait: for what was changed behind the trail, and for the seal."""

import pytest

from accounts.unexplained import actions as dealing
from audit.ledger import keys, sealing
from audit.ledger.models import Leaf
from audit.models import Entry
from audit.refusal import ActionRefused, Reason
from audit.verifying import running
from audit.verifying.models import UnexplainedChange
from batches.isolation.models import ProcessStep
from batches.record.models import Batch
from batches.source.models import Donor
from qc import actions
from qc.exceptions import exceptions_of
from qc.judging import judge_evidence
from qc.loading import load
from qc.models import Signature
from qc.signing import signatures_of
from tests.audit.tampering import behind, run
from tests.audit.verifying.test_verify import DURATION
from tests.audit.writing import event
from tests.factories import BatchFactory, DonorFactory, PersonFactory, system
from tests.qc.conftest import ready, signing
from tests.qc.test_actions import decided
from tests.way import submitted

WHY = Reason("other", "edited by hand, see DEV-12")


def approve(batch, by):
    ready(batch, by)
    return actions.approve_batch(batch=batch, **signing(batch, by), by=by)


def release(batch, by):
    given = signing(batch, by, "all in order")
    return actions.set_disposition(batch=batch, disposition="released", **given, by=by)


@pytest.mark.parametrize("what", ["UPDATE batches_ultracentrifugation SET temperature_c = 9", DURATION])
def test_r074_a_change_made_a_second_ago_keeps_a_batch_from_being_approved(in_review, reviewer, what):
    run("UPDATE batches_processstep SET temperature_c = 9" if "temperature" in what else what)
    with pytest.raises(ActionRefused, match="Nothing was signed: unexplained change"):
        approve(in_review, reviewer)
    assert decided().count() == 0
    change = UnexplainedChange.objects.get()
    assert (change.batch_number, change.found_by) == (in_review.number, reviewer)
    refused = Entry.objects.filter(action="refused").get()
    assert change.told in refused.body.replace('\\"', '"')


def test_r074_the_same_keeps_it_from_being_released(approved, qa):
    run(DURATION)
    with pytest.raises(ActionRefused, match="Nothing was signed: unexplained change"):
        release(approved, qa)
    with pytest.raises(ActionRefused, match="an unexplained change is open"):
        release(approved, qa)
    assert (Batch.objects.get().disposition, UnexplainedChange.objects.count()) == ("", 1)


def test_r074_the_source_it_stands_on_counts_too(in_review, reviewer):
    run("UPDATE batches_donor SET age_years = 20")
    with pytest.raises(ActionRefused, match="Age: the trail says 34"):
        approve(in_review, reviewer)


def test_r074_a_row_put_into_the_batch_counts_too(in_review, reviewer):
    run(
        "INSERT INTO batches_fieldremark (revision, kind, record_kind, record_id, record_label, field, "
        "words, is_withdrawn, batch_id) SELECT 1, 'out_of_limits', 'batches.processstep', 1, 'Step 1', "
        "'temperature_c', 'forged', (1 = 0), id FROM batches_batch"
    )
    with pytest.raises(ActionRefused, match="no entry tells how it came there"):
        approve(in_review, reviewer)


def test_one_above_batches_stands_in_the_way_of_all(in_review, reviewer, qa, operator):
    DonorFactory(code="DN-0009", age_years=50, by=operator)
    run("UPDATE batches_donor SET age_years = 51 WHERE code = 'DN-0009'")
    approved = approve(in_review, reviewer)  # it does not stand on that donor, and nobody has looked
    assert approved.pk
    dealing.keep_verification(report=running.verify(), scope=running.WHOLE, by=qa)
    with pytest.raises(ActionRefused, match="an unexplained change is open"):
        release(in_review, qa)


def test_after_it_was_put_back_the_batch_goes_on(in_review, reviewer, qa):
    run(DURATION)
    with pytest.raises(ActionRefused):
        approve(in_review, reviewer)
    dealing.put_back(change=UnexplainedChange.objects.get(), by=qa, reason=WHY)
    assert approve(in_review, reviewer).meaning == "reviewed_approved"


def test_a_signature_stays_valid_when_all_was_put_back(approved, qa):
    run(DURATION)
    with pytest.raises(ActionRefused):
        release(approved, qa)
    dealing.put_back(change=UnexplainedChange.objects.get(), by=qa, reason=WHY)
    assert [one.is_valid for one in signatures_of(approved)] == [True, True]
    assert release(approved, PersonFactory(role="qa")).meaning == "released"


def test_r037_a_signature_is_not_valid_while_an_unexplained_change_is_open(approved, qa):
    run("UPDATE batches_processstep SET temperature_c = 9")
    dealing.keep_verification(report=running.verify(running.WHOLE), scope=running.WHOLE, by=qa)
    assert [(one.is_valid, one.validity) for one in signatures_of(approved)] == [
        (
            False,
            "signed at revision 1, unsigned: record changed behind the trail: an unexplained change is open",
        )
    ] * 2


def test_r036_a_signature_that_was_changed_itself_is_never_valid_again(approved, qa):
    behind("UPDATE qc_signature SET printed_name = 'Somebody Else'")
    dealing.keep_verification(report=running.verify(running.WHOLE), scope=running.WHOLE, by=qa)
    for change in UnexplainedChange.objects.open():
        dealing.note_damage(change=change, by=qa, reason=WHY)
    assert [(one.is_valid, one.validity) for one in signatures_of(approved)] == [
        (False, "is not as it was signed: it was changed behind the trail")
    ] * 2


def test_a_signature_does_not_cover_what_was_kept(approved, qa):
    run(DURATION)
    with pytest.raises(ActionRefused):
        release(approved, qa)
    dealing.keep_change(change=UnexplainedChange.objects.get(), by=qa, reason=WHY)
    assert [one.is_valid for one in signatures_of(approved)] == [False, False]


def test_a_batch_can_be_returned_and_rejected_all_the_same(in_review, reviewer):
    run(DURATION)
    signature = actions.reject_batch(
        batch=in_review, **signing(in_review, reviewer, "unexplained"), by=reviewer
    )
    assert signature.meaning == "reviewed_rejected"


def test_it_is_the_first_thing_a_reviewer_sees(in_review, reviewer):
    run(DURATION)
    with pytest.raises(ActionRefused):
        approve(in_review, reviewer)
    record = load(Batch.objects.with_header().get())
    first = exceptions_of(record, judge_evidence(record.plan, record.evidence))[0]
    assert (first.rule.code, first.url) == (
        "unexplained_change",
        f"/trail/unexplained/{UnexplainedChange.objects.get().pk}/",
    )


# --- signing waits for the seal -----------------------------------------------------------------


def test_r088_everything_before_a_signature_and_the_signature_are_sealed(in_review, reviewer):
    approve(in_review, reviewer)
    assert Leaf.objects.count() == Entry.objects.count()
    assert sealing.newest().size == Entry.objects.count()


def stop_the_sealer():
    keys.key_path().rename(keys.key_path().with_suffix(".away"))


@pytest.mark.parametrize("act", ["approve", "return", "reject", "dispose"])
def test_r088_while_the_sealer_is_stopped_nothing_is_signed(in_review, reviewer, monkeypatch, act):
    monkeypatch.setitem(sealing.cover.__kwdefaults__, "patience_s", 0.0)
    sealing.seal()
    stop_the_sealer()
    given = {"batch": in_review, **signing(in_review, reviewer, "because of this"), "by": reviewer}
    event("printed", reviewer)
    acts = {
        "approve": lambda: actions.approve_batch(**given),
        "return": lambda: actions.return_batch(points=[(ProcessStep.objects.get(), "rotor")], **given),
        "reject": lambda: actions.reject_batch(**given),
        "dispose": lambda: actions.set_disposition(disposition="quarantined", **given),
    }
    with pytest.raises(ActionRefused, match=r"so nothing was signed or changed\. The signing key is not at"):
        acts[act]()
    assert Signature.objects.count() == 0
    refused = Entry.objects.filter(action="refused").get()
    assert (refused.batch_number, "nothing was signed" in refused.body) == (in_review.number, True)


def test_r088_writing_goes_on_while_the_sealer_is_stopped(in_review, operator):
    sealing.seal()
    stop_the_sealer()
    assert BatchFactory(by=operator).number


@pytest.mark.django_db(transaction=True)
def test_r088_the_same_with_real_transactions():
    system()
    operator, checker, reviewer = (
        PersonFactory(username=name, role=role)
        for name, role in (("operator7", "operator"), ("operator8", "operator"), ("reviewer7", "reviewer"))
    )
    batch = submitted(BatchFactory(by=operator), operator, checker)
    actions.begin_review(batch=batch, by=reviewer)
    run("UPDATE batches_donor SET age_years = 20")
    with pytest.raises(ActionRefused, match="Nothing was signed: unexplained change"):
        approve(batch, reviewer)
    assert (decided().count(), UnexplainedChange.objects.count()) == (0, 1)
    qa = PersonFactory(username="qa7", role="qa")
    dealing.put_back(change=UnexplainedChange.objects.get(), by=qa, reason=WHY)
    ready(batch, reviewer)
    actions.approve_batch(batch=batch, **signing(batch, reviewer), by=reviewer)
    assert Leaf.objects.count() == Entry.objects.count()
    assert Donor.objects.get().age_years == 34
