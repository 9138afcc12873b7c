"""Draws an SVG as PNG: a process of its own that knows no Django and no database.

`python rasterizing.py FOLDER WIDTH HEIGHT` draws FOLDER/picture.svg into FOLDER/picture.png, twice as large.
"""

import sys
from pathlib import Path

PIXELS_PER_INCH = 144.0  # two pixels a point
PAGE = '#set page(width: {width}pt, height: {height}pt, margin: 0pt)\n#image("picture.svg", width: 100%)\n'


def main(folder: Path, width: float, height: float) -> None:
    """Set the picture alone on a page of its size."""
    import typst

    page = folder / "page.typ"
    page.write_text(PAGE.format(width=width, height=height), encoding="utf-8")
    typst.compile(page, output=folder / "picture.png", format="png", ppi=PIXELS_PER_INCH)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
    except Exception as error:  # the parent tells it in its own words
        sys.exit(str(error)[:2000])
