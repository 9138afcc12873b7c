"""A table that no reader knows: columns chosen once, kept as a mapping, each row an assay."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.refusal import ActionRefused
from batches.characterization.models import Assay
from batches.files import actions
from batches.files.mapping_actions import Choice, import_rows
from batches.files.models import ColumnMapping, DroppedFile
from batches.files.showing import csv_of
from batches.files.techniques import fields_of, techniques
from batches.instruments.mapping import Column, mapped_rows, table_of
from batches.record.models import Reading
from tests.factories import BatchFactory
from tests.way import sheet_of_assay

CSV = b"Sample,Mode,Conc. (p/ml),Dil\nA,96.2,2.5e8,1000\nB,101,<1,1000\nC,99,3.1e8,1000\n"
COLUMNS = {
    "mode_nm": Column("Mode", 0, "nm"),
    "instrument_per_ml": Column("Conc. (p/ml)", 0, "/mL"),
    "dilution": Column("Dil", 0, "\u00d7"),
}
CHOICE = Choice("nta", ("Sample", "Mode", "Conc. (p/ml)", "Dil"), COLUMNS)
SENT = {
    "technique": "nta",
    "sheet": "table",
    "header": "0",
    "decimal": ".",
    "name": "Videodrop",
    "instrument": "Videodrop 2",
    "column-mode_nm": "0:Mode",
    "unit-mode_nm": "nm",
    "column-instrument_per_ml": "0:Conc. (p/ml)",
    "unit-instrument_per_ml": "/mL",
    "column-dilution": "0:Dil",
    "unit-dilution": "\u00d7",
}


@pytest.fixture
def attachment(operator):
    upload = SimpleUploadedFile("table.csv", CSV)
    return actions.drop_files(batch=BatchFactory(by=operator), uploads=[upload], by=operator)[0].attachment


def rows(*wanted):
    found = mapped_rows(table_of(CSV)["sheets"]["table"], 0, COLUMNS, fields_of("nta"))
    return [one for one in found if one.row in wanted]


def taken(attachment, by, *wanted, choice=CHOICE, name="Videodrop"):
    return import_rows(
        attachment=attachment,
        choice=choice,
        name=name,
        instrument="Videodrop 2",
        rows=rows(*wanted),
        sample="final",
        by=by,
    )


def test_rows_become_replicates_that_say_where_each_number_came_from(attachment, operator):
    first, second = taken(attachment, operator, 2, 4)
    assert (first.replicate, second.replicate) == (1, 2)
    nta = sheet_of_assay(attachment.batch, first.number).details
    assert (nta.mode_nm, nta.includes_dilution, nta.dilution) == (Decimal("96.20"), "no", Decimal(1000))
    assert (nta.particles_per_ml, nta.dilution_source) == (Decimal("2.5e11"), "file")
    found = Reading.objects.get(pk=nta.reading_id)
    assert (found.technique, found.format, found.software) == (
        "TABLE",
        "Table, mapped as Videodrop",
        "Videodrop 2",
    )
    assert found.header["Mode"] == "row 2, 'Mode': 96.2 in nm"
    assert DroppedFile.objects.get().assay == first


def test_the_same_choice_is_the_same_mapping_and_another_its_next_version(attachment, operator):
    taken(attachment, operator, 2)
    taken(attachment, operator, 4)
    assert list(ColumnMapping.objects.values_list("name", "version")) == [("Videodrop", 1)]
    with pytest.raises(ActionRefused, match="taken already: 2"):
        taken(attachment, operator, 2)
    assert ColumnMapping.objects.get().header == ["Sample", "Mode", "Conc. (p/ml)", "Dil"]


def test_rows_with_errors_are_refused_and_nothing_is_kept(attachment, operator):
    with pytest.raises(ActionRefused, match="'<1' is no number"):
        taken(attachment, operator, 2, 3)
    with pytest.raises(ActionRefused, match="Give the mapping a name"):
        taken(attachment, operator, 2, name=" ")
    with pytest.raises(ActionRefused, match="Choose at least one row"):
        taken(attachment, operator)
    assert (Assay.objects.count(), ColumnMapping.objects.count(), Reading.objects.count()) == (0, 0, 0)


def test_the_page_leads_from_table_to_assays_and_finds_the_mapping_again(attachment, operator, signed_in):
    browser, url = signed_in(operator), f"/files/{attachment.pk}/columns/"
    assert "Mark the row that holds the titles." in browser.get(url).content.decode()
    chosen = browser.get(url, {"technique": "nta", "header": "0"}).content.decode()
    assert "Column of Mode" in chosen and "not in the table" in chosen
    preview = browser.post(url, SENT).content.decode()
    assert "row 2, &#x27;Mode&#x27;: 96.2 in nm" in preview and "is no number that can be taken" in preview
    assert Assay.objects.count() == 0
    refused = browser.post(url, {**SENT, "confirm": "1", "sample": "final"})
    assert refused.status_code == 409 and "Choose at least one row." in refused.content.decode()
    answer = browser.post(url, {**SENT, "confirm": "1", "sample": "final", "row": ["2", "4"]})
    assert answer.status_code == 302 and Assay.objects.count() == 2
    saved = ColumnMapping.objects.get()
    assert "Preview with it" in browser.get(url).content.decode()
    assert "3 · What would be taken" in browser.get(url, {"mapping": saved.pk}).content.decode()


def test_another_header_asks_for_the_columns_again(attachment, operator, signed_in):
    taken(attachment, operator, 2)
    upload = SimpleUploadedFile("other.csv", CSV.replace(b"Mode", b"Mode (nm)"))
    (other,) = actions.drop_files(batch=attachment.batch, uploads=[upload], by=operator)
    browser, url = signed_in(operator), f"/files/{other.attachment_id}/columns/"
    assert "its header row is not in this table" in browser.get(url).content.decode()
    answer = browser.get(url, {"mapping": ColumnMapping.objects.get().pk})
    assert answer.status_code == 409 and "choose its columns again" in answer.content.decode()


def test_only_techniques_with_a_file_take_tables():
    assert "nta" in techniques() and "western_blot" not in techniques()
    assert {"mode_nm", "instrument_per_ml"} < {one.name for one in fields_of("nta")}
    assert "particles_per_ml" not in {one.name for one in fields_of("nta")}


def test_the_pages_show_values_without_a_distribution_and_their_cells(attachment, operator, signed_in):
    (assay,) = taken(attachment, operator, 2)
    browser, url = signed_in(operator), f"/batches/{attachment.batch.number}/"
    page = browser.get(f"{url}assays/{assay.number}/").content.decode()
    assert "Where each number comes from" in page and "row 2, &#x27;Mode&#x27;: 96.2 in nm" in page
    assert "The table holds single values, no distribution." in page and "None video" not in page
    assert browser.get(url).status_code == 200


def test_values_leave_as_text_that_no_spreadsheet_runs(attachment, operator, signed_in):
    taken(attachment, operator, 2)
    told = signed_in(operator).get(f"/files/{attachment.pk}/readings.csv").content.decode()
    assert "row 2, 'Mode': 96.2 in nm" in told
    evil = Reading(reader="x", format="=1+1", technique="NTA", values={"name": "@SUM(A1)"}, header={})
    assert csv_of([evil]).splitlines()[1] == "1,x ,'=1+1,Name,'@SUM(A1),,"
