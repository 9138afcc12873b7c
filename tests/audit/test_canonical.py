"""The canonical form: one text for one entry, whoever writes it."""

import datetime as dt
import hashlib
import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import canonical

ENTRY = {
    "v": "exoledger-entry/1",
    "at": dt.datetime(2026, 11, 23, 19, 0, 0, 123456, tzinfo=dt.UTC),
    "changes": [{"field": "volume_in_ml", "new": Decimal("7.60"), "old": None, "unit": "mL"}],
    "is_critical": True,
    "number": 12,
    "words": 'µg/mL, "10²"\n',
}


def test_text_is_sorted_without_spaces_and_keeps_every_character():
    assert canonical.text(ENTRY) == (
        '{"at":"2026-11-23T19:00:00.123456Z","changes":[{"field":"volume_in_ml","new":"7.6","old":null,'
        '"unit":"mL"}],"is_critical":true,"number":12,"v":"exoledger-entry/1",'
        '"words":"µg/mL, \\"10²\\"\\n"}'
    )


def test_leaf_hash_is_rfc_6962():
    text = canonical.text(ENTRY)
    assert canonical.leaf_hash(text) == hashlib.sha256(b"\x00" + text.encode()).digest()
    assert canonical.leaf_hash("").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.50", "1.5"),
        ("1.0", "1"),
        ("100", "100"),
        ("0", "0"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("2.4E+10", "24000000000"),
        ("1E-7", "0.0000001"),
        ("-4.50", "-4.5"),
    ],
)
def test_decimal_text_is_one_for_equal_numbers(number, text):
    assert canonical.decimal_text(Decimal(number)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_decimal_text_reads_back_as_the_same_number(number):
    assert Decimal(canonical.decimal_text(number)) == number


@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "Asia/Kathmandu", "America/Los_Angeles"])
def test_time_text_is_utc_in_every_time_zone(zone):
    moment = dt.datetime(2026, 3, 29, 0, 59, 59, 1, tzinfo=dt.UTC)
    assert canonical.time_text(moment.astimezone(ZoneInfo(zone))) == "2026-03-29T00:59:59.000001Z"


def test_whole_numbers_beyond_what_json_readers_hold_become_text():
    assert canonical.plain(2**53 - 1) == 2**53 - 1
    assert canonical.plain(2**53) == "9007199254740992"


@pytest.mark.parametrize("value", [1.5, float("nan"), b"bytes", object(), {1, 2}])
def test_values_without_one_written_form_are_refused(value):
    with pytest.raises(TypeError):
        canonical.text({"value": value})


def test_look_alike_letters_and_moved_characters_hash_differently():
    texts = [
        canonical.text({"old": old, "new": new})
        for old, new in [("10²", "x"), ("102", "x"), ("А", "x"), ("A", "x"), ("ab", "c"), ("a", "bc")]
    ]
    assert len({canonical.leaf_hash(text) for text in texts}) == 6


@given(st.dictionaries(st.sampled_from("abcde"), st.text() | st.integers() | st.booleans() | st.none()))
def test_text_reads_back_and_writes_again_as_the_same_text(body):
    text = canonical.text(body)
    assert canonical.text(json.loads(text)) == text


def test_content_hash_does_not_depend_on_the_order_of_keys():
    one, other = {"a": [0.1, 2], "b": 1e-9}, {"b": 1e-9, "a": [0.1, 2]}
    assert canonical.content_hash(one) == canonical.content_hash(other)
    assert len(canonical.content_hash(one)) == 64
