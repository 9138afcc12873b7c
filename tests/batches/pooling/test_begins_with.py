"""What batches on a master version begin with: written in the draft, signed, frozen into the plan."""

import pytest

from audit.models import Entry
from audit.refusal import Reason, ReasonMissing
from audit.trail import affected
from batches.masters import actions, drafts
from batches.masters.differences import differences
from batches.masters.plans import Plan, content_of, content_signed
from tests.batches.masters.test_differences import plan
from tests.batches.masters.test_masters import begun
from tests.batches.pooling.making import added, opened_pool, pool_master, released

WHY = Reason("process", "pools are made of it")


def test_a_plan_of_source_material_reads_and_hashes_as_before_there_were_pools(db, reviewer):
    draft = begun(reviewer)
    assert ("begins_with" in content_signed(draft), "begins_with" in content_of(draft)) == (False, False)
    assert Plan.from_content(content_of(draft)).begins_with == ""


def test_a_draft_says_what_its_batches_begin_with_and_the_next_version_keeps_it(db, reviewer):
    draft = drafts.describe_draft(
        version=begun(reviewer), change_note="", begins_with="batches", reason=WHY, by=reviewer
    )
    assert (
        content_signed(draft)["begins_with"] == Plan.from_content(content_of(draft)).begins_with == "batches"
    )
    with pytest.raises(ReasonMissing):
        drafts.describe_draft(version=draft, change_note="", begins_with="", by=reviewer)
    kept = drafts.describe_draft(version=draft, change_note="So", by=reviewer)
    copied = actions.draft_version(master=pool_master().master, by=reviewer)
    assert (kept.begins_with, copied.begins_with) == ("batches", "batches")


def test_another_beginning_is_told_as_a_difference():
    told = [tuple(line) for line in differences(plan(), plan(begins_with="batches"))]
    assert told == [("changed", "Begins with", "Source material", "Released batches (a pool)")]


def test_it_is_chosen_on_the_page_of_the_draft(signed_in, reviewer):
    draft, pages = begun(reviewer), signed_in(reviewer)
    url = f"/masters/{draft.master.code}/v1/about/"
    assert "Released batches (a pool)" in pages.get(url).content.decode()
    sent = {"specification": draft.specification_id, "begins_with": "batches", "change_note": "Mix"}
    assert pages.post(url, {**sent, "seen": draft.revision}).status_code == 302
    draft.refresh_from_db()
    assert draft.begins_with == "batches"


def test_the_trail_of_a_part_names_the_pools_that_hold_it(operator):
    part, pool = released(operator), opened_pool(operator)
    added(pool, part, operator)
    entry = Entry.objects.filter(batch_number=part.number).latest("id")
    of_donor = Entry.objects.get(kind="batches.donor", object_id=part.source_lot.donor_id)
    told = {
        group.title: [one.words for one in group.things]
        for one in (entry, of_donor)
        for group in affected.of(one)
    }
    assert told["Pools that hold this batch"] == [pool.number]
    assert told["Batches that stand on it"] == [pool.number, part.number]
