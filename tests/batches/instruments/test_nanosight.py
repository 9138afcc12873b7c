import json
import statistics

import pytest

from batches.instruments import Unreadable, read_export
from batches.instruments.generate import NanosightRun, nanosight_summary, resaved_by_spreadsheet

from .editing import cells_of, edited, line_with

SMALL = NanosightRun(software="3.2", videos=3, bins=20, bin_width_nm=25.0)
AS_GIVEN = {
    "concentration_per_ml": "Concentration (Particles",
    "mean_nm": "Mean",
    "mode_nm": "Mode",
    "sd_nm": "SD",
    "d10_nm": "D10",
    "d50_nm": "D50",
    "d90_nm": "D90",
}


def refusal_of(data: bytes, **choice) -> Unreadable:
    with pytest.raises(Unreadable) as refusal:
        read_export(data, **choice)
    return refusal.value


@pytest.mark.parametrize("software", ["3.2", "3.4"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_averages_are_the_printed_ones(software, line_end):
    data = nanosight_summary(NanosightRun(software=software, videos=3, line_end=line_end))
    reading = read_export(data)
    printed = {key: cells_of(data, row) for key, row in AS_GIVEN.items()}
    assert {key: reading.values[key] for key in AS_GIVEN} == {
        key: float(cells[3]) for key, cells in printed.items()
    }
    assert reading.values["mean_standard_error_nm"] == float(printed["mean_nm"][4])
    assert reading.values["averages_from"] == "file"
    assert reading.warnings == ()


def test_small_file_of_32_is_read_in_full():
    reading = read_export(nanosight_summary(SMALL))
    assert reading.software == "NTA 3.2 Dev Build 3.2.16"
    assert reading.technique == "NTA"
    assert reading.encoding == "utf-8"
    assert reading.values == {
        "concentration_per_ml": 2.43e11,
        "concentration_standard_error_per_ml": 4.91e9,
        "mean_nm": 129.1,
        "mean_standard_error_nm": 1.4,
        "mode_nm": 112.5,
        "mode_standard_error_nm": 0.0,
        "sd_nm": 45.2,
        "sd_standard_error_nm": 0.5,
        "d10_nm": 78.6,
        "d10_standard_error_nm": 0.6,
        "d50_nm": 121.8,
        "d50_standard_error_nm": 1.2,
        "d90_nm": 189.6,
        "d90_standard_error_nm": 1.9,
        "particles_per_frame": 37.3,
        "temperature_c": 22.72,
        "viscosity_cp": 0.9361,
        "dilution": 1000.0,
        "concentration_includes_dilution": True,
        "dilution_suggested": None,
        "videos": 3,
        "videos_excluded": [],
        "bins": 20,
        "valid_tracks": 6384,
        "completed_tracks": 18513,
        "validity": "OK",
        "averages_from": "file",
        "captured_at": "10:24:05  18/03/2025",
        "sample": "EV sample",
        "operator": "Operator",
        "diluent": "PBS",
    }


def test_header_holds_the_settings_as_printed():
    header = read_export(nanosight_summary(SMALL)).header
    assert header["Camera Level"] == "14"
    assert header["Temperature/C"] == "22.700; 22.720; 22.740"
    assert header["Created with"] == "NTA 3.2 Dev Build 3.2.16"
    assert header["Filename"] == "EV sample_00; EV sample_01; EV sample_02"


def test_bins_add_up_to_the_concentration_of_their_video():
    curves = read_export(nanosight_summary(SMALL)).curves
    sums = [sum(bins) for bins in curves["per_ml_by_video"]]
    results = [video["concentration_per_ml"] for video in curves["videos"]]
    assert sums == [pytest.approx(result, rel=0.005) for result in results]
    assert sum(curves["per_ml_average"]) == pytest.approx(2.43e11, rel=0.005)
    assert curves["bin_centre_nm"] == [12.5 + 25 * at for at in range(20)]


def test_standard_error_is_sd_over_root_n_of_the_videos():
    reading = read_export(nanosight_summary(NanosightRun(videos=4)))
    means = [video["mean_nm"] for video in reading.curves["videos"]]
    error = statistics.stdev(means) / 2
    assert reading.values["mean_standard_error_nm"] == round(error, 1)


def test_curves_hold_percentiles_and_videos_as_plain_json():
    curves = read_export(nanosight_summary(SMALL)).curves
    assert json.loads(json.dumps(curves)) == curves
    assert [len(column) for column in curves["percentiles"]["size_nm_by_video"]] == [101] * 3
    assert curves["percentiles"]["percent"][50] == 50
    assert curves["videos"][0] == {
        "name": "EV sample_00",
        "concentration_per_ml": 2.33e11,
        "particles_per_frame": 35.8,
        "centres_per_frame": 35.8,
        "completed_tracks": 5919.0,
        "x_drift_px_per_frame": -0.4,
        "y_drift_px_per_frame": 0.1,
        "temperature_c": 22.7,
        "viscosity_cp": 0.9365,
        "camera_level": 14.0,
        "frame_rate_fps": 24.9825,
        "syringe_pump_speed": 50.0,
        "detection_threshold": 5.0,
        "frames_analysed": 1498.0,
        "mean_nm": 126.4,
        "mode_nm": 112.5,
        "sd_nm": 44.2,
        "d10_nm": 77.4,
        "d50_nm": 119.5,
        "d90_nm": 185.8,
        "valid_tracks": 2041.0,
        "dilution": 1000.0,
        "validity": "OK",
        "laser": "Blue488",
        "is_valid": True,
    }


def test_dilution_not_recorded_is_asked_for_and_never_taken_from_the_name():
    run = NanosightRun(videos=3, dilution=None, concentration_per_ml=2.4e8)
    reading = read_export(nanosight_summary(run), "EV_1500_-ExperimentSummary.csv")
    assert reading.values["dilution"] is None
    assert reading.values["concentration_includes_dilution"] is False
    assert reading.values["dilution_suggested"] == 1500.0
    assert reading.warnings == (
        "The dilution is not recorded: the concentration is that of the measured suspension. "
        "The name suggests 1500; confirm or enter the dilution.",
    )


def test_dilution_is_suggested_by_the_experiment_name_where_the_file_name_tells_none():
    run = NanosightRun(videos=3, dilution=None, concentration_per_ml=2.4e8, sample="EV_200")
    assert read_export(nanosight_summary(run), "upload.csv").values["dilution_suggested"] == 200.0


def test_dilution_zero_means_not_entered():
    data = edited(nanosight_summary(NanosightRun(videos=1)), "factor),1.00e+03", "factor),0.00e+00")
    assert read_export(data).values["dilution"] is None


def test_dilution_that_differs_between_videos_is_no_one_result():
    run = NanosightRun(videos=3, dilution=(1000.0, 1000.0, 500.0))
    refusal = refusal_of(nanosight_summary(run))
    assert str(refusal) == (
        "The dilution differs between the videos (1000, 500), so there is no one result. "
        "Choose the videos that belong to this batch."
    )
    assert len(refusal.videos) == 3
    assert read_export(nanosight_summary(run), videos=[0, 1]).values["dilution"] == 1000.0


FAILED = NanosightRun(
    videos=4,
    dilution=None,
    concentration_per_ml=2.4e8,
    failed=(1,),
    validity=("OK", "OK", "Unreliable", "OK"),
    sample="EV",
)


def test_failed_video_is_excluded_visibly_and_averages_are_computed_again():
    data = nanosight_summary(FAILED)
    reading = read_export(data)
    means = [float(cell) for cell in cells_of(data, "Mean")[:4]]
    assert means[1] == 0.0
    valid = [means[0], means[2], means[3]]
    assert reading.values["mean_nm"] == pytest.approx(sum(valid) / 3)
    assert reading.values["videos"] == 3
    assert reading.values["videos_excluded"] == ["EV 2025-03-18 11-00-00"]
    assert reading.values["averages_from"] == "valid videos"
    assert reading.curves["video_is_valid"] == [True, False, True, True]
    assert len(reading.curves["per_ml_by_video"]) == 4
    third = [reading.curves["per_ml_by_video"][at][100] for at in (0, 2, 3)]
    assert reading.curves["per_ml_average"][100] == sum(third) / 3


def test_failed_video_and_unreliable_one_are_told():
    assert read_export(nanosight_summary(FAILED)).warnings == (
        "Failed videos without size distribution were excluded: EV 2025-03-18 11-00-00. "
        "The averages were computed again from the valid videos, because the file's averages "
        "contain their zeros.",
        "The dilution is not recorded: the concentration is that of the measured suspension. "
        "Enter the dilution.",
        "The instrument says: Concentration Warnings, Validity of concentration measurement: "
        "Unreliable (EV 2025-03-18 12-00-00).",
    )


def test_measurement_of_failed_videos_only_has_no_result():
    refusal = refusal_of(nanosight_summary(NanosightRun(videos=2, failed=(0, 1))))
    assert str(refusal) == (
        "This NanoSight file is a measurement without result: no video has a size distribution. "
        "Measure again; the file is kept as an attachment."
    )


def test_number_block_is_read_where_all_six_blocks_stand():
    plain = NanosightRun(videos=3)
    every = NanosightRun(videos=3, all_weightings=True)
    alone, among = (read_export(nanosight_summary(run)) for run in (plain, every))
    assert among.encoding == "cp1252"
    assert among.values == alone.values
    assert among.curves == alone.curves


def test_file_without_number_block_is_refused():
    data = edited(nanosight_summary(NanosightRun(videos=2)), "Weighting,Number", "Weighting,Volume")
    assert str(refusal_of(data)) == (
        "This NanoSight file holds no number-weighted size distribution. "
        "Export it again with 'Number weighting'."
    )


COMBINED = NanosightRun(software="3.2", videos=12, combined_of=("a.nano", "b.nano", "c.nano"))


def test_combined_experiment_is_refused_and_offers_its_videos():
    refusal = refusal_of(nanosight_summary(COMBINED))
    assert str(refusal) == (
        "This NanoSight file combines several experiments (12 videos); its averages mix samples "
        "and are not one result. Choose the videos that belong to this batch."
    )
    assert refusal.videos[:5] == ("a_00", "a_01", "a_02", "a_03", "b_04")


@pytest.mark.parametrize("choice", [["b_04", "b_05", "b_06", "b_07"], [7, 6, 5, 4]])
def test_chosen_videos_of_a_combined_experiment_give_a_computed_result(choice):
    data = nanosight_summary(COMBINED)
    reading = read_export(data, videos=choice)
    means = [float(cell) for cell in cells_of(data, "Mean")[4:8]]
    assert reading.values["mean_nm"] == pytest.approx(statistics.mean(means))
    assert reading.values["mean_standard_error_nm"] == pytest.approx(statistics.stdev(means) / 2)
    assert reading.values["averages_from"] == "chosen videos"
    assert reading.values["videos"] == 4
    assert reading.software == "NTA 3.2 Dev Build 3.2.16"
    assert reading.curves["video_is_used"] == [False] * 4 + [True] * 4 + [False] * 4
    assert reading.warnings == ("The averages were computed from the chosen videos: b_04, b_05, b_06, b_07.",)


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ([], "No video was chosen. Choose at least one."),
        ([0, 0], "A video was chosen twice. Choose each video once."),
        ([3], "The file has no video 3. It has EV sample_00, EV sample_01, EV sample_02."),
        ([-1], "The file has no video -1. It has EV sample_00, EV sample_01, EV sample_02."),
        (["x"], "The file has no video x. It has EV sample_00, EV sample_01, EV sample_02."),
    ],
)
def test_choice_that_the_file_does_not_have_is_refused(choice, reason):
    assert str(refusal_of(nanosight_summary(SMALL), videos=choice)) == reason


