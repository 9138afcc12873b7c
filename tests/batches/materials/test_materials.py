"""Reference data: added, corrected, retired; chosen on a step."""

from decimal import Decimal as D

import pytest
from django.db import transaction
from django.urls import reverse

from audit import records
from audit.models import Entry
from audit.refusal import ActionRefused, Reason
from batches.affected import batches_on
from batches.isolation import actions as steps
from batches.materials import actions
from batches.materials.chosen import ChosenMaterial, last_choices
from batches.materials.kinds import COLUMNS, KITS, MATERIALS, MEMBRANES, ROTORS, filled_by, kinds_for
from batches.materials.models import Rotor
from tests.factories import BatchFactory
from tests.way import enter, sheet_of_step

SW41 = {
    "name": "SW 41 Ti",
    "kind": "swinging",
    "r_min_mm": D("67.4"),
    "r_max_mm": D("153.1"),
    "max_rpm": 41_000,
    "tube_volume_ml": D("13.2"),
}
WHY = Reason("typing_error", "Read from the data sheet")


@pytest.fixture
def rotor(operator):
    return actions.add_material(kind=ROTORS, values=SW41, by=operator)


@pytest.fixture
def batch(operator):
    batch = BatchFactory(by=operator)
    steps.start_step(sheet=sheet_of_step(batch), by=operator)
    return batch


def test_choosing_a_rotor_enters_its_values_as_the_persons_own(rotor, batch, operator, signed_in):
    url = reverse("step", args=[batch.number, 1])
    client = signed_in(operator)
    assert "SW 41 Ti" in client.get(url).content.decode()
    assert client.post(url, {"choose": "rotors", "material": rotor.pk}).status_code == 302
    sheet = sheet_of_step(batch)
    names = ("rotor", "rotor_kind", "r_min_mm", "r_max_mm", "rotor_max_rpm", "tube_volume_ml")
    assert [sheet.value(name) for name in names] == [*SW41.values()]
    entries = Entry.objects.filter(act="choose_material").order_by("pk")
    assert [(one.actor, one.kind) for one in entries] == [
        (operator, "batches.ultracentrifugation"),
        (operator, "batches.chosenmaterial"),
    ]


def test_the_step_keeps_which_one_was_chosen_and_the_rotor_knows_its_steps(rotor, batch, operator, signed_in):
    """The key stays when the row is renamed; text and key are told apart; the last choice counts."""
    other = actions.add_material(kind=ROTORS, values={**SW41, "name": "SW 41 (old)"}, by=operator)
    actions.choose_material(sheet=sheet_of_step(batch), kind=ROTORS, material=other, by=operator)
    actions.choose_material(sheet=sheet_of_step(batch), kind=ROTORS, material=rotor, by=operator, reason=WHY)
    actions.correct_material(material=rotor, values={"name": "SW 41 Ti, no 2"}, by=operator, reason=WHY)
    (kept,) = last_choices(ChosenMaterial.objects.all())
    assert (kept.rotor, kept.name, kept.url) == (rotor, "SW 41 Ti", f"/materials/rotors/{rotor.pk}/")
    assert (kept.trail_batch, str(kept)) == (batch.number, "Rotor SW 41 Ti")
    client = signed_in(operator)
    page = client.get(reverse("step", args=[batch.number, 1])).content.decode()
    assert "Rotor from the list" in page and f'href="/materials/rotors/{rotor.pk}/"' in page
    used = client.get(kept.url).content.decode()
    assert f"{batch.number} · Step 1" in used and "then called SW 41 Ti" in used
    told = batches_on(Entry.objects.filter(kind="batches.rotor").latest("pk"))
    assert [one.words for one in told.things] == [batch.number]
    nothing = {"step": kept.step, "kind": "kit", "name": "K", "rotor": rotor}
    with pytest.raises(ActionRefused), transaction.atomic():
        records.save(ChosenMaterial(**nothing, chosen_at=kept.chosen_at, chosen_by=operator), by=operator)


def test_a_chosen_rotor_replaces_other_values_only_with_a_reason(rotor, batch, operator, signed_in):
    enter(sheet_of_step(batch), {"rotor": "Type 45 Ti"}, operator)
    url = reverse("step", args=[batch.number, 1])
    client, sent = signed_in(operator), {"choose": "rotors", "material": rotor.pk}
    assert client.post(url, sent).status_code == 409
    assert sheet_of_step(batch).value("rotor") == "Type 45 Ti"
    client.post(
        url, {**sent, "choose-reason_category": "process", "choose-reason_words": "Other rotor taken"}
    )
    assert sheet_of_step(batch).value("rotor") == "SW 41 Ti"
    assert client.post(url, {"choose": "kits", "material": rotor.pk}).status_code == 409


