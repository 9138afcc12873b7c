"""Rules about equipment and lots, and the dates that people write."""

import datetime as dt

import pytest

from qc.exceptions.dates import due_dates
from tests.qc.exceptions.made import made, of


def test_equipment_due_fires():
    record = made()
    record.steps[0].equipment = "UC-02, calibrated to 28 Feb 2026"
    (one,) = of(record, "equipment_due")
    assert one.what.endswith("“UC-02, calibrated to 28 Feb 2026”; due 28 Feb 2026, used 2 Mar 2026")
    assert one.url == "/batches/EXO-2026-0001/steps/1/#value-equipment"


def test_equipment_due_fires_on_an_assay_that_says_until_when():
    record = made()
    record.assays[0].equipment = "NTA-2, check due 2026-03-01"
    assert len(of(record, "equipment_due")) == 1


def test_equipment_due_is_quiet_on_the_day_and_on_a_last_check():
    record = made()
    record.steps[0].equipment = "UC-02, calibrated to 2 Mar 2026"
    record.assays[0].equipment = "NTA-2, 1 Feb 2026"
    assert of(record, "equipment_due") == []


def test_lot_expired_fires():
    record = made()
    record.steps[0].material_lots = "PBS, lot 4471, use by 2026-01; tubes, lot 7, 31 Dec 2027"
    (one,) = of(record, "lot_expired")
    assert one.what.endswith("use by 31 Jan 2026, used 2 Mar 2026")


def test_lot_expired_is_quiet_on_dates_to_come_and_on_none():
    record = made()
    record.steps[0].material_lots = "PBS, lot 4471, made 2025-01-01; buffer 20260101"
    record.steps[0].ultracentrifugation.resuspension_buffer = "PBS, opened 1 Jan 2026"
    assert of(record, "lot_expired") == []


@pytest.mark.parametrize(
    ("text", "only_until", "dates"),
    [
        ("UC-02, calibrated to 31 Jan 2027", False, [(2027, 1, 31)]),
        ("calibrated on 31 Jan 2026, due 2027-01-31", False, [(2027, 1, 31)]),
        ("due Dec 2026", False, [(2026, 12, 31)]),
        ("use by 2028-02", True, [(2028, 2, 29)]),
        ("lot 2028-02", True, []),
        ("2026-02-30 and 2026-13", False, []),
        ("last check 5 March 2026", False, []),
        ("A 1 Jan 2026; B 2 Feb 2026", False, [(2026, 1, 1), (2026, 2, 2)]),
        ("", False, []),
    ],
)
def test_dates_are_read_as_people_write_them(text, only_until, dates):
    assert list(due_dates(text, only_until=only_until)) == [dt.date(*date) for date in dates]
