"""The typesetter: a process of its own that knows no Django, no database, no secret and no network.

`python typesetting.py FOLDER` sets FOLDER/data.json by the template that FOLDER/asked.json names, and writes
FOLDER/paper.pdf. It runs apart because the cache of the library grows with every paper: its memory goes
back with the process. What people typed reaches the templates as data, never as markup.
"""

import json
import re
import sys
from pathlib import Path

MOST_TRIES = 4
LACKING = re.compile(r'the text `"((?:[^"\\]|\\.)+)"` could not be displayed')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


def main(folder: Path) -> None:
    """Set the paper; letters that no font has are written as their numbers, and it is set once more."""
    import typst

    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    data = (folder / "data.json").read_text(encoding="utf-8")
    for last in (False,) * (MOST_TRIES - 1) + (True,):
        try:
            typst.compile(
                folder / asked["template"],
                output=folder / "paper.pdf",
                root=folder,
                font_paths=asked["fonts"],
                ignore_system_fonts=True,
                sys_inputs={"data": data},
                pdf_standards=["a-2a"],
            )
        except typst.TypstError as error:
            lacking = letters_lacking(error.diagnostic or str(error))
            if last or not lacking:
                raise
            data = numbered(data, lacking)
        else:
            return


def letters_lacking(told: str) -> set[str]:
    """The letters that, as the library says, no font can show."""
    texts = (ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) for text in LACKING.findall(told))
    return {letter for text in texts for letter in text if ord(letter) > 127}


def numbered(data: str, letters: set[str]) -> str:
    """The data with those letters written as their numbers: everybody sees that something stands there."""
    return data.translate({ord(letter): f"⟨U+{ord(letter):04X}⟩" for letter in letters})


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except Exception as error:  # the parent tells it in its own words
        sys.exit(str(error)[:2000])