def test_videos_of_the_same_name_are_chosen_by_position():
    data = nanosight_summary(SMALL).replace(b"EV sample_01", b"EV sample_00")
    refusal = refusal_of(data, videos=["EV sample_00"])
    assert str(refusal) == ("The name EV sample_00 stands for several videos. Choose by position.")
    assert read_export(data, videos=[1]).values["videos"] == 1


RESAVED = (
    "These are not the instrument's original bytes: the file was saved again by a spreadsheet. "
    "Digits may be lost; attach the original export."
)


@pytest.mark.parametrize("software", ["3.2", "3.4"])
def test_file_saved_again_by_a_spreadsheet_has_the_same_numbers_and_a_warning(software):
    original = nanosight_summary(NanosightRun(software=software, videos=3))
    resaved = read_export(resaved_by_spreadsheet(original))
    assert resaved.values == read_export(original).values
    assert resaved.warnings == (RESAVED,)


def test_upper_case_exponent_shows_a_spreadsheet():
    data = edited(nanosight_summary(NanosightRun(videos=1)), "ml),2.33e+11", "ml),2.33E+11")
    assert read_export(data).warnings == (RESAVED,)


def test_few_tracks_and_thin_frames_are_told():
    run = NanosightRun(videos=2, particles_per_frame=4.5, sample="EV")
    assert read_export(nanosight_summary(run)).warnings == (
        "Only 514 valid tracks in total; 1000 or more are customary.",
        "Particles per frame outside 20 to 120 (EV 2025-03-18 10-00-00: 4.5, EV 2025-03-18 11-00-00: 4.5).",
    )


