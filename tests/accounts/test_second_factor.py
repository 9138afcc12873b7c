"""The second factor at sign-in: setting it up, giving it, losing it."""

import json
import time

import pyotp
import pytest
from django.contrib.auth import get_user
from django.urls import reverse

from accounts.actions import set_active, set_password
from accounts.models import RecoveryCode, SecondFactor
from accounts.second_factor import actions, codes
from accounts.second_factor.secrets import KEY_FILE, SecretUnreadable, seal, unseal
from accounts.signing_in import CHALLENGE_KEY, STEP_KEY
from audit.exporting import lines
from audit.models import Entry
from audit.refusal import ActionRefused, Reason
from tests.factories.passkeys import Device, passkey_of
from tests.factories.people import PASSWORD

NOW = 1_800_000_010
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WHY = {"reason_category": "administration", "reason_words": "phone fell into the river"}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    stands = Clock()
    monkeypatch.setattr("accounts.second_factor.codes.time.time", stands)
    return stands


def code_at(moment, secret=SECRET):
    return pyotp.TOTP(secret).at(int(moment))


@pytest.fixture
def factor(operator, clock):
    """A second factor that was set up some minutes ago; its recovery codes stand in `factor.codes`."""
    clock.now -= 300
    made = actions.set_up_second_factor(secret=SECRET, code=code_at(clock.now), by=operator)
    clock.now += 300
    found = SecondFactor.objects.get()
    found.codes = made
    return found


def first_step(client, username="operator1", **more):
    return client.post(reverse("sign_in"), {"username": username, "password": PASSWORD, **more})


def second_step(client, code, **more):
    return client.post(reverse("sign_in_code"), {"code": code, **more})


def last_detail():
    entry = Entry.objects.latest("id")
    return entry.action, json.loads(entry.body)["detail"]


# --- setting up ---------------------------------------------------------------------------------


def test_person_sets_a_second_factor_up_with_the_qr_and_one_code(signed_in, operator, clock):
    client = signed_in(operator)
    page = client.post(reverse("second_factor"), {"password": PASSWORD})
    secret = page.context["secret"].replace(" ", "")
    assert "<svg" in page.content.decode()
    assert SecondFactor.objects.count() == 0
    done = client.post(reverse("second_factor"), {"code": code_at(clock.now, secret)})
    assert len(set(done.context["codes"])) == 10
    factor = SecondFactor.objects.get()
    assert (factor.person, factor.off_at, factor.recovery_codes.count()) == (operator, None, 10)
    assert "second factor" in client.get(reverse("account")).content.decode().lower()


def test_wrong_code_sets_nothing_up_and_the_same_secret_stays(signed_in, operator, clock):
    client = signed_in(operator)
    first = client.post(reverse("second_factor"), {"password": PASSWORD}).context["secret"]
    page = client.post(reverse("second_factor"), {"code": "000000"})
    assert page.context["form"].errors["code"] == [actions.WRONG_CODE]
    assert (page.context["secret"], SecondFactor.objects.count()) == (first, 0)
    assert Entry.objects.latest("id").action == "identity_failed"


def test_setting_up_needs_the_password(signed_in, operator):
    page = signed_in(operator).post(reverse("second_factor"), {"password": "wrong"})
    assert page.context["form"].non_field_errors()[0].startswith("That is not your password")
    assert "qr" not in page.context


def test_set_up_that_lies_about_is_forgotten(signed_in, operator, clock):
    client = signed_in(operator)
    secret = client.post(reverse("second_factor"), {"password": PASSWORD}).context["secret"]
    session = client.session
    kept, at = session["new_second_factor"]
    session["new_second_factor"] = (kept, at - 901)
    session.save()
    client.post(reverse("second_factor"), {"code": code_at(clock.now, secret.replace(" ", ""))})
    assert SecondFactor.objects.count() == 0


def test_setting_it_up_anew_ends_the_old_one_and_its_codes(operator, factor, client, clock):
    actions.set_up_second_factor(secret="A" * 32, code=code_at(clock.now, "A" * 32), by=operator)
    assert [one.off_by for one in SecondFactor.objects.all()] == [operator, None]
    first_step(client)
    assert second_step(client, factor.codes[0]).status_code == 401
    assert second_step(client, code_at(clock.now)).status_code == 401


