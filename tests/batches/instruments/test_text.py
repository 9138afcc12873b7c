import pytest

from batches.instruments import Unreadable
from batches.instruments.text import decode, dilution_in_name, listed, number, tidy


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain\r\ntext\rend", ("plain\ntext\nend", "utf-8")),
        ("µ".encode(), ("µ", "utf-8")),
        (b"nm\xb2", ("nm²", "cp1252")),
        (b"nm\xb2 \x81", ("nm² \x81", "latin-1")),
        (b"\xef\xbb\xbfa", ("a", "utf-8-sig")),
        (b"\xff\xfea\0", ("a", "utf-16")),
        (b"\xfe\xff\0a", ("a", "utf-16")),
        (b"\xff\xfe\0\0a\0\0\0", ("a", "utf-32")),
    ],
)
def test_decode_keeps_every_character(data, expected):
    assert decode(data) == expected


@pytest.mark.parametrize("data", [b"a\0b", b"\xff\xfea", b"\xef\xbb\xbf\xff", b"\xff\xfe\0\0a"])
def test_decode_refuses_what_is_no_text(data):
    with pytest.raises(Unreadable):
        decode(data)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7.29e+011", 7.29e11),
        ("5.10E+08", 5.1e8),
        ("-0.000", 0.0),
        (" 95 ", 95.0),
        ("1.", 1.0),
        ("", None),
        ("NaN", None),
        ("n/a", None),
        ("inf", None),
        ("1e999", None),
        ("?????", None),
        ("OVRFLW", None),
        ("<0.000", None),
        ("*0.356*", None),
        ("#NUM!", None),
        ("Not recorded", None),
        ("1,234", None),
        ("1_000", None),
        ("١٢", None),
    ],
)
def test_number_takes_only_what_is_printed_as_a_number(text, value):
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "value"), [("25,13", 25.13), ("0,000E+0", 0.0), ("25.13", None), ("1,2,3", None)]
)
def test_number_with_decimal_comma_takes_no_point(text, value):
    assert number(text, ",") == value


@pytest.mark.parametrize(
    ("name", "dilution"),
    [
        ("Pexo_14_1500_-ExperimentSummary.csv", 1500.0),
        ("std_10000_yes_2_00.nano", 10000.0),
        ("EV 1to500.txt", 500.0),
        ("EV_250x_b.txt", 250.0),
        ("EV_dil40.csv", 40.0),
        ("C:\\data\\1000\\EV_20.txt", 20.0),
        ("Sample2_35nm_1-5pool.txt", None),
        ("EV 2020-09-18 11-20-44-ExperimentSummary.csv", None),
        ("20251217_0005_EV_size_488.txt", None),
        ("EV_2020_3.csv", None),
        ("EV_1x.csv", None),
        ("", None),
    ],
)
def test_dilution_in_name_suggests_what_people_mean(name, dilution):
    assert dilution_in_name(name) == dilution


def test_listed_cuts_long_lists_short():
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdefgh")) == "a, b, c, d, e, f and 2 more"


def test_tidy_drops_binary_noise():
    assert tidy(78.17500000000001) == 78.175
