"""Batches and what they stand on."""

from decimal import Decimal

import factory
from django.utils import timezone

from batches.isolation.kinds import IsolationMethod, StepPurpose
from batches.masters.models import Criterion, MasterRecord, MasterVersion, PlannedStep, Product, StepLimit
from batches.source.kinds import SourceKind
from batches.source.models import Donor, SourceLot
from batches.specifications.models import Specification
from tests.factories.people import DoorFactory, PersonFactory, system


class ProductFactory(DoorFactory):
    class Meta:
        model = Product

    code = factory.Sequence(lambda n: f"PRODUCT-{n}")
    name = "MSC EV preparation"
    number_pattern = factory.Sequence(lambda n: f"T{n}-{{year}}-{{number:04d}}")


class DonorFactory(DoorFactory):
    class Meta:
        model = Donor

    code = factory.Sequence(lambda n: f"DT-{n:05d}")
    age_years = 34
    eligibility = Donor.Eligibility.ELIGIBLE


class SourceLotFactory(DoorFactory):
    class Meta:
        model = SourceLot

    code = factory.Sequence(lambda n: f"SRT-2026-{n:05d}")
    kind = SourceKind.BONE_MARROW_MSC
    donor = factory.SubFactory(DonorFactory)
    quarantine_released_at = factory.LazyFunction(timezone.now)
    quarantine_released_by = factory.LazyFunction(system)


class MasterRecordFactory(DoorFactory):
    class Meta:
        model = MasterRecord

    product = factory.SubFactory(ProductFactory)
    code = factory.Sequence(lambda n: f"MBR-{n}")
    title = "UC, then SEC"


class PlannedStepFactory(DoorFactory):
    class Meta:
        model = PlannedStep

    position = 1
    name = "Pellet"
    method = IsolationMethod.ULTRACENTRIFUGATION
    purpose = StepPurpose.CONCENTRATE
    instructions = "Spin. Keep the pellet."
    is_critical = True


class StepLimitFactory(DoorFactory):
    class Meta:
        model = StepLimit


class CriterionFactory(DoorFactory):
    class Meta:
        model = Criterion

    position = 1


class SpecificationFactory(DoorFactory):
    """A specification without any version; tests.factories.specifications writes them through the actions."""

    class Meta:
        model = Specification

    product = factory.SubFactory(ProductFactory)
    code = factory.Sequence(lambda n: f"SPEC-{n}")
    title = "Small EVs"


class MasterVersionFactory(DoorFactory):
    """An effective version with one critical spin (4 °C, 2–8) and a criterion on the mode (50–150 nm).

    It holds the criterion itself, as versions did before specifications stood on their own.
    """

    class Meta:
        model = MasterVersion

    master = factory.SubFactory(MasterRecordFactory)
    number = 1
    status = MasterVersion.Status.EFFECTIVE
    specification_code = "SPEC-1"
    prepared_at = factory.LazyFunction(timezone.now)
    prepared_by = factory.LazyFunction(system)
    approved_at = factory.LazyFunction(timezone.now)
    approved_by = factory.LazyFunction(lambda: PersonFactory(role="qa"))

    @classmethod
    def _create(cls, model_class, *args, content=True, **kwargs):
        version = super()._create(model_class, *args, **kwargs)
        if content:
            step = PlannedStepFactory(version=version)
            StepLimitFactory(
                planned_step=step,
                field="temperature_c",
                target=Decimal(4),
                action_low=Decimal(2),
                action_high=Decimal(8),
                alert_high=Decimal(6),
            )
            CriterionFactory(
                version=version, attribute="mode_nm", action_low=Decimal(50), action_high=Decimal(150)
            )
        return version


class BatchFactory(factory.Factory):
    """A batch opened by an operator on an effective version, as open_batch opens it."""

    class Meta:
        model = dict

    version = factory.SubFactory(MasterVersionFactory)
    source_lot = factory.SubFactory(SourceLotFactory)
    notes = "Test batch"

    @classmethod
    def _create(cls, model_class, *args, by=None, **kwargs):
        from batches.record.actions import open_batch

        return open_batch(by=by or PersonFactory(), **kwargs)
