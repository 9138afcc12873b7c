"""What the assay's page shows of files that hold several records or channels."""

from django.core.files.uploadedfile import SimpleUploadedFile

from batches.characterization import actions as assays
from batches.characterization.flow_chart import flow_chart
from batches.instruments import read_export
from batches.instruments.generate import FlowRun, ZetasizerRun, fcs_bytes, zetasizer_text
from tests.factories import BatchFactory
from tests.way import sheet_of_assay


def test_page_shows_replicates_with_mean_and_channels_without_a_gate(operator, client):
    batch = BatchFactory(by=operator)
    client.force_login(operator)
    files = {"dls": zetasizer_text(ZetasizerRun(pdi=0.55)), "nanoflow": fcs_bytes(FlowRun())}
    pages = []
    for technique, data in files.items():
        number = assays.add_assay(batch=batch, technique=technique, by=operator).number
        sheet = sheet_of_assay(batch, number)
        assays.attach_export(sheet=sheet, upload=SimpleUploadedFile("f", data), by=operator)
        pages.append(client.get(f"/batches/{batch.number}/assays/{number}/").content.decode())
    assert "EV sample: 3 records; mean and SD (n − 1) are computed here" in pages[0]
    assert "124.1 ± 0.1" in pages[0] and pages[0].count("no peak") == 3
    assert "PdI above 0.5 in 3 of 3 records" in pages[0]
    assert 'aria-label="Intensities of FSC-A, VSSC-A, FITC-A, APC-A, log axis"' in pages[1]


def test_channels_are_drawn_with_what_they_stain_and_nothing_without_events():
    drawn = flow_chart(read_export(fcs_bytes(FlowRun())))
    assert drawn.count("<polyline") == 4
    assert "FITC-A · CD9" in drawn
    assert flow_chart(read_export(fcs_bytes(FlowRun(events=0)))) == ""
