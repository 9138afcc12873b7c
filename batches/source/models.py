"""Donors, source lots with the details of their kind, and the harvest that a batch begins with.

Fields, units and limits: ev-domain §4 (ISO 24651, ISCT 2006, 21 CFR 1271, MISEV).
"""

from django.core.validators import RegexValidator
from django.db import models

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words
from batches.source.doublings import culture_advice, cumulative, doublings_before, population_doublings
from batches.source.kinds import BIRTH_KINDS, MSC_KINDS, SourceKind

DONOR_CODE = RegexValidator(
    r"^[A-Z]{1,6}-?[0-9]{2,10}\Z", "A pseudonym such as DN-0117: letters, a dash, digits. Never a name."
)
MOST_HARVESTS = 99  # of one batch


class YesNo(models.TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"


class TestResult(models.TextChoices):
    """Outcome of an infection test."""

    __test__ = False  # not a pytest class

    NEGATIVE = "negative", "Negative / non-reactive"
    POSITIVE = "positive", "Positive / reactive"
    PENDING = "pending", "Pending"
    NOT_DONE = "not_done", "Not done"


class Donor(TrackedModel):
    """A donor, known by a pseudonym only: no name, no birth date."""

    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        UNKNOWN = "unknown", "Not recorded"

    class Scope(models.TextChoices):
        RESEARCH = "research", "Research"
        RESEARCH_COMMERCIAL = "research_commercial", "Research and commercial"
        CLINICAL = "clinical", "Clinical"

    class Eligibility(models.TextChoices):
        ELIGIBLE = "eligible", "Eligible"
        INELIGIBLE = "ineligible", "Ineligible"
        INCOMPLETE = "incomplete", "Incomplete"
        NOT_REQUIRED = "not_required", "Not required"

    code = Words("donor code", max_length=20, unique=True, blank=False, validators=[DONOR_CODE])
    age_years = WholeNumberField("age", unit="years", low=0, high=120, help_text="0 for a newborn.")
    sex = Words("sex", max_length=10, choices=Sex, default=Sex.UNKNOWN, blank=False)
    blood_group = Words("blood group", max_length=10)
    consent_ref = Words("consent reference", max_length=80)
    consent_on = models.DateField("consent given on", null=True, blank=True)
    consent_scope = Words("consent covers", max_length=24, choices=Scope)
    consent_withdrawn = models.BooleanField("consent withdrawn", default=False)
    ethics_ref = Words("ethics approval reference", max_length=80)
    eligibility = Words(
        "eligibility", max_length=16, choices=Eligibility, default=Eligibility.INCOMPLETE, blank=False
    )
    notes = LongWords("notes")

    class Meta:
        base_manager_name = "objects"
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.code

    @property
    def trail_label(self) -> str:
        return f"Donor {self.code}"


class SourceLotQuerySet(AppendOnlyQuerySet):
    def with_details(self) -> "SourceLotQuerySet":
        """With donor and every kind's details, and whether there are rows of treatments, in one query."""
        return self.select_related(
            "donor",
            "bank",
            "donortesting",
            "mscdetails",
            "perinataldetails",
            "cordblooddetails",
            "celllinedetails",
        ).annotate(is_engineered=self._has("modifications"), is_primed=self._has("primings"))

    def _has(self, related: str) -> models.Exists:
        rows: type[models.Model] = self.model._meta.get_field(related).related_model  # type: ignore[assignment]
        return models.Exists(rows._default_manager.filter(source_lot=models.OuterRef("pk")))


class SourceLot(TrackedModel):
    """Source material of one donor (or one bank of a cell line), collected together."""

    class Unit(models.TextChoices):
        ML = "mL", "mL"
        G = "g", "g"
        CM = "cm", "cm"
        VIALS = "vials", "vials"

    class Way(models.TextChoices):
        EXPLANT = "explant", "Explant"
        COLLAGENASE = "collagenase", "Collagenase"
        MNC_GRADIENT = "mnc_gradient", "Density gradient (MNC)"
        SVF = "svf", "Stromal vascular fraction"
        NONE = "none", "None"

    code = Words("source lot", max_length=40, unique=True, blank=False, editable=False)
    kind = Words("kind", max_length=20, choices=SourceKind, blank=False)
    donor = models.ForeignKey(
        Donor, on_delete=models.PROTECT, null=True, blank=True, related_name="source_lots"
    )
    collection_time = models.DateTimeField("collected", null=True, blank=True)
    collected_amount = QuantityField("collected amount", low=0, high=100_000)
    collected_unit = Words("unit of the amount", max_length=8, choices=Unit)
    collected_by_site = Words("collected or supplied by (site, not a person)", max_length=120)
    transport_temp_c = QuantityField("transport temperature", unit="°C", low=-200, high=60, decimal_places=1)
    hours_to_processing = QuantityField(
        "collection to processing", unit="h", low=0, high=1000, decimal_places=1
    )
    cell_isolation = Words("cells isolated by", max_length=20, choices=Way)
    bank = models.ForeignKey(
        "batches.CellBank",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="source_lots",
        verbose_name="registered cell bank",
    )
    bank_vial = Words("vial of the bank", max_length=40)
    bank_lot = Words("cell bank and vial", max_length=80)
    cells_per_vial = QuantityField("cells per vial", low=1, high="1e12", max_digits=15, decimal_places=0)
    cryoprotectant = Words("cryoprotectant", max_length=80)
    storage_temp_c = QuantityField("storage temperature", unit="°C", low=-200, high=60, decimal_places=1)
    sop = Words("SOP and version", max_length=80)
    notes = LongWords("notes")
    quarantine_released_at = models.DateTimeField("quarantine released at", null=True, editable=False)
    quarantine_released_by = person()

    objects = SourceLotQuerySet.as_manager()
    free_fields = ("quarantine_released_at", "quarantine_released_by")

    class Meta:
        base_manager_name = "objects"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=[SourceKind.CELL_LINE, SourceKind.OTHER])
                | models.Q(donor__isnull=False),
                name="sourcelot_tissue_has_donor",
                violation_error_message="Tissue and blood come from a donor: choose the donor code.",
            ),
            models.CheckConstraint(
                condition=models.Q(collected_amount__isnull=True) | ~models.Q(collected_unit=""),
                name="sourcelot_amount_has_unit",
                violation_error_message="Choose the unit of the collected amount.",
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def trail_label(self) -> str:
        return f"Source lot {self.code}"

    @property
    def comes_from_birth(self) -> bool:
        """Whether the birth mother is the one to be tested."""
        return self.kind in BIRTH_KINDS


class LotDetails(TrackedModel):
    """What one kind of source lot records beside the common fields."""

    source_lot = models.OneToOneField(SourceLot, on_delete=models.PROTECT)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} of {self.source_lot}"

    @property
    def trail_label(self) -> str:
        return f"Source lot {self.source_lot}, {self._meta.verbose_name}"


