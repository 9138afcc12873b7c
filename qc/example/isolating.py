"""The isolation steps of an example batch: spins, columns, precipitations, and what goes wrong in them."""

from collections.abc import Callable, Mapping
from decimal import Decimal as D
from random import Random
from typing import Any

from accounts.models import User
from audit.refusal import ActionRefused, Reason
from batches.isolation.actions import add_step, check_step, finish_step, start_step, void_step
from batches.isolation.kinds import IsolationMethod
from batches.isolation.models import ProcessStep
from batches.materials.actions import choose_material
from batches.materials.kinds import ROTORS
from batches.materials.models import Rotor
from batches.record.models import Batch
from batches.record.sheets import Sheet
from qc.example import vials
from qc.example.bench import enter, explain, leave_out, step_page
from qc.example.clock import Clock, calibrated_to, rounded
from qc.example.figures import Figures, Passed
from qc.example.machines import BUFFER, SWINGING, TYPE_45, TYPE_70
from qc.example.stories import HALF, RUNNING, UNCHECKED, Story

# Minutes of each spin as planned, by the name of the step; cord blood pellets are spun for longer.
MINUTES = {"Clarify": 20, "Pellet EVs": 75, "Wash": 70, "Pellet out of the polymer": 130}
MINUTES_BEFORE_COLUMN = 120
STEP_HOURS = 2.2  # between the beginnings of two steps
COLUMN_RAN_DRY = Reason("process", "Column ran dry before the sample was loaded; nothing lost. Run again")


def isolate(
    batch: Batch, story: Story, figures: Figures, clock: Clock, rng: Random, doer: User, checker: User
) -> None:
    """Do the planned steps in order, as far as the story goes."""
    for position, passed in enumerate(figures.passed, start=1):
        sheet = step_page(batch, position)
        is_last = position == len(figures.passed)
        values = _values(sheet.subject, position, story, passed, rng)
        if story.reach == RUNNING and position == 2:
            _leave_running(sheet, values, doer)
            return
        if is_last and story.has("repeated_step"):
            sheet = _repeated(sheet, values, doer)
        _do(sheet, position, story, clock, values, doer)
        if sheet.subject.is_critical and not (is_last and story.reach == UNCHECKED):
            _check(sheet, position, story, doer, checker)


# --- one step ---------------------------------------------------------------------------------------


def _do(sheet: Sheet, position: int, story: Story, clock: Clock, values: Mapping[str, Any], by: User) -> None:
    start_step(sheet=sheet, by=by)
    if story.has("late"):
        values = {**values, **_done_earlier(position, clock)}
    _choose_rotor(sheet, values.get("rotor", ""), by)
    _enter_with_mistakes(sheet, position, story, values, by)
    if sheet.subject.method == IsolationMethod.TANGENTIAL_FLOW:
        vials.compute_fold(step_page(sheet.batch, position), by)
    _speak_of_the_unusual(sheet, position, story, by)
    finish_step(sheet=sheet, by=by)


def _choose_rotor(sheet: Sheet, name: str, by: User) -> None:
    """Take the rotor from the reference data where it stands there; its values are entered with it."""
    rotor = Rotor.objects.in_use().filter(name=name).first() if name else None
    if rotor is not None:
        choose_material(sheet=sheet, kind=ROTORS, material=rotor, by=by)


def _done_earlier(position: int, clock: Clock) -> dict[str, Any]:
    began = (position - 1) * STEP_HOURS
    return {
        "performed_from": clock.after(began),
        "performed_until": clock.after(began + 1.8),
        "remarks": "Entered from the bench sheet; the terminal in the centrifuge room was down.",
    }


def _enter_with_mistakes(
    sheet: Sheet, position: int, story: Story, values: Mapping[str, Any], by: User
) -> None:
    """Enter the values; in some stories one is mistyped first and corrected with a reason."""
    if not (story.has("typing_error") and position == 1):
        enter(sheet, values, by)
        return
    right = values["volume_out_ml"]
    enter(sheet, {**values, "volume_out_ml": right / 10}, by)
    reason = Reason("typing_error", "Point set one place too far left")
    enter(sheet, {"volume_out_ml": right}, by, reason)


def _speak_of_the_unusual(sheet: Sheet, position: int, story: Story, by: User) -> None:
    if story.has("too_warm") and position == 2:
        words = "Refrigeration of UC-02 reached 9.1 °C in the last 10 minutes; service called, run completed."
        explain(sheet, {"temperature_c": words}, by)
    if story.has("single_use") and position == 3:
        leave_out(sheet, {"column_uses": "Single-use column"}, by)


def _check(sheet: Sheet, position: int, story: Story, doer: User, checker: User) -> None:
    if story.has("self_check") and position == 2:
        _try_to_check_own_step(sheet, doer)
    check_step(sheet=sheet, by=checker)


def _try_to_check_own_step(sheet: Sheet, doer: User) -> None:
    """The trail keeps the refusal."""
    try:
        check_step(sheet=sheet, by=doer)
    except ActionRefused:
        return
    raise AssertionError("Whoever did a step must not be able to check it.")


def _leave_running(sheet: Sheet, values: Mapping[str, Any], by: User) -> None:
    """Start a step and enter only what is known before the spin."""
    start_step(sheet=sheet, by=by)
    known = ("volume_in_ml", "equipment", "tube_count", *TYPE_45)
    enter(sheet, {name: values[name] for name in known}, by)


