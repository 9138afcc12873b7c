"""Several files at once on a batch: stored, read, placed by a person, kept, read again."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from audit.refusal import ActionRefused, Reason, ValueRefused
from batches.characterization import actions as assays
from batches.characterization.microscopy import Micrograph
from batches.characterization.models import Assay
from batches.files import actions
from batches.files.actions import Place
from batches.files.models import DroppedFile
from batches.files.proposals import files_of, place_of, waiting_of
from batches.files.showing import differences, facts_of, label_of, main_facts
from batches.instruments import Unreadable
from batches.instruments.generate import (
    Blot,
    ZetasizerRun,
    ZetaviewRun,
    image_lab_scan,
    zetasizer_text,
    zetaview_text,
)
from batches.instruments.generate.result_tables import positions_text
from batches.record.attaching import outcome_of
from batches.record.missing import missing_of
from batches.record.models import Attachment, Reading
from tests.factories import BatchFactory
from tests.way import micrograph, nanosight, sheet_of_assay

WHY = Reason("read_again", "a newer reader")
State = DroppedFile.State


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def scan(name="blot.scn"):
    return SimpleUploadedFile(name, image_lab_scan(Blot(width_px=40, height_px=30)))


def page(name="page.csv"):
    return SimpleUploadedFile(name, b"<!doctype html><html></html>")


def dropped(batch, by, *uploads):
    made = actions.drop_files(batch=batch, uploads=uploads, by=by)
    for one in made:
        file = one.attachment
        outcome = outcome_of(file.sha256, file.size_bytes, file.name)
        actions.read_dropped(dropped=one, outcome=outcome, by=by)
    return [DroppedFile.objects.select_related("attachment__batch").get(pk=one.pk) for one in made]


def waiting(batch):
    return waiting_of(batch, list(Assay.objects.filter(batch=batch).with_details()))


def test_files_are_stored_before_they_are_read_and_wait_until_they_are_placed(batch, operator):
    (one,) = actions.drop_files(batch=batch, uploads=[nanosight()], by=operator)
    assert (Attachment.objects.count(), Reading.objects.count(), one.state) == (1, 0, State.WAITING)
    told = [problem.words for problem in missing_of(batch) if problem.where == "Files"]
    assert told == ["EXO-ExperimentSummary.csv is not placed yet"]
    assert waiting(batch)[0].targets == []


def test_each_file_is_proposed_where_it_fits_and_no_open_assay_twice(batch, operator):
    assays.add_assay(batch=batch, technique="nta", by=operator)
    dropped(batch, operator, nanosight(), nanosight(mode_nm=120), scan(), micrograph(), page())
    shown = waiting(batch)
    assert [one.chosen for one in shown] == [
        "assay-1",
        "new:nta:final",
        "new:western_blot:final",
        "new:electron_microscopy:final",
    ]
    assert [one.asks_view for one in shown] == [False, False, False, True]
    assert [target.value for target in shown[0].targets] == [
        "assay-1",
        "new:nta:final",
        "new:nta:starting",
        "new:nta:process",
        "new:nta:diluent",
        "new:nta:positive",
        "new:nta:reference",
    ]
    refused = DroppedFile.objects.get(attachment__name="page.csv")
    assert (refused.state, refused.attachment.status) == (State.KEPT, "kept")


def test_a_blank_s_file_is_proposed_for_a_blank_by_its_name(batch, operator):
    upload = nanosight()
    upload.name = "PBS_blank-ExperimentSummary.csv"
    medium = nanosight(mode_nm=120)
    medium.name = "process medium.csv"
    dropped(batch, operator, upload, medium)
    assert [one.chosen for one in waiting(batch)] == ["new:nta:diluent", "new:nta:process"]


def test_confirming_puts_the_values_on_an_assay(batch, operator):
    nta, blot = dropped(batch, operator, nanosight(), scan())
    assay = actions.place_file(dropped=nta, place=Place(technique="nta"), by=operator)
    assert sheet_of_assay(batch, assay.number).details.particles_per_ml > 0
    made = actions.place_file(dropped=blot, place=Place(technique="western_blot"), by=operator)
    details = sheet_of_assay(batch, made.number).details
    assert (details.image_id, str(details.exposure_s), details.saturated) == (
        blot.attachment_id,
        "12.500",
        "no",
    )
    assert details.imager == "Example Imager EX0001, Image Lab 1.2.0.12"
    placed = DroppedFile.objects.get(pk=nta.pk)
    assert (placed.state, placed.assay, placed.settled_by) == (State.PLACED, assay, operator)
    with pytest.raises(ActionRefused, match="is placed already"):
        actions.keep_file(dropped=nta, by=operator)


def test_a_micrograph_asks_how_it_was_taken(batch, operator):
    (one,) = dropped(batch, operator, micrograph())
    place = {"technique": "electron_microscopy"}
    with pytest.raises(ValueRefused, match="wide field or a close-up"):
        actions.place_file(dropped=one, place=Place(**place), by=operator)
    assert Assay.objects.count() == 0
    actions.place_file(dropped=one, place=Place(**place, view="close"), by=operator)
    picture = Micrograph.objects.get()
    assert (picture.attachment_id, float(picture.pixel_size_nm)) == (one.attachment_id, 1.5)


def test_a_file_goes_nowhere_it_does_not_fit_nor_over_another(batch, operator):
    one, other = dropped(batch, operator, nanosight(), nanosight(mode_nm=120))
    with pytest.raises(ActionRefused, match="takes no such file"):
        actions.place_file(dropped=one, place=Place(technique="western_blot"), by=operator)
    assay = actions.place_file(dropped=one, place=Place(technique="nta"), by=operator)
    with pytest.raises(ActionRefused, match="has a file already"):
        actions.place_file(dropped=other, place=Place(assay_number=assay.number), by=operator)
    with pytest.raises(ActionRefused, match="has no assay 99"):
        actions.place_file(dropped=other, place=Place(assay_number=99), by=operator)


def test_a_combined_experiment_waits_for_its_videos(batch, operator):
    upload = nanosight(combined_of=("a.nano", "b.nano"), videos=4, dilution=None, concentration_per_ml=2e8)
    (one,) = dropped(batch, operator, upload)
    assert (one.state, len(one.videos)) == (State.WAITING, 4)
    file, chosen = one.attachment, one.videos[:2]
    outcome = outcome_of(file.sha256, file.size_bytes, file.name, chosen)
    actions.read_dropped(dropped=one, outcome=outcome, by=operator, videos=chosen)
    assert waiting(batch)[0].reading.values["videos"] == 2


def test_confirming_all_leaves_what_was_not_read(batch, operator, signed_in):
    upload = nanosight(combined_of=("a.nano", "b.nano"), videos=4, dilution=None, concentration_per_ml=2e8)
    nta, combined = dropped(batch, operator, nanosight(), upload)
    browser, url = signed_in(operator), f"/batches/{batch.number}/files/"
    browser.post(url, {"confirm": "all", f"place-{nta.pk}": "new:nta:final"})
    assert list(DroppedFile.objects.values_list("state", flat=True)) == ["placed", "waiting"]
    browser.post(url, {"confirm": str(combined.pk)})
    assert list(DroppedFile.objects.values_list("state", flat=True)) == ["placed", "kept"]


def positions(name="run_size_488_11pos.txt"):
    return SimpleUploadedFile(name, positions_text({3: "GRUBBS_SIZE"}))


def zetaview(name="run_size_488.txt"):
    return SimpleUploadedFile(name, zetaview_text(ZetaviewRun()))


def test_a_table_of_positions_goes_where_its_measurement_goes(batch, operator, signed_in):
    table, size = dropped(batch, operator, positions(), zetaview())
    shown = waiting(batch)
    assert [one.chosen for one in shown] == [f"beside-{size.pk}", "new:nta:final"]
    with pytest.raises(ActionRefused, match="is not placed yet: place it first"):
        actions.place_file(dropped=table, place=Place(beside=size.pk), by=operator)
    with pytest.raises(ActionRefused, match="stands beside a measurement"):
        actions.place_file(dropped=table, place=Place(technique="nta"), by=operator)
    browser = signed_in(operator)
    sent = {f"place-{one.dropped.pk}": one.chosen for one in shown} | {"confirm": "all"}
    browser.post(f"/batches/{batch.number}/files/", sent)
    (assay,) = Assay.objects.filter(technique="nta")
    details = sheet_of_assay(batch, assay.number).details
    assert (details.reading.attachment_id, details.position_table.attachment_id) == (
        size.attachment_id,
        table.attachment_id,
    )
    told = browser.get(f"/batches/{batch.number}/assays/{assay.number}/").content.decode()
    assert ("10 of 11 used" in told, "GRUBBS_SIZE" in told) == (True, True)
    # A second one finds no measurement without a table.
    dropped(batch, operator, positions("other_11pos.txt"))
    (other,) = waiting(batch)
    assert (other.targets, other.chosen) == ([], "keep")


def two_samples(name="sizes.txt"):
    one, other = (
        zetasizer_text(ZetasizerRun(sample=name, records=2, tables=1, z_average_nm=z)).split(b"\r\n")
        for name, z in (("EV 1", 120.0), ("PBS blank", 60.0))
    )
    return SimpleUploadedFile(name, b"\r\n".join([*one[:-1], *other[1:]]))


def test_samples_of_one_file_go_to_assays_of_their_own(batch, operator, signed_in):
    (one,) = dropped(batch, operator, two_samples())
    assert (one.state, one.samples, one.videos) == (State.WAITING, ["EV 1", "PBS blank"], [])
    browser, url = signed_in(operator), f"/batches/{batch.number}/files/"
    assert "Mark what of sizes.txt belongs" in browser.post(url, {"read": one.pk}).content.decode()
    browser.post(url, {"read": one.pk, f"videos-{one.pk}": one.samples})
    parts = waiting(batch)[0].parts
    assert [(part.sample, part.chosen) for part in parts] == [
        ("EV 1", "new:dls:final"),
        ("PBS blank", "new:dls:diluent"),
    ]
    assert browser.get(url).content.decode().count("Where EV 1 belongs") == 1
    browser.post(url, {"confirm": one.pk} | {f"part-{one.pk}-{p.reading.pk}": p.chosen for p in parts})
    made = [
        (assay.sample, sheet_of_assay(batch, assay.number).details.z_average_nm)
        for assay in Assay.objects.all()
    ]
    assert made == [("final", Decimal("120.05")), ("diluent", Decimal("60.05"))]
    assert DroppedFile.objects.get().state == State.PLACED
    # Each version stays with its sample.
    file = Attachment.objects.get()
    sheet = sheet_of_assay(batch, 1)
    with pytest.raises(ActionRefused, match="of another sample"):
        actions.take_version(sheet=sheet, version=file.readings.last(), by=operator, reason=WHY)


def test_the_page_takes_files_and_confirms_them_all(batch, operator, signed_in):
    browser, url = signed_in(operator), f"/batches/{batch.number}/files/"
    sent = {"upload": "1", "files": [nanosight(), nanosight(), page()]}
    assert browser.post(url, sent).status_code == 302
    sent = {"upload": "1", "files": [page("other.csv")]}
    assert browser.post(url, sent, headers={"x-requested-with": "XMLHttpRequest"}).status_code == 204
    shown = browser.get(url).content.decode()
    assert "other.csv is stored as an attachment." in shown
    assert shown.count("The same file, byte for byte, is stored already") == 2
    assert "Keep as attachment, take no values" in shown
    one, other = DroppedFile.objects.filter(state=State.WAITING).values_list("pk", flat=True)
    sent = {"confirm": "all", f"place-{one}": "new:nta:final", f"place-{other}": "new:nta:nowhere"}
    answer = browser.post(url, sent)
    assert answer.status_code == 409 and "Choose where this file belongs." in answer.content.decode()
    assert browser.post(url, {"confirm": str(other), f"place-{other}": "keep"}).status_code == 302
    states = list(DroppedFile.objects.values_list("state", flat=True))
    assert states == ["placed", "kept", "kept", "kept"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_for_any_number(
    batch, operator, signed_in, count, django_assert_num_queries
):
    dropped(batch, operator, *(nanosight(mode_nm=90 + at) for at in range(count)))
    browser = signed_in(operator)
    browser.get(f"/batches/{batch.number}/files/")
    with django_assert_num_queries(QUERIES):
        browser.get(f"/batches/{batch.number}/files/")


QUERIES = 9


def test_a_newer_reading_stands_beside_the_old_one_until_it_is_taken(batch, operator, signed_in):
    (one,) = dropped(batch, operator, nanosight())
    assay = actions.place_file(dropped=one, place=Place(technique="nta"), by=operator)
    file = Attachment.objects.select_related("batch").get(pk=one.attachment_id)
    old = outcome_of(file.sha256, file.size_bytes, file.name)
    with pytest.raises(ActionRefused, match="finds the same as before"):
        actions.reread(attachment=file, outcome=old, by=operator, reason=WHY)
    with pytest.raises(ActionRefused, match="was not read again: Broken"):
        actions.reread(attachment=file, outcome=Unreadable("Broken."), by=operator, reason=WHY)
    newer = type(old)(**{**vars(old), "reader_version": "99", "values": {**old.values, "mode_nm": 97.5}})
    version = actions.reread(attachment=file, outcome=newer, by=operator, reason=WHY)
    first = Reading.objects.order_by("pk").first()
    assert sheet_of_assay(batch, assay.number).details.reading_id == first.pk
    assert differences(first, version) == [("Mode nm", "93.1", "97.5")]
    browser, url = signed_in(operator), f"/files/{file.pk}/readings/"
    assert "Take the last reading" in browser.get(url).content.decode()
    sent = {"take": assay.pk, "again-reason_category": "read_again", "again-reason_words": "a newer reader"}
    assert browser.post(url, sent).status_code == 302
    details = sheet_of_assay(batch, assay.number).details
    assert (details.reading_id, float(details.mode_nm)) == (version.pk, 97.5)
    assert browser.post(url, sent).status_code == 409


def test_the_command_tells_what_is_read_otherwise_and_keeps_it_for_a_person(batch, operator, capsys):
    upload = nanosight(combined_of=("a.nano", "b.nano"), videos=4, dilution=None, concentration_per_ml=2e8)
    (one,) = dropped(batch, operator, upload)
    file, chosen = one.attachment, one.videos[:2]
    outcome = outcome_of(file.sha256, file.size_bytes, file.name, chosen)
    actions.read_dropped(dropped=one, outcome=outcome, by=operator, videos=chosen)
    call_command("reread")
    assert capsys.readouterr().out == "0 of 1 files are read otherwise now.\n"
    old = type(outcome)(**{**vars(outcome), "reader_version": "0"})
    actions.reread(attachment=file, outcome=old, by=operator, reason=WHY)
    call_command("reread", by="operator1", reason="a newer reader")
    told = f"{batch.number} {file.name}: nanosight 0 before, nanosight 1 now. Kept beside the old one."
    assert capsys.readouterr().out.splitlines()[0] == told
    assert Reading.objects.last().values == outcome.values


def test_files_of_a_batch_tell_where_each_is(batch, operator):
    one, _ = dropped(batch, operator, nanosight(), page())
    actions.place_file(dropped=one, place=Place(technique="nta"), by=operator)
    told = [(row["file"].name, row["dropped"].state, row["readings"]) for row in files_of(batch)]
    assert told == [("EXO-ExperimentSummary.csv", "placed", 1), ("page.csv", "kept", 0)]


def test_places_are_read_from_what_the_page_sent():
    assert place_of("assay-3", "wide") == Place(assay_number=3, view="wide")
    assert place_of("new:nta:diluent") == Place(technique="nta", sample="diluent")
    assert [place_of(value) for value in ("", "assay-", "new:nta:step", "new:x:final", "keep")] == [None] * 5


def test_values_are_told_with_their_unit():
    assert label_of("concentration_per_ml") == ("Concentration", "/mL")
    assert label_of("pixel_size_nm") == ("Pixel size", "nm")
    assert label_of("sd_nm") == ("SD", "nm")
    assert main_facts({"mean_nm": 9.5, "mean_standard_error_nm": 0.5}) == [("Mean", "9.5", "nm")]
    values = {"mode_nm": 96.0, "is_white_zero": True, "videos": 5, "empty": None, "list": [1]}
    assert facts_of(values) == [("Mode", "96", "nm"), ("Is white zero", "yes", ""), ("Videos", "5", "")]