class DonorTesting(LotDetails):
    """Infection tests of the donor or, for cord, cord blood and placenta, of the birth mother."""

    class Taken(models.TextChoices):
        DONOR = "donor", "Donor"
        BIRTH_MOTHER = "birth_mother", "Birth mother"

    taken_from = Words("specimen taken from", max_length=14, choices=Taken, blank=False)
    specimen_on = models.DateField("specimen taken on", null=True, blank=True)
    hiv_1_2 = Words("HIV-1/2 (antibody, NAT)", max_length=10, choices=TestResult)
    hbv = Words("HBV (HBsAg, anti-HBc, NAT)", max_length=10, choices=TestResult)
    hcv = Words("HCV (antibody, NAT)", max_length=10, choices=TestResult)
    syphilis = Words("T. pallidum", max_length=10, choices=TestResult)
    htlv = Words("HTLV-I/II", max_length=10, choices=TestResult)
    cmv = Words("CMV", max_length=10, choices=TestResult)
    report_ref = Words("laboratory report", max_length=80)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "infection tests"


class MscDetails(LotDetails):
    """Identity of mesenchymal stromal cells (ISCT 2006: ≥ 95 % positive, ≤ 2 % negative markers)."""

    class Trilineage(models.TextChoices):
        SHOWN = "shown", "Shown (osteo, adipo, chondro)"
        PARTLY = "partly", "Partly"
        NOT_SHOWN = "not_shown", "Not shown"
        NOT_DONE = "not_done", "Not done"

    cd73_percent = QuantityField("CD73", unit="%", low=0, high=100, decimal_places=2)
    cd90_percent = QuantityField("CD90", unit="%", low=0, high=100, decimal_places=2)
    cd105_percent = QuantityField("CD105", unit="%", low=0, high=100, decimal_places=2)
    cd34_percent = QuantityField("CD34", unit="%", low=0, high=100, decimal_places=2)
    cd45_percent = QuantityField("CD45", unit="%", low=0, high=100, decimal_places=2)
    cd14_cd11b_percent = QuantityField("CD14 or CD11b", unit="%", low=0, high=100, decimal_places=2)
    cd19_cd79a_percent = QuantityField("CD19 or CD79a", unit="%", low=0, high=100, decimal_places=2)
    hla_dr_percent = QuantityField("HLA-DR", unit="%", low=0, high=100, decimal_places=2)
    plastic_adherent = Words("plastic adherent", max_length=4, choices=YesNo)
    trilineage = Words("trilineage differentiation", max_length=10, choices=Trilineage)
    karyotype_ref = Words("karyotype report", max_length=80)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "MSC identity"