def test_bins_that_do_not_add_up_are_told():
    data = nanosight_summary(SMALL)
    row = line_with(data, "112.5")
    changed = row.replace(row.split(",")[1], "1")
    assert read_export(edited(data, row, changed)).warnings == (
        "The bins do not add up to the concentration within 1 % (EV sample_00): "
        "the file is edited or cut off.",
    )


def test_average_that_is_none_is_told():
    data = edited(nanosight_summary(SMALL), "2.43e+011", "2.53e+011")
    assert read_export(data).warnings == (
        "The printed average is not the mean of the videos within 1 %: the file is edited.",
    )


def test_percentile_that_disagrees_is_told():
    data = nanosight_summary(SMALL)
    row = line_with(data, "D50")
    changed = row.replace(row.split(",")[1], "119.9")
    assert read_export(edited(data, row, changed)).warnings == (
        "D50 differs from the percentile table (EV sample_00): the file is edited.",
    )


def test_percentile_table_that_ends_early_is_told():
    data = nanosight_summary(SMALL)
    cut = data[: data.index(b"\n100,500.0") + 1]
    assert read_export(cut).warnings == ("The percentile table is not complete: the file may be cut off.",)


def test_unknown_version_is_told():
    data = nanosight_summary(SMALL).replace(b"NTA 3.2 Dev", b"NTA 9.1 Dev")
    assert read_export(data).warnings == (
        "The software version 'Created with NTA 9.1 Dev Build 3.2.16' has not been seen by this "
        "reader: compare the values with the instrument's report.",
    )


