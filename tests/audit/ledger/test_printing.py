"""A checkpoint on paper: its QR gives back the note, its key has a fingerprint to read out."""

import io
import re
import xml.etree.ElementTree as ElementTree

import zxingcpp
from PIL import Image, ImageDraw

from audit.ledger import printing
from audit.ledger.notes import Checkpoint, SigningKey

KEY = SigningKey.make("exoledger/0123456789abcdef")
NOTE = KEY.signed(Checkpoint(KEY.name, 88_412, bytes(range(32))).text())


def read_back(image):
    (code,) = zxingcpp.read_barcodes(image)
    return code.text


def drawn(svg, scale=6):
    """The picture that an SVG of rectangles makes."""
    root = ElementTree.fromstring(svg)
    side = int(root.attrib["viewBox"].split()[2])
    image = Image.new("L", (side * scale, side * scale), 255)
    pen = ImageDraw.Draw(image)
    path = root.findall("{http://www.w3.org/2000/svg}path")[0].attrib["d"]
    boxes = re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+Z", path)
    for x, y, width, height in ([int(part) * scale for part in box] for box in boxes):
        pen.rectangle((x, y, x + width - 1, y + height - 1), fill=0)
    return image


def test_r051_qr_as_png_gives_back_the_note():
    assert read_back(Image.open(io.BytesIO(printing.qr_png(NOTE))).convert("L")) == NOTE


def test_r051_qr_as_svg_gives_back_the_note():
    assert read_back(drawn(printing.qr_svg(NOTE))) == NOTE


def test_svg_holds_no_style_and_no_script():
    svg = printing.qr_svg(NOTE)
    assert [word for word in ("style", "script", "href", "<!") if word in svg] == []


def test_fingerprint_is_eight_words_of_the_public_key():
    # Proquints as their inventor gives them: 127.0.0.1 is lusab-babad.
    assert [printing._proquint(bytes(two)) for two in ((127, 0), (0, 1))] == ["lusab", "babad"]
    words = printing.fingerprint(str(KEY.public)).split("-")
    assert (len(words), {len(word) for word in words}) == (8, {5})
