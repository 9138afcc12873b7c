"""The harvest sheet: what a batch begins with; what it asks for depends on the source."""

from django.utils import timezone

from accounts import roles
from accounts.models import User
from audit import records
from audit.acting import action
from audit.refusal import ActionRefused
from batches.record.sheets import Kind, Section, Sheet
from batches.record.values import demand_complete, demand_editable, lock_sheet
from batches.source.kinds import CULTURED_KINDS
from batches.source.models import Harvest

CULTURED = Kind(
    code="cultured",
    label="Culture and harvest",
    details=None,
    icon="flask",
    sections=(
        Section(
            "Culture",
            (
                "culture_system",
                "culture_area_cm2",
                "passage",
                "seeding_per_cm2",
                "cells_seeded",
                "doublings_at_seeding",
                "population_doublings",
            ),
        ),
        Section(
            "Medium",
            ("medium", "medium_lot", "supplement", "supplement_lot", "ev_depletion", "oxygen_percent"),
        ),
        Section(
            "Conditioning", ("confluence_percent", "washes", "priming", "conditioning_h", "harvest_number")
        ),
        Section(
            "Harvest",
            (
                "harvested_time",
                "starting_volume_ml",
                "cells_at_harvest",
                "viability_percent",
                "appearance",
                "ph",
            ),
        ),
        Section("Mycoplasma", ("mycoplasma", "mycoplasma_method", "mycoplasma_on")),
        Section("Held before processing", ("hold_temp_c", "hold_h", "freeze_thaws")),
        Section("With", ("equipment", "sop", "remarks")),
    ),
    required=(
        "passage",
        "medium",
        "ev_depletion",
        "conditioning_h",
        "harvested_time",
        "starting_volume_ml",
        "cells_at_harvest",
        "viability_percent",
        "mycoplasma",
    ),
)
COLLECTED = Kind(
    code="collected",
    label="Starting material",
    details=None,
    icon="droplet",
    sections=(
        Section("Material", ("harvested_time", "starting_volume_ml", "tissue_mass_g", "appearance", "ph")),
        Section("Medium or buffer", ("medium", "medium_lot")),
        Section("Held before processing", ("hold_temp_c", "hold_h", "freeze_thaws")),
        Section("Mycoplasma", ("mycoplasma", "mycoplasma_method", "mycoplasma_on"), True),
        Section("With", ("equipment", "sop", "remarks")),
    ),
    required=("harvested_time", "starting_volume_ml", "hold_temp_c", "hold_h"),
)


def harvest_sheet(harvest: Harvest) -> Sheet:
    """The harvest's sheet: a culture's for cells, a collection's for blood and tissue."""
    kind = CULTURED if harvest.lot.kind in CULTURED_KINDS else COLLECTED
    return Sheet(harvest.batch, [harvest], kind, harvest.url)


@action(may=roles.ENTER)
def finish_harvest(*, sheet: Sheet, by: User) -> Harvest:
    """Finish the harvest: everything that its source asks for is there or not applicable."""
    sheet = lock_sheet(sheet)
    harvest = sheet.subject
    demand_editable(sheet)
    if harvest.finished_at is not None:
        raise ActionRefused("The harvest is finished already.")
    demand_complete(sheet)
    harvest.finished_at, harvest.finished_by = timezone.now(), by
    records.save(harvest, by=by)
    return harvest
