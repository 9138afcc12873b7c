"""A passkey from its registration to an auditor who checks what it signed, in the browser."""

from audit.bundle.making import VERIFIER, Wanted, make
from qc import actions
from tests.audit.bundle.conftest import verified
from tests.factories import BatchFactory
from tests.factories.people import PASSWORD
from tests.way import submitted

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_r041_reviewer_registers_a_passkey_and_signs_what_nobody_can_forge(site, staff, axe, tmp_path):
    operator, second = staff["operator1"], staff["operator2"]
    batch = submitted(BatchFactory(by=operator), operator, second)
    actions.begin_review(batch=batch, by=staff["reviewer1"])
    page = site("reviewer1")
    browser = page.context.new_cdp_session(page)
    browser.send("WebAuthn.enable")
    browser.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

    page.goto("/account/")
    page.get_by_label("Name").fill("Tablet of the clean room")
    page.get_by_label("Your password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Register a passkey").click()
    assert "Tablet of the clean room is registered" in page.locator("main").inner_text()
    assert axe(page) == []

    page.goto(f"/qc/{batch.number}/")
    page.get_by_text("Return", exact=True).first.click()
    page.locator("#sign").get_by_role("button", name="Sign with a passkey").wait_for()
    assert axe(page) == []
    page.locator("#sign").get_by_text("Reject", exact=True).click()
    page.locator("#sign").get_by_label("Comment").fill("The starting material was thawed twice.")
    with page.expect_navigation():
        page.locator("#sign").get_by_role("button", name="Sign with a passkey").click()
    batch.refresh_from_db()
    assert batch.status == "rejected"

    with (tmp_path / "bundle.zip").open("wb") as file:
        make(Wanted(batch=batch.number), file, by=staff["auditor1"])
    code, said = verified(tmp_path / "bundle.zip", verifier=VERIFIER.with_name("verify_signatures.py"))
    assert (code, 'OK.    by passkey "Tablet of the clean room"' in said) == (0, True)
    assert page.complaints == []
