"""Electron microscopy and its micrographs (ev-domain §7.2)."""

from django.db import models

from audit.models import TrackedModel
from batches.characterization import formulas
from batches.characterization.models import AssayDetails
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words
from batches.record.models import Attachment
from batches.source.models import YesNo


class ElectronMicroscopy(AssayDetails):
    """Pictures of single particles: preparation, microscope, what was seen and measured."""

    class Mode(models.TextChoices):
        NEGATIVE_STAIN = "negative_stain", "TEM, negative stain"
        CRYO = "cryo", "Cryo-TEM"
        IMMUNOGOLD = "immunogold", "Immuno-gold TEM"
        SEM = "sem", "SEM"
        AFM = "afm", "AFM"

    class Choice(models.TextChoices):
        PREDEFINED = "predefined", "Predefined positions"
        RANDOM = "random", "Random"
        OPERATOR = "operator", "Picked by the operator"

    class Shape(models.TextChoices):
        CUP = "cup", "Cup-shaped"
        ROUND = "round", "Round"
        MIXED = "mixed", "Cup-shaped and round"
        AGGREGATED = "aggregated", "Aggregated"
        NONE = "none", "No vesicles seen"

    mode = Words("mode", max_length=16, choices=Mode)
    fixation = Words("fixation", max_length=60)
    grid = Words("grid (metal, mesh, film, glow discharge)", max_length=100)
    stain = Words("stain and %", max_length=60)
    stain_s = WholeNumberField("stained for", unit="s", high=100_000)
    microscope = Words("microscope", max_length=80)
    voltage_kv = QuantityField("voltage", unit="kV", low="0.1", high=1000, decimal_places=1)
    camera = Words("camera", max_length=60)
    field_choice = Words("fields chosen", max_length=12, choices=Choice)
    morphology = Words("morphology", max_length=12, choices=Shape)
    bilayer_seen = Words("bilayer seen", max_length=4, choices=YesNo)
    aggregates_seen = Words("aggregates seen", max_length=4, choices=YesNo)
    background = WholeNumberField("background (0 clean to 3 heavy)", high=3)
    immunogold_target = Words("immuno-gold target", max_length=60)
    diameters_nm = LongWords(
        "measured diameters (nm)", help_text="One number for each vesicle, separated by spaces or lines."
    )
    measured_count = WholeNumberField("vesicles measured", editable=False)
    mean_nm = QuantityField("mean diameter", unit="nm", low=5, high=5000, decimal_places=2, editable=False)
    sd_nm = QuantityField("SD of diameters", unit="nm", decimal_places=2, editable=False)
    smallest_nm = QuantityField("smallest", unit="nm", decimal_places=2, editable=False)
    largest_nm = QuantityField("largest", unit="nm", decimal_places=2, editable=False)

    row_sets = ("micrographs", "diameters")
    files_of_rows = ("micrographs__attachment", "diameters__micrograph__attachment")
    computed_fields = ("measured_count", "mean_nm", "sd_nm", "smallest_nm", "largest_nm")
    free_fields = computed_fields

    class Meta:
        base_manager_name = "objects"
        verbose_name = "electron microscopy"

    def compute(self) -> None:
        """Count, mean, SD and range of the measured diameters."""
        summary = formulas.diameter_summary(self.diameters_nm)
        self.measured_count, self.mean_nm, self.sd_nm, self.smallest_nm, self.largest_nm = summary

    @property
    def standing_micrographs(self) -> list["Micrograph"]:
        return [picture for picture in self.micrographs.all() if not picture.is_voided]


class Micrograph(TrackedModel):
    """One picture: original file, view, magnification, and how large a pixel is."""

    class View(models.TextChoices):
        WIDE = "wide", "Wide field"
        CLOSE = "close", "Close-up"

    class ScaleSource(models.TextChoices):
        FILE = "file", "From the file"
        PERSON = "person", "Entered"

    details = models.ForeignKey(ElectronMicroscopy, on_delete=models.PROTECT, related_name="micrographs")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", editable=False)
    view = Words("view", max_length=6, choices=View, blank=False)
    magnification = WholeNumberField("magnification", unit="×", low=1, high=10_000_000)
    pixel_size_nm = QuantityField(
        "pixel size", unit="nm/px", low="0.0001", high=1_000_000, max_digits=15, decimal_places=6
    )
    scale_source = Words("pixel size known", max_length=8, choices=ScaleSource, editable=False)
    scale_reason = Words("how the pixel size is known", max_length=200)
    width_px = WholeNumberField("width", unit="px", editable=False)
    height_px = WholeNumberField("height", unit="px", editable=False)
    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided", "scale_source")

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(scale_source="person") | ~models.Q(scale_reason=""),
                name="micrograph_entered_scale_has_reason",
                violation_error_message="Say how the pixel size is known: the file does not hold it.",
            ),
        )

    def __str__(self) -> str:
        return f"micrograph {self.attachment.name}"

    @property
    def trail_batch(self) -> str:
        return self.details.assay.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.details.assay}, {self}"
