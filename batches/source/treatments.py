"""What was done to the cells of a source lot: genetic modifications and priming, a row for each.

Fields and limits: ev-domain §4.2 (oxygen, priming), MISEV (name and show what the cells were made to do).
"""

from collections.abc import Iterable
from decimal import Decimal

from django.db import models

from audit.models import TrackedModel
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words, people_number
from batches.source.models import SourceLot, YesNo

# Oxygen of air: less than this is what hypoxia means.
AIR_OXYGEN_PERCENT = Decimal(21)


class GeneticModification(TrackedModel):
    """A change of the cells' genes: what was put in or taken out, how, and what shows it."""

    class What(models.TextChoices):
        OVEREXPRESSION = "overexpression", "Gene added"
        FUSION = "fusion", "Fusion or reporter added"
        KNOCKDOWN = "knockdown", "Knocked down"
        KNOCKOUT = "knockout", "Knocked out"
        IMMORTALIZATION = "immortalization", "Immortalized"
        OTHER = "other", "Other (see remarks)"

    class Method(models.TextChoices):
        LENTIVIRUS = "lentivirus", "Lentivirus"
        RETROVIRUS = "retrovirus", "Retrovirus"
        AAV = "aav", "AAV"
        ADENOVIRUS = "adenovirus", "Adenovirus"
        TRANSFECTION = "transfection", "Chemical transfection"
        ELECTROPORATION = "electroporation", "Electroporation"
        NUCLEASE = "nuclease", "CRISPR or another nuclease"
        TRANSPOSON = "transposon", "Transposon"
        OTHER = "other", "Other (see remarks)"

    class Kept(models.TextChoices):
        INTEGRATED = "integrated", "Integrated"
        EPISOMAL = "episomal", "Episomal"
        TRANSIENT = "transient", "Transient"

    VIRUSES = frozenset({Method.LENTIVIRUS, Method.RETROVIRUS, Method.AAV, Method.ADENOVIRUS})

    source_lot = models.ForeignKey(SourceLot, on_delete=models.PROTECT, related_name="modifications")
    what = Words("what was done", max_length=16, choices=What, blank=False)
    gene = Words("gene or construct", max_length=120, blank=False)
    method = Words("method", max_length=16, choices=Method)
    vector = Words("vector (name, backbone, lot)", max_length=120)
    kept = Words("integrated or transient", max_length=12, choices=Kept)
    modified_on = models.DateField("modified on", null=True, blank=True)
    selection = Words("selection (agent, dose, days)", max_length=120)
    clone = Words("clone or pool", max_length=80)
    verification = Words("verified by (sequence, blot, flow …)", max_length=160)
    verified_on = models.DateField("verified on", null=True, blank=True)
    biosafety_ref = Words("biosafety approval reference", max_length=80)
    remarks = LongWords("remarks")
    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)
    kind_words = "engineered"

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        verbose_name = "genetic modification"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(modified_on__isnull=True)
                | models.Q(verified_on__isnull=True)
                | models.Q(verified_on__gte=models.F("modified_on")),
                name="geneticmodification_verified_after",
                violation_error_message="It can't be verified before it was made: check the two days.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.gene}"

    @property
    def trail_label(self) -> str:
        return f"Source lot {self.source_lot}, genetic modification {self.gene}"

    @property
    def words(self) -> str:
        """In a few words: gene, method, whether it stays."""
        parts = [self.gene, self.get_method_display(), self.get_kept_display()]
        return ", ".join([parts[0], *(part.lower() if part != "AAV" else part for part in parts[1:] if part)])


