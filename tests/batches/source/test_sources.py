"""Donors and source lots: registering, correcting, releasing from quarantine."""

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from audit import records
from audit.models import Entry
from audit.refusal import Reason, ReasonMissing, RecordMoved, RoleRefused, ValueRefused
from batches.source import actions
from batches.source.kinds import SourceKind
from batches.source.lot_kinds import LOT_KINDS
from batches.source.models import (
    CellLineDetails,
    CordBloodDetails,
    Donor,
    DonorTesting,
    MscDetails,
    PerinatalDetails,
    SourceLot,
)
from tests.factories import DonorFactory, PersonFactory, SourceLotFactory

COLLECTED = dt.datetime(2026, 11, 10, 9, 30, tzinfo=dt.UTC)
WHY = Reason("typing_error", "digits swapped")
DETAILS = {
    "bone_marrow_msc": [DonorTesting, MscDetails],
    "adipose_msc": [DonorTesting, MscDetails],
    "cord_msc": [DonorTesting, PerinatalDetails, MscDetails],
    "placenta": [DonorTesting, PerinatalDetails],
    "cord_blood": [DonorTesting, PerinatalDetails, CordBloodDetails],
    "cell_line": [CellLineDetails],
    "other": [DonorTesting],
}


def registered(by, kind="bone_marrow_msc", **values):
    if LOT_KINDS[kind].needs_donor:
        values.setdefault("donor", DonorFactory())
    if kind == "cell_line":
        values.setdefault("line_name", "ASC52telo")
    return actions.register_source_lot(kind=kind, values=values, by=by)


# --- the registry ---------------------------------------------------------------------------------


def test_every_kind_has_its_line_in_the_registry():
    assert {kind: list(LOT_KINDS[kind].details) for kind in SourceKind.values} == DETAILS
    assert [*LOT_KINDS] == SourceKind.values


@pytest.mark.parametrize("kind", SourceKind.values)
def test_no_field_name_occurs_twice_within_a_kind(kind):
    names = [field.name for _, field in LOT_KINDS[kind].fields()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", SourceKind.values)
def test_the_newborns_kinds_ask_for_the_birth_mothers_specimen(kind):
    mother = kind in {"cord_msc", "placenta", "cord_blood"}
    assert LOT_KINDS[kind].specimen_from == ("birth_mother" if mother else "donor")


# --- donors ---------------------------------------------------------------------------------------


def test_a_donor_is_registered_under_a_pseudonym(db, operator):
    donor = actions.register_donor(values={"code": "DN-0117", "age_years": 34}, by=operator)
    assert Donor.objects.get() == donor
    assert Entry.objects.get(kind="batches.donor").actor == operator


@pytest.mark.parametrize("code", ["Jane Doe", "JANE", "dn-0117", "DN 0117", "DN-1985-03-12", ""])
def test_a_name_or_date_is_no_donor_code(db, operator, code):
    with pytest.raises(ValueRefused) as refused:
        actions.register_donor(values={"code": code}, by=operator)
    assert refused.value.field == "code"
    assert Donor.objects.count() == 0


def test_filling_in_a_donor_needs_no_reason_but_replacing_does(db, operator):
    donor = DonorFactory(consent_ref="")
    actions.correct_donor(donor=donor, values={"consent_ref": "ICF-7"}, by=operator)
    with pytest.raises(ReasonMissing):
        actions.correct_donor(donor=donor, values={"consent_ref": "ICF-8"}, by=operator)
    actions.correct_donor(donor=donor, values={"consent_ref": "ICF-8"}, by=operator, reason=WHY)
    assert Donor.objects.get().consent_ref == "ICF-8"


def test_consent_can_not_be_moved_behind_a_collection(db, operator):
    lot = registered(operator, collection_time=COLLECTED)
    with pytest.raises(ValueRefused, match=f"after source lot {lot.code}") as refused:
        actions.correct_donor(donor=lot.donor, values={"consent_on": dt.date(2026, 11, 11)}, by=operator)
    assert refused.value.field == "consent_on"


# --- registering ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SourceKind.values)
def test_a_lot_comes_with_the_details_of_its_kind_and_no_others(db, operator, kind):
    lot = registered(operator, kind)
    every = {model for models in DETAILS.values() for model in models}
    made = {model for model in every if model.objects.filter(source_lot=lot).exists()}
    assert made == set(DETAILS[kind])


@pytest.mark.parametrize(
    ("kind", "taken"), [("bone_marrow_msc", "donor"), ("cord_msc", "birth_mother"), ("other", "donor")]
)
def test_whose_specimen_is_tested_is_preset_by_the_kind(db, operator, kind, taken):
    registered(operator, kind)
    assert DonorTesting.objects.get().taken_from == taken


def test_values_go_to_the_row_that_has_their_field(db, operator):
    lot = registered(
        operator,
        "cord_msc",
        collection_time=COLLECTED,
        cd73_percent=Decimal("98.5"),
        gestational_age_weeks=Decimal(39),
        hiv_1_2="negative",
        taken_from="donor",
    )
    assert SourceLot.objects.get().collection_time == COLLECTED
    assert MscDetails.objects.get(source_lot=lot).cd73_percent == Decimal("98.5")
    assert PerinatalDetails.objects.get(source_lot=lot).gestational_age_weeks == Decimal(39)
    testing = DonorTesting.objects.get(source_lot=lot)
    assert (testing.hiv_1_2, testing.taken_from) == ("negative", "donor")


def test_what_does_not_apply_to_a_kind_is_refused(db, operator):
    with pytest.raises(ValueRefused, match="Anticoagulant does not apply to Bone-marrow MSC"):
        registered(operator, anticoagulant="cpd")
    assert SourceLot.objects.count() == 0


def test_lots_are_numbered_through_the_year(db, operator):
    year = timezone.now().year
    codes = [registered(operator).code for _ in range(3)]
    assert codes == [f"SRC-{year}-0001", f"SRC-{year}-0002", f"SRC-{year}-0003"]


def test_the_number_after_9999_is_10000_and_goes_on(db, operator):
    year = timezone.now().year
    SourceLotFactory(code=f"SRC-{year}-9999")
    assert registered(operator).code == f"SRC-{year}-10000"
    assert registered(operator).code == f"SRC-{year}-10001"


def test_a_number_of_another_year_does_not_count(db, operator):
    SourceLotFactory(code="SRC-2019-0077")
    assert registered(operator).code == f"SRC-{timezone.now().year}-0001"


@pytest.mark.django_db(transaction=True)
def test_simultaneous_registrations_get_different_numbers():
    person, donor = PersonFactory(), DonorFactory()
    start, codes, failures = threading.Barrier(4), [], []

    def register():
        try:
            start.wait()
            lot = actions.register_source_lot(kind="placenta", values={"donor": donor}, by=person)
            codes.append(lot.code)
        except Exception as failure:  # told below, in the test's own thread
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=register) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(codes) == [f"SRC-{timezone.now().year}-{n:04d}" for n in (1, 2, 3, 4)]


