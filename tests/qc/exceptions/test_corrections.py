"""Rules about what was corrected, replaced and voided, and that each entry is told once."""

import datetime as dt

from tests.qc.exceptions.made import (
    NTA,
    SECOND,
    STEP,
    TYPO,
    UC,
    codes,
    entries,
    found,
    made,
    of,
    signed,
    step,
    tracking,
    voided,
)

CHECKED = ("check_step", STEP, 1, ("checked_at", None, "2026"), {"by": SECOND, "reason": False})
UNCHECKED = ("record_values", STEP, 1, ("checked_at", "2026", None))
AT_ONCE = {"after": dt.timedelta(milliseconds=5)}


def after(*given, **parts):
    """A record with those entries."""
    return made(entries=entries(*given), **parts)


def test_r055_corrected_fires():
    (one,) = of(after(("record_values", UC, 1, "duration_min")), "corrected")
    assert [(change.label, change.old, change.new, change.unit) for change in one.changes] == [
        ("Duration min", "75", "80", "min")
    ]
    assert (one.where, one.who, one.why, one.entry) == ("Step 1 · Pellet", "operator1", TYPO, 1)
    assert one.url == "/batches/EXO-2026-0001/steps/1/#value-duration_min"
    assert (one.record_kind, one.record_id, one.field) == (UC, 1, "duration_min")


def test_corrected_is_quiet_on_first_entries_and_computed_values():
    first = ("record_values", UC, 1, ("rotor", "", "SW 28"), ("adjusted_k", "100", "110"))
    assert of(after(first), "corrected") == []
    assert of(after((*first, {"reason": False})), "corrected") == []


def test_only_the_replaced_values_of_a_correction_are_shown():
    (one,) = of(after(("record_values", UC, 1, "rotor", ("tube", "", "38 mL"))), "corrected")
    assert [change.label for change in one.changes] == ["Rotor"]


def test_changed_after_check_fires():
    record = after(CHECKED, UNCHECKED, ("record_values", UC, 1, "duration_min", AT_ONCE))
    (one,) = of(record, "changed_after_check")
    assert one.what == "Changed after operator2 had checked it"
    assert (one.entries, [change.label for change in one.changes]) == ((2, 3), ["Duration min"])
    assert of(record, "corrected") == []


def test_changed_after_check_fires_on_a_value_that_was_filled_in():
    filled = (
        "record_values",
        STEP,
        1,
        ("checked_at", "2026", None),
        ("tube", "", "38 mL"),
        {"reason": False},
    )
    assert len(of(after(CHECKED, filled), "changed_after_check")) == 1


def test_changed_after_check_is_quiet_before_the_check():
    assert of(after(("record_values", UC, 1, "duration_min"), CHECKED), "changed_after_check") == []


def test_changed_after_signature_fires():
    corrections = (("record_values", UC, 1, "duration_min"), ("record_values", UC, 1, "rotor"))
    record = after(CHECKED, *corrections, signatures=[signed(1, "reviewed_returned")])
    (one,) = of(record, "changed_after_signature")
    assert one.what == "2 entries after “Reviewed by QC: returned” of reviewer1"
    assert ([change.label for change in one.changes], one.entries) == (["Duration min", "Rotor"], (2, 3))
    assert "corrected" not in codes(record)


def test_changed_after_signature_is_quiet_on_what_came_before_and_on_submitting():
    before = ("record_values", UC, 1, "duration_min")
    submitted = ("submit_batch", "batches.batch", 1, ("status", "returned", "submitted"), {"reason": False})
    record = after(before, submitted, signatures=[signed(1)])
    assert of(record, "changed_after_signature") == []
    assert len(of(record, "corrected")) == 1


def test_attachment_replaced_fires():
    record = after(("attach_export", NTA, 1, ("reading", "1", "2"), ("mode_nm", "96", "97")))
    (one,) = of(record, "attachment_replaced")
    assert [(change.label, change.new) for change in one.changes] == [("Reading", "2")]


def test_attachment_replaced_is_quiet_on_the_first_file():
    assert of(after(("attach_export", NTA, 1, ("reading", None, "1"))), "attachment_replaced") == []


def test_manual_over_import_fires():
    typed = ("record_values", NTA, 1, ("dilution", "1000", "500"), ("dilution_source", "file", "person"))
    (one,) = of(after(typed), "manual_over_import")
    assert (one.field, one.url) == ("dilution", "/batches/EXO-2026-0001/assays/1/#value-dilution")


def test_manual_over_import_is_quiet_on_a_value_that_no_file_gave():
    typed = ("record_values", NTA, 1, ("dilution", "400", "500"), ("dilution_source", "person", "person"))
    record = after(typed)
    assert of(record, "manual_over_import") == []
    assert len(of(record, "corrected")) == 1


def void_assay(record, **more):
    label = "Assay 1 · Nanoparticle tracking"
    return ("void_assay", "batches.assay", 1, ("voided_at", None, "x"), {"label": label, **more})


def test_r017_result_excluded_fires():
    batch = made().batch
    record = after(void_assay(batch, after=dt.timedelta(days=2)), assays=[voided(tracking(batch))])
    (one,) = of(record, "result_excluded")
    assert one.what == "Assay 1 · Nanoparticle tracking voided after it was finished"
    assert (one.who, one.why) == ("operator1", TYPO)


def test_result_excluded_is_quiet_on_an_assay_without_a_result():
    batch = made().batch
    record = after(void_assay(batch), assays=[voided(tracking(batch, finished_at=None))])
    assert of(record, "result_excluded") == []
    assert len(of(record, "voided")) == 1


def void_step(position):
    return ("void_step", STEP, position, ("voided_at", None, "x"), {"label": f"Step {position} · Pellet"})


def test_r017_voided_fires():
    record = made(planned=2)
    again = step(record.batch, 3, planned_position=2)
    record = after(void_step(2), planned=2, steps=[record.steps[0], voided(record.steps[1]), again])
    (one,) = of(record, "voided")
    assert (one.what, one.where, one.why) == ("Step 2 · Pellet voided", "Step 2 · Pellet", TYPO)


def test_voided_is_quiet_on_a_step_that_is_told_as_skipped():
    steps = made(planned=2).steps
    record = after(void_step(2), planned=2, steps=[steps[0], voided(steps[1])])
    assert of(record, "voided") == []
    assert len(of(record, "step_skipped")) == 1


# --- keys -----------------------------------------------------------------------------------------


def key(*given, **parts):
    (one,) = [one for one in found(after(*given, **parts)) if one.changes]
    return one.key


def test_a_key_stays_while_the_evidence_stays():
    given = ("record_values", UC, 1, "duration_min")
    assert key(given) == key(given)
    # What happens elsewhere in the record does not touch it.
    assert key(given) == key(given, ("add_assay", "batches.assay", 1, {"action": "created", "reason": False}))


def test_a_key_is_another_one_as_soon_as_the_evidence_is():
    given = ("record_values", UC, 1, "duration_min")
    others = (
        ("record_values", UC, 1, ("duration_min", "75", "81")),
        ("record_values", UC, 1, "rotor"),
        ("attach_export", UC, 1, "duration_min"),
    )
    keys = {key(given), *(key(other) for other in others), key(CHECKED, given)}
    assert len(keys) == 5
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in keys)


def test_a_key_does_not_depend_on_the_words_of_its_rule():
    record = after(("record_values", UC, 1, "duration_min"))
    (one,) = of(record, "corrected")
    words = dict(vars(one)) | {"rule": type(one.rule)(**vars(one.rule) | {"sentence": "Other words"})}
    words.pop("key", None)
    assert type(one)(**words).key == one.key
