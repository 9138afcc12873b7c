"""The whole batch record on paper."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from audit.bundle import record
from audit.models import Entry
from audit.refusal import Reason
from batches.isolation import actions as steps
from batches.materials.chosen import choice_of
from batches.materials.models import Rotor
from batches.quantities import people_number
from batches.record.calculations import Calculated
from qc import actions
from qc.papers import printing
from qc.papers.batch_record import Record
from qc.signatures.manifests import manifest_now
from qc.signing import signatures_of
from tests.factories import BatchFactory, evidence
from tests.qc.conftest import signing
from tests.qc.papers import pdf
from tests.way import enter, harvested, micrograph, sheet_of_assay, sheet_of_step, spun, tracked


def printed(batch, by, folder):
    begun = printing.begin(batch, by=by)
    path = folder / begun.filename
    begun.write(path, lambda done: None)
    return begun, path.read_bytes()


def corrected(batch, by, checker, why="read the wrong display"):
    """A batch whose spin was 4.2 °C first and 4.4 °C then, complete."""
    harvested(batch, by)
    spun(batch, by, temperature_c=Decimal("4.2"))
    reason = Reason("read_again", why)
    enter(sheet_of_step(batch), {"temperature_c": Decimal("4.4")}, by, reason)
    steps.check_step(sheet=sheet_of_step(batch), by=checker)
    tracked(batch, by)
    return batch


def test_record_holds_every_stage_and_every_entry(approved, reviewer, tmp_path):
    _, paper = printed(approved, reviewer, tmp_path)
    said = pdf.words(paper)
    for words in (
        f"Batch record {approved.number}",
        "1 of 1 pass",
        "Serum-free MSC medium",
        "Step 1 · Pellet · Ultracentrifugation",
        "planned 4 °C, accept 2–8 °C, edges included, alert above 6 °C",
        "within limits",
        "Started Operator One (operator1)",
        "Checked Operator Two (operator2)",
        "Computed, or read from the file",
        "Concentration of the sample",
        "EXO-ExperimentSummary.csv, read as NanoSight",
        "Round 1: approved",
        "Reviewed by QC: approved",
    ):
        assert words in said
    shown = [line["number"] for line in Record(approved).data["trail"]]
    assert shown == list(range(1, Entry.objects.filter(batch_number=approved.number).count() + 1))
    assert pdf.claims(paper) == "2A"


def test_r034_signatures_stand_on_every_page(approved, reviewer, tmp_path):
    _, paper = printed(approved, reviewer, tmp_path)
    _, signature = signatures_of(approved)
    told = f"Signed: Reviewed by QC: approved by Reviewer One, {signature.utc}, valid"
    count = pdf.pages(paper)
    assert (pdf.words(paper).count(told), count > 3) == (count, True)
    assert [f"page {n} of {count}" in pdf.words(paper) for n in range(1, count + 1)] == [True] * count


def test_r060_value_changed_after_its_first_entry_is_marked_with_the_old_one_and_why(
    operator, second_operator, reviewer, tmp_path
):
    batch = corrected(BatchFactory(by=operator), operator, second_operator)
    said = pdf.words(printed(batch, reviewer, tmp_path)[1])
    assert "4.4 °C changed after first entry ▸" in said and "4.2 until operator1" in said
    assert "Read again from the instrument: read the wrong display" in said
    assert said.count("changed after first entry") == 1


def test_what_a_value_was_computed_from_stands_beside_it(operator, reviewer, tmp_path):
    """On paper, and in the bundle's record for people: formula, version, inputs, result."""
    batch = BatchFactory(by=operator)
    spun(batch, operator)
    sheet = sheet_of_step(batch)
    inputs = [{"name": "rcf", "label": "force", "value": "100000", "unit": "×g", "field": "rcf_xg"}]
    made = Calculated("rpm_max", "1.0", "speed for a force", inputs, sheet.value("speed_rpm"))
    evidence.put(made.row(sheet, "speed_rpm"))
    told = "computed by rpm_max 1.0 from force 100\u202f000 ×g"
    (step,) = Record(batch).data["steps"]
    values = {one["label"]: one["calculated"] for part in step["sections"] for one in part["values"]}
    assert {label: words for label, words in values.items() if words} == {
        "Speed": f"{told}; force changed since"
    }
    assert "computed by rpm_max 1.0" in pdf.words(printed(batch, reviewer, tmp_path)[1])
    bodies = record._bodies(Entry.objects.filter(batch_number=batch.number).order_by("number_in_batch"))
    noted = [value for kept in record._records(bodies) for value in kept.shown if value.note]
    assert [(one.label, one.note) for one in noted] == [
        ("Speed", f"{people_number(sheet.value('speed_rpm'))}, {told}")
    ]


