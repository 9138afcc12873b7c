"""Tags of every template: icons, pills, and values as people write them."""

import datetime
import functools
import re
from collections.abc import Iterable
from decimal import Decimal
from importlib import resources
from typing import Any, NamedTuple

from django import forms, template
from django.conf import settings
from django.forms.boundfield import BoundField
from django.template.defaultfilters import date as date_words
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from audit.words import grouped
from batches.quantities import people_number

register = template.Library()

# --- icons --------------------------------------------------------------------------------------

ICON_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
ICON_FILE = re.compile(
    r'<svg [^>]*viewBox="(?P<box>[^"]+)"[^>]*>(?:<!--.*?-->)?(?P<shapes>.*)</svg>', re.DOTALL
)


@functools.cache
def _icon_parts(name: str, style: str) -> tuple[str, str]:
    """The view box and the shapes of an icon of the installed wheel, without its comment."""
    if not ICON_NAME.fullmatch(name) or style not in ("solid", "regular"):
        raise ValueError(f"{style}/{name!r} is no icon's name.")
    file = resources.files("fontawesome").joinpath(f"static/fontawesome/svgs/{style}/{name}.svg")
    try:
        found = ICON_FILE.match(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"There is no {style} icon {name!r}.") from error
    if found is None:
        raise ValueError(f"The {style} icon {name!r} can't be read.")
    return found["box"], found["shapes"]


@register.simple_tag
def icon(name: str, style: str = "solid", label: str = "") -> SafeString:
    """An inline icon; hidden from screen readers unless it stands alone and `label` says what it is."""
    box, shapes = _icon_parts(name, style)
    told = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" viewBox="{}" fill="currentColor" {}>{}</svg>',
        box,
        told,
        mark_safe(shapes),  # noqa: S308 (files of a wheel)
    )


@register.simple_tag
def icon_sprite(names: list[str]) -> SafeString:
    """Icons for rows written in Python, each once and out of sight: `<use href="#icon-pen">` shows one."""
    drawn = ((name, *_icon_parts(name, "solid")) for name in names)
    symbols = (f'<symbol id="icon-{name}" viewBox="{box}">{shapes}</symbol>' for name, box, shapes in drawn)
    return mark_safe(f"<svg hidden>{''.join(symbols)}</svg>")  # noqa: S308 (files of a wheel)


# --- pills --------------------------------------------------------------------------------------


class Look(NamedTuple):
    """How a status is shown: colour, icon and word always together."""

    kind: str
    icon: str
    words: str


LOOKS = {
    # batches
    "in_process": Look("live", "hourglass-half", "in process"),
    "submitted": Look("hold", "inbox", "submitted"),
    "in_review": Look("live", "magnifying-glass", "in review"),
    "returned": Look("warn", "rotate-left", "returned"),
    "approved": Look("pass", "circle-check", "approved"),
    "rejected": Look("fail", "circle-xmark", "rejected"),
    # disposition
    "": Look("calm", "circle-minus", "not decided"),
    "released": Look("pass", "circle-check", "released"),
    "quarantined": Look("hold", "lock", "quarantined"),
    # steps
    "planned": Look("calm", "circle-dot", "planned"),
    "running": Look("live", "stopwatch", "running"),
    "finished": Look("pass", "check", "finished"),
    "voided": Look("calm", "ban", "voided"),
    "excluded": Look("warn", "filter-circle-xmark", "left out"),
    # verdicts
    "pass": Look("pass", "check", "pass"),
    "fail": Look("fail", "circle-xmark", "fail"),
    "inconclusive": Look("warn", "circle-question", "inconclusive"),
    "not tested": Look("calm", "circle-minus", "not tested"),
    # masters and specifications
    "draft": Look("calm", "pen", "draft"),
    "effective": Look("pass", "circle-check", "effective"),
    "superseded": Look("calm", "box-archive", "superseded"),
    "retired": Look("calm", "box-archive", "retired"),
    # exceptions and deviations
    "open": Look("warn", "triangle-exclamation", "open"),
    "accepted": Look("pass", "check", "accepted"),
    "closed": Look("calm", "check", "closed"),
    "investigated": Look("live", "magnifying-glass", "investigated"),
    "unclassed": Look("warn", "circle-question", "not classed yet"),
    "minor": Look("calm", "circle-dot", "minor"),
    "major": Look("fail", "circle-exclamation", "major"),
    "critical": Look("fail", "triangle-exclamation", "critical"),
}


