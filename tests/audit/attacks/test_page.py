"""docs/security/tampering.md holds every attack that is declared, and nothing else."""

from tests.audit.attacks import every, table
from tests.audit.attacks.attacking import OUTCOMES

# What the issue and the design name: each must be among the attacks that are carried out.
NAMED = [
    "Edit a value",
    "Edit an entry's text",
    "Edit an entry's text and its hash",
    "Delete the last entry",
    "Delete from the middle",
    "Swap two entries",
    "Insert a forged entry",
    "Drop a whole batch",
    "Truncate",
    "Rewrite everything and sign with the stolen key",
    "Restore an old backup",
    "REPLACE INTO",
    "Drop a guard, edit, put it back",
    "Swap attachment bytes",
    "Move a signature to another record",
    "Rename a user",
    "Set the clock back",
    "Many writers at once",
    "Another time zone",
    "Look-alike letters",
    "Move characters across field borders",
    "Huge integers",
]


def test_r074_every_named_attack_is_carried_out():
    titles = {one.title for one in every.attacks().values()}
    assert [name for name in NAMED if name not in titles] == []


def test_r075_page_of_attacks_holds_every_attack_and_nothing_else():
    declared = {(one.title, one.how) for one in every.attacks().values()}
    assert set(table.rows_on_page()) == declared, "Run python -m tests.audit.attacks.table"


def test_page_of_attacks_is_written_by_the_program_alone():
    """Its words are those of the program; its outcomes are compared by every attack with what it gave."""
    text = table.PAGE.read_text(encoding="utf-8")
    rows = {
        key: {**row, "title": key[0], "how": key[1], **{e: row[e] for e in table.ENGINES}}
        for key, row in table.rows_on_page().items()
    }
    order = [(one.title, one.how) for one in every.attacks().values()]
    assert text == table.page(rows, order), "Run python -m tests.audit.attacks.table"


def test_outcomes_on_the_page_are_known_ones():
    said = {row[engine] for row in table.rows_on_page().values() for engine in table.ENGINES}
    assert said <= {*OUTCOMES, table.NOT_TRIED}
