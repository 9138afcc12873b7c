"""Specifications of the example laboratory, written, approved by another person and made effective."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal as D
from typing import Any

from accounts.example import EXAMPLE_PASSWORD
from accounts.models import User
from accounts.proving import Proof
from accounts.statements import just_read
from audit.refusal import Reason
from batches.masters.models import Product
from batches.specifications import actions
from batches.specifications.content import sha256_of, standing_criteria
from batches.specifications.drafts import (
    add_specification_criterion,
    drop_specification_criterion,
    set_specification_criterion,
)
from batches.specifications.models import Specification, SpecificationVersion
from qc.example.people import Staff


def between(low: str, high: str, target: str = "", **alert: str) -> dict[str, D]:
    """A limit from text: accepted range, planned value, alerts (alert_low, alert_high)."""
    numbers = {"action_low": low, "action_high": high, "target": target, **alert}
    return {name: D(text) for name, text in numbers.items() if text}


RELEASE, ALERT, REPORT = "release", "alert", "report"
BELOW, ABOVE = {"high_included": False}, {"low_included": False}
Criteria = Sequence[tuple[str, str, Mapping[str, Any]]]
IDENTITY: Criteria = (
    ("tetraspanins_detected", RELEASE, between("2", "", alert_low="3")),
    ("cytosolic_markers_detected", RELEASE, between("1", "")),
    ("negative_markers_failed", RELEASE, {**between("", "1"), **BELOW}),
    ("co_isolated_assessed", REPORT, between("1", "")),
    ("em_views", REPORT, between("2", "")),
    ("em_morphology_ok", RELEASE, between("1", "")),
    ("overall_recovery_percent", REPORT, between("", "", alert_low="5")),
)


def sizes(mode_high: str, alert_high: str) -> Criteria:
    """The criteria that come from particle tracking."""
    return (
        ("particles_per_ml", RELEASE, between("1e9", "1e13", alert_low="2e10")),
        ("mode_nm", RELEASE, between("50", mode_high, alert_high=alert_high)),
        ("range_50_400_percent", RELEASE, between("90", "")),
        ("window_percent", REPORT, {}),
        ("protein_ug_per_ml", REPORT, {}),
    )


MSC_CRITERIA: Criteria = (
    *sizes("160", "140"),
    ("particles_per_ug", RELEASE, {**between("2e9", "", alert_low="1e10"), **ABOVE}),
    *IDENTITY,
    ("markers", ALERT, {"operator": "detected", "expected": "TSG101"}),
)
FLUID_CRITERIA: Criteria = (
    *sizes("200", "160"),
    ("particles_per_ug", REPORT, between("2e9", "", alert_low="3e9")),
    *IDENTITY,
)
OLD_CRITERIA: Criteria = (
    ("particles_per_ml", RELEASE, between("1e9", "1e13")),
    ("mode_nm", RELEASE, between("50", "200")),
    ("range_50_400_percent", RELEASE, between("90", "")),
    ("particles_per_ug", REPORT, {}),
    ("markers", RELEASE, {"operator": "n_of_m", "expected": "CD9\nCD63\nCD81", "at_least": 2}),
    ("markers", RELEASE, {"operator": "not_detected", "expected": "Calnexin"}),
    ("em_morphology_ok", RELEASE, between("1", "")),
)


@dataclass(frozen=True)
class Specified:
    """A specification to write: its code, title and the criteria of its version 1."""

    code: str
    title: str
    criteria: Criteria


def write_specification(product: Product, made: Specified, staff: Staff) -> Specification:
    """Version 1, written by a reviewer, approved by quality assurance and effective."""
    writer = staff.reviewers[0]
    draft = actions.add_specification(product=product, code=made.code, title=made.title, by=writer)
    _specify(draft, made.criteria, writer)
    return _effective(draft, writer, staff).specification


def renew_specification(specification: Specification, criteria: Criteria, staff: Staff) -> None:
    """The next version with these criteria; the one before it is retired."""
    writer = staff.reviewers[1]
    note = "Purity by particles per µg protein decides; mode narrowed; recovery and views are reported."
    draft = actions.draft_specification(specification=specification, change_note=note, by=writer)
    _specify(draft, criteria, writer)
    _effective(draft, writer, staff)


def _specify(draft: SpecificationVersion, criteria: Criteria, by: User) -> None:
    """Write these criteria: what stands there already is changed, what is not among them is dropped."""
    standing = {(one.attribute, one.operator): one for one in standing_criteria(draft)}
    wanted = {(attribute, rule.get("operator", "range")) for attribute, _, rule in criteria}
    for attribute, kind, rule in criteria:
        values = {"kind": kind, **rule}
        if before := standing.get((attribute, rule.get("operator", "range"))):
            reason = Reason("process", "Narrowed for version 2")
            set_specification_criterion(criterion=before, values=values, by=by, reason=reason)
        else:
            add_specification_criterion(version=draft, attribute=attribute, values=values, by=by)
    for key in sorted(standing.keys() - wanted):
        drop_specification_criterion(criterion=standing[key], by=by)


def _effective(draft: SpecificationVersion, writer: User, staff: Staff) -> SpecificationVersion:
    actions.submit_specification(version=draft, by=writer)
    read = SpecificationVersion.objects.with_content().get(pk=draft.pk)
    signing = just_read(read.trail_label, sha256_of(read), staff.qa[0], Proof(EXAMPLE_PASSWORD))
    actions.approve_specification(version=read, signing=signing, by=staff.qa[0])
    return actions.make_specification_effective(version=read, by=staff.qa[1])
