"""Rules look at every harvest and every source lot, and name the one that they speak of."""

import dataclasses

from batches.source.models import Donor, Harvest, SourceLot
from tests.qc.exceptions.made import HOUR, MIN, NINE, OPERATOR, made, of


def two_lots(**changed):
    """A record with a second harvest, of a lot whose donor withdrew and that is in quarantine."""
    record = made()
    lot = SourceLot(pk=2, code="SRC-2", kind="cord_blood", donor=Donor(code="DN-2", consent_withdrawn=True))
    lot._state.fields_cache["donortesting"] = None
    values = {"harvested_time": NINE + HOUR, "mycoplasma": "pending", "remarks": "Cloudy", **changed}
    done = {"finished_at": NINE + HOUR, "finished_by": OPERATOR}
    second = Harvest(pk=2, batch=record.batch, further=2, source_lot=lot, **values, **done)
    return dataclasses.replace(record, harvests=[*record.harvests, second], lots=[*record.lots, lot])


def test_every_lot_of_a_batch_is_looked_at():
    record = two_lots()
    for rule in ("consent_withdrawn", "source_in_quarantine"):
        (one,) = of(record, rule)
        assert (one.where, one.url, one.record_id) == ("Source lot SRC-2", "/sources/SRC-2/", 2)


def test_every_harvest_of_a_batch_is_looked_at():
    record, url = two_lots(), "/batches/EXO-2026-0001/harvest/2/"
    for rule, field in (("mycoplasma_unsettled", "mycoplasma"), ("remark_written", "remarks")):
        (one,) = of(record, rule)
        assert (one.where, one.url, one.record_id) == ("Harvest 2", f"{url}#value-{field}", 2)
    assert {one.where for one in of(record, "missing")} == {"Harvest 2"}


def test_work_does_not_begin_before_one_of_the_harvests():
    record = two_lots(harvested_time=NINE + 5 * HOUR)
    record.steps[0].performed_from = NINE + 2 * HOUR
    assert "It began before harvest 2" in [one.what for one in of(record, "back_dated")]
    assert not [one for one in of(two_lots(harvested_time=NINE + MIN), "back_dated") if "harvest" in one.what]
