import io
import zipfile

import pytest

from batches.instruments import Unreadable, as_json, read_export
from batches.instruments.detect import IMAGE_CAP_BYTES
from batches.instruments.generate import NanosightRun, ZetaviewRun, nanosight_summary, zetaview_text
from batches.instruments.text import TEXT_CAP_BYTES

ATTACHED = "This is {}; it is kept as an attachment, there is no reader for it yet."


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, "content")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"<!DOCTYPE html><html><body>Login</body></html>", "a web page (HTML) under another name"
         ", not an instrument export"),
        (b"\n <html>\n", "a web page (HTML) under another name, not an instrument export"),
        (b"%PDF-1.7\n", "a PDF report"),
        (zipped("data.csv"), "a zip archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE file (Zetasizer .dts, old Excel .xls)"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\xaf\xafStable File Version 2.0", "a Bio-Rad Quantity One scan (.1sc)"),
        (b"NTA Single Analysis Summary File\n", "a NanoSight summary of a single video"),
        (b'{"a": 1}', "a JSON document"),
        (b"<?xml version='1.0'?><a/>", "an XML document"),
        (b"particle_size,a_00,a_01\n0.5,0,0\n", "a size table cut out of an export by hand, without"
         " dilution, settings and warnings (attach the original export to read its values)"),
    ],
)  # fmt: skip
def test_read_export_names_what_it_has_no_reader_for(data, what):
    with pytest.raises(Unreadable) as refusal:
        read_export(data, "looks-like-ExperimentSummary.csv")
    # Some say what to attach beside it or instead.
    assert str(refusal.value).partition(" Attach ")[0] == ATTACHED.format(what)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "The file is empty (0 bytes). Export it again from the instrument."),
        (
            b"\0" * 64,
            "The file contains NUL bytes: it is binary or damaged, not a text export. "
            "Export it again from the instrument's software.",
        ),
        (
            b"hello,world\n",
            "The content of this file is not known (it begins 'hello,world'). It is kept as an "
            "attachment; attach the instrument's own export or picture, or map the columns of a table.",
        ),
        (
            b"\n\n\n",
            "The content of this file is not known. It is kept as an attachment; "
            "attach the instrument's own export or picture, or map the columns of a table.",
        ),
        (
            b"a" * (TEXT_CAP_BYTES + 1),
            "The file has 20 MB; at most 20 MB of text are read. It is kept as an attachment.",
        ),
        (
            b"II*\0" + bytes(IMAGE_CAP_BYTES),
            "The file has 200 MB; at most 200 MB of image are read. It is kept as an attachment.",
        ),
    ],
    ids=["empty", "nul", "unknown", "blank", "long text", "large image"],
)
def test_read_export_refuses_in_words(data, reason):
    with pytest.raises(Unreadable) as refusal:
        read_export(data)
    assert as_json(refusal.value) == {"refused": reason}


def test_read_export_looks_at_the_content_and_not_at_the_name():
    zetaview = zetaview_text(ZetaviewRun())
    assert read_export(zetaview, "a-ExperimentSummary.csv").format == "ZetaView size distribution"
    nanosight = nanosight_summary(NanosightRun(videos=2))
    assert read_export(nanosight, "a.tif").format == "NanoSight NTA experiment summary"


def test_read_export_takes_a_byte_order_mark_and_quotes_around_everything():
    plain = nanosight_summary(NanosightRun(videos=2))
    assert read_export(b"\xef\xbb\xbf" + plain).values == read_export(plain).values
    lines = plain.decode().splitlines()
    quoted = "\n".join('"' + line.replace(",", '","') + '"' for line in lines).encode()
    assert read_export(quoted).values == read_export(plain).values


def test_read_export_offers_videos_of_nanosight_only():
    with pytest.raises(Unreadable, match="Only NanoSight"):
        read_export(zetaview_text(ZetaviewRun()), videos=[0])


def test_as_json_shows_the_contract_and_no_curves():
    reading = read_export(nanosight_summary(NanosightRun(videos=2)))
    assert as_json(reading) == {
        "format": "NanoSight NTA experiment summary",
        "software": "NTA 3.4 Build 3.4.003",
        "technique": "NTA",
        "values": reading.values,
        "warnings": [],
    }


def test_same_bytes_give_the_same_reading():
    data = nanosight_summary(NanosightRun())
    assert read_export(data, "a.csv") == read_export(bytes(data), "a.csv")
