"""What changed in a long text, word by word."""

import pytest

from audit.trail import word_diff
from audit.trail.word_diff import diff_html

WORDS = " ".join(f"word{n}" for n in range(60))


def test_changed_words_are_marked_and_the_rest_stays():
    old = "pellet seen at 14:10, washed twice with PBS"
    new = "pellet seen at 14:20, washed once with PBS"
    assert diff_html(old, new) == (
        '<span class="wording">pellet seen at <del class="was">14:10,</del><ins class="now">14:20,</ins> '
        'washed <del class="was">twice</del><ins class="now">once</ins> with PBS</span>'
    )


def test_numbers_are_never_compared_by_character():
    assert not word_diff.is_worth_it("6.7", "7.6")
    assert '<del class="was">6.7</del><ins class="now">7.6</ins>' in diff_html(
        "the blank was at 6.7 in all wells", "the blank was at 7.6 in all wells"
    )


def test_short_texts_stay_old_and_new():
    assert not word_diff.is_worth_it("cloudy pellet", "clear pellet, small")
    assert word_diff.is_worth_it("one two three four five six", "one two three four five seven")
    assert not word_diff.is_worth_it(None, WORDS)


def test_html_in_texts_is_shown_as_text():
    html = diff_html("a <b>bold</b> word stands in here", "a <i>bold</i> word stands <script> here")
    assert ("<b>" in html, "<i>" in html, "<script>" in html) == (False, False, False)
    assert '<del class="was">&lt;b&gt;bold&lt;/b&gt;</del>' in html


def test_long_stretches_without_a_change_are_folded():
    html = diff_html(f"begin {WORDS} end", f"start {WORDS} ending")
    assert "… 48 words unchanged …" in html
    assert ("word5" in html, "word6 " in html, "word53" in html, "word54" in html) == (
        True,
        False,
        False,
        True,
    )


def test_text_that_only_grew_shows_what_came():
    html = diff_html(WORDS, f"{WORDS} and more words")
    assert html.endswith('word59<ins class="now"> and more words</ins></span>')
    assert "… 54 words unchanged …" in html


@pytest.mark.parametrize(
    ("old", "new"), [(WORDS, WORDS), ("", WORDS), (WORDS, ""), (" \n", "x"), ("a\n\nb c d", "a b\nc d")]
)
def test_every_word_of_both_texts_is_kept(old, new):
    parts = list(word_diff.parts_of(word_diff.PIECES.findall(old), word_diff.PIECES.findall(new)))
    assert "".join("".join(words) for kind, words in parts if kind != "now") == old
    assert "".join("".join(words) for kind, words in parts if kind != "was") == new


def test_huge_texts_are_not_compared_but_shown():
    old, new = " ".join(f"a{n}" for n in range(40_000)), " ".join(f"b{n}" for n in range(40_000))
    html = diff_html(f"same {old} end", f"same {new} end")
    assert html.startswith('<span class="wording">same <del class="was">a0 ')
    assert html.endswith("b39999</ins> end</span>")
