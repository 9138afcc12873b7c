"""MISEV: quantity, markers, pictures, storage, function (ev-domain §1.4: Q, C, V, T, F and R)."""

from batches.characterization.blots import BlotLane
from batches.characterization.models import Assay
from batches.reporting.loading import Made, details_of
from batches.reporting.looking import (
    SINGLE_PARTICLE,
    Finding,
    Missing,
    amounts,
    assay_to_add,
    assessed,
    empty_fields,
    fact,
    facts_lack,
    finished,
    listed,
    positive,
    steps_by,
)

NO_FUNCTION = "no function of the EVs is recorded"
SCALED_VIEWS = {"wide": "a wide field", "close": "a close-up"}


def two_quantities(made: Made) -> Finding:
    found = amounts(made)
    if len(found) >= 2:
        return Finding("satisfied", f"{listed(found)}, each of a volume")
    other = "an amount other than particles" if "particles" in found else "a count of particles"
    return Finding.of([assay_to_add(made, other)], listed(found))


def ratio_known(made: Made) -> Finding:
    found = amounts(made)
    if "particles" not in found:
        return Finding.of([assay_to_add(made, "a count of particles")])
    if not {"protein", "lipid", "RNA"} & found.keys():
        return Finding.of([assay_to_add(made, "protein, lipid or RNA")])
    return Finding("satisfied")


def blank_reported(made: Made) -> Finding:
    counted = finished(made, *SINGLE_PARTICLE)
    if not counted:
        return Finding.of([assay_to_add(made, "a count of particles with its blank")])
    if any(getattr(details, "blank_per_ml", None) is not None for _, details in counted):
        return Finding("satisfied")
    if any(assay.is_blank and assay.status == Assay.Status.FINISHED for assay in made.assays):
        return Finding("satisfied", "a blank has assays of its own")
    assay, details = counted[0]
    url = f"{made.url}assays/{assay.number}/"
    lacking = empty_fields(made, details, url, ("blank_per_ml",)) or [Missing("an assay of the blank", url)]
    return Finding.of(lacking)


def category_1(made: Made) -> Finding:
    return _found(made, "1", "a transmembrane marker (category 1) that is found")


def category_2(made: Made) -> Finding:
    return _found(made, "2", "a cytosolic marker (category 2) that is found")


def _found(made: Made, category: str, what: str) -> Finding:
    found = positive(made, category)
    return Finding("satisfied", listed(found)) if found else Finding.of([_marker(made, what)])


def _marker(made: Made, what: str) -> Missing:
    """The way to the blot where there is one, else to adding one."""
    blots = [assay for assay in made.assays if assay.technique == "western_blot"]
    where = f"assays/{blots[0].number}/#rows-markers" if blots else "assays/add/"
    return Missing(what, made.url + where)


def category_3(made: Made) -> Finding:
    return _assessed(made, "3", "a co-isolated protein (category 3)")


def _assessed(made: Made, category: str, what: str) -> Finding:
    found = assessed(made, category)
    return Finding("satisfied", listed(found)) if found else Finding.of([_marker(made, what)])


def three_positive(made: Made) -> Finding:
    found = positive(made, "1", "2")
    lacking = []
    if len(found) < 3:
        lacking.append(_marker(made, f"{3 - len(found)} more EV markers that are found"))
    for category, what in (("1", "one that is transmembrane"), ("2", "one that is cytosolic")):
        if not positive(made, category):
            lacking.append(_marker(made, what))
    if not assessed(made, "3", "4"):
        lacking.append(_marker(made, "a purity marker (category 3 or 4)"))
    return Finding.of(lacking, listed(found))


def category_4(made: Made) -> Finding:
    claims = fact(made, "size_class") == "small" or fact(made, "ev_term_basis") == "biogenesis"
    if not claims and not assessed(made, "4"):
        return Finding.not_applicable("neither small EVs nor a subtype are claimed")
    return _assessed(made, "4", "a protein of another compartment (category 4)")


def category_5(made: Made) -> Finding:
    if not functional(made) and not assessed(made, "5"):
        return Finding.not_applicable(NO_FUNCTION)
    if finished(made, "growth_factor"):
        return Finding("satisfied", "growth factors measured")
    return _assessed(made, "5", "a secreted protein (category 5)")


