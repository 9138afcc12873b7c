"""ZS Xplorer files: values by the vendor's names, several samples, files that are none or a trick."""

import sqlite3

import pytest

from batches.instruments import Unreadable, read_export
from batches.instruments.generate.zmes import ZmesRun, zmes_bytes
from batches.instruments.zmes import DAMAGED, NO_SIZE


def refusal_of(data, videos=None):
    with pytest.raises(Unreadable) as refusal:
        read_export(data, videos=videos)
    return str(refusal.value)


def changed(*statements):
    made = sqlite3.connect(":memory:")
    made.deserialize(zmes_bytes(ZmesRun()))
    for statement in statements:
        made.execute(statement)
    made.commit()
    return made.serialize()


def test_records_of_one_sample_are_replicates():
    reading = read_export(zmes_bytes(ZmesRun()))
    values = reading.values
    told = [values[key] for key in ("sample", "replicates", "z_average_nm", "pdi", "temperature_c")]
    assert told == ["EV sample", 2, 124.5, 0.14, 25.01]
    assert [one["name"] for one in values["records"]] == ["EV sample 1", "EV sample 2"]
    assert (reading.technique, reading.software) == ("DLS", "Zetasizer software 4.1.0.82")
    assert (values["captured_at"], reading.header["Serial number"]) == ("2026-03-06T14:51:12.1Z", "EX0001")
    assert reading.warnings == ()


def test_the_classified_result_is_read_and_the_raw_one_told():
    reading = read_export(zmes_bytes(ZmesRun(samples=("EV",), raw_nm=152.0, quality="PoorData")))
    assert reading.values["z_average_nm"] == 124.0
    assert reading.warnings == (
        "EV 1: the instrument says of the data: PoorData.",
        "EV 1: 152 nm before the instrument classified its runs; 124 nm is read.",
    )


def test_several_samples_are_chosen_from():
    data = zmes_bytes(ZmesRun(samples=("EV sample", "Blank")))
    assert refusal_of(data).startswith("The file holds records of 2 samples (EV sample, Blank)")
    assert read_export(data, videos=["Blank"]).values["z_average_nm"] == 125.0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zmes_bytes(ZmesRun(root="urn:Other")), NO_SIZE),
        (b"SQLite format 3\0" + b"StandardRecords" * 40, DAMAGED),
        (zmes_bytes(ZmesRun())[:5000], DAMAGED),
        (changed('DROP TABLE "StandardRecords"', 'CREATE VIEW "StandardRecords" AS SELECT 1'), DAMAGED),
        (
            changed('UPDATE "RecordParameterData" SET "Data_Double" = 1.5 WHERE "Data_Double" = 0.14'),
            "EV sample 1 holds a size or PdI that can't be: the file is damaged.",
        ),
    ],
)
def test_what_is_no_such_file_is_refused(data, reason):
    assert refusal_of(data) == reason


def test_a_value_in_another_unit_or_twice_is_none():
    other = changed('UPDATE "RecordParameterTypes" SET "FriendlyName" = \'Value (µm)\' WHERE "Id" = 4')
    assert read_export(other).values["z_average_nm"] is None
    twice = changed(
        'INSERT INTO "RecordParameterData" ("RecordId", "ParameterTreeNodeId", "ParameterTypeId", '
        '"Data_Double") SELECT "RecordId", "ParameterTreeNodeId", "ParameterTypeId", 99 FROM '
        '"RecordParameterData" WHERE "ParameterTypeId" = 4 AND "ParameterTreeNodeId" <> 40'
    )
    assert read_export(twice).values["z_average_nm"] is None
