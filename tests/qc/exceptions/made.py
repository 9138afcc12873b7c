"""A batch's whole record made in memory, in order unless a test changes it: rules ask no database."""

import datetime as dt
import itertools
from decimal import Decimal
from types import SimpleNamespace

from accounts.models import User
from batches.characterization.models import Assay
from batches.characterization.tracking import NanoparticleTracking
from batches.isolation.models import ProcessStep
from batches.isolation.pelleting import Ultracentrifugation
from batches.masters.models import FrozenPlan, MasterRecord, MasterVersion
from batches.masters.plans import Plan
from batches.record.models import Attachment, Batch, FieldRemark, Reading
from batches.source.models import Donor, DonorTesting, Harvest, SourceLot
from qc.entries import RecordEntry
from qc.exceptions import RULES, counted, exceptions_of
from qc.judging import judge_evidence
from qc.loading import WholeRecord
from tests.way import HARVEST, SPIN

NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
MIN, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
OPERATOR, SECOND, REVIEWER = (
    User(pk=pk, username=name) for pk, name in enumerate(("operator1", "operator2", "reviewer1"), 1)
)
LIMIT = {"target": "4", "action_low": "2", "action_high": "8", "alert_low": None, "alert_high": "6"}
EDGES = {"low_included": True, "high_included": True}
NO_LIMIT = dict.fromkeys(LIMIT)
REASON = {"category": "typing_error", "words": "digits swapped"}
TYPO = "Typing error: digits swapped"
STEP, UC = ProcessStep._meta.label_lower, Ultracentrifugation._meta.label_lower
NTA = NanoparticleTracking._meta.label_lower


def content(*, planned=1, criteria=()):
    """A plan with so many critical spins at 2 to 8 °C, and criteria given as (attribute, low, high)."""
    criteria = [("mode_nm", "50", "150"), *criteria]
    return {
        "master": "MBR-1",
        "title": "Spin",
        "version": 1,
        "product": "P",
        "specification": "SPEC-1",
        "window_nm": ["30", "150"],
        "steps": [
            {
                "position": position,
                "name": "Pellet",
                "method": "ultracentrifugation",
                "purpose": "concentrate",
                "instructions": "",
                "is_critical": True,
                "limits": {"temperature_c": LIMIT | EDGES},
            }
            for position in range(1, planned + 1)
        ],
        "criteria": [
            {
                "position": position,
                "attribute": attribute,
                "kind": more.pop("kind", "release"),
                "limit": NO_LIMIT | EDGES | {"action_low": low, "action_high": high} | more,
            }
            for position, (attribute, low, high, *rest) in enumerate(criteria, 1)
            for more in [dict(rest[0]) if rest else {}]
        ],
    }


def made(*, planned=1, criteria=(), **parts):
    """The record of a batch that was done as planned; `parts` take the place of its own."""
    donor = Donor(pk=1, code="DN-00001", eligibility="eligible")
    lot = SourceLot(
        pk=1, code="SRC-1", kind="bone_marrow_msc", donor=donor, quarantine_released_at=NINE - 9 * DAY
    )
    testing = DonorTesting(pk=1, source_lot=lot, taken_from="donor", hcv="negative")
    lot._state.fields_cache["donortesting"] = parts.pop("testing", testing)
    version = MasterVersion(
        pk=1, master=MasterRecord(code="MBR-1"), number=1, status="effective", approved_at=NINE - 30 * DAY
    )
    batch = Batch(
        pk=1,
        number="EXO-2026-0001",
        source_lot=lot,
        plan=FrozenPlan(pk=1, version=version),
        status="in_review",
        opened_at=NINE,
        opened_by=OPERATOR,
    )
    Batch.reportingfacts.related.set_cached_value(batch, None)  # as a batch read `with_header` knows it
    harvest = Harvest(
        pk=1,
        batch=batch,
        **HARVEST | {"harvested_time": NINE + HOUR},
        finished_at=NINE + HOUR + 5 * MIN,
        finished_by=OPERATOR,
    )
    whole = {
        "batch": batch,
        "plan": Plan.from_content(content(planned=planned, criteria=criteria)),
        "version": version,
        "harvests": [harvest],
        "voided_harvests": [],
        "lots": [lot],
        "steps": [step(batch, position) for position in range(1, planned + 1)],
        "assays": [tracking(batch)],
        **{name: [] for name in ("remarks", "attachments", "readings", "entries", "unexplained")},
        **{name: [] for name in ("deviations", "signatures", "asked", "waiting", "calculations")},
        "twins": {},
        "specification": None,
    }
    return WholeRecord(**whole | parts)


