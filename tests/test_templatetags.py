"""Icons, pills and values in templates."""

import datetime
import gzip
import re
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import timezone

from batches.quantities import QuantityFormField
from batches.templatetags import exoledger
from config import settings as product
from config.static import EVERY_PAGE

NOON = datetime.datetime(2026, 11, 14, 12, 2, 11, tzinfo=datetime.UTC)


class BenchForm(forms.Form):
    """The kinds of fields that a bench page shows."""

    temperature = QuantityFormField(required=False)
    pellet_seen = forms.NullBooleanField(required=False)
    brake = forms.ChoiceField(choices=[("", "—"), ("none", "none"), ("full", "full")], required=False)
    spun = forms.DateTimeField(required=False)
    rotor = forms.ChoiceField(choices=[(str(n), f"rotor {n}") for n in range(9)], required=False)


def rendered(text: str, **context: object) -> str:
    return Template(text).render(Context(context))


def value(form: forms.Form | None = None, name: str = "temperature", **given: object) -> SimpleNamespace:
    """A value object as a step page gives it."""
    bound = (form or BenchForm())[name]
    plain = {
        "name": name,
        "label": "Temperature",
        "unit": "°C",
        "bound": bound,
        "can_edit": True,
        "post_url": "/save/",
    }
    return SimpleNamespace(**{**plain, "state": "", "saved_at": None, "errors": [], "seen": "", **given})


def row(**given: object) -> str:
    return render_to_string("components/_value.html", {"value": value(**given)})


def test_icon_inlines_the_drawing_without_its_licence_comment() -> None:
    drawn = rendered('{% icon "circle-check" %}')
    assert drawn.startswith(
        '<svg class="icon" viewBox="0 0 512 512" fill="currentColor" aria-hidden="true"><path'
    )
    assert "<!--" not in drawn


def test_icon_with_label_is_read_out() -> None:
    assert 'role="img" aria-label="Close &amp; go"' in exoledger.icon("xmark", label="Close & go")


def test_icon_regular_differs_from_solid() -> None:
    assert exoledger.icon("circle", style="regular") != exoledger.icon("circle")


@pytest.mark.parametrize("name", ["no-such-icon", "../regular/circle", "", "circle.svg", "Circle"])
def test_icon_refuses_unknown_names(name: str) -> None:
    with pytest.raises(ValueError, match="icon"):
        exoledger.icon(name)


def test_icon_refuses_unknown_styles() -> None:
    with pytest.raises(ValueError, match="icon"):
        exoledger.icon("circle", style="brands")


@pytest.mark.parametrize("code", sorted(exoledger.LOOKS))
def test_status_pill_has_colour_icon_and_word_for_every_known_code(code: str) -> None:
    look = exoledger.LOOKS[code]
    shown = exoledger.status_pill(code)
    assert shown.startswith(f'<span class="pill {look.kind}"><svg')
    assert shown.endswith(f"{look.words}</span>")


def test_status_pill_takes_other_words_and_escapes_them() -> None:
    assert exoledger.status_pill("pass", "≥ 1 <b>").endswith("≥ 1 &lt;b&gt;</span>")


def test_status_pill_shows_unknown_codes_calmly() -> None:
    shown = exoledger.status_pill("on_hold")
    assert '<span class="pill calm">' in shown
    assert shown.endswith("on hold</span>")


def test_status_pill_of_nothing_is_not_decided() -> None:
    assert exoledger.status_pill(None) == exoledger.status_pill("")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (Decimal("2.4e10"), "2.4×10¹⁰"),
        (Decimal("29400"), "29\u202f400"),
        (4.5, "4.5"),
        (Decimal(-80), "−80"),
        (0, "0"),
        (None, ""),
        ("DN-0117", "DN-0117"),
        (True, True),
    ],
)
def test_number_writes_numbers_as_people_do(given: object, shown: object) -> None:
    assert exoledger.number(given) == shown


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("", "14 Nov 2026 13:02"),
        ("seconds", "14 Nov 2026 13:02:11"),
        ("date", "14 Nov 2026"),
        ("time", "13:02"),
    ],
)
def test_when_shows_the_moment_in_the_current_time_zone(detail: str, words: str) -> None:
    with timezone.override("Europe/Paris"):
        shown = rendered("{{ at|when:detail }}", at=NOON, detail=detail)
    assert shown == f'<time datetime="2026-11-14T13:02:11+01:00">{words}</time>'


def test_when_shows_a_day_without_a_time() -> None:
    assert (
        rendered("{{ day|when }}", day=datetime.date(2027, 1, 31))
        == '<time datetime="2027-01-31">31 Jan 2027</time>'
    )


def test_when_of_nothing_is_empty() -> None:
    assert rendered("{{ at|when }}{{ at|clock }}{{ at|age }}", at=None) == ""


def test_clock_shows_the_day_only_when_it_is_not_today() -> None:
    now = timezone.now()
    assert f">{timezone.localtime(now):%H:%M:%S}<" in rendered("{{ at|clock }}", at=now)
    assert "14 Nov 2020" in rendered("{{ at|clock }}", at=NOON.replace(year=2020))


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (datetime.timedelta(seconds=30), "now"),
        (datetime.timedelta(minutes=12), "12 min"),
        (datetime.timedelta(hours=5, minutes=12), "5 h"),
        (datetime.timedelta(hours=47), "47 h"),
        (datetime.timedelta(days=3, hours=2), "3 d"),
    ],
)
def test_age_is_short(span: datetime.timedelta, words: str) -> None:
    assert exoledger.age(span) == words
    assert exoledger.age(timezone.now() - span) == words


