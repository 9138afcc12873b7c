"""Products and master records of the example laboratory: an old, an effective and a draft version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal as D
from typing import Any

from accounts.example import EXAMPLE_PASSWORD
from accounts.models import User
from accounts.proving import Proof
from accounts.statements import just_read
from audit.refusal import Reason
from batches.masters.actions import (
    add_master,
    add_product,
    approve_version,
    draft_version,
    set_limit,
    set_planned_step,
)
from batches.masters.models import MasterVersion, PlannedStep
from batches.masters.plans import sha256_signed
from batches.specifications.models import Specification
from qc.example.people import Staff
from qc.example.specifying import (
    FLUID_CRITERIA,
    MSC_CRITERIA,
    OLD_CRITERIA,
    Specified,
    between,
    renew_specification,
    write_specification,
)

UC, SEC, PEG = "ultracentrifugation", "size_exclusion", "precipitation"
CLEARING, TFF, FILTER, FILL = "clearing_spin", "tangential_flow", "filtration", "fill"


@dataclass(frozen=True)
class Planned:
    """A step to plan: its words and the limits of its fields."""

    name: str
    method: str
    purpose: str
    instructions: str
    limits: Mapping[str, Mapping[str, D]]
    is_critical: bool = False
    hold_max_h: D | None = None


COLD = between("2", "8", "4", alert_high="6")
CLARIFY = Planned(
    "Clarify",
    UC,
    "clear",
    "Spin the pooled medium at 2 000 ×g for 20 min at 4 °C. Take off the supernatant and leave the last "
    "5 mL above the pellet. Note the volume before and after.",
    {
        "rcf_xg": between("1800", "2200", "2000"),
        "duration_min": between("15", "30", "20"),
        "temperature_c": COLD,
    },
    hold_max_h=D(6),
)
PELLET = Planned(
    "Pellet EVs",
    UC,
    "concentrate",
    "Fill the tubes to the shoulder and balance them in pairs. Spin at 100 000 ×g (at r max) for 75 min at "
    "4 °C. Mark where the pellet is expected. Pour off, resuspend in filtered PBS.",
    {
        "rcf_xg": between("95000", "110000", "100000"),
        "duration_min": between("70", "120", "75"),
        "temperature_c": COLD,
        "resuspension_volume_ml": between("1", "12", "8"),
    },
    is_critical=True,
)
WASH = Planned(
    "Wash",
    UC,
    "wash",
    "Fill up with filtered PBS. Spin at 100 000 ×g (at r max) for 70 min at 4 °C. Resuspend in 0.5 mL.",
    {
        "duration_min": between("60", "120", "70"),
        "temperature_c": COLD,
        "resuspension_volume_ml": between("0.3", "1", "0.5"),
    },
)
# Without a wash, the pellet goes straight onto the column.
PELLET_FOR_SEC = replace(
    PELLET,
    instructions=PELLET.instructions.replace("for 75 min", "for 120 min").replace(
        "in filtered PBS", "in 0.5 mL"
    ),
    limits={
        **PELLET.limits,
        "duration_min": between("110", "150", "120"),
        "resuspension_volume_ml": between("0.3", "0.6", "0.5"),
    },
)
POLISH = Planned(
    "SEC polish",
    SEC,
    "polish",
    "Rinse the column with two column volumes of filtered PBS. Load at most 0.6 mL. Collect 0.5 mL fractions "
    "from the buffer volume on. Pool fractions 7 to 10 unless the A280 profile says otherwise.",
    {
        "sample_volume_ml": between("0.2", "0.6", "0.5"),
        "column_uses": between("", "5", alert_high="4"),
        "collection_volume_ml": between("1.5", "2.5", "2"),
    },
    is_critical=True,
)
PRECIPITATE = Planned(
    "Precipitate with PEG",
    PEG,
    "concentrate",
    "Add 50 % PEG 6000 and NaCl to 10 % and 75 mM. Keep at 4 °C overnight without shaking. Spin at 1 500 ×g "
    "for 30 min, take off all liquid, dissolve the precipitate in filtered PBS.",
    {
        "polymer_percent": between("9", "11", "10"),
        "salt_mm": between("70", "80", "75"),
        "incubation_h": between("8", "16", "12", alert_high="15"),
        "incubation_temp_c": between("2", "8", "4"),
        "pellet_rcf_xg": between("1400", "1700", "1500"),
        "pellet_min": between("25", "40", "30"),
    },
    is_critical=True,
)
REPELLET = Planned(
    "Pellet out of the polymer",
    UC,
    "wash",
    "Bring to 25 mL with filtered PBS. Spin at 100 000 ×g (at r max) for 130 min at 4 °C. Resuspend in 1 mL.",
    {
        "duration_min": between("120", "150", "130"),
        "temperature_c": COLD,
        "resuspension_volume_ml": between("0.5", "2", "1"),
    },
    is_critical=True,
)
CLEAR_BY_SPIN = replace(CLARIFY, method=CLEARING)
CONCENTRATE = Planned(
    "Concentrate by TFF",
    TFF,
    "concentrate",
    "Flush the module and test its integrity. Concentrate the cleared medium to 25 mL at 0.2 to 0.3 bar TMP, "
    "diafilter with 6 volumes of filtered PBS, concentrate to 5 mL. Flush the hold-up back.",
    {
        "concentrated_fold": between("100", "250", "200"),
        "diafiltration_volumes": between("5", "8", "6"),
        "feed_bar": between("0.2", "0.7", "0.4", alert_high="0.6"),
        "temperature_c": COLD,
    },
    is_critical=True,
)
COLUMN = Planned(
    "SEC",
    SEC,
    "separate",
    "Rinse the column with two column volumes of filtered PBS. Load the retentate. Discard the buffer "
    "volume, pool the next 12 mL unless the A280 profile says otherwise.",
    {
        "sample_volume_ml": between("4", "6", "5"),
        "column_uses": between("", "20", alert_high="16"),
        "collection_volume_ml": between("10", "14", "12"),
    },
    is_critical=True,
)
STERILE_FILTER = Planned(
    "Sterile filter",
    FILTER,
    "sterile_filter",
    "Wet the filter with filtered PBS. Filter under the hood at no more than 1 bar. Count particles before "
    "and after. Test the filter's integrity after use.",
    {"pore_um": between("0.1", "0.22", "0.22"), "pressure_bar": between("0", "1", "0.5")},
    is_critical=True,
)
FILL_VIALS = Planned(
    "Fill",
    FILL,
    "fill",
    "Fill 1 mL each into low-bind vials under the hood, cap and label them, freeze at -80 °C within 30 min.",
    {"fill_ml": between("0.95", "1.05", "1")},
    is_critical=True,
)


@dataclass(frozen=True)
class Made:
    """A product and the first version of its master record."""

    code: str
    name: str
    description: str
    pattern: str
    master: str
    title: str
    specification: Specified
    steps: Sequence[Planned]
    begins_with: str = ""


PRODUCTS: Mapping[str, Made] = {
    "msc": Made(
        "MSC-EV",
        "MSC EV preparation",
        "Small EVs from the conditioned medium of mesenchymal stromal cells. For research use.",
        "EXO-{year}-{number:04d}",
        "EXO-MSC-UC",
        "MSC EVs by ultracentrifugation",
        Specified("SPEC-MSC-01", "MSC EV preparations", OLD_CRITERIA),
        (CLARIFY, PELLET, WASH),
    ),
    "msc_tff": Made(
        "MSC-EV-T",
        "MSC EV preparation, TFF",
        "Small EVs from the conditioned medium of stromal cells, filled in vials. For research use.",
        "TFF-{year}-{number:04d}",
        "MSC-TFF-SEC",
        "MSC EVs by tangential flow and SEC",
        Specified("SPEC-TFF-01", "MSC EV preparations by TFF", MSC_CRITERIA),
        (CLEAR_BY_SPIN, CONCENTRATE, COLUMN, STERILE_FILTER, FILL_VIALS),
    ),
    "cord_blood": Made(
        "CB-EV",
        "Cord blood plasma EV preparation",
        "EVs from platelet-poor cord blood plasma. For research use.",
        "CBP-{year}-{number:04d}",
        "CB-UC-SEC",
        "Cord blood EVs by ultracentrifugation and SEC",
        Specified("SPEC-CB-01", "EVs from cord blood plasma", FLUID_CRITERIA),
        (CLARIFY, PELLET_FOR_SEC, POLISH),
    ),
    "placenta": Made(
        "PL-EV",
        "Placental explant EV preparation",
        "EVs from the medium of placental explants. For research use.",
        "PLA-{year}-{number:04d}",
        "PL-PEG",
        "Placental EVs by PEG precipitation",
        Specified("SPEC-PL-01", "EVs from placental explants", FLUID_CRITERIA),
        (CLARIFY, PRECIPITATE, REPELLET),
    ),
    "line": Made(
        "REF-EV",
        "Reference EV preparation",
        "EVs of a cell line, run beside other preparations as a reference. For research use.",
        "REF-{year}-{number:04d}",
        "REF-PEG-SEC",
        "Reference EVs by PEG precipitation and SEC",
        Specified("SPEC-REF-01", "Reference EVs of a cell line", MSC_CRITERIA),
        (CLARIFY, PRECIPITATE, POLISH),
    ),
}


class Masters:
    """The master records as they come about; `effective` holds the version that counts, by product."""

    def __init__(self, staff: Staff):
        self.staff = staff
        self.effective: dict[str, MasterVersion] = {}
        self.specifications: dict[str, Specification] = {}
        self.is_renewed = False

    def write_first_versions(self) -> None:
        """Write and approve version 1 of every master record."""
        for key, made in PRODUCTS.items():
            self.effective[key] = self._approved(self._first_draft(key, made))

    def renew(self) -> None:
        """Put version 2 of the MSC master into effect, with the SEC polish, and of its specification."""
        writer = self.staff.reviewers[0]
        note = (
            "SEC polish added after the wash: protein of the last batches was too high for the particle : "
            "protein ratio asked for. The specification's version 2 asks for it."
        )
        draft = draft_version(master=self.effective["msc"].master, change_note=note, by=writer)
        _plan(draft, POLISH, writer)
        renew_specification(self.specifications["msc"], MSC_CRITERIA, self.staff)
        self.effective["msc"] = self._approved(draft)
        self.is_renewed = True

    def draft_the_next(self) -> MasterVersion:
        """Begin version 3 of the MSC master, complete and waiting for approval."""
        writer = self.staff.reviewers[1]
        note = "Pellet spin prolonged to 90 min: k of the rotor in use is 312."
        draft = draft_version(master=self.effective["msc"].master, change_note=note, by=writer)
        pellet = PlannedStep.objects.get(version=draft, name=PELLET.name, is_dropped=False)
        set_limit(
            step=pellet,
            field="duration_min",
            values=between("80", "130", "90"),
            reason=Reason("process", "Longer spin proposed after the recovery study"),
            by=writer,
        )
        return draft

    def _first_draft(self, key: str, made: Made) -> MasterVersion:
        writer = self.staff.reviewers[0]
        product = add_product(
            values={
                "code": made.code,
                "name": made.name,
                "description": made.description,
                "number_pattern": made.pattern,
            },
            by=writer,
        )
        specification = write_specification(product, made.specification, self.staff)
        self.specifications[key] = specification
        draft = add_master(
            product=product,
            code=made.master,
            title=made.title,
            specification=specification,
            begins_with=made.begins_with,
            by=writer,
        )
        for planned in made.steps:
            _plan(draft, planned, writer)
        return draft

    def make(self, made: Made) -> MasterVersion:
        """Write and approve version 1 of one more product's master record."""
        return self._approved(self._first_draft(made.code, made))

    def _approved(self, draft: MasterVersion) -> MasterVersion:
        approver, read = self.staff.qa[0], MasterVersion.objects.with_content().get(pk=draft.pk)
        signing = just_read(read.trail_label, sha256_signed(read), approver, Proof(EXAMPLE_PASSWORD))
        return approve_version(version=read, signing=signing, by=approver)


def _plan(draft: MasterVersion, planned: Planned, by: User) -> None:
    values: dict[str, Any] = {
        "name": planned.name,
        "method": planned.method,
        "purpose": planned.purpose,
        "instructions": planned.instructions,
        "is_critical": planned.is_critical,
        "hold_max_h": planned.hold_max_h,
    }
    step = set_planned_step(version=draft, values=values, by=by)
    for field, limit in planned.limits.items():
        set_limit(step=step, field=field, values=limit, by=by)