def step(batch, position=1, **changed):
    """A finished spin, checked by a second person, from two hours after the batch was opened."""
    began = NINE + 2 * position * HOUR
    details = {name: SPIN[name] for name in SPIN if hasattr(Ultracentrifugation, name)}
    envelope = {name: value for name, value in SPIN.items() if name not in details}
    one = ProcessStep(
        pk=position,
        **{
            "batch": batch,
            "position": position,
            "planned_position": position,
            "name": "Pellet",
            "method": "ultracentrifugation",
            "is_critical": True,
            "status": "finished",
            "started_at": began,
            "started_by": OPERATOR,
            "finished_at": began + 90 * MIN,
            "finished_by": OPERATOR,
            "checked_at": began + 95 * MIN,
            "checked_by": SECOND,
            **envelope,
            **changed,
        },
    )
    Ultracentrifugation(pk=position, step=one, **details)
    return one


def voided(one):
    """The same step, voided."""
    one.status, one.voided_at, one.voided_by = "voided", NINE + 9 * HOUR, OPERATOR
    return one


def tracking(batch, number=1, mode_nm=96, **changed):
    """A finished particle tracking of the final preparation on the next day, with its file."""
    done = NINE + DAY + number * HOUR
    one = Assay(
        pk=number,
        **{
            "batch": batch,
            "number": number,
            "technique": "nta",
            "sample": "final",
            "replicate": number,
            "status": "finished",
            "equipment": "NTA-2",
            "performed_time": done,
            "performed_at": done,
            "performed_by": OPERATOR,
            "finished_at": done + 20 * MIN,
            "finished_by": OPERATOR,
            **changed,
        },
    )
    NanoparticleTracking(
        pk=number,
        assay=one,
        reading_id=number,
        dilution=Decimal(1000),
        dilution_source="file",
        mode_nm=None if mode_nm is None else Decimal(mode_nm),
    )
    return one


def attachment(record, pk=1, **changed):
    """A file of the batch that was read."""
    given = {"name": f"run{pk}.csv", "sha256": str(pk) * 64, "status": "read", "uploaded_at": NINE + DAY}
    file = Attachment(pk=pk, batch=record.batch, **given | changed)
    file._state.fields_cache["dropped"] = None  # as it was read: nothing dropped it
    return file


def reading(file, pk=1, warnings=(), version="1"):
    """What a reader made of it."""
    return Reading(
        pk=pk, attachment=file, reader="nanosight", reader_version=version, warnings=list(warnings)
    )


def remark(record, subject, field, kind="not_applicable", words="not measured here"):
    """A remark beside a field of a step, assay or details row."""
    return FieldRemark(
        pk=1,
        batch=record.batch,
        kind=kind,
        record_kind=subject._meta.label_lower,
        record_id=subject.pk,
        record_label="Step 1",
        field=field,
        words=words,
    )


def entries(*given):
    """Entries, each given as (act, kind, id, changed fields…); a dict among the fields is more of the entry.

    A field is a name, or (name, old, new). Minutes pass between two entries unless `after` says otherwise.
    """
    return [one for one in itertools.starmap(_entry, _numbered(given))]


def _numbered(given):
    at = NINE + 3 * HOUR
    for number, one in enumerate(given, 1):
        more = next((part for part in one if isinstance(part, dict)), {})
        at += more.get("after", MIN)
        yield number, at, [part for part in one if not isinstance(part, dict)], more


def _entry(number, at, one, more):
    act, kind, pk, *fields = one
    changes = [_change(*(field if isinstance(field, tuple) else (field, "75", "80"))) for field in fields]
    body = {"changes": changes, "reason": REASON if more.get("reason", True) else None}
    by, action = more.get("by", OPERATOR).username, more.get("action", "changed")
    return RecordEntry(number, at, by, action, act, kind, pk, more.get("label", "Step 1 · Pellet"), body)


def _change(field, old, new):
    label = field.replace("_", " ").capitalize()
    return {"field": field, "label": label, "unit": "min", "old": old, "new": new}


def signed(number, meaning="reviewed_approved", *, is_valid=True):
    """A signature over the record up to that entry, as qc.signing shows it."""
    signature = SimpleNamespace(
        pk=1,
        meaning=meaning,
        entries_signed=number,
        username="reviewer1",
        signed_at=NINE + 3 * DAY,
        get_meaning_display=lambda: "Reviewed by QC: returned",
        _meta=SimpleNamespace(label_lower="qc.signature"),
    )
    validity = "valid" if is_valid else "record changed after this signature: 1 entry"
    return SimpleNamespace(signature=signature, is_valid=is_valid, validity=validity)


def found(record):
    """Everything that the rules find in a record."""
    return exceptions_of(record, judge_evidence(record.plan, record.evidence))


def of(record, code):
    """What one rule finds."""
    assert code in {rule.code for rule in RULES}
    return [one for one in found(record) if one.rule.code == code]


def codes(record):
    """The codes of the rules that find something."""
    return [one.rule.code for one in found(record)]


def count(record):
    """How much was in order."""
    return counted(record, judge_evidence(record.plan, record.evidence), found(record))
