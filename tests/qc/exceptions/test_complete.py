"""Rules about what is missing, left out, unchecked or remarked."""

from tests.qc.exceptions.made import UC, made, of, remark


def test_r024_not_checked_fires():
    record = made()
    record.steps[0].checked_at = record.steps[0].checked_by = None
    (one,) = of(record, "not_checked")
    assert (one.where, one.url) == ("Step 1 · Pellet", "/batches/EXO-2026-0001/steps/1/#check")


def test_not_checked_is_quiet_where_no_check_is_needed():
    record = made()
    record.steps[0].checked_at = record.steps[0].checked_by = None
    record.steps[0].is_critical = False
    assert of(record, "not_checked") == []


def test_missing_fires():
    record = made()
    record.steps[0].ultracentrifugation.rotor = ""
    (one,) = of(record, "missing")
    assert (one.what, one.url) == ("Rotor is empty", "/batches/EXO-2026-0001/steps/1/#value-rotor")
    assert (one.record_kind, one.record_id, one.field) == (UC, 1, "rotor")


def test_missing_is_quiet_on_a_field_that_nobody_asks_for():
    record = made()
    record.steps[0].ultracentrifugation.brake = ""
    assert of(record, "missing") == []


def test_not_applicable_fires():
    record = made()
    left_out = remark(record, record.steps[0].ultracentrifugation, "rotor", words="loaned, unknown")
    (one,) = of(made(remarks=[left_out]), "not_applicable")
    assert (one.what, one.where, one.why) == ("Rotor", "Step 1 · Pellet", "loaned, unknown")
    assert one.url == "/batches/EXO-2026-0001/steps/1/#value-rotor"


def test_not_applicable_is_quiet_on_a_reason_for_a_value():
    record = made()
    why = remark(record, record.steps[0], "temperature_c", "out_of_limits")
    assert of(made(remarks=[why]), "not_applicable") == []


def test_remark_written_fires():
    record = made()
    record.assays[0].remarks = "Foam in the tube"
    (one,) = of(record, "remark_written")
    assert (one.what, one.where) == ("“Foam in the tube”", "Assay 1 · Nanoparticle tracking")
    assert not one.rule.needs_decision


def test_remark_written_is_quiet_on_blanks():
    record = made()
    record.assays[0].remarks = "  "
    assert of(record, "remark_written") == []