class PerinatalDetails(LotDetails):
    """Birth-related facts of cord, cord blood and placenta."""

    class Delivery(models.TextChoices):
        VAGINAL = "vaginal", "Vaginal"
        CAESAREAN = "caesarean", "Caesarean"

    gestational_age_weeks = QuantityField("gestational age", unit="weeks", low=20, high=45, decimal_places=1)
    delivery = Words("delivery", max_length=10, choices=Delivery)
    membranes_ruptured_h = QuantityField("membranes ruptured before birth", unit="h", low=0, high=500)
    part_used = Words("part used (Wharton's jelly, amnion, chorion …)", max_length=80)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "birth details"


class CordBloodDetails(LotDetails):
    """Blood collection and first processing (MIBlood-EV)."""

    class Anticoagulant(models.TextChoices):
        ACD_A = "acd_a", "ACD-A"
        CPD = "cpd", "CPD"
        CITRATE = "citrate", "Citrate"
        EDTA = "edta", "EDTA"
        HEPARIN = "heparin", "Heparin"
        NONE = "none", "None (serum)"

    anticoagulant = Words("anticoagulant", max_length=10, choices=Anticoagulant)
    minutes_to_first_spin = WholeNumberField("collection to first spin", unit="min", high=10_000)
    first_spin = Words("first spin (×g, min, °C, brake)", max_length=80)
    second_spin = Words("second spin (×g, min, °C, brake)", max_length=80)
    platelets_per_ul = QuantityField("platelets after preparation", unit="/µL", low=0, high=5_000_000)
    haemolysis = Words("haemolysis (A414 or free Hb)", max_length=60)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "cord blood details"


class CellLineDetails(LotDetails):
    """Where a cell line comes from and what shows that it is the one."""

    line_name = Words("cell line", max_length=80, blank=False)
    species = Words("species", max_length=40, default="Homo sapiens")
    supplier = Words("supplier", max_length=80)
    catalogue_no = Words("catalogue number", max_length=60)
    rrid = Words(
        "RRID",
        max_length=40,
        validators=[RegexValidator(r"^(RRID:)?CVCL_[A-Z0-9]{4,6}\Z", "Such as RRID:CVCL_0063.")],
    )
    str_ref = Words("STR profile report", max_length=80)
    karyotype_ref = Words("karyotype report", max_length=80)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "cell line details"


class HarvestQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "HarvestQuerySet":
        """Without voided harvests."""
        return self.filter(voided_at__isnull=True)

    def at(self, position: int) -> "HarvestQuerySet":
        """Those with this number in their batch."""
        return self.filter(further=position if position > 1 else None)


class Harvest(TrackedModel):
    """What a batch begins with: the culture and the conditioned medium, or the fluid or tissue taken.

    A batch may hold several, of its own source lot or of others: they are pooled before the first step.
    """

    class System(models.TextChoices):
        FLASK = "flask", "Flasks"
        STACK = "stack", "Cell stack / factory"
        HOLLOW_FIBRE = "hollow_fibre", "Hollow fibre"
        MICROCARRIER = "microcarrier", "Microcarriers"
        VERTICAL_WHEEL = "vertical_wheel", "Vertical-Wheel"
        OTHER = "other", "Other"

    class Depletion(models.TextChoices):
        SERUM_FREE = "serum_free", "Serum-free medium"
        ULTRACENTRIFUGED = "uc", "Ultracentrifuged (e.g. 120 000 ×g, 18 h)"
        ULTRAFILTERED = "uf", "Ultrafiltered"
        TFF = "tff", "Tangential flow filtered"
        COMMERCIAL = "commercial", "Bought depleted"
        NOT_DEPLETED = "none", "Not depleted"

    class Priming(models.TextChoices):
        NONE = "none", "None"
        IFN_GAMMA = "ifn_gamma", "IFN-γ"
        TNF_ALPHA = "tnf_alpha", "TNF-α"
        HYPOXIA = "hypoxia", "Hypoxia"
        CULTURE_3D = "3d", "3D culture"
        OTHER = "other", "Other (see remarks)"

    batch = models.ForeignKey("batches.Batch", on_delete=models.PROTECT, related_name="harvests")
    # Empty for the harvest that a batch is opened with, so that what was recorded of it stays as it is.
    further = WholeNumberField("number in the batch", low=2, high=MOST_HARVESTS, editable=False)
    source_lot = models.ForeignKey(
        SourceLot,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="harvests",
        verbose_name="source lot",
    )
    harvested_time = models.DateTimeField("harvested", null=True, blank=True)
    harvest_number = WholeNumberField("harvest of the series", low=1, high=999)
    culture_system = Words("culture system", max_length=16, choices=System)
    culture_area_cm2 = QuantityField("culture area", unit="cm²", low=0, high="1e7", max_digits=12)
    passage = WholeNumberField("passage at conditioning", low=0, high=100)
    cells_seeded = QuantityField(
        "cells seeded", unit="cells", low=1, high="1e13", max_digits=15, decimal_places=0
    )
    doublings_at_seeding = QuantityField(
        "cumulative population doublings at seeding", low=0, high=200, decimal_places=1
    )
    population_doublings = QuantityField("cumulative population doublings", low=0, high=200, decimal_places=1)
    seeding_per_cm2 = QuantityField(
        "seeding density", unit="cells/cm²", low=1, high=1_000_000, decimal_places=0
    )
    confluence_percent = QuantityField(
        "confluence at medium switch", unit="%", low=0, high=100, decimal_places=1
    )
    medium = Words("medium", max_length=120)
    medium_lot = Words("medium lot", max_length=60)
    supplement = Words("supplement (hPL, FBS %, …)", max_length=120)
    supplement_lot = Words("supplement lot", max_length=60)
    ev_depletion = Words("supplement depleted of EVs by", max_length=12, choices=Depletion)
    oxygen_percent = QuantityField("oxygen", unit="%", low=0, high=100, decimal_places=1)
    priming = Words("priming", max_length=10, choices=Priming)
    washes = WholeNumberField("washes before conditioning", low=0, high=50)
    conditioning_h = QuantityField("conditioning time", unit="h", low="0.1", high=500, decimal_places=1)
    starting_volume_ml = QuantityField(
        "starting volume (conditioned medium or fluid)", unit="mL", low="0.0001", high=1_000_000
    )
    tissue_mass_g = QuantityField("tissue mass", unit="g", low="0.0001", high=100_000)
    cells_at_harvest = QuantityField(
        "cells at harvest", unit="cells", low=1, high="1e13", max_digits=15, decimal_places=0
    )
    viability_percent = QuantityField("viability at harvest", unit="%", low=0, high=100, decimal_places=1)
    appearance = Words("appearance", max_length=80)
    ph = QuantityField("pH", low=0, high=14, decimal_places=2)
    hold_temp_c = QuantityField("held at", unit="°C", low=-200, high=60, decimal_places=1)
    hold_h = QuantityField("held for", unit="h", low=0, high=100_000, decimal_places=1)
    freeze_thaws = WholeNumberField("freeze–thaw cycles before processing", low=0, high=50)
    mycoplasma = Words("mycoplasma of the culture", max_length=10, choices=TestResult)
    mycoplasma_method = Words("mycoplasma method", max_length=60)
    mycoplasma_on = models.DateField("mycoplasma tested on", null=True, blank=True)
    equipment = Words("incubator and other equipment", max_length=160)
    sop = Words("SOP and version", max_length=80)
    remarks = LongWords("remarks")
    doublings_here = QuantityField("population doublings in this culture", decimal_places=1, editable=False)
    computed_doublings = QuantityField(
        "cumulative population doublings, computed", decimal_places=1, editable=False
    )
    finished_at = models.DateTimeField("finished at", null=True, editable=False)
    finished_by = person()
    voided_at = models.DateTimeField("voided at", null=True, editable=False)
    voided_by = person()

    objects = HarvestQuerySet.as_manager()
    # Computed from the other fields whenever they are saved; never typed.
    computed_fields = ("doublings_here", "computed_doublings")
    free_fields = ("finished_at", "finished_by", "voided_at", "voided_by", *computed_fields)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "further"], name="harvest_position_once"),
            models.UniqueConstraint(
                fields=["batch"], condition=models.Q(further__isnull=True), name="harvest_first_once"
            ),
        )

    def __str__(self) -> str:
        return f"Harvest {self.further}" if self.further else "Harvest"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def position(self) -> int:
        """Which harvest of its batch it is, counted from 1, voided ones with it."""
        return self.further or 1

    @property
    def url(self) -> str:
        """Its page."""
        return f"/batches/{self.batch.number}/harvest/{f'{self.further}/' if self.further else ''}"

    @property
    def lot(self) -> SourceLot:
        """The source lot that it was taken from: its own, else the one that the batch was opened on."""
        own = self.source_lot or self.batch.source_lot
        assert own is not None  # noqa: S101 (a batch without a source lot is a pool and has no harvest)
        return own

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None

    @property
    def is_voided(self) -> bool:
        return self.voided_at is not None

    @property
    def state(self) -> str:
        """'open', 'finished' or 'voided'."""
        if self.is_voided:
            return "voided"
        return "finished" if self.is_finished else "open"

    @property
    def is_editable(self) -> bool:
        """Whether values may be entered or corrected now."""
        return self.batch.is_editable and not self.is_voided

    def compute(self) -> None:
        """Population doublings of this culture, and since the first one where the age at seeding is known."""
        self.doublings_here = population_doublings(self.cells_seeded, self.cells_at_harvest)
        before = doublings_before(self, self.lot.bank)
        self.computed_doublings = cumulative(before, self.doublings_here)

    def advice(self) -> list[tuple[str, str]]:
        """What is unusual about the age of the culture: (field, hint). Never a block."""
        lot = self.lot
        return culture_advice(self, lot.bank, is_msc=lot.kind in MSC_KINDS)