def functional(made: Made) -> bool:
    """Whether a function of the EVs is recorded: a potency assay was made."""
    return any(assay.technique == "potency" for assay in made.assays)


def compared_with_source(made: Made) -> Finding:
    blots = finished(made, "western_blot")
    if any(lane.role in BESIDE and not lane.is_voided for _, blot in blots for lane in blot.lanes.all()):
        return Finding("satisfied")
    where = f"{made.url}assays/{blots[0][0].number}/#rows-lanes" if blots else f"{made.url}assays/add/"
    return Finding.of([Missing("a lane of cell lysate or starting material", where)])


BESIDE = (BlotLane.Role.LYSATE, BlotLane.Role.STARTING)


def topology_shown(made: Made) -> Finding:
    treated = [(one.protease_treated, one.rnase_treated) for _, one in finished(made, "rna")]
    if ("yes", "yes") in treated:
        return Finding("satisfied", "RNA after protease and RNase")
    loaded = [details.cargo or "a cargo" for _, details in steps_by(made, "cargo_loading")]
    if not functional(made) and not loaded and not fact(made, "topology"):
        return Finding.not_applicable(NO_FUNCTION)
    return Finding.of(facts_lack(made, "topology"), f"loaded with {listed(loaded)}" if loaded else "")


def both_views(made: Made) -> Finding:
    taken = finished(made, "electron_microscopy")
    if not taken:
        return Finding.of([assay_to_add(made, "electron microscopy")])
    pictures = [picture for _, em in taken for picture in em.standing_micrographs]
    scaled = {picture.view for picture in pictures if picture.pixel_size_nm is not None}
    url = f"{made.url}assays/{taken[0][0].number}/#rows-micrographs"
    return Finding.of(
        Missing(f"{words} with a scale bar", url)
        for view, words in SCALED_VIEWS.items()
        if view not in scaled
    )


def counted_singly(made: Made) -> Finding:
    if finished(made, *SINGLE_PARTICLE) or any(step.method == "af4" for step in made.steps):
        return Finding("satisfied")
    return Finding.of([assay_to_add(made, "particle tracking or another count of single particles")])


def two_ways(made: Made) -> Finding:
    lacking = []
    if not finished(made, "electron_microscopy"):
        lacking.append(assay_to_add(made, "pictures of single EVs"))
    if not counted_singly(made).is_satisfied:
        lacking.append(assay_to_add(made, "a count of single particles"))
    return Finding.of(lacking)


def kept_how(made: Made) -> Finding:
    """Where vials were filled, their buffer and container stand with that step."""
    names = ["storage_temp_c", "storage_time", "storage_freeze_thaws"]
    filled = [details_of(step) for step in made.steps if step.method == "fill"]
    if not any(getattr(one, "formulation", "") for one in filled):
        names.append("storage_buffer")
    if not any(getattr(one, "container", "") or getattr(one, "container_material", "") for one in filled):
        names.append("storage_container")
    return Finding.of(facts_lack(made, *names))


def function_described(made: Made) -> Finding:
    if not functional(made):
        return Finding.not_applicable(NO_FUNCTION)
    made_of = [(assay, details_of(assay)) for assay in made.assays if assay.technique == "potency"]
    return Finding.of(lack for assay, details in made_of for lack in _dose_lacks(made, assay, details))


def _dose_lacks(made: Made, assay: Assay, details: object) -> list[Missing]:
    url = f"{made.url}assays/{assay.number}/"
    lacking = empty_fields(made, details, url, ("dose", "dose_unit"))
    if getattr(details, "is_dose_response", "") != "yes":
        lacking.append(Missing("several doses", f"{url}#value-is_dose_response"))
    if not any(not row.is_voided for row in details.controls.all()):  # type: ignore[attr-defined]
        lacking.append(Missing("controls", f"{url}#rows-controls"))
    return lacking


def deposited(made: Made) -> Finding:
    told = [one for one in made.depositions if one.kind == "ev_track"]
    if told:
        return Finding("satisfied", listed(one.identifier for one in told))
    return Finding.of([Missing("an EV-TRACK ID", f"{made.url}reporting/#deposition")])
