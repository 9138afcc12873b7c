"""Deviations for tests, written by the actions that people use."""

from fido2.utils import websafe_decode

from accounts.proving import Proof
from accounts.statements import Signing, just_read, offer
from qc.deviations import actions
from qc.deviations.models import Deviation
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


def closing(deviation, by, password=PASSWORD, comment=""):
    """What `by` gives who closes the deviation, for a page that shows it as it is now."""
    shown = Deviation.objects.get(pk=deviation.pk)
    return {"signing": just_read(shown.signed_as, last_written(shown)[1], by, Proof(password), comment)}


def closing_by(device, deviation, by):
    """The same with a passkey of that device."""
    shown = Deviation.objects.get(pk=deviation.pk)
    offered = offer(shown.signed_as, last_written(shown)[1], by)
    answer = device.got(websafe_decode(offered.challenge("deviation_closed")))
    return {"signing": Signing(Proof(passkey=answer), offered.token())}


def closed(batch, by, closer, device=None, **given):
    """One that was closed by `closer`, by passkey where a device is given."""
    made = investigated(batch, by, closer, **given)
    signing = closing_by(device, made, closer) if device else closing(made, closer)
    actions.close_deviation(deviation=made, **signing, by=closer)
    made.refresh_from_db()
    return made
