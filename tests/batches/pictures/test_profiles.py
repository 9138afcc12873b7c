"""Curves made comparable: particles are conserved, heights mean the same on every instrument."""

from math import isclose, log10

from batches.pictures.axes import Axis
from batches.pictures.profiles import Profile, averaged, density, edges, reach_nm, resampled, thinned

FINE = Profile("fine", [0.5 + nm for nm in range(1000)], [0.0] * 100 + [2e6] * 100 + [0.0] * 800)
COARSE = Profile("coarse", [2.5 + 5 * at for at in range(200)], [0.0] * 20 + [1e7] * 20 + [0.0] * 160)


def area(points, width):
    return sum(height * width for _, height in points)


def test_the_same_particles_have_the_same_height_whatever_the_width_of_the_classes():
    fine = dict(density(FINE, is_log=False, is_normalised=False))
    coarse = dict(density(COARSE, is_log=False, is_normalised=False))
    assert fine[150.5] == coarse[152.5] == 2e6


def test_normalised_curves_hold_a_hundred_percent():
    assert isclose(area(density(FINE, is_log=False, is_normalised=True), 1), 100)
    assert isclose(area(density(COARSE, is_log=False, is_normalised=True), 5), 100)


def test_on_a_logarithmic_axis_the_area_per_decade_holds_the_particles():
    points = density(COARSE, is_log=True, is_normalised=True)
    whole = sum(height * log10((nm + 2.5) / (nm - 2.5)) for nm, height in points)
    assert isclose(whole, 100)
    assert points[0][0] == 12.5


def test_an_empty_profile_has_no_points():
    assert density(Profile("none", [1.0, 2.0], [0.0, 0.0]), is_log=False, is_normalised=True) == []
    assert density(Profile("one class", [1.0], [5.0]), is_log=False, is_normalised=True) == []


def test_resampling_conserves_the_particles_and_where_they_are():
    moved = resampled(FINE, COARSE.sizes_nm)
    assert all(isclose(a, b, abs_tol=1e-3) for a, b in zip(moved, COARSE.per_ml, strict=True))
    back = resampled(COARSE, FINE.sizes_nm)
    assert isclose(sum(back), COARSE.total_per_ml)
    assert resampled(FINE, list(FINE.sizes_nm)) == FINE.per_ml


def test_the_mean_of_unlike_classes_is_over_those_of_the_first():
    mean = averaged("both", [COARSE, FINE])
    assert mean.sizes_nm == COARSE.sizes_nm
    assert isclose(mean.total_per_ml, 2e8)


def test_edges_lie_half_way_and_never_below_nothing():
    assert edges([1.0, 4.0, 8.0]) == [0.0, 2.5, 6.0, 10.0]


def test_the_axis_reaches_as_far_as_the_particles():
    assert reach_nm([FINE]) == 300.0
    assert reach_nm([Profile("wide", [100.0, 640.0], [1.0, 1.0])]) == 700.0
    assert reach_nm([Profile("beyond", [100.0, 5000.0], [1.0, 1.0])]) == 1000.0


def test_thinning_keeps_the_peak_and_the_order():
    points = [(float(nm), 1.0 if nm == 517 else 0.0) for nm in range(1000)]
    kept = thinned(points, 100)
    assert (517.0, 1.0) in kept
    assert kept == sorted(kept)
    assert len(kept) <= 102
    assert thinned(points, 1000) == points


def test_axes_print_round_numbers():
    assert Axis(0, 400, 0, 800).ticks() == [0, 50, 100, 150, 200, 250, 300, 350, 400]
    assert Axis(10, 1000, 0, 100, is_log=True).ticks() == [10, 20, 50, 100, 200, 500, 1000]
    assert Axis(10, 1000, 0, 100, is_log=True).at(100) == 50
    assert Axis(0, 400, 0, 800).at(-5) == 0
    assert Axis(0, 1.04, 0, 800).ticks() == [0, 0.2, 0.4, 0.6, 0.8, 1]
