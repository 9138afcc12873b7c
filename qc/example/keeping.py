"""A stability study of the example: vials of a released batch, pulled at once and waited for afterwards."""

import datetime as dt
from decimal import Decimal as D

from django.utils import timezone

from accounts.models import User
from batches.characterization.models import Assay
from batches.record.models import Batch
from batches.stability.actions import open_study, pull_sample, results_of, take_results

MONTHS = (0, 1, 3, 6, 12)


def keep_vials(batch: Batch, by: User) -> None:
    """Long-term study at −80 °C that begins with the results of release; one at 4 °C whose pull is late."""
    common = {"started_on": timezone.localdate(), "window_days": 7, "buffer": "PBS with 25 mM trehalose"}
    frozen = {
        **common,
        "title": "Long term",
        "temperature_c": D(-80),
        "container": "0.5 mL cryotube, low-bind",
    }
    study = open_study(batch=batch, values={**frozen, "units_kept": 15}, months=MONTHS, by=by)
    first = study.pulls.select_related("study__batch").get(months=0)
    pull_sample(pull=first, pulled_on=study.started_on, units_pulled=2, by=by)
    finals = Assay.objects.finished().filter(batch=batch, sample=Assay.Sample.FINAL)
    for assay in finals.select_related("batch"):
        if results_of(assay):
            take_results(pull=first, assay=assay, by=by)
    cooled = {**common, "title": "In use", "temperature_c": D(4), "container": "2 mL vial, low-bind"}
    late = {"started_on": study.started_on - dt.timedelta(days=1), "window_days": 0, "units_kept": 6}
    open_study(batch=batch, values={**cooled, **late}, months=(0, 1), by=by)