@functools.lru_cache(maxsize=256)
def pill(kind: str, icon_name: str, words: str) -> SafeString:
    """The pill that components/_pill.html shows, for tags that build one."""
    return format_html('<span class="pill {}">{} {}</span>', kind, icon(icon_name), words)


@register.simple_tag
def status_pill(code: str | None, words: str = "") -> SafeString:
    """The pill of a status, disposition, step state or verdict; `words` replace its own."""
    known = LOOKS.get(code or "")
    if known is None:
        known = Look("calm", "circle-dot", str(code).replace("_", " "))
    return pill(known.kind, known.icon, words or known.words)


# --- values as people write them ----------------------------------------------------------------


def printed(text: str) -> str:
    """A number with the sign that print has; records, files and what is signed keep the keyboard's."""
    return "−" + text[1:] if text.startswith("-") else text


@register.filter
def number(value: Any) -> Any:
    """A number as people write it: −4.2, 29 400, 2.4×10¹⁰; anything else stays as it is."""
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, float)):
        return "" if value is None else value
    return printed(people_number(value))


register.filter("grouped", grouped)


@register.filter(expects_localtime=True)
def when(value: datetime.datetime | datetime.date | None, detail: str = "") -> SafeString:
    """A moment in the current time zone, "14 Nov 2026 16:02"; detail: "seconds", "date" or "time"."""
    if not value:
        return mark_safe("")
    with_time = isinstance(value, datetime.datetime) and detail != "date"
    clock = "H:i:s" if detail == "seconds" else "H:i"
    pattern = (clock if detail == "time" else f"j M Y {clock}") if with_time else "j M Y"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_words(value, pattern))


@register.filter(expects_localtime=True)
def clock(value: datetime.datetime | None) -> SafeString:
    """The time of day with seconds for a moment of today, else the date too."""
    if not value:
        return mark_safe("")
    today = timezone.localdate() if timezone.is_aware(value) else datetime.date.today()
    if value.date() != today:
        return when(value)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), date_words(value, "H:i:s"))


@register.filter
def age(value: datetime.datetime | datetime.timedelta | None) -> str:
    """How long ago a moment is, or how long a span lasts: "3 d", "5 h", "12 min", "now"."""
    if value is None or value == "":
        return ""
    span = value if isinstance(value, datetime.timedelta) else timezone.now() - value
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


@register.filter
def short_hash(value: str | bytes | memoryview | None) -> str:
    """The beginning and end of a hash, "9f2c…e41a"; bytes are shown as hex."""
    if not value:
        return ""
    text = value if isinstance(value, str) else bytes(value).hex()
    return text if len(text) <= 9 else f"{text[:4]}…{text[-4:]}"


# --- one value of a bench page (components/_value.html) -----------------------------------------

MOST_SEGMENTS = 5
MOST_SEGMENT_LETTERS = 34


class Segment(NamedTuple):
    """One choice of a segmented control."""

    id: str
    value: str
    label: str
    checked: bool


