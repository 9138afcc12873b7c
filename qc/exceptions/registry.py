"""The rules, in the order in which a reviewer is shown what they found (most severe first).

RULE_SET is the version of all of them together: it changes whenever a rule changes, and a test holds the
fingerprint of each version (docs/exceptions.md).
"""

from qc.exceptions.kinds import Rule
from qc.exceptions.rules import (
    assays,
    complete,
    corrections,
    files,
    materials,
    pools,
    results,
    source,
    standing,
    steps,
    times,
)

RULE_SET = "1.4"
RULES: tuple[Rule, ...] = (
    # critical
    standing.unexplained_change,
    results.criterion_failed,
    source.consent_withdrawn,
    source.donor_ineligible,
    source.source_in_quarantine,
    source.infection_test_unsettled,
    source.mycoplasma_unsettled,
    pools.part_not_released,
    pools.part_changed,
    standing.version_not_effective,
    steps.same_person,
    # major
    results.value_out_of_limits,
    standing.open_deviation,
    standing.open_query,
    steps.step_skipped,
    complete.not_checked,
    results.criterion_not_tested,
    complete.missing,
    results.criterion_inconclusive,
    results.criterion_retested,
    corrections.changed_after_signature,
    corrections.changed_after_check,
    standing.signature_invalid,
    steps.step_out_of_order,
    steps.hold_exceeded,
    times.back_dated,
    source.source_released_later,
    pools.pool_not_conserved,
    pools.part_overdrawn,
    materials.equipment_due,
    materials.lot_expired,
    files.file_not_original,
    files.file_used_twice,
    corrections.attachment_replaced,
    corrections.manual_over_import,
    corrections.result_excluded,
    times.entered_too_fast,
    # minor
    results.criterion_alerts,
    results.criterion_reported_out,
    standing.open_minor_deviation,
    corrections.corrected,
    times.late_entry,
    steps.step_too_short,
    steps.hold_nearly_exceeded,
    corrections.voided,
    steps.step_added,
    assays.assay_repeated,
    results.criterion_alert,
    results.value_beyond_alert,
    files.videos_left_out,
    files.file_not_read,
    files.file_read_again,
    files.file_warning,
    standing.version_replaced,
    complete.not_applicable,
    # notes
    complete.remark_written,
)
