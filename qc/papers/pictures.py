"""Pictures on paper: drawn anew from the stored originals and made small; size distributions as SVG."""

import io
import re
from collections.abc import Callable
from typing import Any

from django.http import Http404

from batches.record.models import Attachment
from batches.record.previews import preview_of

LONGEST_PX = 1000
QUALITY = 88
# Styles of static/css/pictures.css that a chart needs, for paper.
CHART_STYLE = """
text{font-family:"Libertinus Serif";font-size:11px;fill:#55636f}
.chart-grid,.chart-axis{stroke:#c9d2d9;fill:none}.chart-window{fill:#e3f0f0}.chart-window-label{fill:#0b5f5f}
.chart-mode{stroke:#17212b;stroke-dasharray:3 3;fill:none}.chart-bar{fill:#0b6e6e}
.chart-curve-1{stroke:#0b6e6e}.chart-curve-2{stroke:#5b4bb7;stroke-dasharray:7 3}
.chart-curve-3{stroke:#a45a00;stroke-dasharray:2 3}.chart-curve-4{stroke:#3f6f9f;stroke-dasharray:9 3 2 3}
.chart-curve-1,.chart-curve-2,.chart-curve-3,.chart-curve-4{stroke-width:2;fill:none;stroke-linejoin:round}
.chart-area-1{fill:#0b6e6e;fill-opacity:.16}
""".strip()


def photograph(attachment: Attachment, width_px: int | None = None, nm_per_px: Any = None) -> bytes:
    """An attached picture as JPEG, with a scale bar where the size of a pixel is known.

    Where no picture can be made, one that says so.
    """
    from PIL import Image  # with the readers: most processes never print

    from batches.instruments.preview import with_scale_bar

    try:
        png = preview_of(attachment)
    except (Http404, OSError):
        return _without_picture()
    if width_px and nm_per_px:
        png = with_scale_bar(png, width_px, float(nm_per_px))
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("L" if opened.mode in ("1", "L") else "RGB")
    picture.thumbnail((LONGEST_PX, LONGEST_PX))
    return _as_jpeg(picture)


def _without_picture() -> bytes:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (600, 200), 240)
    font = ImageFont.load_default(size=22)
    ImageDraw.Draw(picture).text((300, 100), "No picture can be made of this file.", 90, font, "mm")
    return _as_jpeg(picture)


def _as_jpeg(picture: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def chart_file(svg: str) -> Callable[[], bytes]:
    """A chart of ours as an SVG file of its own, with its styles in it."""
    opening = f'<svg xmlns="http://www.w3.org/2000/svg"><style>{CHART_STYLE}</style>'
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    sized = f' width="{box[1]}" height="{box[2]}" {box[0]}>' if box else ">"
    inner = svg[svg.index(">") + 1 :]
    return lambda: (opening.replace(">", sized, 1) + inner).encode()