def test_what_a_step_chose_from_the_list_stands_on_paper_and_is_signed(operator):
    batch = BatchFactory(by=operator)
    spun(batch, operator)
    rotor = evidence.put(Rotor(name="Type 45 Ti", kind="fixed_angle", r_max_mm=103, max_rpm=45_000))
    step = batch.steps.get()
    evidence.put(choice_of(step, rotor, chosen_at=step.started_at, chosen_by=operator))
    (told,) = Record(batch).data["steps"]
    assert [who.split(" (")[0] for label, who in told["people"] if label == "Rotor from the list"] == [
        "Type 45 Ti"
    ]
    signed = [one["title"] for one in manifest_now(batch).content["sections"]]
    assert "Step 1 · Pellet, rotor chosen from the list" in signed


def test_r060_untouched_values_carry_no_mark(with_qc):
    record = Record(with_qc).data
    sections = [section for stage in (*record["harvests"], *record["steps"]) for section in stage["sections"]]
    assert [value["label"] for one in sections for value in one["values"] if value["earlier"]] == []


def test_change_after_a_signature_says_so(in_review, operator, reviewer):
    points = [(sheet_of_step(in_review).subject, "which?")]
    actions.return_batch(batch=in_review, points=points, **signing(in_review, reviewer), by=reviewer)
    reason = Reason("typing_error", "mistyped")
    enter(sheet_of_step(in_review), {"temperature_c": Decimal(5)}, operator, reason)
    record = Record(in_review)
    past = record.histories.past(sheet_of_step(in_review).subject, "temperature_c")
    assert [(one["text"], one["after_signing"]) for one in past.earlier] == [("4", True)]


def test_voided_step_stays_readable_with_its_reason(operator, reviewer, tmp_path):
    batch = BatchFactory(by=operator)
    harvested(batch, operator)
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    steps.void_step(sheet=sheet_of_step(batch), by=operator, reason=Reason("process", "tube burst"))
    said = pdf.words(printed(batch, reviewer, tmp_path)[1])
    assert "Voided. Process or material: tube burst It counts for nothing and stays readable." in said
    assert "This batch is not decided: what is printed here may still change." in said


def test_pictures_are_drawn_from_the_stored_files(operator, reviewer, tmp_path):
    from batches.characterization import actions as assays

    batch = BatchFactory(by=operator)
    assay = assays.add_assay(batch=batch, technique="electron_microscopy", by=operator)
    assays.add_micrograph(
        sheet=sheet_of_assay(batch, assay.number), upload=micrograph(), values={"view": "wide"}, by=operator
    )
    record = Record(batch)
    (name,) = record.pictures
    assert record.pictures[name]().startswith(b"\xff\xd8")
    _, paper = printed(batch, reviewer, tmp_path)
    assert "Wide field, 1.5 nm/px" in pdf.words(paper)
    assert b"/DCTDecode" in paper


def test_missing_original_leaves_a_picture_that_says_so(operator, reviewer):
    from batches.record.models import Attachment
    from qc.papers.pictures import photograph

    batch = BatchFactory(by=operator)
    lost = Attachment(batch=batch, name="a.tif", sha256="0" * 64, size_bytes=1, status="read")
    assert photograph(lost).startswith(b"\xff\xd8")


def test_same_record_printed_by_the_same_entry_gives_the_same_bytes(approved, reviewer, tmp_path):
    begun, paper = printed(approved, reviewer, tmp_path)
    begun.write(tmp_path / "again.pdf", lambda done: None)
    assert (tmp_path / "again.pdf").read_bytes() == paper


def test_r008_print_of_the_record_is_an_entry_and_stands_in_it(approved, operator, tmp_path):
    begun, paper = printed(approved, operator, tmp_path)
    assert (begun.entry.action, begun.entry.act, begun.entry.actor) == (
        "printed",
        "print_batch_record",
        operator,
    )
    when = f"{begun.entry.at:%-d %b %Y %H:%M:%S} UTC"
    told = f"printed by Operator One (operator1) on {when} · entry {begun.entry.pk}"
    assert pdf.words(paper).count(told) == pdf.pages(paper)


def test_reading_takes_the_same_queries_for_more_steps(with_qc, operator, django_assert_max_num_queries):
    batch = type(with_qc).objects.with_header().get(pk=with_qc.pk)
    with django_assert_max_num_queries(30):
        Record(batch)


@pytest.mark.django_db
def test_command_writes_the_record_of_any_batch(operator, tmp_path):
    batch = BatchFactory(by=operator)
    call_command("batch_record", batch.number, output=str(tmp_path / "r.pdf"))
    assert "Batch record" in pdf.words((tmp_path / "r.pdf").read_bytes())
    entry = Entry.objects.get(action="printed")
    assert (entry.actor_username, entry.batch_number) == ("command-line", batch.number)