@pytest.mark.parametrize(
    ("given", "shown"),
    [("9f2c0000e41a", "9f2c…e41a"), (b"\x9f\x2c\x00\x00\xe4\x1a", "9f2c…e41a"), ("abc", "abc"), (None, "")],
)
def test_short_hash_keeps_both_ends(given: str | bytes | None, shown: str) -> None:
    assert exoledger.short_hash(given) == shown


def test_segments_of_a_yes_no_field_mark_what_is_chosen() -> None:
    found = exoledger.segments(BenchForm(initial={"pellet_seen": False})["pellet_seen"])
    assert [(s.value, s.label, s.checked) for s in found] == [("true", "yes", False), ("false", "no", True)]


def test_segments_leave_out_the_empty_choice() -> None:
    assert [s.value for s in exoledger.segments(BenchForm(data={"brake": "full"})["brake"])] == [
        "none",
        "full",
    ]


@pytest.mark.parametrize("name", ["rotor", "temperature"])
def test_segments_are_only_for_few_choices(name: str) -> None:
    assert exoledger.segments(BenchForm()[name]) == []


@pytest.mark.parametrize(
    ("name", "initial", "words"),
    [
        ("temperature", Decimal("2.4e10"), "2.4×10¹⁰"),
        ("temperature", Decimal("-0.5"), "−0.5"),
        ("spun", NOON, "14 Nov 2026 12:02:11"),
        ("pellet_seen", True, "yes"),
        ("brake", "full", "full"),
        ("brake", "", "—"),
    ],
)
def test_value_words_are_for_reading(name: str, initial: object, words: str) -> None:
    assert exoledger.value_words(BenchForm(initial={name: initial})[name]) == words


def test_value_saves_itself_and_says_what_was_seen() -> None:
    shown = row(seen="4")
    assert 'hx-post="/save/"' in shown
    assert '<input type="hidden" name="field" value="temperature">' in shown
    assert '<input type="hidden" name="seen-temperature" value="4">' in shown


def test_value_is_labelled_and_described() -> None:
    shown = row(limit_text="accept 2–8", errors=["Enter a number."])
    assert '<label class="field-label" for="id_temperature">' in shown
    assert 'aria-describedby="value-temperature-state value-temperature-limit"' in shown
    assert 'aria-invalid="true"' in shown
    assert "Enter a number." in shown


def test_value_counts_as_saved_only_when_nothing_is_asked() -> None:
    saved = 'data-saved="temperature"'
    assert saved in row(saved_at=NOON)
    assert saved not in row(saved_at=NOON, asks_reason=True, before="4", typed="5", reason_categories=[])
    assert saved not in row(saved_at=NOON, errors=["no"])


def test_value_out_of_limits_asks_why_until_it_is_said() -> None:
    assert 'name="remark_words"' in row(state="out", reason_categories=[("other", "Other")])
    told = row(state="out", remark="weighed twice")
    assert 'name="remark_words"' not in told
    assert "weighed twice" in told


def test_value_in_conflict_shows_both_values() -> None:
    shown = row(state="conflict", conflict={"mine": "9.9", "theirs": "7.7", "who": "operator2", "when": NOON})
    assert 'data-fill="7.7"' in shown
    assert 'data-fill="9.9"' in shown
    assert "operator2" in shown


def test_value_keeps_earlier_values_readable() -> None:
    earlier = [{"old": Decimal("6.7"), "who": "operator2", "when": NOON, "why": "digits swapped"}]
    assert '<s class="was">6.7 °C</s>' in row(earlier=earlier)


def test_value_that_may_not_be_edited_has_no_form() -> None:
    shown = row(form=BenchForm(initial={"temperature": Decimal("4.0")}), can_edit=False)
    assert "<form" not in shown
    assert "<input" not in shown
    assert ">4 <" in shown


def test_value_escapes_what_people_typed() -> None:
    assert "<script>" not in row(
        remark="<script>", advice=["<script>"], na_reason="<script>", label="<script>"
    )


def test_components_hold_nothing_inline() -> None:
    for file in (product.BASE_DIR / "templates").glob("**/*.html"):
        text = file.read_text(encoding="utf-8")
        for inline in (r"<[a-z][^>{]*\sstyle=", r"\son[a-z]+=", "<style", "javascript:", r"<script(?! src)"):
            assert re.search(inline, text) is None, f"{file}: {inline}"


def test_first_visit_is_light() -> None:
    """Own CSS and script together; Bootstrap (31 kB) and htmx (17 kB) come on top, 65 kB is the limit."""
    texts = {name: (product.BASE_DIR / "static" / name).read_text(encoding="utf-8") for name in EVERY_PAGE}
    served = [make_small(texts[name]).encode("utf-8") for name, make_small in EVERY_PAGE.items()]
    assert sum(len(gzip.compress(content, 9)) for content in served) < 13_500


def with_parts(text: str) -> str:
    """A template's text with the fragments that it includes by name."""
    names = re.findall(r'{% include "([^"]+)"', text)
    return text + "".join(
        with_parts((product.BASE_DIR / "templates" / name).read_text("utf-8")) for name in names
    )


def test_pages_with_pictures_load_their_styles() -> None:
    drawn = re.compile(r'\{\{ (\w+\.)?(picture|chart|svg|\w+_bars) |class="[^"]*(chart|plate|picture|legend)')
    for file in (product.BASE_DIR / "templates").glob("**/*.html"):
        text = file.read_text(encoding="utf-8")
        if '{% extends "base.html"' in text and drawn.search(with_parts(text)):
            assert "components/_picture_sheet.html" in text, file
