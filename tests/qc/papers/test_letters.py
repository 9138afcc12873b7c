"""What people typed stays what they typed, on paper too."""

import pytest

from qc.papers.letters import printable, visible
from qc.papers.rendering import typeset
from qc.papers.typesetting import letters_lacking, numbered
from tests.qc.papers import pdf

HEAD = {
    "laboratory": {"name": "L", "address": [], "logo": None},
    "printed": {
        "by": "Reviewer One",
        "username": "reviewer1",
        "at": "14 Nov 2026 16:42:10 UTC",
        "local": "",
        "entry": 1,
        "moment": [2026, 11, 14, 16, 42, 10],
    },
    "checkpoint": {"name": "c", "note": "n", "public_key": "k", "fingerprint": "f", "qr": ""},
    "product_version": "1",
    "time_zone": "UTC",
}
HOSTILE = (
    '#read("/etc/passwd")',
    "*bold* _slanted_ $x^2$ `raw` <label> @reference",
    "= heading",
    '#import "@preview/x:1.0.0": *',
    "2.4×10¹⁰ /mL ≥ 3×10⁻⁵ µg/mL ± 1.5 → ✓ α β Ω 29\u202f400",
    "Łódź Ångström Nguyễn Жук ẞ",
    "A" * 90,
)


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """The hostile texts as deviations of a certificate that says nothing else."""
    return _printed(tmp_path_factory.mktemp("paper"), HOSTILE)


def _printed(folder, texts):
    said = {
        "batch": dict.fromkeys(
            ("number", "product", "product_code", "opened", "harvested", "status", "disposition"), "x"
        )
        | {"is_rejected": False},
        "source": {"kind": "k", "code": "c"},
        "master": {"code": "m", "title": "t", "version": 1, "specification": "s", "effective": "e"}
        | {"specification_effective": ""},
        "results": [],
        "reported": [],
        "replicates": [],
        "summary": "s",
        "deviations": {"closed": list(texts), "open": []},
        "signatures": [],
        "manifest": "",
    }
    from audit.ledger.printing import qr_png

    data = {**HEAD, "number": 1, "amends": None, "content": said}
    data["checkpoint"] = {**HEAD["checkpoint"], "qr": "qr.png"}
    path = folder / "paper.pdf"
    typeset("certificate.typ", data, path, {"qr.png": lambda: qr_png("n")})
    return path.read_bytes()


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_printed_literally(printed, text):
    assert "".join(text.split()) in "".join(pdf.text(printed).split())


def test_letters_without_a_font_are_numbered(tmp_path):
    said = pdf.words(_printed(tmp_path, ["漢字 and 😀"]))
    assert "⟨U+6F22⟩⟨U+5B57⟩ and ⟨U+1F600⟩" in said


def test_lines_stay_lines(tmp_path):
    said = pdf.text(_printed(tmp_path, ["first line\nsecond line"]))
    assert "first line\n" in said and "second line" in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\x07\tb\r\nc", "a⟨U+0007⟩ b\nc"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("\ue000", "⟨U+E000⟩"),
        ("2.4×10¹⁰", "2.4×10¹⁰"),
    ],
)
def test_letters_that_can_not_be_seen_are_shown(text, shown):
    assert visible(text) == shown


def test_long_words_may_break_but_notes_may_not():
    made = printable({"name": "x" * 40, "note": "y" * 40})
    assert made == {"name": "\u200b".join(["x" * 16, "x" * 16, "x" * 8]), "note": "y" * 40}


def test_what_the_library_says_is_understood():
    told = "".join(f'the text `"{text}"` could not be displayed with font\n' for text in ("中", "\\u{fffe}"))
    assert letters_lacking(told) == {"中", "\ufffe"}
    assert numbered('{"a":"中b"}', {"中"}) == '{"a":"⟨U+4E2D⟩b"}'
