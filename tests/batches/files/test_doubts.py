"""What a file says of itself beside what the record says."""

import datetime as dt

import pytest

from accounts.models import User
from batches.files.doubts import doubts_of, measured_on
from batches.record.models import Attachment, Batch, Reading

OPENED = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def told(reader="zetaview", **values):
    batch = Batch(number="EXO-2026-0007", opened_at=OPENED)
    person = User(username="operator1", printed_name="Operator One")
    stored = OPENED + dt.timedelta(days=3)
    file = Attachment(batch=batch, uploaded_by=person, uploaded_at=stored)
    return doubts_of(Reading(reader=reader, values=values), file)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-04 10:28:05", dt.date(2026, 3, 4)),
        ("2026:03:04 16:40:00", dt.date(2026, 3, 4)),
        ("06 March 2026 14:50:12", dt.date(2026, 3, 6)),
        ("Friday, 27 February 2026 16:08:39", dt.date(2026, 2, 27)),
        ("26-FEB-2018 16:39:53", dt.date(2018, 2, 26)),
        ("06/13/2016 05:06:40 PM", dt.date(2016, 6, 13)),
        ("13/06/2016", dt.date(2016, 6, 13)),
        ("03/04/2016", None),
        ("2026-13-40", None),
        ("yesterday", None),
    ],
)
def test_dates_are_read_where_they_can_be_read_one_way(text, day):
    assert measured_on(text) == day


def test_nanosight_writes_the_day_first():
    assert measured_on("11:20:44  04/03/2026", is_day_first=True) == dt.date(2026, 3, 4)


def test_a_file_that_fits_raises_no_doubt():
    values = {"sample": "exo-2026-0007 final", "operator": "Operator One", "captured_at": "2026-03-04"}
    assert told(**values) == [] and told() == []


def test_what_does_not_fit_is_told():
    assert told(sample="Tube 3", operator="Jen", captured_at="2026-01-04 10:00:00") == [
        "The file names its sample 'Tube 3', which does not mention EXO-2026-0007.",
        "The file names 'Jen' as its operator; operator1 stored it.",
        "Measured on 4 Jan 2026, before the batch was opened on 2 Mar 2026.",
    ]
    assert told(captured_at="2027-01-04") == [
        "Measured on 4 Jan 2027, after it was stored: the instrument's clock is wrong."
    ]
    assert told(captured_at="03/04/2026") == ["The file's date 03/04/2026 can be read two ways: check it."]