def _plain(value: Any) -> str:
    """A form value as the text that a radio button posts."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) or value in ("True", "False") else str(value)


def _choices(field: forms.Field) -> list[tuple[str, str]]:
    """What can be chosen, without the empty choice; nothing for fields that are typed."""
    if isinstance(field, (forms.BooleanField, forms.NullBooleanField)):
        return [("true", "yes"), ("false", "no")]
    if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.MultipleChoiceField):
        return []
    if isinstance(field, forms.ModelChoiceField):
        return []  # asking for its choices is a query; a list of records is a select
    offered: Iterable[Any] = field.choices  # type: ignore[assignment]  # its stub tells what may be set
    flat = [(_plain(code), str(label)) for code, label in offered if not isinstance(label, (list, tuple))]
    return [(code, label) for code, label in flat if code]


@register.simple_tag
def control_id(bound: BoundField) -> str:
    """The id of a value's control."""
    return bound.auto_id or f"id_{bound.html_name}"


@register.simple_tag
def is_unsettled(value: Any) -> bool:
    """Whether what was typed is not saved: it was refused, needs a reason, or somebody else saved another."""
    names = ("errors", "asks_reason", "conflict", "state")
    given = {
        name: value.get(name) if isinstance(value, dict) else getattr(value, name, None) for name in names
    }
    return given.pop("state") in ("refused", "conflict") or any(given.values())


@register.simple_tag
def segments(bound: BoundField | None) -> list[Segment]:
    """The choices of a yes/no or short choice field as segments; empty when it is typed or selected."""
    if not bound:
        return []
    choices = _choices(bound.field)
    long = len(choices) > MOST_SEGMENTS or sum(len(label) for _, label in choices) > MOST_SEGMENT_LETTERS
    if long and not isinstance(bound.field.widget, forms.RadioSelect):
        return []
    now, start = _plain(bound.value()), control_id(bound)
    return [Segment(f"{start}_{i}", code, label, code == now) for i, (code, label) in enumerate(choices)]


@register.simple_tag
def value_input(bound: BoundField, described_by: str = "", wrong: bool = False) -> SafeString:
    """The widget of a value that is typed or selected, large, with what describes it."""
    widget = bound.field.widget
    attrs: dict[str, str | bool] = {
        "class": "form-select" if isinstance(widget, forms.Select) else "form-control"
    }
    attrs["id"] = control_id(bound)
    if described_by.strip():
        attrs["aria-describedby"] = described_by.strip()
    if wrong:
        attrs["aria-invalid"] = "true"
    return bound.as_widget(attrs=attrs)


def _moment(value: datetime.date) -> str:
    if isinstance(value, datetime.datetime):
        return date_words(value, "j M Y H:i:s" if value.second else "j M Y H:i")
    return date_words(value, "j M Y")


@register.simple_tag
def value_words(bound: BoundField | None) -> str:
    """A value for reading only: numbers as people write them, choices by name, a dash when empty."""
    raw = bound.value() if bound else None
    if raw is None or raw == "":
        return "—"
    if isinstance(raw, (Decimal, int, float)) and not isinstance(raw, bool):
        return printed(people_number(raw))
    if isinstance(raw, datetime.date):
        return _moment(raw)
    return dict(_choices(bound.field)).get(_plain(raw), str(raw)) if bound else "—"


# --- the bar ------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def place(
    context: dict[str, Any], section: str, url_name: str, words: str, count: str = "", counted: str = ""
) -> SafeString:
    """A link of the bar; marked when the page, or its `section`, is there. `count` says how many wait."""
    url, request = reverse(url_name), context.get("request")
    path = request.path if request else ""
    here = context.get("section") or (section if url != "/" and path.startswith(url) else "")
    current = "page" if path == url else "true" if here == section else ""
    mark = format_html(' aria-current="{}"', current) if current else ""
    told = format_html(
        ' <span class="count">{}<span class="visually-hidden"> {}</span></span>', count, counted
    )
    return format_html('<a href="{}"{}>{}{}</a>', url, mark, words, told if count else "")


@register.simple_tag
def session_idle_minutes() -> int:
    """After how many idle minutes a session ends."""
    return settings.SESSION_IDLE_MINUTES
