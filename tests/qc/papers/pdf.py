"""A PDF of ours, read back: its text, its pages, what it claims to be. Knows just what typst writes."""

import re
import zlib

STREAM = re.compile(rb"stream\r?\n(.*?)\nendstream", re.DOTALL)
OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
TOKEN = re.compile(r"/(f\d+) [\d.]+ Tf|((?:/\w+ ?)?\()|\bET\b")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def _unpacked(body):
    found = STREAM.search(body)
    if not found:
        return b""
    try:
        return zlib.decompressobj().decompress(found[1])  # what follows the data does not matter
    except zlib.error:
        return found[1]


def text(pdf):
    """Everything that is printed, line by line."""
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    said = []
    for page in (body for body in objects.values() if re.search(rb"/Type/Page\b", body)):
        resources = objects[int(re.search(rb"/Resources (\d+) 0 R", page)[1])]
        fonts = re.search(rb"/Font ?<<([^>]*)>>", resources)
        content = re.search(rb"/Contents (\d+) 0 R", page)
        named = re.findall(rb"/(f\d+) (\d+) 0 R", fonts[1])
        letters = {name.decode(): _letters(_to_unicode(objects, number)) for name, number in named}
        said.append(_shown(_unpacked(objects[int(content[1])]), letters))
    return "".join(said)


def _to_unicode(objects, font):
    found = re.search(rb"/ToUnicode (\d+) 0 R", objects[int(font)])
    return _unpacked(objects[int(found[1])])


def _letters(cmap):
    found = {}
    for glyph, unicode in re.findall(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>\n", cmap):
        found[int(glyph, 16)] = bytes.fromhex(unicode.decode()).decode("utf-16-be")
    return found


def _shown(content, letters):
    said, font, at = [], "", 0
    content = content.decode("latin-1")
    while token := TOKEN.search(content, at):
        at = token.end()
        if token[1]:
            font = token[1]
        elif token[2]:
            raw, at = _string(content, at)
            if token[2] != "(":
                continue  # a property of the text, not shown
            glyphs = [int.from_bytes(raw[n : n + 2], "big") for n in range(0, len(raw), 2)]
            said.append("".join(letters[font].get(glyph, "\ufffd") for glyph in glyphs))
        else:
            said.append("\n")
    return "".join(said)


def _string(content, at):
    """The bytes of a string that begins there, and where it ends; brackets may stand in it in pairs."""
    found, depth = [], 1
    while depth:
        letter = content[at]
        at += 1
        if letter == "\\":
            octal = re.compile(r"[0-7]{1,3}").match(content, at)
            letter = chr(int(octal[0], 8)) if octal else ESCAPES.get(content[at], content[at])
            at = octal.end() if octal else at + 1
        else:
            depth += {"(": 1, ")": -1}.get(letter, 0)
        found.append(letter)
    return "".join(found[:-1]).encode("latin-1"), at


def words(pdf):
    """The text in one line."""
    return " ".join(text(pdf).split())


def pages(pdf):
    """How many pages it has."""
    return int(re.search(rb"/Type/Pages/Count (\d+)", pdf)[1])


def claims(pdf):
    """Which part of PDF/A it says that it keeps, and on which level."""
    metadata = b"".join(_unpacked(body) for _, body in OBJECT.findall(pdf) if b"/Metadata" in body)
    part = re.search(rb"<pdfaid:part>(\d)</pdfaid:part>", metadata)
    level = re.search(rb"<pdfaid:conformance>(\w)</pdfaid:conformance>", metadata)
    return (part[1] + level[1]).decode() if part and level else ""