class Priming(TrackedModel):
    """What the cells were exposed to before conditioning so that they make other vesicles."""

    class Agent(models.TextChoices):
        IFN_GAMMA = "ifn_gamma", "IFN-γ"
        TNF_ALPHA = "tnf_alpha", "TNF-α"
        IL_1_BETA = "il_1_beta", "IL-1β"
        LPS = "lps", "LPS"
        HYPOXIA = "hypoxia", "Hypoxia"
        CULTURE_3D = "3d", "3D culture"
        STARVATION = "starvation", "Serum starvation"
        OTHER = "other", "Other"

    class DoseUnit(models.TextChoices):
        NG_PER_ML = "ng/mL", "ng/mL"
        UG_PER_ML = "µg/mL", "µg/mL"
        IU_PER_ML = "IU/mL", "IU/mL"
        NM = "nM", "nM"
        UM = "µM", "µM"
        MM = "mM", "mM"
        PERCENT = "%", "%"

    class Serum(models.TextChoices):
        FREE = "free", "Serum-free"
        DEPLETED = "depleted", "Serum or hPL, EVs depleted"
        FULL = "full", "Serum or hPL, not depleted"

    # What is dissolved in the medium: it has a dose, and stays there until it is washed out.
    DISSOLVED = frozenset({Agent.IFN_GAMMA, Agent.TNF_ALPHA, Agent.IL_1_BETA, Agent.LPS})

    source_lot = models.ForeignKey(SourceLot, on_delete=models.PROTECT, related_name="primings")
    agent = Words("agent", max_length=12, choices=Agent, blank=False)
    agent_name = Words("exactly what (supplier, catalogue number, lot)", max_length=120)
    dose = QuantityField("dose", low="0.0001", high=10_000_000)
    dose_unit = Words("unit of the dose", max_length=6, choices=DoseUnit)
    started_time = models.DateTimeField("begun", null=True, blank=True)
    duration_h = QuantityField("duration", unit="h", low="0.1", high=2000, decimal_places=1)
    oxygen_percent = QuantityField("oxygen", unit="%", low=0, high=100, decimal_places=1)
    serum = Words("serum", max_length=10, choices=Serum)
    washed = Words("washed out afterwards", max_length=4, choices=YesNo)
    washes = WholeNumberField("washes", low=0, high=50)
    remarks = LongWords("remarks")
    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)
    kind_words = "primed"

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        verbose_name = "priming"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(dose__isnull=True, dose_unit="")
                | (models.Q(dose__isnull=False) & ~models.Q(dose_unit="")),
                name="priming_dose_has_unit",
                violation_error_message="A dose has a number and a unit.",
            ),
            models.CheckConstraint(
                condition=~models.Q(agent="other") | ~models.Q(agent_name=""),
                name="priming_other_is_named",
                violation_error_message="Say exactly what the cells were exposed to.",
            ),
            models.CheckConstraint(
                condition=~models.Q(agent="hypoxia")
                | models.Q(oxygen_percent__isnull=True)
                | models.Q(oxygen_percent__lt=AIR_OXYGEN_PERCENT),
                name="priming_hypoxia_below_air",
                violation_error_message="Hypoxia has less oxygen than air: check the oxygen.",
            ),
            models.CheckConstraint(
                condition=~models.Q(washed="no") | models.Q(washes__isnull=True) | models.Q(washes=0),
                name="priming_unwashed_has_no_washes",
                violation_error_message="Washed 'no' and a number of washes contradict each other.",
            ),
        )

    def __str__(self) -> str:
        return self.words

    @property
    def trail_label(self) -> str:
        return f"Source lot {self.source_lot}, priming with {self.called}"

    @property
    def called(self) -> str:
        """The agent as people name it."""
        return self.agent_name if self.agent == self.Agent.OTHER else self.get_agent_display()

    @property
    def words(self) -> str:
        """In a few words: agent, dose, oxygen, duration."""
        dose = f"{people_number(self.dose)} {self.dose_unit}" if self.dose is not None else ""
        hypoxic = self.agent == self.Agent.HYPOXIA and self.oxygen_percent is not None
        oxygen = f"{people_number(self.oxygen_percent)} % O₂" if hypoxic else ""
        duration = f"{people_number(self.duration_h)} h" if self.duration_h is not None else ""
        told = ", ".join(part for part in (oxygen, duration) if part)
        return f"{self.called} {dose}".strip() + (f", {told}" if told else "")


Treatment = GeneticModification | Priming
LOT_ROWS: tuple[type[GeneticModification] | type[Priming], ...] = (GeneticModification, Priming)


def treatments_of(lot: SourceLot) -> list[Treatment]:
    """Rows of a source lot, voided ones too, in the order of the work. Lots that were read `with_details`
    know whether they have any, so that an ordinary lot takes no query.
    """
    known = {GeneticModification: "is_engineered", Priming: "is_primed"}
    return [
        row
        for model in LOT_ROWS
        if getattr(lot, known[model], True)
        for row in model.objects.filter(source_lot=lot)
    ]


def standing_treatments(lots: Iterable[SourceLot]) -> list[Treatment]:
    """Treatments of these lots that stand, by lot in the order of the work; each knows its lot. Two queries,
    none where the lots were read `with_details` and have none.
    """
    known = {lot.pk: lot for lot in lots if lot.pk is not None}
    found: list[Treatment] = []
    for model, mark in ((GeneticModification, "is_engineered"), (Priming, "is_primed")):
        asked = [pk for pk, lot in known.items() if getattr(lot, mark, True)]
        if asked:
            found += model.objects.filter(source_lot__in=asked, is_voided=False)
    for row in found:
        row.source_lot = known[row.source_lot_id]
    places = {pk: place for place, pk in enumerate(known)}
    return sorted(found, key=lambda row: places[row.source_lot_id])