def test_secrets_stand_nowhere_readable(operator, factor, client, clock, ledger_dir):
    """Not in entries, histories, exports or sessions; in the table only sealed or hashed."""
    first_step(client)
    second_step(client, factor.codes[3])
    texts = [e.body + lines.change_cells(json.loads(e.body)) for e in Entry.objects.all()]
    for secret in (SECRET, factor.secret, factor.codes[3], codes.bare(factor.codes[3])):
        assert not any(secret in text for text in texts)
    for model, field in ((SecondFactor, "secret"), (RecoveryCode, "code")):
        assert field not in {one.name for one in model.history.model._meta.get_fields()}
    assert unseal(factor.secret, "operator1") == SECRET
    assert (ledger_dir / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_sealed_secret_fits_its_owner_and_its_key_only(ledger_dir):
    kept = seal(SECRET, "operator1")
    for owner, held in (("operator2", kept), ("operator1", "!"), ("operator1", kept[:-8] + "AAAAAAA=")):
        with pytest.raises(SecretUnreadable):
            unseal(held, owner)
    (ledger_dir / KEY_FILE).write_text("00" * 32)
    with pytest.raises(SecretUnreadable):
        unseal(kept, "operator1")


def test_without_the_key_no_code_fits_and_recovery_codes_do(client, operator, factor, clock, ledger_dir):
    (ledger_dir / KEY_FILE).unlink()
    first_step(client)
    assert second_step(client, code_at(clock.now)).status_code == 401
    assert second_step(client, factor.codes[0]).status_code == 302


# --- signing in ---------------------------------------------------------------------------------


def test_r067_right_password_leads_to_the_second_step_and_no_further(client, operator, factor):
    page = first_step(client, next="/sources/")
    assert page["Location"] == "/sign-in/code/?next=%2Fsources%2F"
    assert not get_user(client).is_authenticated
    assert client.get("/batches/")["Location"].startswith("/sign-in/")
    assert [e.action for e in Entry.objects.all()].count("signed_in") == 0


def test_code_signs_in_and_is_kept(client, operator, factor, clock):
    first_step(client)
    page = second_step(client, f" {code_at(clock.now)[:3]} {code_at(clock.now)[3:]}", next="/sources/")
    assert (page["Location"], get_user(client)) == ("/sources/", operator)
    step = NOW // 30
    assert last_detail() == ("signed_in", {"address": "127.0.0.1", "second_factor": "code", "step": step})
    assert STEP_KEY not in client.session


@pytest.mark.parametrize(("seconds", "status"), [(-60, 401), (-30, 302), (30, 302), (60, 401)])
def test_phones_may_be_half_a_minute_off(client, operator, factor, clock, seconds, status):
    first_step(client)
    assert second_step(client, code_at(clock.now + seconds)).status_code == status


def test_no_code_serves_twice(client, operator, factor, clock):
    code = code_at(clock.now)
    first_step(client)
    assert second_step(client, code).status_code == 302
    client.post(reverse("sign_out"))
    first_step(client)
    assert second_step(client, code).status_code == 401
    assert second_step(client, code_at(clock.now - 30)).status_code == 401
    assert last_detail() == ("sign_in_failed", {"address": "127.0.0.1", "second_factor": "code"})
    clock.now += 30
    assert second_step(client, code_at(clock.now)).status_code == 302


def test_code_that_set_it_up_does_not_sign_in(client, operator, clock):
    actions.set_up_second_factor(secret=SECRET, code=code_at(clock.now), by=operator)
    first_step(client)
    assert second_step(client, code_at(clock.now)).status_code == 401


def test_r070_five_wrong_codes_lock_as_wrong_passwords_do(client, operator, factor, clock):
    first_step(client)
    for _ in range(5):
        assert second_step(client, "000000").status_code == 401
    page = second_step(client, code_at(clock.now))
    assert "Too many wrong passwords" in page.context["refusal"]
    assert "Too many wrong passwords" in first_step(client).context["form"].non_field_errors()[0]


def test_recovery_code_lets_in_once(client, operator, factor):
    first_step(client)
    assert second_step(client, factor.codes[4].upper().replace("-", " ")).status_code == 302
    assert last_detail()[1] | {"address": ""} == {
        "address": "",
        "second_factor": "recovery code",
        "number": 5,
        "left": 9,
    }
    used = Entry.objects.get(kind="accounts.recoverycode", action="changed")
    assert (used.object_label, used.actor) == ("Recovery code 5 of operator1", operator)
    client.post(reverse("sign_out"))
    first_step(client)
    assert second_step(client, factor.codes[4]).status_code == 401


@pytest.mark.parametrize("code", ["", "12345", "x" * 40, "\x00", "１２３４５６", "a" * 20, "-----"])
def test_what_is_no_code_is_refused(client, operator, factor, code):
    first_step(client)
    assert second_step(client, code).status_code in (200, 401)
    assert not get_user(client).is_authenticated


def test_second_step_without_the_first_leads_back(client, operator, factor, clock):
    assert second_step(client, code_at(clock.now))["Location"] == "/sign-in/"
    assert client.get(reverse("sign_in_code"))["Location"] == "/sign-in/"


def test_second_step_waits_five_minutes(client, operator, factor, clock):
    first_step(client)
    session = client.session
    pk, auth_hash, at = session[STEP_KEY]
    session[STEP_KEY] = (pk, auth_hash, at - 301)
    session.save()
    assert second_step(client, code_at(clock.now))["Location"] == "/sign-in/"


def test_changed_password_or_deactivation_ends_the_second_step(
    client, operator, factor, clock, administrator
):
    first_step(client)
    set_password(person=operator, password="a quite different passphrase", by=administrator)
    assert second_step(client, code_at(clock.now))["Location"] == "/sign-in/"
    client.post(reverse("sign_in"), {"username": "operator1", "password": "a quite different passphrase"})
    set_active(person=operator, is_active=False, by=administrator, reason=Reason("other", "left"))
    assert second_step(client, code_at(clock.now))["Location"] == "/sign-in/"


# --- a passkey as the second factor -------------------------------------------------------------


def test_passkey_serves_as_second_factor(client, operator, factor):
    device = Device()
    passkey_of(operator, device)
    first_step(client)
    client.get(reverse("sign_in_code"))
    challenge = bytes.fromhex(client.session[CHALLENGE_KEY])
    assert client.post(reverse("sign_in_code"), {"passkey": device.got(challenge)}).status_code == 302
    assert last_detail()[1]["passkey"] == "Key ring"


def test_wrong_passkey_is_a_failed_sign_in(client, operator, factor):
    device = Device()
    passkey_of(operator, device)
    first_step(client)
    assert client.post(reverse("sign_in_code"), {"passkey": device.got(b"x" * 32)}).status_code == 401
    assert last_detail()[1]["second_factor"] == "passkey"


# --- switching off ------------------------------------------------------------------------------


def test_owner_switches_it_off_with_the_password(signed_in, operator, factor):
    client = signed_in(operator)
    client.post(reverse("switch_off_own_second_factor"), {"password": "wrong"})
    assert SecondFactor.objects.active().count() == 1
    client.post(reverse("switch_off_own_second_factor"), {"password": PASSWORD})
    assert SecondFactor.objects.get().off_by == operator


def test_administrator_switches_it_off_with_a_reason(signed_in, operator, factor, administrator):
    client, url = signed_in(administrator), reverse("switch_off_second_factor", args=["operator1"])
    assert "Switch it off" in client.get(reverse("person", args=["operator1"])).content.decode()
    client.post(url, {})
    assert SecondFactor.objects.active().count() == 1
    client.post(url, WHY)
    assert SecondFactor.objects.get().off_by == administrator
    assert json.loads(Entry.objects.latest("id").body)["reason"]["words"] == WHY["reason_words"]
    said = [str(one) for one in client.post(url, WHY, follow=True).context["messages"]]
    assert said[-1] == "operator1 has no second factor."
    client.post(reverse("sign_out"))
    assert first_step(client)["Location"] == reverse("batch_list")


def test_administrators_own_is_no_exception(administrator, clock):
    actions.set_up_second_factor(secret=SECRET, code=code_at(clock.now), by=administrator)
    with pytest.raises(ActionRefused, match="on your account page"):
        actions.switch_off_second_factor(
            person=administrator, by=administrator, reason=Reason("other", "for fun")
        )


# --- demanded by the laboratory -----------------------------------------------------------------


def test_r067_roles_that_need_one_set_it_up_before_anything_else(client, operator, settings, clock):
    settings.SECOND_FACTOR_ROLES = ["operator"]
    first_step(client)
    assert client.get("/batches/")["Location"] == reverse("second_factor")
    part = client.get("/batches/", headers={"HX-Request": "true"})
    assert (part.status_code, part.content.decode()[:15]) == (403, "Your role signs")
    secret = client.post(reverse("second_factor"), {"password": PASSWORD}).context["secret"]
    client.post(reverse("second_factor"), {"code": code_at(clock.now, secret.replace(" ", ""))})
    assert client.get("/batches/").status_code == 200


def test_other_roles_are_asked_for_none(client, reviewer, settings):
    settings.SECOND_FACTOR_ROLES = ["operator"]
    assert first_step(client, "reviewer1")["Location"] == reverse("batch_list")
    assert client.get("/batches/").status_code == 200


def test_code_of_the_moment_is_found_in_no_time():
    begun = time.perf_counter()
    assert codes.step_of(SECRET, "x") is None
    assert time.perf_counter() - begun < 0.1
