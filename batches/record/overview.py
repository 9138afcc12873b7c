"""What the batch page shows, gathered in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from audit.trail.lines import changes_of_batch
from batches.characterization.charts import recovery_bars
from batches.characterization.evidence import Evidence
from batches.characterization.kinds import Technique
from batches.characterization.measures import particles_per_ug
from batches.characterization.models import Assay
from batches.characterization.results import AssayCard, card_of
from batches.isolation.combining import Way, remarks_on
from batches.isolation.models import ProcessStep, details_of
from batches.masters.plans import Plan
from batches.pooling.models import PoolPart
from batches.pooling.pages import panel_of, went_into
from batches.pooling.parts import Mixture, parts_of
from batches.record.missing import missing_in, waiting_of
from batches.record.models import Batch, FieldRemark
from batches.reporting.loading import around
from batches.reporting.meters import meters_of
from batches.source.amounts import starting_volume_ml
from batches.source.kinds import CULTURED_KINDS
from batches.source.models import Harvest, SourceLot
from batches.source.origins import attach, lots_of

LAST_CHANGES = 6


def overview_of(batch: Batch) -> dict[str, Any]:
    """Context of the batch page: stages, steps, assays by technique, what is missing, last changes."""
    plan = Plan.of(batch.plan)
    steps = sorted(ProcessStep.objects.filter(batch=batch).with_details(), key=lambda step: step.work_order)
    assays = list(Assay.objects.filter(batch=batch).with_details())
    harvests = list(Harvest.objects.filter(batch=batch).select_related("source_lot"))
    lots = lots_of([batch])[batch.pk]
    attach(batch, harvests, lots)
    taken = [harvest for harvest in harvests if not harvest.is_voided]
    remarks = list(FieldRemark.objects.filter(batch=batch, is_withdrawn=False))
    for record in (*steps, *assays):
        record.batch = batch
    standing = [assay for assay in assays if assay.status != Assay.Status.VOIDED]
    running = [step for step in steps if step.status != ProcessStep.Status.VOIDED]
    evidence = Evidence.among(assays, steps)
    parts = parts_of([batch]).get(batch.pk, [])
    meters = meters_of(around(batch, taken, lots, running, standing, remarks, parts))
    begun_ml = Mixture.of(parts).volume_ml if batch.is_pool else starting_volume_ml(taken)
    waiting = waiting_of(batch) if batch.is_editable else []
    missing = (
        missing_in(batch, plan, taken, running, standing, remarks, waiting, parts)
        if batch.is_editable
        else []
    )
    return {
        "plan": plan,
        "harvests": harvests,
        "origin": origin_of(taken),
        "lots": lots,
        **(panel_of(parts) if batch.is_pool else {}),
        "went_into": went_into(batch),
        "treatments": meters.made.treatments,
        "steps": [(step, details_of(step).glance()) for step in steps],
        "recovery": recovery_bars([(step.name, step.particle_recovery_percent) for step in running]),
        "combined": remarks_on(Way(running, begun_ml, bool(_tracked(standing)), batch.is_pool)),
        "cards": cards_of(batch, standing),
        "voided_assays": [assay for assay in assays if assay.status == Assay.Status.VOIDED],
        "evidence": evidence,
        "purity": particles_per_ug(evidence),
        "missing": missing,
        "meters": meters,
        "stages": stages_of(batch, lots, taken, running, standing, parts),
        "changes": changes_of_batch(batch.number, limit=LAST_CHANGES),
    }


def _tracked(assays: list[Assay]) -> list[Assay]:
    """Assays that count the particles of the final preparation."""
    return [one for one in assays if one.technique == Technique.NTA and one.sample == Assay.Sample.FINAL]


def cards_of(batch: Batch, assays: list[Assay]) -> list[AssayCard]:
    """One card a technique, replicates together."""
    by_technique: dict[str, list[Assay]] = defaultdict(list)
    for assay in assays:
        by_technique[assay.technique].append(assay)
    return [
        card_of(batch, technique, by_technique[technique])
        for technique in Technique.values
        if by_technique[technique]
    ]


def origin_of(harvests: Sequence[Harvest]) -> dict[str, Any]:
    """What stands above the list of harvests: the only one, or how many there are and their sum."""
    return {
        "only": harvests[0] if len(harvests) == 1 else None,
        "count": len(harvests),
        "starting_volume_ml": starting_volume_ml(harvests),
        "is_cultured": any(harvest.lot.kind in CULTURED_KINDS for harvest in harvests),
    }


def stages_of(
    batch: Batch,
    lots: Sequence[SourceLot],
    harvests: Sequence[Harvest],
    steps: list[ProcessStep],
    assays: list[Assay],
    parts: Sequence[PoolPart] = (),
) -> list[dict[str, str]]:
    """The five stages a batch travels through, each with how far it is."""
    finished = sum(1 for step in steps if step.status == ProcessStep.Status.FINISHED)
    unchecked = sum(1 for step in steps if step.needs_check)
    done = sum(1 for assay in assays if assay.status in {Assay.Status.FINISHED, Assay.Status.EXCLUDED})
    checks = f", {unchecked} to check" if unchecked else ""
    return [
        _parts_stage(parts) if batch.is_pool else _source_stage(lots, harvests),
        _stage(
            "Isolation",
            f"{finished} of {len(steps)} steps{checks}",
            finished == len(steps) and not unchecked,
            "#isolation",
        ),
        _stage(
            "Characterization",
            f"{done} of {len(assays)} assays",
            bool(assays) and done == len(assays),
            "#characterization",
        ),
        _stage(
            "QC review", batch.get_status_display().lower(), batch.status in {"approved", "rejected"}, "#qc"
        ),
        _stage("Disposition", batch.get_disposition_display().lower(), bool(batch.disposition), "#qc"),
    ]


def _source_stage(lots: Sequence[SourceLot], harvests: Sequence[Harvest]) -> dict[str, str]:
    """Whom or what the material is of, and how many of its harvests are finished."""
    named = dict.fromkeys(lot.donor.code if lot.donor else lot.code for lot in lots)
    done = sum(1 for harvest in harvests if harvest.is_finished)
    words = "harvest finished" if done else ""
    if len(harvests) > 1:
        words = f"{done} of {len(harvests)} harvests"
    shown = " · ".join(part for part in (", ".join(named), words) if part)
    return _stage("Source", shown, bool(harvests) and done == len(harvests), "#source")


def _parts_stage(parts: Sequence[PoolPart]) -> dict[str, str]:
    """Of how many batches a pool is made so far."""
    rows = Mixture.of(parts).parts
    many = f"{len(rows)} part{'' if len(rows) == 1 else 's'}"
    is_done = bool(rows) and all(row.volume_ml is not None for row in rows)
    return _stage("Parts", many, is_done, "#source")


def _stage(name: str, words: str, is_done: bool, url: str) -> dict[str, str]:
    return {"name": name, "words": words, "state": "done" if is_done else "open", "url": url}