def test_a_code_taken_in_between_is_tried_anew(db, operator, monkeypatch):
    year = timezone.now().year
    SourceLotFactory(code=f"SRC-{year}-0001")
    numbers = iter([0, 1])
    monkeypatch.setattr(actions, "_last_number", lambda prefix: next(numbers))
    assert registered(operator).code == f"SRC-{year}-0002"


def test_a_lot_is_registered_whole_or_not_at_all(db, operator):
    with pytest.raises(ValueRefused) as refused:
        registered(operator, cd73_percent=Decimal(101))
    assert refused.value.field == "cd73_percent"
    assert (SourceLot.objects.count(), DonorTesting.objects.count()) == (0, 0)


@pytest.mark.parametrize("kind", ["bone_marrow_msc", "placenta"])
def test_tissue_without_a_donor_is_refused_at_the_field(db, operator, kind):
    with pytest.raises(ValueRefused, match="come from a donor") as refused:
        actions.register_source_lot(kind=kind, values={}, by=operator)
    assert refused.value.field == "donor"


def test_a_donor_who_withdrew_consent_gives_no_new_lot(db, operator):
    with pytest.raises(ValueRefused, match="withdrew consent") as refused:
        registered(operator, donor=DonorFactory(consent_withdrawn=True))
    assert refused.value.field == "donor"
    assert SourceLot.objects.count() == 0


def test_consent_after_the_collection_is_refused_at_the_field(db, operator):
    donor = DonorFactory(code="DN-0117", consent_on=dt.date(2026, 11, 11))
    with pytest.raises(ValueRefused) as refused:
        registered(operator, donor=donor, collection_time=COLLECTED)
    assert str(refused.value) == (
        "Donor DN-0117 consented on 11 Nov 2026, after this collection on 10 Nov 2026."
    )
    assert refused.value.field == "collection_time"


