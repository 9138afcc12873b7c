"""Characterization: the assays of a batch, and what each technique records.

Fields, units and possible limits: ev-domain §6 and §7.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Self

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Prefetch, prefetch_related_objects

from accounts.fields import person
from audit.models import AppendOnlyQuerySet, TrackedModel
from audit.refusal import ReasonCategory
from batches.bounds import Sign
from batches.characterization import formulas
from batches.characterization.kinds import DETAILS, PLATED, MisevCategory, Technique
from batches.characterization.vocabulary import known_marker
from batches.quantities import LongWords, QuantityField, WholeNumberField, Words, people_number
from batches.record.models import Attachment, Reading
from batches.source.models import YesNo


class AssayQuerySet(AppendOnlyQuerySet):
    def standing(self) -> "AssayQuerySet":
        """Without voided assays."""
        return self.exclude(status=Assay.Status.VOIDED)

    def finished(self) -> "AssayQuerySet":
        return self.filter(status=Assay.Status.FINISHED)

    def with_details(self) -> "AssayQuerySet":
        """With people and the details of each assay's technique, their rows and files.

        A query each for the techniques that are there, and one for each kind of their rows: sixteen
        joins would be read and taken apart for nothing. The curves of readings are bulky and stay behind
        (results.curves_of brings them).
        """
        found = self.select_related("performed_by", "finished_by", "exclusion_asked_by", "excluded_by")
        found._brings_details = True
        return found

    _brings_details = False

    def _clone(self) -> Self:
        made = super()._clone()  # type: ignore[misc]
        made._brings_details = self._brings_details
        return made

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        super()._fetch_all()  # type: ignore[misc]
        if is_new and self._brings_details:
            bring_details(self._result_cache)  # type: ignore[arg-type]


def bring_details(assays: Iterable["Assay"]) -> None:
    """Read the details of these assays, technique by technique."""
    by_technique: dict[str, list[Assay]] = defaultdict(list)
    for assay in assays:
        by_technique[assay.technique].append(assay)
    for technique, alike in by_technique.items():
        accessor = DETAILS[technique]
        model: Any = Assay._meta.get_field(accessor).related_model
        prefetch_related_objects(alike, Prefetch(accessor, model.objects.with_rows()))
        if plated := [one for one in alike if technique in PLATED and getattr(one, accessor).reading_id]:
            prefetch_related_objects(plated, "plate_curves__computed_by")


class Assay(TrackedModel):
    """One assay of a batch: what every technique records. Its details hang on it one-to-one."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        FINISHED = "finished", "Finished"
        EXCLUDED = "excluded", "Excluded"
        VOIDED = "voided", "Voided"

    class Sample(models.TextChoices):
        FINAL = "final", "Final preparation"
        STARTING = "starting", "Starting material"
        STEP = "step", "After a step"
        PROCESS = "process", "Process blank (unconditioned medium)"
        DILUENT = "diluent", "Diluent or buffer blank"
        POSITIVE = "positive", "Positive control"
        REFERENCE = "reference", "Reference standard"
        BLANK = "blank", "Blank, not said which"

    batch = models.ForeignKey("batches.Batch", on_delete=models.PROTECT, related_name="assays")
    number = models.PositiveSmallIntegerField("number", editable=False)
    technique = Words("technique", max_length=24, choices=Technique, blank=False, editable=False)
    replicate = WholeNumberField("replicate", low=1, high=99, null=False, blank=False, default=1)
    sample = Words("sample", max_length=10, choices=Sample, default=Sample.FINAL, blank=False)
    after_step = WholeNumberField("taken after step number", low=1, high=32_000)
    controls_number = WholeNumberField(
        "controls assay number (empty: all of this technique)", low=1, high=32_000
    )
    sample_id = Words("sample id", max_length=60)
    performed_time = models.DateTimeField("performed", null=True, blank=True)
    equipment = Words("instrument (id, last check)", max_length=160)
    sop = Words("SOP and version", max_length=80)
    remarks = LongWords("remarks")
    status = Words("status", max_length=10, choices=Status, default=Status.OPEN, blank=False, editable=False)
    performed_at = models.DateTimeField("recorded at", null=True, editable=False)
    performed_by = person()
    finished_at = models.DateTimeField("finished at", null=True, editable=False)
    finished_by = person()
    voided_at = models.DateTimeField("voided at", null=True, editable=False)
    voided_by = person()
    exclusion_category = Words(
        "kind of reason to leave it out", max_length=20, choices=ReasonCategory, editable=False
    )
    exclusion_words = LongWords("why it is left out", editable=False)
    exclusion_asked_at = models.DateTimeField("asked to leave it out at", null=True, editable=False)
    exclusion_asked_by = person()
    excluded_at = models.DateTimeField("left out at", null=True, editable=False)
    excluded_by = person()

    objects = AssayQuerySet.as_manager()
    free_fields = (
        "status",
        "finished_at",
        "finished_by",
        "voided_at",
        "voided_by",
        "exclusion_asked_at",
        "exclusion_asked_by",
        "excluded_at",
        "excluded_by",
    )

    class Meta:
        base_manager_name = "objects"
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=["batch", "number"], name="assay_number_once"),
            models.CheckConstraint(
                condition=models.Q(excluded_by__isnull=True)
                | ~models.Q(excluded_by=models.F("exclusion_asked_by")),
                name="assay_left_out_by_two",
                violation_error_message="Somebody else than the person who asked has to agree.",
            ),
        )

    def __str__(self) -> str:
        return f"Assay {self.number} · {self.get_technique_display()}"

    @property
    def trail_batch(self) -> str:
        return self.batch.number

    @property
    def is_editable(self) -> bool:
        """Whether its values may be entered or corrected now."""
        return self.batch.is_editable and self.counts

    @property
    def counts(self) -> bool:
        """Whether it is neither voided nor left out."""
        return self.status not in {self.Status.VOIDED, self.Status.EXCLUDED}

    @property
    def is_finished(self) -> bool:
        """Whether its result is there and counts."""
        return self.status == self.Status.FINISHED

    @property
    def waits_for_exclusion(self) -> bool:
        """Whether somebody asked to leave its result out and nobody has decided yet."""
        return self.exclusion_asked_at is not None and self.excluded_at is None

    @property
    def is_blank(self) -> bool:
        """Whether its sample is a preparation or liquid without EVs of the batch."""
        return self.sample in BLANK_SAMPLES

    @property
    def is_control(self) -> bool:
        """Whether its sample is a blank, control or reference: it says nothing of the batch itself."""
        return self.is_blank or self.sample in {self.Sample.POSITIVE, self.Sample.REFERENCE}

    def advice(self) -> list[tuple[str, str]]:
        """Unusual values: (field, hint). Never a block."""
        if self.controls_number is None or self.is_control:
            return []
        return [("controls_number", "Only blanks and controls control another assay.")]