def _repeated(sheet: Sheet, values: Mapping[str, Any], by: User) -> Sheet:
    """Begin the last step, void it and add it anew. Returns the page of the repetition."""
    start_step(sheet=sheet, by=by)
    enter(sheet, {name: values[name] for name in ("volume_in_ml", "equipment")}, by)
    void_step(sheet=sheet, reason=COLUMN_RAN_DRY, by=by)
    step: Any = sheet.subject
    again = add_step(
        batch=sheet.batch,
        name=step.name,
        method=step.method,
        purpose=step.purpose,
        is_critical=step.is_critical,
        planned_position=step.planned_position,
        by=by,
    )
    return step_page(sheet.batch, again.position)


# --- what is entered ----------------------------------------------------------------------------------


def _values(step: ProcessStep, position: int, story: Story, passed: Passed, rng: Random) -> dict[str, Any]:
    return {
        "volume_in_ml": passed.volume_in_ml,
        "volume_out_ml": passed.volume_out_ml,
        "temperature_c": _temperature(story, position, rng),
        "sop": f"SOP-ISO-0{position}0 v2",
        **_counted(story, position, passed),
        **OF_METHOD[step.method](step, story, passed, rng),
    }


def _temperature(story: Story, position: int, rng: Random) -> D:
    if position == 2 and story.has("too_warm"):
        return D("9.1")
    if position == 2 and story.has("alert"):
        return D("6.8")
    return rng.choice((D(4), D(4), D("4.5"), D("3.8")))


def _counted(story: Story, position: int, passed: Passed) -> dict[str, Any]:
    """Particles before the first and after every step; some stories leave counts out, some weigh protein."""
    values = {}
    if position == 1 or story.has("all_counts"):
        values["particles_in_per_ml"] = passed.in_per_ml
    if story.reach in {RUNNING, HALF}:
        return values
    if position > 2 or not story.has("few_counts"):
        values["particles_out_per_ml"] = passed.out_per_ml
    if story.has("all_counts") or position == 1:
        values["protein_in_ug_per_ml"] = passed.in_ug_per_ml
    if story.has("all_counts"):
        values["protein_out_ug_per_ml"] = passed.out_ug_per_ml
    return values


def _spin(step: ProcessStep, story: Story, passed: Passed, rng: Random) -> dict[str, Any]:
    if step.purpose == "clear":
        kept = {"fraction_kept": "supernatant", "equipment": f"CF-01, {calibrated_to()}", "tube_count": 4}
        return {**SWINGING, **kept, "duration_min": D(MINUTES["Clarify"])}
    rotor = TYPE_45 if passed.volume_in_ml > 60 else TYPE_70
    tubes = max(2, 2 * -(-int(passed.volume_in_ml) // int(2 * rotor["tube_fill_ml"])))
    minutes = MINUTES_BEFORE_COLUMN if story.product == "cord_blood" else MINUTES[step.name]
    return {
        **rotor,
        "fraction_kept": "pellet",
        "equipment": f"UC-02, {calibrated_to()}",
        "tube_count": tubes,
        "duration_min": D(minutes),
        "pellet_seen": "yes" if step.purpose == "concentrate" else rng.choice(("yes", "yes", "no")),
        "is_wash": "yes" if step.purpose == "wash" else "no",
        "resuspension_buffer": BUFFER,
        "resuspension_volume_ml": passed.volume_out_ml,
        "buffer_filtered": "yes",
    }


def _column(step: ProcessStep, story: Story, passed: Passed, rng: Random) -> dict[str, Any]:
    single_use = story.has("single_use")
    uses = {} if single_use else {"column_uses": rng.randint(1, 4)}
    return {
        **uses,
        "fraction_kept": "fractions",
        "equipment": f"SEC stand 1, {calibrated_to('30 Jun')}",
        "material_lots": f"{BUFFER}; column lot C-{rng.randint(310, 340)}",
        "column_name": f"SEC column {rng.randint(1, 7)}, 10 mL",
        "resin": "Sepharose CL-2B",
        "column_lot": f"CL2B-{rng.randint(40, 49)}",
        "column_volume_ml": D(10),
        "sample_volume_ml": passed.volume_in_ml,
        "buffer_volume_ml": D(3),
        "collection_volume_ml": passed.volume_out_ml,
        "fraction_size_ml": D("0.5"),
        "fractions_collected": 16,
        "first_pooled": 7,
        "last_pooled": 10,
        "flow": "gravity",
        "running_buffer": BUFFER,
        **(vials.large_column(rng) if story.product == "msc_tff" else {}),
    }


def _precipitate(step: ProcessStep, story: Story, passed: Passed, rng: Random) -> dict[str, Any]:
    return {
        "fraction_kept": "pellet",
        "equipment": f"CF-01, {calibrated_to()}; cold room 2",
        "material_lots": "PEG 6000 lot P6K-077; NaCl lot N-2210",
        "polymer": "PEG 6000",
        "polymer_mw": 6000,
        "polymer_percent": D(10),
        "salt": "NaCl",
        "salt_mm": D(75),
        "volume_ratio": D("0.25"),
        "incubation_h": rounded(rng.uniform(11.5, 14.5)),
        "incubation_temp_c": D(4),
        "pellet_rcf_xg": D(1500),
        "pellet_min": D(30),
        "resuspension_buffer": BUFFER,
        "polymer_removed": "yes",
    }


OF_METHOD: Mapping[str, Callable[[ProcessStep, Story, Passed, Random], dict[str, Any]]] = {
    IsolationMethod.ULTRACENTRIFUGATION: _spin,
    IsolationMethod.SIZE_EXCLUSION: _column,
    IsolationMethod.PRECIPITATION: _precipitate,
    IsolationMethod.CLEARING_SPIN: vials.clear,
    IsolationMethod.TANGENTIAL_FLOW: vials.tangential,
    IsolationMethod.FILTRATION: vials.sterile_filter,
    IsolationMethod.FILL: vials.fill,
}
