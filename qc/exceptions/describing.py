"""The set of rules on paper: its page for auditors, and the fingerprint of every version of it.

python manage.py exceptions --rules > docs/exceptions.md
"""

import hashlib
import inspect
import json
from pathlib import Path

from qc.exceptions import registry
from qc.exceptions.registry import RULE_SET, RULES

# What a rule does stands in its function and in what that calls here, holds in their own room.
ROOM = Path(registry.__file__).parent
READ_TOO = ("basis.py", "claims.py", "dates.py", "replaced.py", "../../batches/isolation/holds.py")
# The SHA-256 of each version of the set. A new version gets a line; no line is ever changed.
FINGERPRINTS = {
    "1.0": "aa31e091e9d6a32c79bf2a331d4f570520a93c72cc672d0733a966a8794f122b",
    "1.1": "0283181a9f64497c670a78aa75917c733a37f4b9f919e4f9d99f18bec4bada5b",
    "1.2": "6675a160128127784bdde4c4e4fd058415224a82811f77ec8f70dafa56afa989",
    "1.3": "48635d84bec26d9dcaf9e707976b3a0f01d2de5331df5f5ba7a1965decf082fc",
    "1.4": "bb3d6f77f3c0304be0a68ae1249d94a47e50f9446b1a199ff9702b9d595ecfc5",
}
HEAD = """# Exceptions: what a reviewer is shown

Written by `python manage.py exceptions --rules`; a test keeps this page in step with the code.

Rule set **{version}** holds {many} rules. Each is a plain function in `qc/exceptions/rules/` that looks at
the whole record of a batch and names everything for which its sentence does not hold. What no rule names
is in order as far as these sentences say, and no further. The rules read what is recorded: a calibration
or an expiry counts where a date is written, and only then.

Severities: critical, major and minor ask for a decision before a batch is approved; a note is only read. One
change of the record is told once, by the gravest rule that fits.

An exception has a key of 16 hexadecimal digits. It stays the same while its evidence does: rule, place,
values, reason and entries. As soon as one of them is another, so is the key, and what was accepted before
is not accepted any more. The words of a rule and the version of the set are no part of it.

Counted as values are the fields of what stands (harvest, steps, assays and their rows) that hold something,
carry a remark, or are named because they are missing.

`python manage.py exceptions BATCH` prints the exceptions of a batch, `--json` as one JSON object, `--all` of
every batch as a JSON line each, `--under-review` of those submitted or in review. It ends with 0 where
nothing asks for a decision, with 1 where something does, with 2 where there is no such batch.

| Severity | Code | What holds for everything that it does not name | Looks at | Since |
|---|---|---|---|---|
"""


def page() -> str:
    """The page of the rules, docs/exceptions.md."""
    lines = (
        f"| {rule.severity} | `{rule.code}` | {rule.sentence} | {rule.over} | {rule.since} |"
        for rule in RULES
    )
    versions = (f"| {version} | `{sha256}` |" for version, sha256 in FINGERPRINTS.items())
    table = "\n".join(lines)
    known = "\n".join(versions)
    return (
        HEAD.format(version=RULE_SET, many=len(RULES))
        + f"{table}\n\n## Versions\n\n"
        + "The fingerprint is the SHA-256 over codes, sentences, severities and the source of the rules; a\n"
        + "test refuses a set that does not fit the one of its version.\n\n"
        + f"| Version | Fingerprint |\n|---|---|\n{known}\n"
    )


def fingerprint() -> str:
    """SHA-256 over everything that makes the rules what they are."""
    rules = [[rule.code, rule.sentence, rule.severity, inspect.getsource(rule.find)] for rule in RULES]
    rooms = sorted(path for path in (ROOM / "rules").glob("*.py"))
    sources = [path.read_text(encoding="utf-8") for path in (*rooms, *(ROOM / name for name in READ_TOO))]
    told = json.dumps([rules, sources], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()