BLANK_SAMPLES = frozenset({Assay.Sample.PROCESS, Assay.Sample.DILUENT, Assay.Sample.BLANK})


class DetailsQuerySet(AppendOnlyQuerySet):
    def with_rows(self) -> "DetailsQuerySet":
        """With the files and rows that hang on the details, as their model names them."""
        found = self.select_related(*self.model.files).prefetch_related(
            *self.model.row_sets, *self.model.files_of_rows
        )
        bulky = [f"{path.split('__')[0]}__curves" for path in self.model.files if path.startswith("reading")]
        return found.defer(*bulky)


class AssayDetails(TrackedModel):
    """What one technique records of an assay.

    `files` are the keys to files, `row_sets` the names of the rows that hang on it, `files_of_rows` the
    keys from them to files: all come along wherever the details are read.
    """

    assay = models.OneToOneField(Assay, on_delete=models.PROTECT)
    computed_fields: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    row_sets: tuple[str, ...] = ()
    files_of_rows: tuple[str, ...] = ()

    objects = DetailsQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"{self.assay}, {self._meta.verbose_name}"

    @property
    def trail_batch(self) -> str:
        return self.assay.batch.number

    @property
    def standing_rows(self) -> list[Any]:
        """All its rows but the voided ones, whatever their kind."""
        rows = [row for name in self.row_sets for row in getattr(self, name).all()]
        return [row for row in rows if not row.is_voided]

    def compute(self) -> None:
        """Fill the computed fields from the entered ones."""

    def sign_of(self, field: str) -> str:
        """The sign before a result that the method could not put a number to, such as '<'; mostly empty."""
        return getattr(self, f"{field}_sign", "")

    def told(self, field: str) -> str:
        """A result with its sign and unit as people write it; empty without one."""
        value = getattr(self, field)
        unit = getattr(self._meta.get_field(field), "unit", "")
        return "" if value is None else f"{self.sign_of(field)} {people_number(value)} {unit}".strip()

    def advice(self) -> list[tuple[str, str]]:
        """Unusual values: (field, hint). Never a block."""
        return []


