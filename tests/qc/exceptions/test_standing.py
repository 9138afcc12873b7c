"""Rules about what stands open or has moved beside the record."""

from audit.verifying.models import UnexplainedChange
from batches.specifications.models import Specification, SpecificationVersion
from qc.deviations.models import Deviation
from qc.review.models import Query
from tests.qc.exceptions.made import DAY, NINE, OPERATOR, found, made, of, signed


def changed_behind(**given):
    """A change that no entry explains."""
    told = {"told": "Duration was 75, is 57.", "record_label": "Step 1", "record_kind": "k", "record_id": 1}
    return UnexplainedChange(pk=7, found_at=NINE, found_by=OPERATOR, **told | given)


def test_unexplained_change_fires_first():
    record = made(unexplained=[changed_behind()])
    record.assays[0].nanoparticletracking.mode_nm = 900
    (one,) = of(record, "unexplained_change")
    assert (one.what, one.url) == ("Duration was 75, is 57.", "/trail/unexplained/7/")
    assert found(record)[0].rule.code == "unexplained_change"


def test_unexplained_change_is_quiet_where_there_is_none():
    assert of(made(), "unexplained_change") == []


def test_version_not_effective_fires():
    record = made()
    record.version.approved_at = NINE + DAY
    (one,) = of(record, "version_not_effective")
    assert (
        one.what
        == "MBR-1 v1 was not effective when the batch was opened: effective from 3 Mar 2026 09:00 UTC"
    )
    record.version.approved_at = None
    assert of(record, "version_not_effective")[0].what.endswith("never effective")


def test_version_not_effective_is_quiet_on_a_version_approved_before():
    assert of(made(), "version_not_effective") == []


def test_version_replaced_fires():
    record = made()
    record.version.status = "retired"
    (one,) = of(record, "version_replaced")
    assert (one.what, one.url) == (
        "MBR-1 v1 has been replaced or retired since the batch was opened",
        "/masters/MBR-1/v1/",
    )


def test_version_replaced_is_quiet_on_the_effective_version():
    assert of(made(), "version_replaced") == []


def test_signature_invalid_fires():
    (one,) = of(made(signatures=[signed(4, is_valid=False)]), "signature_invalid")
    assert one.what == "Reviewed by QC: returned: record changed after this signature: 1 entry"


def test_signature_invalid_is_quiet_on_valid_ones_and_on_a_record_that_was_sent_back():
    returned = signed(4, "reviewed_returned", is_valid=False)
    assert of(made(signatures=[signed(4), returned]), "signature_invalid") == []


def deviation(record, grade, status="open"):
    """A deviation of the batch."""
    return Deviation(
        pk=1,
        number="DEV-2026-0001",
        batch=record.batch,
        grade=grade,
        status=status,
        happened="Rotor at 9 °C",
        opened_at=NINE,
        opened_by=OPERATOR,
    )


def test_r028_open_deviation_fires_unless_it_is_minor():
    for grade in ("", "major", "critical"):
        record = made()
        (one,) = of(made(deviations=[deviation(record, grade)]), "open_deviation")
        assert (one.url, one.is_deviation) == ("/deviations/DEV-2026-0001/", True)


def test_open_deviation_is_quiet_on_a_closed_one():
    record = made()
    closed = made(deviations=[deviation(record, "major", "closed")])
    assert of(closed, "open_deviation") == of(closed, "open_minor_deviation") == []


def test_open_minor_deviation_fires():
    record = made()
    minor = made(deviations=[deviation(record, "minor")])
    assert len(of(minor, "open_minor_deviation")) == 1
    assert of(minor, "open_deviation") == []


def test_open_minor_deviation_is_quiet_on_a_major_one():
    record = made()
    assert of(made(deviations=[deviation(record, "major")]), "open_minor_deviation") == []


def query(record, status="asked"):
    """A question of a reviewer."""
    return Query(
        pk=1,
        batch=record.batch,
        number=1,
        record_kind="batches.ultracentrifugation",
        record_id=1,
        field="rotor",
        label="Step 1 · Pellet, rotor",
        page="/batches/EXO-2026-0001/steps/1/",
        status=status,
        asked_at=NINE,
        asked_by=OPERATOR,
    )


def test_open_query_fires():
    (one,) = of(made(asked=[query(made())]), "open_query")
    assert one.what == "Query 1 is open: waits for the laboratory"
    assert (one.where, one.field) == ("Step 1 · Pellet, rotor", "rotor")
    assert one.url == "/batches/EXO-2026-0001/steps/1/#query-1"


def test_open_query_is_quiet_once_closed():
    assert of(made(asked=[query(made(), "closed")]), "open_query") == []


def specification(**given):
    """The version of a specification that a plan was frozen from."""
    named = Specification(code="SPEC-1")
    return SpecificationVersion(pk=1, specification=named, number=2, effective_at=NINE - DAY, **given)


def test_versions_of_specifications_are_looked_at_too():
    retired = made(specification=specification(status="retired"))
    assert [one.url for one in of(retired, "version_replaced")] == ["/specifications/SPEC-1/v2/"]
    late = specification(status="effective")
    late.effective_at = NINE + DAY
    assert [one.where for one in of(made(specification=late), "version_not_effective")] == ["SPEC-1 v2"]
    assert of(made(specification=specification(status="effective")), "version_not_effective") == []
