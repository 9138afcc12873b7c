"""Rules about results and planned limits."""

from dataclasses import replace
from decimal import Decimal

from batches.masters.limits import Limit
from batches.masters.plans import CriterionCopy
from tests.qc.exceptions.made import made, of, remark, tracking


def with_mode(mode_nm):
    """A record with that mode, judged against 50 to 150 nm."""
    return made(assays=[tracking(made().batch, mode_nm=mode_nm)])


def with_d50(d50_nm, **criterion):
    """A record with another criterion, on the median."""
    assay = tracking(made().batch)
    assay.nanoparticletracking.d50_nm = Decimal(d50_nm)
    return made(assays=[assay], criteria=[("d50_nm", "50", "120", criterion)])


def warm(degrees, **parts):
    """A record whose spin was that warm."""
    record = made(**parts)
    record.steps[0].temperature_c = Decimal(degrees)
    return record


def test_criterion_failed_fires():
    (one,) = of(with_mode(900), "criterion_failed")
    assert one.what == "Mode diameter: 900 nm (one replicate); accept 50–150 nm, edges included"
    assert (one.where, one.url) == ("Assay 1 · Nanoparticle tracking", "#specification")


def test_criterion_failed_is_quiet_on_the_edge():
    assert of(with_mode(150), "criterion_failed") == []


def test_criterion_reported_out_fires():
    (one,) = of(with_d50(121, kind="report"), "criterion_reported_out")
    assert one.what.startswith("Median")
    assert of(with_d50(121, kind="report"), "criterion_failed") == []


def test_criterion_reported_out_is_quiet_inside_and_on_release():
    assert of(with_d50(119, kind="report"), "criterion_reported_out") == []
    assert of(with_d50(121), "criterion_reported_out") == []


def test_criterion_inconclusive_fires():
    assert [one.what[:13] for one in of(with_mode("NaN"), "criterion_inconclusive")] == ["Mode diameter"]


def test_criterion_inconclusive_is_quiet_on_a_number():
    assert of(with_mode(900), "criterion_inconclusive") == []


def test_criterion_not_tested_fires():
    (one,) = of(made(assays=[]), "criterion_not_tested")
    assert one.what.startswith("Mode diameter: no particle tracking of the final preparation yet")


def test_criterion_not_tested_is_quiet_on_a_result():
    assert of(made(), "criterion_not_tested") == []


def test_criterion_alert_fires():
    assert len(of(with_d50(110, alert_high="100"), "criterion_alert")) == 1


def test_criterion_alert_is_quiet_on_its_edge():
    assert of(with_d50(100, alert_high="100"), "criterion_alert") == []


def judged_by(**rules):
    """A record whose particle tracking failed first and passed when it was made again."""
    record = made()
    assays = [tracking(record.batch, 1, mode_nm=300), tracking(record.batch, 2, mode_nm=96)]
    criterion = CriterionCopy(
        1, "mode_nm", rules.pop("kind", "release"), Limit(action_high=Decimal(150)), **rules
    )
    return made(assays=assays, plan=replace(record.plan, criteria=(criterion,)))


def test_criterion_retested_fires():
    record = judged_by(retest="all_pass", retests_needed=1)
    assert len(of(record, "criterion_retested")) == 1
    assert of(record, "criterion_failed") == []


def test_criterion_retested_is_quiet_where_no_retest_counts():
    assert of(judged_by(), "criterion_retested") == []
    assert len(of(judged_by(), "criterion_failed")) == 1


def test_criterion_alerts_fires():
    assert len(of(judged_by(kind="alert"), "criterion_alerts")) == 1


def test_criterion_alerts_is_quiet_on_what_is_only_reported():
    record = judged_by(kind="report")
    assert of(record, "criterion_alerts") == []
    assert len(of(record, "criterion_reported_out")) == 1


def test_r026_value_out_of_limits_fires():
    plain = made()
    why = remark(plain, plain.steps[0], "temperature_c", "out_of_limits", "chiller broke")
    record = warm(12, remarks=[why])
    (one,) = of(record, "value_out_of_limits")
    assert one.what == "Temperature 12 °C; planned 4 °C, accept 2–8 °C, edges included, alert above 6 °C"
    assert (one.where, one.who, one.why) == ("Step 1 · Pellet", "operator1", "chiller broke")
    assert one.url == "/batches/EXO-2026-0001/steps/1/#value-temperature_c"
    assert (one.record_kind, one.record_id, one.field) == ("batches.processstep", 1, "temperature_c")


def test_value_out_of_limits_is_quiet_on_the_edge():
    assert of(warm(8), "value_out_of_limits") == []


def test_value_beyond_alert_fires():
    assert [one.what[:16] for one in of(warm(7), "value_beyond_alert")] == ["Temperature 7 °C"]


def test_value_beyond_alert_is_quiet_out_of_limits_and_below():
    assert of(warm(9), "value_beyond_alert") == of(warm(6), "value_beyond_alert") == []