class AssayRow(TrackedModel):
    """One of the repeated things that a technique records; its key to the details is called `details`."""

    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields: tuple[str, ...] = ("is_voided",)

    class Meta:
        abstract = True
        base_manager_name = "objects"
        ordering: tuple[str, ...] = ("id",)

    @property
    def trail_batch(self) -> str:
        return self.details.assay.batch.number  # type: ignore[attr-defined]

    @property
    def trail_label(self) -> str:
        return f"{self.details.assay}, {self}"  # type: ignore[attr-defined]


class NanoparticleTracking(AssayDetails):
    """Size and number of particles. Numbers come from the instrument's own export; what they mean for
    the undiluted sample depends on the dilution, which the file holds or a person states.
    """

    class DilutionSource(models.TextChoices):
        FILE = "file", "From the file"
        PERSON = "person", "Entered"

    reading = models.ForeignKey(
        Reading, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    dilution = QuantityField("dilution factor", unit="×", low=1, high="1e8", max_digits=15)
    dilution_source = Words("dilution known", max_length=8, choices=DilutionSource, editable=False)
    diluent = Words("diluent (lot)", max_length=80)
    blank_per_ml = QuantityField(
        "diluent blank", unit="/mL", low=0, high="1e15", max_digits=15, decimal_places=0
    )
    instrument_per_ml = QuantityField(
        "concentration as the instrument gives it",
        unit="/mL",
        low=0,
        high="1e15",
        max_digits=15,
        decimal_places=0,
        editable=False,
    )
    includes_dilution = Words(
        "instrument's value includes the dilution", max_length=4, choices=YesNo, editable=False
    )
    measured_per_ml = QuantityField(
        "measured (diluted) concentration", unit="/mL", max_digits=15, decimal_places=0, editable=False
    )
    particles_per_ml = QuantityField(
        "concentration of the sample", unit="/mL", max_digits=15, decimal_places=0, editable=False
    )
    mean_nm = QuantityField("mean", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    mode_nm = QuantityField("mode", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    sd_nm = QuantityField("SD", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    d10_nm = QuantityField("D10", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    d50_nm = QuantityField("D50", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    d90_nm = QuantityField("D90", unit="nm", low=0, high=10_000, decimal_places=2, editable=False)
    window_percent = QuantityField(
        "particles in the size window", unit="%", low=0, high=100, decimal_places=2, editable=False
    )
    range_50_400_percent = QuantityField(
        "particles from 50 to 400 nm", unit="%", low=0, high=100, decimal_places=2, editable=False
    )
    videos = WholeNumberField("videos used", editable=False)

    files = ("reading__attachment",)
    computed_fields = ("measured_per_ml", "particles_per_ml", "dilution_source")
    free_fields = (
        *computed_fields,
        "instrument_per_ml",
        "includes_dilution",
        "mean_nm",
        "mode_nm",
        "sd_nm",
        "d10_nm",
        "d50_nm",
        "d90_nm",
        "window_percent",
        "range_50_400_percent",
        "videos",
    )

    class Meta:
        base_manager_name = "objects"
        verbose_name = "nanoparticle tracking"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(d10_nm__isnull=True)
                | (models.Q(d10_nm__lte=models.F("d50_nm")) & models.Q(d50_nm__lte=models.F("d90_nm"))),
                name="nanoparticletracking_percentiles_in_order",
                violation_error_message="D10, D50 and D90 must rise.",
            ),
        )

    def compute(self) -> None:
        """Measured and dilution-corrected concentration, kept apart (ev-domain §6.3).

        Where the instrument's value includes the dilution in the file and a person states another one,
        theirs counts: the measured value stays, the sample's follows.
        """
        in_file = self._dilution_in_file()
        includes = self.includes_dilution == YesNo.YES
        self.measured_per_ml, self.particles_per_ml = formulas.concentrations(
            self.instrument_per_ml, in_file if includes else self.dilution, includes_dilution=includes
        )
        if includes and self.dilution != in_file:
            self.particles_per_ml = formulas.diluted_back(self.measured_per_ml, self.dilution)
        source = self.DilutionSource.FILE if self.dilution == in_file else self.DilutionSource.PERSON
        self.dilution_source = "" if self.dilution is None else source

    def _dilution_in_file(self) -> Decimal | None:
        """The dilution that the export holds; without the reading's bulky curves."""
        values = Reading.objects.filter(pk=self.reading_id).values_list("values", flat=True).first() or {}
        known = values.get("dilution")
        return None if known is None else Decimal(str(known))

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.measured_per_ml and not Decimal("1e7") <= self.measured_per_ml <= Decimal("1e9"):
            hints.append(("dilution", "Measured outside 1×10⁷ to 1×10⁹ /mL: another dilution counts better."))
        if self.blank_per_ml and self.measured_per_ml and self.blank_per_ml > self.measured_per_ml / 10:
            hints.append(("blank_per_ml", "The blank is more than a tenth of the sample."))
        return hints


class WesternBlot(AssayDetails):
    """A blot: how it was run, its image, its lanes and its markers."""

    class Load(models.TextChoices):
        PROTEIN = "protein", "Equal protein (µg)"
        PARTICLES = "particles", "Equal particles"
        VOLUME = "volume", "Equal volume"

    image = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    lysis_buffer = Words("lysis buffer (composition)", max_length=160)
    protease_inhibitor = Words("protease inhibitor", max_length=80)
    load_basis = Words("loaded", max_length=10, choices=Load)
    gel = Words("gel (%)", max_length=60)
    reducing = Words("reducing", max_length=4, choices=YesNo)
    heating = Words("heated (°C, min)", max_length=40)
    membrane = Words("transfer and membrane", max_length=80)
    blocking = Words("blocked with", max_length=80)
    protein_stain = Words("total-protein stain", max_length=60)
    ladder = Words("ladder (lot)", max_length=80)
    imager = Words("imager and software", max_length=80)
    exposure_s = QuantityField("exposure", unit="s", low=0, high=100_000, decimal_places=3)
    saturated = Words("saturated pixels", max_length=4, choices=YesNo)

    files = ("image",)
    row_sets = ("markers", "lanes", "rungs")

    class Meta:
        base_manager_name = "objects"
        verbose_name = "western blot"

    @property
    def has_lysate_lane(self) -> bool:
        """Whether a cell-lysate lane was run (needed before an absent marker counts)."""
        return any(lane.role == BlotLane.Role.LYSATE for lane in self.lanes.all() if not lane.is_voided)

    @property
    def standing_markers(self) -> list["BlotMarker"]:
        return [marker for marker in self.markers.all() if not marker.is_voided]

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        symbols = {marker.target for marker in self.standing_markers}
        if self.reducing == YesNo.YES and symbols & {"CD9", "CD63", "CD81"}:
            hints.append(("reducing", "CD9, CD63 and CD81 are commonly run non-reducing."))
        if self.saturated == YesNo.YES:
            hints.append(("saturated", "Saturated bands can't be quantified."))
        return hints


class BlotChild(TrackedModel):
    """A row of a blot."""

    is_voided = models.BooleanField("voided", default=False, editable=False)

    free_fields = ("is_voided",)

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @property
    def trail_batch(self) -> str:
        return self.blot.assay.batch.number

    @property
    def trail_label(self) -> str:
        return f"{self.blot.assay}, {self}"


class BlotLane(BlotChild):
    """A lane: what was loaded and how much."""

    class Role(models.TextChoices):
        EV = "ev", "EV preparation"
        LYSATE = "lysate", "Cell lysate"
        STARTING = "starting", "Starting material"
        DEPLETED = "depleted", "EV-depleted / flow-through"
        NEGATIVE = "negative", "Negative control"
        POSITIVE = "positive", "Positive control"
        LADDER = "ladder", "Ladder"

    blot = models.ForeignKey(WesternBlot, on_delete=models.PROTECT, related_name="lanes")
    number = WholeNumberField("lane", low=1, high=60, null=False, blank=False)
    role = Words("holds", max_length=10, choices=Role, blank=False)
    sample_id = Words("sample id", max_length=60)
    load_ug = QuantityField("load", unit="µg", low=0, high=10_000)
    load_particles = QuantityField(
        "load", unit="particles", low=0, high="1e14", max_digits=15, decimal_places=0
    )
    box_left_percent = QuantityField("box from", unit="% of the width", low=0, high=100, decimal_places=2)
    box_right_percent = QuantityField("box to", unit="% of the width", low=0, high=100, decimal_places=2)

    class Meta:
        base_manager_name = "objects"
        ordering = ("number", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(box_left_percent__isnull=True, box_right_percent__isnull=True)
                | models.Q(
                    box_left_percent__isnull=False,
                    box_right_percent__isnull=False,
                    box_left_percent__lt=models.F("box_right_percent"),
                ),
                name="blotlane_box_from_left_to_right",
                violation_error_message="A lane's box needs both edges, the left one first.",
            ),
            models.UniqueConstraint(
                fields=["blot", "number"],
                condition=models.Q(is_voided=False),
                name="blotlane_number_once",
                violation_error_message="This lane is already recorded.",
            ),
        )

    def __str__(self) -> str:
        return f"lane {self.number}"


class BlotMarker(BlotChild):
    """A protein looked for: MISEV category, what was expected, what was found, with which antibody."""

    class Expected(models.TextChoices):
        PRESENT = "present", "present"
        ABSENT = "absent", "absent"

    class Found(models.TextChoices):
        DETECTED = "detected", "detected"
        WEAK = "weak", "weak"
        NOT_DETECTED = "not_detected", "not detected"
        NOT_INTERPRETABLE = "not_interpretable", "not interpretable"

    blot = models.ForeignKey(WesternBlot, on_delete=models.PROTECT, related_name="markers")
    target = Words("protein", max_length=30, blank=False)
    misev_category = Words("MISEV category", max_length=2, choices=MisevCategory, blank=False)
    expected = Words("expected", max_length=8, choices=Expected, blank=False)
    found = Words("found", max_length=18, choices=Found)
    lysate_signal = Words("signal in the lysate lane", max_length=4, choices=YesNo)
    observed_kda = QuantityField("observed", unit="kDa", low=1, high=1000, decimal_places=1)
    antibody_clone = Words("clone", max_length=60)
    antibody_vendor = Words("vendor", max_length=60)
    antibody_catalogue_no = Words("catalogue number", max_length=60)
    antibody_rrid = Words(
        "RRID", max_length=30, validators=[RegexValidator(r"^RRID:AB_\d+\Z", "Such as RRID:AB_628877.")]
    )
    antibody_lot = Words("antibody lot", max_length=60)
    antibody_dilution = WholeNumberField("dilution 1 :", low=1, high=10_000_000)

    class Meta:
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["blot", "target"],
                condition=models.Q(is_voided=False),
                name="blotmarker_target_once",
                violation_error_message="This protein is already on the blot.",
            ),
        )

    def __str__(self) -> str:
        return f"marker {self.target}"

    @property
    def is_detected(self) -> bool:
        return self.found in {self.Found.DETECTED, self.Found.WEAK}

    @property
    def counts_as_absent(self) -> bool:
        """'Not detected' counts only with signal of the same antibody in a lysate lane of this blot."""
        return (
            self.found == self.Found.NOT_DETECTED
            and self.lysate_signal == YesNo.YES
            and self.blot.has_lysate_lane
        )

    @property
    def outcome(self) -> str:
        """'pass', 'fail' or 'inconclusive' against what was expected; empty while nothing was found."""
        if not self.found:
            return ""
        if self.expected == self.Expected.PRESENT:
            unclear = self.found == self.Found.NOT_INTERPRETABLE
            return "inconclusive" if unclear else ("pass" if self.is_detected else "fail")
        if self.is_detected:
            return "fail"
        return "pass" if self.counts_as_absent else "inconclusive"

    @property
    def kda_is_unusual(self) -> bool:
        """Observed kDa more than 20 % outside the expected range (CD63 smears and is left out)."""
        known = known_marker(self.target)
        if self.observed_kda is None or known is None or known.kda is None or known.symbol == "CD63":
            return False
        low, high = known.kda
        return not low * Decimal("0.8") <= self.observed_kda <= high * Decimal("1.2")


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


class ProteinAssay(AssayDetails):
    """Protein concentration of a sample, with what makes it believable."""

    class Method(models.TextChoices):
        BCA = "bca", "BCA"
        MICRO_BCA = "micro_bca", "Micro-BCA"
        BRADFORD = "bradford", "Bradford"
        QUBIT = "qubit", "Qubit"
        A280 = "a280", "A280"

    reading = models.ForeignKey(
        Reading, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    method = Words("method", max_length=10, choices=Method)
    kit = Words("kit (lot)", max_length=80)
    lysed = Words("lysed first", max_length=4, choices=YesNo)
    detergent = Words("detergent", max_length=60)
    standard = Words("standard (protein, lot)", max_length=80)
    standard_range = Words("standard range", max_length=60)
    r_squared = QuantityField("R² of the standard curve", low=0, high=1, decimal_places=5)
    blank_reading = QuantityField("blank", low=-10, high=100, decimal_places=5)
    dilution = QuantityField("dilution factor", unit="×", low=1, high=1_000_000)
    wells = WholeNumberField("replicate wells", low=1, high=96)
    cv_percent = QuantityField("CV of the wells", unit="%", low=0, high=1000, decimal_places=2)
    quantification_limit_ug_per_ml = QuantityField(
        "limit of quantification, of the diluted sample", unit="µg/mL", low=0, high=1_000_000
    )
    protein_ug_per_ml_sign = Words("sign before the result", max_length=1, choices=Sign)
    protein_ug_per_ml = QuantityField("protein, of the undiluted sample", unit="µg/mL", low=0, high=1_000_000)
    excipient_protein = Words("buffer or excipient contains protein", max_length=4, choices=YesNo)

    files = ("reading__attachment",)

    class Meta:
        base_manager_name = "objects"
        verbose_name = "protein assay"

    def advice(self) -> list[tuple[str, str]]:
        hints = []
        if self.r_squared is not None and self.r_squared < Decimal("0.99"):
            hints.append(("r_squared", "Below 0.99: look at the standard curve."))
        if self.cv_percent is not None and self.cv_percent > 15:
            hints.append(("cv_percent", "Wells differ by more than 15 %."))
        if self.method == self.Method.A280:
            hints.append(("method", "A280 also reads nucleic acids, phenol red and detergents as protein."))
        if self._is_below_limit():
            hints.append(("protein_ug_per_ml", "Below the limit of quantification: state it with '<'."))
        return hints

    def _is_below_limit(self) -> bool:
        limit, value = self.quantification_limit_ug_per_ml, self.protein_ug_per_ml
        if limit is None or value is None or self.protein_ug_per_ml_sign:
            return False
        return value < limit * (self.dilution or 1)


def details_of(assay: Assay) -> Any:
    """The details row of an assay's technique."""
    return getattr(assay, DETAILS[assay.technique])
