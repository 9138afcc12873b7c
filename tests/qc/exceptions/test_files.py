"""Rules about instrument files."""

from batches.files.models import DroppedFile
from batches.instruments.nanosight_checks import DILUTION_NOT_RECORDED
from tests.qc.exceptions.made import attachment, made, of, reading

EDITED = "The printed average is not the mean of the videos within 1 %: the file is edited."
SAVED_AGAIN = "These are not the instrument's original bytes: the file was saved again by a spreadsheet."
LEFT_OUT = "Failed videos without size distribution were excluded: 3."


def warned(*warnings, **parts):
    """A record with a file that was read with those warnings."""
    file = attachment(made())
    return made(attachments=[file], readings=[reading(file, warnings=warnings)], **parts)


def test_file_not_original_fires():
    found = of(warned(EDITED, SAVED_AGAIN), "file_not_original")
    assert [(one.what, one.where, one.url) for one in found] == [
        (EDITED, "File run1.csv", "/files/1/"),
        (SAVED_AGAIN, "File run1.csv", "/files/1/"),
    ]


def test_file_not_original_is_quiet_on_other_warnings():
    assert of(warned("Few particles."), "file_not_original") == []


def test_file_used_twice_fires_within_the_batch_and_beyond():
    record = made()
    files = [attachment(record, pk, sha256="a" * 64) for pk in (1, 2)]
    files.append(attachment(record, 3))
    found = of(made(attachments=files, twins={"3" * 64: ["EXO-2025-0007"]}), "file_used_twice")
    assert [one.what for one in found] == [
        "The same bytes as run1.csv, attached before in this batch",
        "The same bytes are on batch EXO-2025-0007",
    ]


def test_file_used_twice_is_quiet_on_files_of_their_own():
    record = made()
    assert of(made(attachments=[attachment(record, 1), attachment(record, 2)]), "file_used_twice") == []


def test_file_not_read_fires():
    file = attachment(made(), status="kept", not_read_because="It is a web page.")
    assert [one.what for one in of(made(attachments=[file]), "file_not_read")] == [
        "Stored, not read: It is a web page."
    ]


def test_file_not_read_is_quiet_on_a_picture_that_nothing_has_to_read():
    assert of(made(attachments=[attachment(made(), status="kept")]), "file_not_read") == []


def test_r017_videos_left_out_fires():
    assert [one.what for one in of(warned(LEFT_OUT, "Few particles."), "videos_left_out")] == [LEFT_OUT]


def test_videos_left_out_is_quiet_on_other_warnings():
    assert of(warned("Few particles."), "videos_left_out") == []


def test_file_warning_fires_on_the_newest_reading_only():
    file = attachment(made())
    old, new = reading(file, 1, ["Old."]), reading(file, 2, ["Few particles.", EDITED, LEFT_OUT])
    record = made(attachments=[file], readings=[old, new])
    assert [one.what for one in of(record, "file_warning")] == ["Few particles."]


def test_file_warning_is_quiet_once_a_person_gave_the_dilution():
    record = warned(f"{DILUTION_NOT_RECORDED}: enter it.")
    assert len(of(record, "file_warning")) == 1
    record.assays[0].nanoparticletracking.dilution_source = "person"
    assert of(record, "file_warning") == []


def test_file_read_again_fires():
    file = attachment(made())
    record = made(attachments=[file], readings=[reading(file, 1), reading(file, 2, version="2")])
    assert [one.what for one in of(record, "file_read_again")] == [
        "Read 2 times: nanosight 1, then nanosight 2"
    ]


def test_file_read_again_is_quiet_on_two_files():
    files = [attachment(made(), pk) for pk in (1, 2)]
    assert of(made(attachments=files, readings=[reading(f, f.pk) for f in files]), "file_read_again") == []


def test_samples_of_one_file_are_each_read_once():
    file = attachment(made())
    file.dropped = DroppedFile(samples=["EV", "Blank"])
    readings = [reading(file, pk, warnings=[f"Warning {pk}."]) for pk in (1, 2)]
    record = made(attachments=[file], readings=readings)
    assert of(record, "file_read_again") == []
    assert [one.what for one in of(record, "file_warning")] == ["Warning 1.", "Warning 2."]
    thrice = made(attachments=[file], readings=[*readings, reading(file, 3)])
    assert [one.what for one in of(thrice, "file_read_again")] == [
        "Read 3 times: nanosight 1, then nanosight 1, then nanosight 1"
    ]
