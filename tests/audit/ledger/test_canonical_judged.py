"""The canonical form against an independent implementation of RFC 8785 (development dependency)."""

import json

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import canonical

LARGEST = canonical.LARGEST_INTEGER
# Strings of all kinds but lone surrogates, which no UTF-8 holds: control characters, quotes, astral planes.
TEXTS = (
    st.text(max_size=6)
    | st.text(st.characters(max_codepoint=0x7F), max_size=6)
    | st.sampled_from(["\u2028", "\x7f", "😀", "\\", "é"])
)
# Our keys are names of fields and parts, plain ASCII.
KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | TEXTS,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(KEYS, parts, max_size=3),
    max_leaves=5,
)
BODIES = st.dictionaries(KEYS, VALUES, max_size=4)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(BODIES)
def test_r074_canonical_form_is_that_of_rfc_8785(body):
    written = canonical.text(body).encode()
    assert written == rfc8785.dumps(body)
    assert json.loads(written) == body


@settings(max_examples=100, deadline=None, derandomize=True)
@given(one=BODIES, other=BODIES)
def test_r074_different_bodies_have_different_texts(one, other):
    """Nothing is folded together: 1 is not "1", null not "", True not 1."""
    same = rfc8785.dumps(one) == rfc8785.dumps(other)
    assert (canonical.text(one) == canonical.text(other)) == same


def test_key_order_is_that_of_rfc_8785_for_every_ascii_key():
    body = {chr(code): code for code in range(0x20, 0x7F)}
    assert canonical.text(body).encode() == rfc8785.dumps(body)
