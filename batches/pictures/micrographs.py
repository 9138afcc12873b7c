"""A micrograph as its page shows it: part of the original, with a scale bar and what was measured on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batches.characterization.formulas import Spread, spread
from batches.characterization.microscopy import Micrograph
from batches.characterization.pictured import DiameterMeasurement

MOST_ZOOM = 40  # times; beyond it a pixel of the original fills a finger


@dataclass(frozen=True)
class View:
    """The part of a picture that is seen, in the original's pixels; it has the picture's proportions."""

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, picture: Micrograph, asked: str) -> "View":
        """What was asked for as 'x,y,width', kept inside of the picture; the whole without it."""
        full_width, full_height = picture.width_px or 1, picture.height_px or 1
        try:
            x, y, width = (float(part) for part in asked.split(","))
        except ValueError:
            return cls(0, 0, full_width, full_height)
        if not full_width / MOST_ZOOM <= width <= full_width:
            return cls(0, 0, full_width, full_height)
        height = width * full_height / full_width
        inside = (min(max(x, 0), full_width - width), min(max(y, 0), full_height - height))
        return cls(*inside, width, height)


@dataclass(frozen=True)
class Measured:
    """Diameters with their mean and SD."""

    rows: Sequence[DiameterMeasurement]
    spread: Spread | None

    @classmethod
    def among(cls, rows: Sequence[DiameterMeasurement]) -> "Measured":
        return cls(rows, spread([one.diameter_nm for one in rows]))


def measured_on(details: Any, picture: Micrograph) -> tuple[Measured, Measured]:
    """What stands of this picture, and of all standing pictures of the assay."""
    standing = [one for one in details.diameters.all() if not one.is_voided]
    here = [one for one in standing if one.micrograph_id == picture.pk]
    return Measured.among(here), Measured.among([one for one in standing if not one.micrograph.is_voided])


def drawn(picture: Micrograph, measured: Sequence[DiameterMeasurement], view: View, href: str) -> SafeString:
    """The picture as SVG in the original's pixels. Its script moves the viewBox; nothing else is needed."""
    if not (picture.width_px and picture.height_px):
        return SafeString("")
    return format_html(
        '<svg class="viewer" viewBox="{} {} {} {}" role="img" tabindex="0" aria-label="{}" '
        'data-micrograph data-width="{}" data-height="{}" data-nm="{}">'
        '<image href="{}" width="{}" height="{}" preserveAspectRatio="none"></image>{}{}'
        '<line class="viewer-line viewer-draft" data-draft visibility="hidden"></line></svg>',
        *_box(view),
        f"{picture.get_view_display()}, {picture.attachment.name}; {len(measured)} diameters drawn",
        picture.width_px,
        picture.height_px,
        "" if picture.pixel_size_nm is None else f"{picture.pixel_size_nm:f}",
        href,
        picture.width_px,
        picture.height_px,
        _lines(measured, view),
        _bar(picture, view),
    )


def _box(view: View) -> tuple[str, ...]:
    return tuple(f"{value:.2f}" for value in (view.x, view.y, view.width, view.height))


def _lines(measured: Sequence[DiameterMeasurement], view: View) -> SafeString:
    return format_html_join(
        "",
        '<line class="viewer-line" x1="{}" y1="{}" x2="{}" y2="{}"><title>{}</title></line>'
        '<text class="viewer-name" x="{}" y="{}" font-size="{}" data-size="16">{}</text>',
        (
            (
                one.x1, one.y1, one.x2, one.y2, f"{number}: {one.diameter_nm} nm",
                max(one.x1, one.x2), min(one.y1, one.y2), f"{view.width * 0.02:.2f}", number,
            )
            for number, one in enumerate(measured, start=1)
        ),
    )  # fmt: skip


def _bar(picture: Micrograph, view: View) -> SafeString:
    """A round length of about a fifth of what is seen; none without a pixel size."""
    if picture.pixel_size_nm is None:
        return SafeString("")
    from batches.instruments.preview import length_text, scale_bar  # late: numpy and Pillow come with it

    unit, nm_per_px = view.width / 100, float(picture.pixel_size_nm)
    # In hundredths of the view, so that a few pixels seen large have a fine bar too.
    length_nm, _ = scale_bar(100, nm_per_px * unit)
    length = length_nm / nm_per_px
    x, y = view.x + 2 * unit, view.y + view.height - 3 * unit
    return format_html(
        '<g data-bar><rect class="viewer-ground" x="{}" y="{}" width="{}" height="{}"></rect>'
        '<rect class="viewer-bar" x="{}" y="{}" width="{}" height="{}"></rect>'
        '<text class="viewer-length" x="{}" y="{}" font-size="{}">{}</text></g>',
        *(
            f"{value:.2f}"
            for value in (x - unit, y - 4.5 * unit, max(length, 9 * unit) + 2 * unit, 6.5 * unit)
        ),
        *(f"{value:.2f}" for value in (x, y, length, unit)),
        *(f"{value:.2f}" for value in (x, y - unit, 2.4 * unit)),
        length_text(length_nm),
    )
