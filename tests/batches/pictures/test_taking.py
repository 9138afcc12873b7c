"""Pictures as files of their own, from whichever page they are taken."""

import xml.etree.ElementTree as ET

import pytest
from django.utils.safestring import SafeString

from audit.models import Entry
from batches.pictures.files import as_svg, chart_style
from tests.batches.trends.test_controls import run
from tests.factories import BatchFactory
from tests.way import harvested, spun, tracked

CHART = "/trends/controls/chart/?value=size_nm&as="


def stands_alone(svg):
    """Whether a file has its colours in it and leads nowhere."""
    return ET.fromstring(svg).tag.endswith("svg") and not any(one in svg for one in ("var(", "<a ", "href="))


def test_links_of_a_page_stay_on_the_page():
    link = '<a href="/batches/1/" class="chart-go"><path d="M0 0"/></a>'
    drawn = f'<svg class="chart" viewBox="0 0 9 9">{link}</svg>'
    assert stands_alone(as_svg(SafeString(drawn), "Chart"))


def test_colours_are_those_of_the_screen():
    assert ".chart-grid{stroke:#e1e6ee;fill:none}" in chart_style()


def test_the_waterfall_and_its_table_can_be_taken(signed_in, operator):
    batch = BatchFactory(by=operator)
    harvested(batch, operator)
    spun(batch, operator, particles_in_per_ml="1e9", particles_out_per_ml="1e11")
    tracked(batch, operator)
    client, address = signed_in(operator), f"/batches/{batch.number}/recovery/?as="
    assert stands_alone(client.get(f"{address}svg").content.decode())
    lines = client.get(f"{address}csv").content.decode().splitlines()
    assert [line.split(",")[:4] for line in lines[1:]] == [["1 Pellet", "Ultracentrifugation", "480", "2"]]
    told = Entry.objects.filter(action="exported").values_list("act", "batch_number")
    assert list(told) == [("export_picture", batch.number)] * 2


@pytest.mark.django_db
def test_a_chart_of_control_material_can_be_taken(signed_in, operator):
    for day, size in enumerate((100, 101, 99)):
        run(operator, size, day)
    client = signed_in(operator)
    assert stands_alone(client.get(f"{CHART}svg").content.decode())
    assert len(client.get(f"{CHART}csv").content.decode().splitlines()) == 4
