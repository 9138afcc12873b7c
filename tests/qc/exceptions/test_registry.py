"""The set of rules: each has its tests, its words and its page, and none changes without a new version."""

import re
from pathlib import Path

from qc.exceptions import RULE_SET, RULES
from qc.exceptions.describing import FINGERPRINTS, fingerprint, page
from qc.exceptions.kinds import RANK
from tests.qc.exceptions.made import codes, count, made

HERE = Path(__file__).parent
DOC = HERE.parents[2] / "docs" / "exceptions.md"


def test_every_rule_has_a_case_that_fires_and_one_that_is_quiet():
    written = "\n".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    lacking = [
        f"{rule.code} {case}"
        for rule in RULES
        for case in ("fires", "is_quiet")
        if not re.search(rf"^def test_(r\d+_)?{rule.code}_{case}", written, re.MULTILINE)
    ]
    assert lacking == []


def test_codes_and_sentences_are_of_one_rule_each():
    assert len({rule.code for rule in RULES}) == len({rule.sentence for rule in RULES}) == len(RULES)
    assert [rule.sentence for rule in RULES if rule.sentence.endswith(".")] == []


def test_the_most_severe_rules_stand_first():
    ranks = [RANK[rule.severity] for rule in RULES]
    assert ranks == sorted(ranks)


def test_r061_no_rule_changes_without_a_new_version_of_the_set():
    """Changed a rule on purpose? Raise RULE_SET and add the fingerprint of the new version."""
    assert FINGERPRINTS[RULE_SET] == fingerprint(), f"rule set {RULE_SET} is not as it was written down"


def test_the_page_of_the_rules_tells_what_they_are():
    assert DOC.read_text(encoding="utf-8") == page()


def test_a_batch_as_planned_has_nothing_to_look_at():
    assert codes(made()) == []
    assert count(made()).words == f"26 values: 26 in order by rule set {RULE_SET}, 0 to look at"


def test_values_are_counted_once_and_notes_not_at_all():
    record = made()
    record.steps[0].ultracentrifugation.rotor = ""
    record.steps[0].temperature_c = 12
    record.assays[0].remarks = "Foam"
    record.batch.source_lot.quarantine_released_at = None
    counted = count(record)
    # 26 and the remark; the missing rotor counts as a value to look at.
    assert (counted.values, counted.to_look_at, counted.in_order) == (27, 2, 25)
    assert counted.words == (
        f"27 values: 25 in order by rule set {RULE_SET}, 2 to look at; 1 exception names no single value"
    )


def test_every_rule_says_how_much_it_looked_at():
    record = made()
    record.steps[0].temperature_c = 12
    told = {one.rule.code: (one.words, one.exceptions) for one in count(record).proved}
    assert len(told) == len(RULES)
    assert told["value_out_of_limits"] == ("26 values", 1)
    assert told["not_checked"] == ("1 step", 0)
    assert told["criterion_failed"] == ("1 criterion", 0)
    assert told["consent_withdrawn"] == ("1 batch", 0)
