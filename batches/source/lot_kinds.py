"""The registry of source kinds: which fields and details each one asks for.

Adding a kind is a choice in kinds.py and a line here. What does not apply to a kind is not asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db import models

from audit.models import TrackedModel
from batches.source.kinds import BIRTH_KINDS, SourceKind
from batches.source.models import (
    CellLineDetails,
    CordBloodDetails,
    DonorTesting,
    LotDetails,
    MscDetails,
    PerinatalDetails,
    SourceLot,
)


@dataclass(frozen=True)
class Group:
    """A titled group of the common fields."""

    title: str
    icon: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class UsualAmount:
    """What is usually collected (ev-domain §4.1); outside of it is worth a look, never a block."""

    low: Decimal
    high: Decimal
    unit: str


@dataclass(frozen=True)
class LotKind:
    """One line of the registry. `hint` says on the card what the kind asks for."""

    code: SourceKind
    icon: str
    hint: str
    groups: tuple[Group, ...]
    details: tuple[type[LotDetails], ...]
    unit: str = ""
    usual: tuple[UsualAmount, ...] = ()
    usual_hours: int = 24

    @property
    def label(self) -> str:
        """The kind's name for people."""
        return str(self.code.label)

    @property
    def needs_donor(self) -> bool:
        """Whether a lot of this kind can't be registered without a donor."""
        return self.code not in {SourceKind.CELL_LINE, SourceKind.OTHER}

    @property
    def comes_from_birth(self) -> bool:
        """Whether the donor is a newborn, so that the birth mother is tested (21 CFR 1271.80(a))."""
        return self.code in BIRTH_KINDS

    @property
    def specimen_from(self) -> str:
        """Whose specimen is tested, as the form presets it."""
        return DonorTesting.Taken.BIRTH_MOTHER if self.comes_from_birth else DonorTesting.Taken.DONOR

    def common_fields(self) -> tuple[str, ...]:
        """Names of the source lot's own fields that this kind asks for."""
        return tuple(name for group in self.groups for name in group.fields)

    def fields(self) -> Iterator[tuple[type[TrackedModel], models.Field]]:
        """Every field that this kind asks for, with its model; no name occurs twice within a kind."""
        for name in self.common_fields():
            yield SourceLot, SourceLot._meta.get_field(name)  # type: ignore[misc]
        for model in self.details:
            for field in details_fields(model):
                yield model, field

    def parts(self, lot: SourceLot) -> list[TrackedModel]:
        """The rows a lot is made of: itself, then its details.

        Where a details row is missing (the kind gained it later), an empty one stands in, not yet saved.
        """
        return [lot, *(self._part(lot, model) for model in self.details)]

    def _part(self, lot: SourceLot, model: type[LotDetails]) -> LotDetails:
        row = getattr(lot, model._meta.model_name or "", None) or self.new_part(model)
        row.source_lot = lot
        return row

    def new_part(self, model: type[LotDetails]) -> LotDetails:
        """An empty details row of this kind; whose specimen is tested is preset."""
        return model(taken_from=self.specimen_from) if model is DonorTesting else model()


def details_fields(model: type[TrackedModel]) -> list[models.Field]:
    """The fields that people enter in a details model."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.editable and not field.primary_key and not field.is_relation
    ]


FROM_DONOR = Group(
    "Collection",
    "hand-holding-medical",
    (
        "donor",
        "collection_time",
        "collected_amount",
        "collected_unit",
        "collected_by_site",
        "transport_temp_c",
        "hours_to_processing",
    ),
)
SUPPLY = Group(
    "Supply",
    "boxes-stacked",
    ("collected_by_site", "collected_amount", "collected_unit", "transport_temp_c"),
)
CELLS = Group(
    "Cells and bank",
    "vials",
    ("cell_isolation", "bank", "bank_vial", "bank_lot", "cells_per_vial", "cryoprotectant"),
)
BANK = Group("Bank", "vials", ("bank", "bank_vial", "bank_lot", "cells_per_vial", "cryoprotectant"))
KEEPING = Group("Storage and papers", "snowflake", ("storage_temp_c", "sop", "notes"))
TISSUE = (FROM_DONOR, KEEPING)
CULTURED = (FROM_DONOR, CELLS, KEEPING)


def _usual(low: int, high: int, unit: str) -> UsualAmount:
    return UsualAmount(Decimal(low), Decimal(high), unit)


_KINDS = (
    LotKind(
        SourceKind.BONE_MARROW_MSC,
        "bone",
        "Aspirate of a donor. Infection tests, MSC identity.",
        CULTURED,
        (DonorTesting, MscDetails),
        unit=SourceLot.Unit.ML,
        usual=(_usual(10, 60, "mL"),),
    ),
    LotKind(
        SourceKind.ADIPOSE_MSC,
        "droplet",
        "Lipoaspirate of a donor. Infection tests, MSC identity.",
        CULTURED,
        (DonorTesting, MscDetails),
        unit=SourceLot.Unit.ML,
        usual=(_usual(50, 500, "mL"),),
    ),
    LotKind(
        SourceKind.CORD_MSC,
        "baby",
        "Umbilical cord. The birth mother's infection tests, birth details, MSC identity.",
        CULTURED,
        (DonorTesting, PerinatalDetails, MscDetails),
        unit=SourceLot.Unit.CM,
        usual=(_usual(10, 40, "cm"), _usual(20, 60, "g")),
        usual_hours=48,
    ),
    LotKind(
        SourceKind.PLACENTA,
        "person-pregnant",
        "Placenta, amnion or chorion. The birth mother's infection tests, birth details.",
        TISSUE,
        (DonorTesting, PerinatalDetails),
        unit=SourceLot.Unit.G,
        usual=(_usual(300, 600, "g"),),
    ),
    LotKind(
        SourceKind.CORD_BLOOD,
        "hand-holding-droplet",
        "Blood of the umbilical cord. The birth mother's infection tests, birth details, first spins.",
        TISSUE,
        (DonorTesting, PerinatalDetails, CordBloodDetails),
        unit=SourceLot.Unit.ML,
        usual=(_usual(40, 150, "mL"),),
    ),
    LotKind(
        SourceKind.CELL_LINE,
        "dna",
        "Cells of a bank or supplier. No donor; supplier, RRID, STR profile.",
        (SUPPLY, BANK, KEEPING),
        (CellLineDetails,),
        unit=SourceLot.Unit.VIALS,
    ),
    LotKind(
        SourceKind.OTHER,
        "flask",
        "Anything else. Donor and infection tests where there is a donor.",
        CULTURED,
        (DonorTesting,),
    ),
)
LOT_KINDS: dict[str, LotKind] = {str(kind.code): kind for kind in _KINDS}
