import pytest

from batches.instruments import distribution as d

SIZES = [10.0, 20.0, 30.0, 40.0]
COUNTS = [1.0, 2.0, 4.0, 1.0]


def test_share_in_window_counts_classes_by_their_centre_both_edges_in():
    assert d.share_in_window(SIZES, COUNTS, 20, 30) == 75.0
    assert d.share_in_window(SIZES, COUNTS, 0, 100) == 100.0
    assert d.share_in_window(SIZES, COUNTS, 21, 29) == 0.0


def test_moments_are_number_weighted():
    assert d.total(COUNTS) == 8.0
    assert d.mean_nm(SIZES, COUNTS) == 26.25
    assert round(d.sd_nm(SIZES, COUNTS), 4) == 8.5696
    assert round(d.sd_nm(SIZES, COUNTS, sample=True), 4) == 9.1613


def test_modal_class_is_the_smaller_of_equals():
    assert d.modal_class_nm(SIZES, COUNTS) == 30.0
    assert d.modal_class_nm([1.0, 2.0], [3.0, 3.0]) == 1.0


def test_percentile_interpolates_the_cumulated_count_at_the_listed_size():
    # Cumulated 1, 3, 7, 8: half of 8 lies a quarter of the way from 20 to 30.
    assert d.interpolated_percentile_nm(SIZES, COUNTS, 50) == 22.5
    assert d.interpolated_percentile_nm(SIZES, COUNTS, 5) == 10.0
    assert d.interpolated_percentile_nm(SIZES, COUNTS, 100) == 40.0


def test_percentile_starts_from_the_last_of_empty_classes():
    assert d.interpolated_percentile_nm([1.0, 2.0, 3.0], [1.0, 0.0, 2.0], 100 / 3) == 2.0


def test_span_is_relative_to_the_median():
    assert d.span(80.0, 100.0, 180.0) == 1.0
    with pytest.raises(ValueError, match="above 0"):
        d.span(0.0, 0.0, 0.0)


def test_average_curve_and_standard_error():
    assert d.average_curve([[1, 2], [3, 6]]) == [2.0, 4.0]
    assert d.standard_error([1.0, 2.0, 3.0]) == pytest.approx(0.5773502692)
    assert d.standard_error([1.0]) is None


def test_empty_distribution_has_no_figures():
    with pytest.raises(ValueError, match="no particles"):
        d.share_in_window(SIZES, [0, 0, 0, 0], 0, 100)


def test_single_trace_has_no_spread():
    assert d.sd_nm([5.0], [1.0], sample=True) == 0.0
