"""`python -m tests.audit.attacks.table`: carries out every attack on both engines and writes the page.

What stands in the table is what the run gave: docs/security/tampering.md is never edited by hand.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

BASE = Path(__file__).resolve().parents[3]
PAGE = BASE / "docs" / "security" / "tampering.md"
INTO = "EXOLEDGER_ATTACKS_INTO"
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
NOT_TRIED = "–"
FOREWORD = """# What an attacker can try, and what comes of it

Made by `python -m tests.audit.attacks.table`, which carries out every attack on both engines; never edited
by hand. A test fails when an attack ends otherwise than here.

- **prevented**: the attempt is refused and changes nothing, or what it aims at can't happen.
- **detected online**: `manage.py verify` in the installation ends with 1 and says what is wrong. A warning
  is shown by it without ending with 1.
- **detected offline**: the installation by itself seems in order, but somebody who holds an older
  checkpoint (a file, a print, a bundle) or the public key sees it: by `manage.py verify --against`, or by
  the `verify.py` in a bundle.
- **out of scope**: nothing of ours shows it. The last section says why.

"Guards off" means that the owner of the database takes the triggers away, changes something, and puts them
up again. No database can prevent its owner from doing so; the ledger and its outside copies are there for
that.

"""
AFTERWORD = """
## What is out of scope

- **Everything at once, and no copy outside.** Who owns the machine has database, files and signing key, and
  can write a record that never was, seal it anew and sign it, or set everything back to an older day. Only
  something that left the machine before shows it: a checkpoint, a print, a bundle, a second copy, a time
  stamp. The copies matter more than the key.
- **What was not sealed yet.** Between its commit and the next checkpoint (well under a second where the
  sealer runs) an event that no record tells of can be taken away by the owner of the database without a
  trace.
- **Writing as the product writes.** Who can write to the database with the product's own rights can append
  an entry as the product would. It stands behind everything that was sealed before. What the product does
  not know, no ledger knows: a false value typed in by somebody who may type it is recorded as what that
  person entered.
- **What was put back.** Verifying compares what stands there now. A value that was changed and put back
  between two verifications is as recorded again.
- **The verifier itself.** Who replaces `manage.py` can make it say anything. An auditor runs the
  `verify.py` of a release that they trust, on their own machine, with a key and a checkpoint that they were
  given before.
"""


def collected(folder):
    """What the run wrote down: (title, how) → its row."""
    rows = {}
    for path in sorted(Path(folder).glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        row = rows.setdefault((told["title"], told["how"]), {**told})
        row[told["engine"]] = told["outcome"]
    return rows


def page(rows, order):
    """The text of the page."""
    lines = [
        "| attack | carried out by | SQLite | PostgreSQL | what stops or shows it |",
        "|---|---|---|---|---|",
    ]
    before, titles = "", [title for title, _ in order]
    for key in sorted(rows, key=lambda key: (titles.index(key[0]), order.index(key))):
        row = rows[key]
        outcomes = [row.get(engine, NOT_TRIED) for engine in ENGINES]
        title = row["title"] if row["title"] != before else ""
        before = row["title"]
        lines.append(f"| {title} | {row['how']} | {outcomes[0]} | {outcomes[1]} | {row['shown_by']} |")
    return FOREWORD + "\n".join(lines) + "\n" + AFTERWORD


def rows_on_page():
    """The rows of the page in the repository: (title, how) → outcomes and words."""
    rows, title = {}, ""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 5 and cells[0] != "attack" and not cells[0].startswith("---"):
            title = cells[0] or title
            rows[title, cells[1]] = {"sqlite": cells[2], "postgresql": cells[3], "shown_by": cells[4]}
    return rows


def on_page(title, how):
    """One row of the page in the repository; empty when it is not there."""
    return rows_on_page().get((title, how), {"shown_by": None})


def run(folder, command):
    """Carry out the attacks on one engine."""
    environment = {**os.environ, INTO: folder}
    return subprocess.run([*command, "tests/audit/attacks"], cwd=BASE, env=environment).returncode


def declared_order():
    """Title and how of every attack, in the order of the files."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.test_settings")
    django.setup()
    from tests.audit.attacks import every

    return [(one.title, one.how) for one in every.attacks().values()]


def main():
    """Run on both engines and write the page. Returns an exit status."""
    with tempfile.TemporaryDirectory(prefix="exoledger-attacks-") as folder:
        os.environ.pop("DATABASE_URL", None)
        python = [sys.executable, "-m"]
        failed = run(folder, [*python, "pytest"]) or run(folder, [*python, "tests.postgres", "--", "pytest"])
        if failed:
            return failed
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page(collected(folder), declared_order()), encoding="utf-8")
    print(f"{PAGE.relative_to(BASE)} written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
