"""The rules, in the order in which a reviewer is shown what they found (most severe first).

RULE_SET is the version of all of them together; it changes whenever a rule changes (docs/exceptions.md).
"""

from qc.exceptions.kinds import Rule
from qc.exceptions.rules import assays, complete, corrections, files, results, source, standing, times

RULE_SET = "1.0"
RULES: tuple[Rule, ...] = (
    # critical
    standing.unexplained_change,
    results.criterion_failed,
    source.consent_withdrawn,
    source.donor_ineligible,
    source.source_in_quarantine,
    source.infection_test_unsettled,
    source.mycoplasma_unsettled,
    # major
    results.value_out_of_limits,
    standing.open_deviation,
    standing.step_skipped,
    complete.not_checked,
    results.criterion_not_tested,
    complete.missing,
    results.criterion_inconclusive,
    results.criterion_retested,
    # minor
    results.criterion_alerts,
    results.criterion_reported_out,
    standing.open_minor_deviation,
    corrections.corrected,
    times.late_entry,
    corrections.voided,
    assays.assay_repeated,
    results.criterion_alert,
    results.value_beyond_alert,
    files.file_not_read,
    files.file_warning,
    complete.not_applicable,
)
