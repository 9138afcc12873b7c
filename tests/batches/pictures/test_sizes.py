"""Size distributions over each other, on the page and as files."""

import xml.etree.ElementTree as ET

import pytest

from audit.models import Entry
from batches.pictures.files import chart_style
from batches.pictures.overlay import Ways, overlay
from batches.pictures.profiles import Profile
from tests.factories import BatchFactory
from tests.way import nanosight, tracked


@pytest.fixture
def batch(operator):
    return BatchFactory(by=operator)


def address(batch, asked=""):
    return f"/batches/{batch.number}/sizes/{asked}"


def test_without_a_measurement_the_page_says_what_to_do(signed_in, operator, batch):
    page = signed_in(operator).get(address(batch)).content.decode()
    assert "No size distribution yet" in page
    assert "<polyline" not in page


def test_replicates_lie_over_each_other_with_their_recorded_figures(
    signed_in, operator, auditor, batch, django_assert_num_queries
):
    for mode in (96.0, 108.0):
        tracked(batch, operator, upload=nanosight(mode_nm=mode))
    client = signed_in(auditor)
    client.get(address(batch))
    with django_assert_num_queries(6):
        page = client.get(address(batch)).content.decode()
    assert page.count("<polyline") == 2
    assert "final preparation · replicate 2" in page
    assert page.count("<td>recorded</td>") == 2
    assert page.count(" checked") == 2
    with django_assert_num_queries(6):
        one = client.get(address(batch, "?assay=2")).content.decode()
    assert one.count("<polyline") == 1


def test_videos_and_sister_batches_are_curves_of_their_own(signed_in, operator, batch):
    tracked(batch, operator)
    sister = BatchFactory(by=operator, version=batch.plan.version, source_lot=batch.source_lot)
    tracked(sister, operator)
    client = signed_in(operator)
    videos = client.get(address(batch, "?videos=on")).content.decode()
    assert videos.count("<polyline") == 5
    beside = client.get(address(batch, f"?assay=1&beside={sister.number}&axis=log&height=per_ml"))
    assert beside.content.decode().count("<polyline") == 2
    assert f"{sister.number} (n = 1)" in beside.content.decode()
    assert "particles/mL per decade" in beside.content.decode()


def test_a_choice_that_is_not_there_changes_nothing(signed_in, operator, batch):
    tracked(batch, operator)
    answer = signed_in(operator).get(address(batch, "?assay=99&height=x&axis=y&beside=NONE"))
    assert answer.status_code == 200


def test_taken_away_as_svg_png_and_csv_each_with_an_entry(signed_in, operator, batch):
    tracked(batch, operator)
    client = signed_in(operator)
    svg = client.get(address(batch, "?as=svg"))
    assert ET.fromstring(svg.content).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in svg.content.decode()
    assert client.get(address(batch, "?as=png")).content.startswith(b"\x89PNG\r\n")
    lines = client.get(address(batch, "?as=csv")).content.decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["Curve", "final preparation · replicate 1"]
    told = Entry.objects.filter(action="exported").values_list("batch_number", flat=True)
    assert list(told) == [batch.number] * 3


def test_the_picture_of_many_long_curves_stays_small():
    sizes = [0.5 + nm for nm in range(1000)]
    profiles = [
        Profile(f"replicate {at}", sizes, [float((nm * at) % 97) for nm in range(1000)])
        for at in range(1, 13)
    ]
    picture = overlay(profiles, ways=Ways(), window_nm=(30, 150))
    assert picture.count("<polyline") == 12
    assert len(picture) < 60_000


def test_what_people_wrote_is_text_in_the_picture():
    picture = overlay([Profile("<b>&", [1.0, 2.0, 3.0], [1.0, 2.0, 1.0])], ways=Ways(), window_nm=(30, 150))
    assert "<b>" not in picture


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("process blank (unconditioned medium) · replicate 1",) * 2,
        ("x" * 80, "x" * 59 + "…"),
    ],
)
def test_the_legend_has_room_for_long_names(name, shown):
    profiles = [Profile(one, [1.0, 2.0, 3.0], [1.0, 2.0, 1.0]) for one in ("final", name)]
    picture = overlay(profiles, ways=Ways(), window_nm=(30, 150))
    assert picture.endswith(f">{shown}</text></svg>")


def test_files_bring_along_the_colour_of_every_curve():
    style = chart_style()
    assert [f".chart-curve-{number}{{stroke:#" in style for number in (1, 2, 3, 4)] == [True] * 4
    assert "var(" not in style
