"""Reads an XLSX back with nothing but zipfile and XML, as another program would."""

import re
import zipfile
from xml.etree import ElementTree

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheets_of(file):
    """The sheets of a workbook by name: rows of texts, without empty cells at their ends."""
    with zipfile.ZipFile(file) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        names = [sheet.get("name") for sheet in book.iter(f"{MAIN}sheet")]
        return {
            name: rows_of_sheet(archive.read(f"xl/worksheets/sheet{place}.xml"))
            for place, name in enumerate(names, 1)
        }


def rows_of_sheet(xml):
    rows = []
    for row in ElementTree.fromstring(xml).iter(f"{MAIN}row"):
        texts = []
        for cell in row.iter(f"{MAIN}c"):
            assert cell.get("t") == "inlineStr"
            texts += [""] * (column(cell.get("r")) - len(texts))
            texts.append(unescaped("".join(part.text or "" for part in cell.iter(f"{MAIN}t"))))
        rows.append(texts)
    return rows


def column(reference):
    """Number of the column in a reference such as AB12, from 0."""
    number = 0
    for letter in re.match("[A-Z]+", reference)[0]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def unescaped(text):
    """Characters that XML can't hold stand as _xHHHH_."""
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)


def parts_of(file):
    """Names of the files inside, with what they hold."""
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
