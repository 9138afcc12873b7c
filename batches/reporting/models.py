"""What a publication tells of a batch that no other stage records, and where it was told.

Fields: ev-domain §1.4 (MISEV checklist) and §2.2 (EV-TRACK).
"""

from django.db import models

from accounts.fields import person
from audit.models import TrackedModel
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words


class ReportingFacts(TrackedModel):
    """Facts of a batch for its publication: how its EVs are called and why, how they are kept. One row a
    batch, written when the first of them is entered.
    """

    class Basis(models.TextChoices):
        SIZE = "size", "Size"
        DENSITY = "density", "Density"
        MARKER = "marker", "Marker"
        CONDITION = "condition", "Condition of the cells"
        SOURCE = "source", "Source"
        BIOGENESIS = "biogenesis", "Biogenesis shown"

    class SizeClass(models.TextChoices):
        SMALL = "small", "Small EVs"
        LARGE = "large", "Medium or large EVs"
        MIXED = "mixed", "Both"

    batch = models.OneToOneField("batches.Batch", on_delete=models.PROTECT)
    ev_term = Words("term used for the EVs", max_length=80)
    ev_term_basis = Words("the term rests on", max_length=12, choices=Basis)
    size_class = Words("size class", max_length=8, choices=SizeClass)
    size_cutoff_nm = QuantityField("cut-off of the class", unit="nm", low=10, high=5000, decimal_places=1)
    size_method = Words("cut-off set or measured by", max_length=80)
    study_aim = Words("aim of the study", max_length=120)
    sample_condition = Words("condition of the source (healthy, treated, diseased …)", max_length=120)
    process_control = Words(
        "process control (batch number)",
        max_length=40,
        help_text="The batch in which unconditioned medium or a blank went through the same steps.",
    )
    topology = LongWords(
        "topology of the functional component",
        help_text="Whether a protease or nuclease reaches it, with and without detergent; what was found.",
    )
    storage_buffer = Words("kept in (buffer)", max_length=120)
    storage_container = Words("kept in (container, material)", max_length=120)
    storage_temp_c = QuantityField("kept at", unit="°C", low=-200, high=60, decimal_places=1)
    storage_time = Words("kept for", max_length=60)
    storage_freeze_thaws = WholeNumberField("freeze–thaw cycles before use", low=0, high=50)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "reporting facts"

    def __str__(self) -> str:
        return f"Reporting facts of {self.batch}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def trail_label(self) -> str:
        return "Reporting facts"

    def advice(self) -> list[tuple[str, str]]:
        """Unusual values: (field, hint). Never a block."""
        hints = []
        if "exosome" in self.ev_term.lower() and self.ev_term_basis not in ("", self.Basis.BIOGENESIS):
            words = "'Exosome' says that they come from endosomes. Where that is not shown, 'EV' says enough."
            hints.append(("ev_term", words))
        if self.process_control and self.process_control == self.batch.number:
            hints.append(("process_control", "A batch is not its own control."))
        return hints


class Deposition(TrackedModel):
    """Where a batch was told of in public: its EV-TRACK identifier, a data set, a paper.

    That comes after the review, so it is no part of the record that is reviewed and signed.
    """

    class Kind(models.TextChoices):
        EV_TRACK = "ev_track", "EV-TRACK"
        DATA = "data", "Data set"
        PAPER = "paper", "Paper"

    batch = models.ForeignKey("batches.Batch", on_delete=models.PROTECT, related_name="depositions")
    kind = Words("kind", max_length=8, choices=Kind, blank=False)
    identifier = Words("identifier (EV-TRACK ID, accession, DOI)", max_length=120, blank=False)
    is_withdrawn = models.BooleanField("withdrawn", default=False, editable=False)
    deposited_at = models.DateTimeField("recorded at", editable=False)
    deposited_by = person(null=False)

    free_fields = ("is_withdrawn",)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["batch", "kind", "identifier"],
                condition=models.Q(is_withdrawn=False),
                name="deposition_once",
                violation_error_message="This is recorded already.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.identifier}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def trail_label(self) -> str:
        return f"Deposition: {self}"