def test_version_33_is_read_without_complaint():
    data = nanosight_summary(SMALL).replace(b"NTA 3.2 Dev", b"NTA 3.3 Dev")
    assert read_export(data).warnings == ()


def test_information_and_processing_are_told_word_for_word():
    data = nanosight_summary(NanosightRun(videos=2, sample="EV"))
    data = edited(data, "Vibration detected,No,No", "Vibration detected,No,High vibration")
    data = edited(data, "Processed,Yes,Yes", "Processed,Yes,No")
    assert read_export(data).warnings == (
        "The instrument says: Information, Vibration detected: High vibration (EV 2025-03-18 11-00-00).",
        "The instrument says: not processed (EV 2025-03-18 11-00-00).",
    )


def test_sample_name_may_hold_commas():
    run = NanosightRun(software="3.2", videos=2, sample="EV")
    data = edited(nanosight_summary(run), 'Sample Name,"EV"', 'Sample Name,"EV, washed"')
    assert read_export(data).values["sample"] == "EV, washed"


def test_unpublished_average_is_computed():
    data = nanosight_summary(SMALL)
    row = line_with(data, "Mode")
    reading = read_export(edited(data, row, "Mode,112.5,112.5,112.5,"))
    assert reading.values["mode_nm"] == 112.5
    assert reading.values["mode_standard_error_nm"] == 0.0