def test_consent_on_the_day_of_collection_is_in_time(db, operator):
    lot = registered(operator, donor=DonorFactory(consent_on=COLLECTED.date()), collection_time=COLLECTED)
    assert SourceLot.objects.get() == lot


def test_an_unknown_kind_is_refused(db, operator):
    with pytest.raises(ValueRefused, match="Choose what kind"):
        actions.register_source_lot(kind="moon_rock", values={}, by=operator)


# --- correcting -----------------------------------------------------------------------------------


def test_filling_in_a_lot_needs_no_reason_but_replacing_does(db, operator):
    lot = registered(operator)
    actions.correct_source_lot(lot=lot, values={"cd73_percent": Decimal(98)}, by=operator)
    with pytest.raises(ReasonMissing, match="CD73"):
        actions.correct_source_lot(lot=lot, values={"cd73_percent": Decimal(89)}, by=operator)
    actions.correct_source_lot(lot=lot, values={"cd73_percent": Decimal(89)}, by=operator, reason=WHY)
    assert MscDetails.objects.get().cd73_percent == Decimal(89)


def test_a_correction_of_lot_and_details_happens_whole_or_not_at_all(db, operator):
    lot = registered(operator, sop="SOP-1")
    with pytest.raises(ValueRefused):
        actions.correct_source_lot(
            lot=lot, values={"sop": "SOP-2", "cd73_percent": Decimal(-1)}, by=operator, reason=WHY
        )
    assert SourceLot.objects.get().sop == "SOP-1"


def test_two_people_on_one_lot_the_second_is_told(db, operator, second_operator):
    lot = registered(operator)
    seen = actions.lot_revision(lot)
    actions.correct_source_lot(lot=lot, values={"cd73_percent": Decimal(98)}, by=operator, seen=seen)
    with pytest.raises(RecordMoved, match="by somebody else"):
        actions.correct_source_lot(lot=lot, values={"sop": "SOP-1"}, by=second_operator, seen=seen)
    assert SourceLot.objects.get().sop == ""


def test_numbers_are_kept_as_they_were_typed(db, operator):
    lot = registered(operator)
    actions.correct_source_lot(
        lot=lot, values={"cd73_percent": Decimal("98.5")}, typed={"cd73_percent": "98,5"}, by=operator
    )
    entry = Entry.objects.filter(kind="batches.mscdetails", action="changed").get()
    assert '"typed":"98,5"' in entry.body


def test_a_lot_can_not_be_moved_to_a_donor_who_withdrew(db, operator):
    lot = registered(operator)
    with pytest.raises(ValueRefused, match="withdrew consent"):
        actions.correct_source_lot(
            lot=lot, values={"donor": DonorFactory(consent_withdrawn=True)}, by=operator, reason=WHY
        )


def test_other_values_can_be_corrected_after_consent_was_withdrawn(db, operator):
    lot = registered(operator)
    actions.correct_donor(donor=lot.donor, values={"consent_withdrawn": True}, by=operator, reason=WHY)
    actions.correct_source_lot(lot=lot, values={"collection_time": COLLECTED}, by=operator)
    assert SourceLot.objects.get().collection_time == COLLECTED


def test_details_that_a_kind_gained_later_are_made_when_filled_in(db, operator):
    lot = SourceLotFactory()
    actions.correct_source_lot(lot=lot, values={"cd73_percent": Decimal(98)}, by=operator)
    assert MscDetails.objects.get(source_lot=lot).cd73_percent == Decimal(98)


# --- roles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["auditor", "administrator"])
def test_sources_are_not_entered_by_other_roles(db, role):
    person = PersonFactory(role=role)
    with pytest.raises(RoleRefused):
        actions.register_donor(values={"code": "DN-0117"}, by=person)
    with pytest.raises(RoleRefused):
        actions.register_source_lot(kind="cell_line", values={"line_name": "X"}, by=person)
    lot = SourceLotFactory()
    with pytest.raises(RoleRefused):
        actions.correct_source_lot(lot=lot, values={"sop": "X"}, by=person)
    with pytest.raises(RoleRefused):
        actions.correct_donor(donor=lot.donor, values={"notes": "X"}, by=person)


def test_a_lot_registered_without_a_transaction_of_ours_leaves_no_trace_when_it_fails(db, operator):
    with pytest.raises(ValueRefused), transaction.atomic():
        registered(operator, donor=DonorFactory(), collected_amount=Decimal(5))
    assert connection.in_atomic_block
    assert (SourceLot.objects.count(), records.Entry.objects.filter(kind="batches.sourcelot").count()) == (
        0,
        0,
    )
