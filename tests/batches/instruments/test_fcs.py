import pytest

from batches.instruments import Unreadable, as_json, read_export
from batches.instruments.generate import FlowRun, fcs_bytes
from tests.batches.instruments.editing import edited

CONTROLS = "All events above the trigger are counted, without gate; buffer and dye controls belong beside it."


def test_counts_volume_and_concentration():
    reading = read_export(fcs_bytes(FlowRun(events=600, volume_nl=60_000)))
    values = reading.values
    assert (reading.technique, reading.format) == ("FLOW", "Flow cytometry file (FCS 3.1)")
    assert (values["events"], values["volume_nl"], values["events_per_ml"]) == (600, 60_000.0, 10_000.0)
    assert (values["events_per_s"], values["stains"]) == (10.0, {"FITC-A": "CD9"})
    assert reading.warnings == (CONTROLS,)
    drawn = reading.curves["histograms"]
    assert [one["channel"] for one in drawn] == ["FSC-A", "VSSC-A", "FITC-A", "APC-A"]
    assert [sum(one["counts"]) + one["below"] + one["above"] for one in drawn] == [600] * 4
    assert "mean_nm" not in values


@pytest.mark.parametrize("volume", [None, 0.0])
def test_without_volume_there_is_no_concentration(volume):
    reading = read_export(fcs_bytes(FlowRun(volume_nl=volume)))
    assert (reading.values["events_per_ml"], reading.values["concentration_per_ml"]) == (None, None)
    assert reading.warnings[1] == (
        "The volume of the run ($VOL) is not in the file: there is no concentration in it."
    )


@pytest.mark.parametrize("offset_error", [0, 1])
def test_empty_acquisition_is_read_as_empty(offset_error):
    reading = read_export(fcs_bytes(FlowRun(events=0, offset_error=offset_error)))
    assert (reading.values["events"], reading.values["events_per_ml"]) == (0, None)
    assert reading.warnings[-1] == "Empty acquisition: the file holds no event."
    assert reading.curves == {"histograms": []}


def test_offset_off_by_one_is_read_with_a_note():
    reading = read_export(fcs_bytes(FlowRun(events=50, offset_error=1)))
    assert reading.values["events"] == 50
    assert reading.warnings[0] == "The offsets in the file disagree by a little; it was read all the same."


def test_lost_aborted_and_crowded_events_are_told():
    run = FlowRun(events=1000, lost=3, aborted=2, end="09:10:01")
    warnings = read_export(fcs_bytes(run)).warnings
    assert warnings[1:] == (
        "2 events were aborted by the electronics.",
        "3 events were lost by the electronics.",
    )
    crowded = read_export(fcs_bytes(FlowRun(events=12_000, end="09:10:01")))
    assert crowded.warnings[1] == (
        "12000 events per second: several particles may count as one (swarm). Measure at a higher dilution "
        "as well."
    )


def test_no_person_is_named():
    reading = read_export(fcs_bytes(FlowRun(person="Q. Somebody")))
    assert "Somebody" not in str((as_json(reading), reading.header, reading.curves))


@pytest.mark.parametrize("events", ["99999999", "300000"])
def test_file_that_claims_more_events_than_it_holds_is_refused(events):
    data = edited(fcs_bytes(FlowRun()), "/$TOT/400/", f"/$TOT/{events}/")
    with pytest.raises(Unreadable):
        read_export(data)


def test_cut_off_file_is_refused():
    data = fcs_bytes(FlowRun())
    with pytest.raises(Unreadable, match="cut off or damaged"):
        read_export(data[: len(data) // 2])
