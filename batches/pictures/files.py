"""Pictures as files of their own: SVG with the styles it needs in it, and PNG made from that."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from audit import records
from audit.exporting.lines import cell
from audit.models import EntryAction, TrackedModel
from audit.refusal import ActionRefused
from batches.pictures import rasterizing

KINDS = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}
PNG_SECONDS = 30
FONTS = '"DejaVu Sans","Liberation Sans",Arial,sans-serif'
COLOURS, SHEET = "css/exoledger.css", "css/pictures.css"
ROOT = re.compile(r":root\s*\{([^}]*)\}")
PROPERTY = re.compile(r"(--[\w-]+)\s*:\s*([^;}]+)")
RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
VARIABLE = re.compile(r"var\((--[\w-]+)\)")
LINK = re.compile(r"<a [^>]*>")
BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@cache
def chart_style() -> str:
    """The rules of our style sheet that pictures use, with the colours written out."""
    root, text = (Path(str(finders.find(name))).read_text(encoding="utf-8") for name in (COLOURS, SHEET))
    # The first block: a later one is for paper.
    colours = {name: value.strip() for name, value in PROPERTY.findall(ROOT.findall(root)[0])}
    rules = (
        selector.strip().splitlines()[-1] + "{" + VARIABLE.sub(lambda found: colours[found[1]], body) + "}"
        for selector, body in RULE.findall(text)
        if ".chart-" in selector or ".heat-" in selector
    )
    return f"text{{font:11px {FONTS}}}" + "".join(rules)


def as_svg(svg: SafeString, title: str) -> str:
    """A picture of ours as a file that stands without our style sheet, on white, and leads nowhere."""
    box = BOX.search(svg)
    width, height = (box[1], box[2]) if box else ("900", "500")
    head, rest = LINK.sub("<g>", svg).replace("</a>", "</g>").split(">", 1)
    opening = format_html("<title>{}</title>", title)
    ground = f'<rect width="{width}" height="{height}" fill="#fff"/>'
    sized = f'{head} xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
    return f"{sized}{opening}<style>{chart_style()}</style>{ground}{rest}"


def as_png(svg: SafeString, title: str) -> bytes:
    """The same at twice its size in pixels. Raises ActionRefused where no picture can be made of it."""
    with tempfile.TemporaryDirectory(prefix="exoledger-picture-") as folder:
        Path(folder, "picture.svg").write_text(as_svg(svg, title), encoding="utf-8")
        box = BOX.search(svg)
        size = [box[1], box[2]] if box else ["900", "500"]
        # Apart from us: the library keeps what it has drawn, and its memory goes back with the process.
        command = [sys.executable, rasterizing.__file__, folder, *size]
        done = subprocess.run(command, capture_output=True, timeout=PNG_SECONDS, check=False)  # noqa: S603
        if done.returncode:
            raise ActionRefused("No PNG could be made of this picture; the SVG holds the same.")
        return Path(folder, "picture.png").read_bytes()


@dataclass(frozen=True)
class Figure:
    """A picture with its table, ready to be taken away: what it shows, of which record, under which name."""

    name: str
    title: str
    about: TrackedModel | None
    picture: SafeString
    rows: Sequence[Sequence[Any]]  # the table, its heading first

    def content(self, kind: str) -> str | bytes:
        """The file of that kind. Raises ActionRefused where no PNG can be made."""
        if kind == "csv":
            return "".join(f"{','.join(map(cell, row))}\n" for row in self.rows)
        return as_png(self.picture, self.title) if kind == "png" else as_svg(self.picture, self.title)


def wanted(request: HttpRequest) -> str:
    """The kind of file that was asked for with `?as=`; empty for the page."""
    kind = request.GET.get("as", "")
    return kind if kind in KINDS else ""


def download(figure: Figure, kind: str, *, by: User) -> HttpResponse:
    """The figure as a file; an entry tells who took it. Raises ActionRefused where none can be made."""
    content = figure.content(kind)
    with transaction.atomic():
        detail = {"format": kind, "picture": figure.title}
        records.event(EntryAction.EXPORTED, by=by, about=figure.about, act="export_picture", detail=detail)
    response = HttpResponse(content, content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="{figure.name}.{kind}"'
    return response