def test_correcting_reference_data_changes_no_step_and_retiring_keeps_it_readable(
    rotor, batch, operator, signed_in
):
    actions.choose_material(sheet=sheet_of_step(batch), kind=ROTORS, material=rotor, by=operator)
    actions.correct_material(material=rotor, values={"max_rpm": 40_000}, by=operator, reason=WHY)
    assert sheet_of_step(batch).value("rotor_max_rpm") == 41_000
    client = signed_in(operator)
    sent = {"retire-reason_category": "process", "retire-reason_words": "Sent back to the maker"}
    client.post(reverse("retire_material", args=["rotors", rotor.pk]), sent)
    assert (Rotor.objects.get().retired_by, list(Rotor.objects.in_use())) == (operator, [])
    with pytest.raises(ActionRefused, match="Rotor SW 41 Ti is retired"):
        actions.choose_material(sheet=sheet_of_step(batch), kind=ROTORS, material=rotor, by=operator)
    page = client.get(reverse("material", args=["rotors", rotor.pk])).content.decode()
    assert "retired" in page and "SW 41 Ti" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_for_any_number(rows, operator, signed_in, django_assert_num_queries):
    for number in range(rows):
        actions.add_material(kind=ROTORS, values={**SW41, "name": f"R{number}"}, by=operator)
    client = signed_in(operator)
    client.get(reverse("materials"))
    with django_assert_num_queries(3):
        page = client.get(reverse("materials"))
    assert len(page.context["rows"]) == rows


def test_each_kind_is_added_and_corrected_on_its_pages(operator, signed_in):
    client = signed_in(operator)
    typed = {
        "rotors": {"name": "R", "kind": "swinging", "r_max_mm": "100", "max_rpm": "20000"},
        "columns": {"name": "C", "volume_ml": "10", "max_uses": "5"},
        "membranes": {"name": "M", "material": "mPES", "mwco_kda": "500"},
        "kits": {"name": "K", "principle": "polymer"},
    }
    for code, values in typed.items():
        assert client.get(reverse("material_list", args=[code])).status_code == 200
        assert client.post(reverse("add_material", args=[code]), values).status_code == 302
        row = MATERIALS[code].model.objects.get()
        again = {**values, "maker": "Maker", "seen": row.revision, "reason_category": "", "reason_words": ""}
        assert client.post(reverse("correct_material", args=[code, row.pk]), again).status_code == 302
        assert MATERIALS[code].model.objects.get().maker == "Maker"
    twice = client.post(reverse("add_material", args=["kits"]), typed["kits"])
    assert "One of this name is in use already" in twice.content.decode()


def test_what_a_material_fills_is_what_the_sheet_records(batch, operator):
    batch_steps = {
        "size_exclusion": (COLUMNS, {"name": "C", "volume_ml": D(10), "void_volume_ml": D(3), "max_uses": 5}),
        "tangential_flow": (
            MEMBRANES,
            {"name": "M", "material": "mPES", "mwco_kda": D(500), "fibre_count": 45},
        ),
        "filtration": (MEMBRANES, {"name": "F", "material": "PES", "pore_um": D("0.22")}),
        "precipitation": (KITS, {"name": "K"}),
    }
    found = {}
    for position, (method, (kind, values)) in enumerate(batch_steps.items(), start=2):
        steps.add_step(
            batch=batch, name="x", method=method, purpose="separate", is_critical=False, by=operator
        )
        sheet = sheet_of_step(batch, position)
        found[method] = ([one.code for one in kinds_for(sheet)], filled_by(kind, kind.model(**values), sheet))
    assert found == {
        "size_exclusion": (
            ["columns"],
            {
                "column_name": "C",
                "column_volume_ml": D(10),
                "buffer_volume_ml": D(3),
                "column_max_uses": 5,
            },
        ),
        "tangential_flow": (
            ["membranes"],
            {"device": "M", "membrane": "mPES", "mwco_kda": D(500), "fibre_count": 45},
        ),
        "filtration": (["membranes"], {"filter": "F", "membrane": "PES", "pore_um": D("0.22")}),
        "precipitation": (["kits"], {"kit_name": "K"}),
    }
