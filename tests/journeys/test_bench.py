"""At the bench: values saved one by one, nothing typed is lost, two people on one field."""

from decimal import Decimal

from batches.isolation.models import ProcessStep
from batches.record.models import Batch
from tests.factories import BatchFactory
from tests.factories.people import PASSWORD
from tests.journeys.conftest import sign_in
from tests.way import enter, sheet_of_step


def running_step(laboratory, staff):
    version, lot = laboratory
    batch = BatchFactory(version=version, source_lot=lot, by=staff["operator1"])
    from batches.isolation.actions import start_step

    start_step(sheet=sheet_of_step(batch), by=staff["operator1"])
    return batch


def field(page, name):
    return page.locator(f"#value-{name}")


def type_into(page, name, text):
    box = field(page, name).locator(f"[name={name}]")
    box.fill(text)
    box.press("Tab")


def test_r015_each_value_is_saved_as_it_is_entered(site, laboratory, staff):
    batch = running_step(laboratory, staff)
    page = site("operator1", size="tablet")
    page.goto(f"/batches/{batch.number}/steps/1/")
    for name, text in {
        "volume_in_ml": "480",
        "temperature_c": "4,0",
        "speed_rpm": "29 400",
        "r_max_mm": "103.8",
    }.items():
        type_into(page, name, text)
        field(page, name).locator(".saved").wait_for()
    page.locator("#computed", has_text="100").wait_for()
    page.context.close()  # the tablet's battery dies
    step = sheet_of_step(batch)
    found = [step.value(name) for name in ("volume_in_ml", "temperature_c", "speed_rpm")]
    assert found == [Decimal(480), Decimal(4), 29400]


def test_out_of_limits_is_kept_shown_and_explained(site, laboratory, staff):
    batch = running_step(laboratory, staff)
    page = site("operator1", size="tablet")
    page.goto(f"/batches/{batch.number}/steps/1/")
    type_into(page, "temperature_c", "12")
    field(page, "temperature_c").get_by_text("out of limits", exact=True).wait_for()
    field(page, "temperature_c").locator("[name=remark_category]").select_option("process")
    field(page, "temperature_c").locator("[name=remark_words]").fill("the chiller was off")
    field(page, "temperature_c").get_by_role("button", name="Keep the reason").click()
    field(page, "temperature_c").get_by_text("because: the chiller was off").wait_for()
    assert page.complaints == []


def test_r004_a_saved_value_asks_why_it_changes_and_shows_what_it_was(site, laboratory, staff):
    batch = running_step(laboratory, staff)
    enter(sheet_of_step(batch), {"temperature_c": Decimal(4)}, staff["operator1"])
    page = site("operator1")
    page.goto(f"/batches/{batch.number}/steps/1/")
    type_into(page, "temperature_c", "5")
    field(page, "temperature_c").locator("[name=reason_category]").select_option("typing_error")
    field(page, "temperature_c").locator("[name=reason_words]").fill("read the wrong line")
    field(page, "temperature_c").get_by_role("button", name="Correct").click()
    field(page, "temperature_c").locator(".field-earlier", has_text="read the wrong line").wait_for()
    assert sheet_of_step(batch).value("temperature_c") == Decimal(5)


def test_two_tablets_on_one_field_the_second_decides(site, laboratory, staff):
    batch = running_step(laboratory, staff)
    mine, theirs = site("operator1", size="tablet"), site("operator2", size="tablet")
    for page in (mine, theirs):
        page.goto(f"/batches/{batch.number}/steps/1/")
    type_into(theirs, "volume_out_ml", "2.0")
    field(theirs, "volume_out_ml").locator(".saved").wait_for()
    type_into(mine, "volume_out_ml", "2.2")
    conflict = field(mine, "volume_out_ml")
    conflict.get_by_text("Meanwhile").wait_for()
    assert "operator2" in conflict.inner_text() and "2.2" in conflict.inner_text()
    conflict.get_by_role("button", name="Keep theirs").click()
    field(mine, "volume_out_ml").locator(".saved").wait_for()
    assert sheet_of_step(batch).value("volume_out_ml") == Decimal(2)


def test_signed_out_in_the_middle_the_typed_text_is_still_there(site, laboratory, staff):
    batch = running_step(laboratory, staff)
    page = site("operator1", size="tablet")
    page.goto(f"/batches/{batch.number}/steps/1/")
    page.locator("details", has=page.locator("#value-remarks")).locator("summary").first.click()
    page.context.clear_cookies()
    type_into(page, "remarks", "pellet loose, handled gently")
    page.get_by_role("link", name="Sign in").first.click()
    sign_in(page, "operator1", PASSWORD)
    page.wait_for_url(f"**/batches/{batch.number}/steps/1/")
    kept = page.locator("#value-remarks [name=remarks]")
    assert kept.input_value() == "pellet loose, handled gently"


def test_impossible_value_says_why_and_stays_as_typed(site, laboratory, staff):
    batch = running_step(laboratory, staff)
    page = site("operator1")
    page.goto(f"/batches/{batch.number}/steps/1/")
    type_into(page, "temperature_c", "400")
    field(page, "temperature_c").get_by_text("Can't be above 45 °C.").first.wait_for()
    assert field(page, "temperature_c").locator("[name=temperature_c]").input_value() == "400"
    assert ProcessStep.objects.get(batch=batch).temperature_c is None


def test_slash_and_a_scan_go_straight_to_the_batch(site, laboratory, staff):
    batch = running_step(laboratory, staff)
    page = site("operator1")
    page.goto("/batches/")
    page.keyboard.press("/")
    page.keyboard.type(batch.number.lower())
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/batches/{batch.number}/")
    assert Batch.objects.count() == 1
