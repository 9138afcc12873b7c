"""Deviations for tests, written by the actions that people use."""

from qc.deviations import actions
from qc.deviations.places import Place, place_at
from qc.deviations.rules import last_written
from tests.factories.people import PASSWORD

INVESTIGATED = {
    "immediate_action": "Run stopped, tubes put on ice.",
    "impact": "Pellet may be loose; recovery is compared with the last batches.",
    "cause": "Cooling of the rotor chamber was switched off.",
    "corrective_action": "Chamber temperature is read before every run.",
}


def place_of(batch, by, where="", **named):
    """A place of a batch: '' for the batch itself, 'steps/1/', 'assays/1/', 'harvest/'."""
    return place_at(f"/batches/{batch.number}/{where}", by=by, **named) if batch else Place()


def opened(batch, by, *, where="", happened="Rotor chamber was at 9 °C", field="", **given):
    """A deviation as somebody opens it."""
    place = place_of(batch, by, where, field=field)
    return actions.open_deviation(place=place, happened=happened, by=by, **given)


def investigated(batch, by, classed_by, *, grade="major", **given):
    """One that was classed by a reviewer and investigated by `by`."""
    made = opened(batch, by, owner=by, **(INVESTIGATED | given))
    actions.class_deviation(deviation=made, grade=grade, by=classed_by)
    return actions.finish_investigation(deviation=made, by=by)


def closing(deviation, password=PASSWORD, comment=""):
    """What closing asks for, for a page that shows the deviation as it is now."""
    return {"password": password, "entry_shown": last_written(deviation)[0], "comment": comment}


def closed(batch, by, closer, **given):
    """One that was closed by `closer`."""
    made = investigated(batch, by, closer, **given)
    actions.close_deviation(deviation=made, **closing(made), by=closer)
    made.refresh_from_db()
    return made
