"""`python -m tests.requirements`: writes docs/requirements.md, which test proves which requirement.

Tests carry the number of what they prove in their name: `test_r012_…`, several as `test_r036_r037_…`.
"""

import ast
import re
import tomllib
from collections import defaultdict
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent
PAGE = BASE / "docs" / "requirements.md"
WORDS = BASE / "tests" / "requirements.toml"
NUMBERED = re.compile(r"test((?:_r\d{3})+)_(\w+)")
INTRODUCTION = """# Which test proves which requirement

Made from the tests by `python -m tests.requirements`; a test fails when it is out of date. The numbers are
those in the names of tests (`test_r012_…`); the words are ours, and no regulation is quoted. Tests show that
the product behaves as its name says; whether that is enough for an installation is a question of its own
validation and procedures.
"""


def proofs():
    """The tests by the requirement they prove: number → [(file, what the test is called)]."""
    found = defaultdict(list)
    for path in sorted((BASE / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match = isinstance(node, ast.FunctionDef) and NUMBERED.fullmatch(node.name)
            if match:
                for number in re.findall(r"\d{3}", match.group(1)):
                    found[int(number)].append((path.relative_to(BASE), match.group(2).replace("_", " ")))
    return found


def requirements():
    """The groups of requirements: title and {number: what is said of it}."""
    groups = tomllib.loads(WORDS.read_text(encoding="utf-8")).values()
    return [(group.pop("title"), {int(number): said for number, said in group.items()}) for group in groups]


def page():
    """The text of docs/requirements.md."""
    groups, found = requirements(), proofs()
    every = {number: said for _, group in groups for number, said in group.items()}
    lines = [INTRODUCTION, counted(every, found)]
    for title, group in groups:
        lines += [
            f"\n## {title}\n",
            *(line for number in group for line in told(number, group[number], found)),
        ]
    return "\n".join(lines) + "\n"


def counted(every, found):
    """How many requirements are proved by tests, and how many are not."""
    proved = [number for number in every if found.get(number)]
    not_yet = [n for n in every if n not in proved and every[n]["without_tests"].startswith("not yet")]
    rest = len(every) - len(proved) - len(not_yet)
    tests = sum(len(found[number]) for number in proved)
    return (
        f"Of {len(every)} requirements {len(proved)} are proved by tests ({tests} in number), {rest} are "
        f"procedures or follow from others, {len(not_yet)} are not there yet."
    )


def told(number, said, found):
    """A requirement and what proves it."""
    yield f"**{number}.** {said['words']}  "
    for path in dict.fromkeys(path for path, _ in found.get(number, ())):
        names = " · ".join(name for where, name in found[number] if where == path)
        yield f"[{path.relative_to('tests')}](../{path}): {names}  "
    rest = said.get("beside", "") if found.get(number) else said["without_tests"]
    if rest:
        yield f"*{rest[0].upper()}{rest[1:]}.*  "
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(BASE)} written.")
