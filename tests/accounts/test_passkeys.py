"""A person's own passkeys: registering, revoking, and the pages for it."""

import json

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import Passkey, PasskeyUse
from accounts.passkeys import actions, views
from accounts.proving import IdentityRefused, Proof, prove
from audit import records
from audit.models import Entry
from audit.refusal import ActionRefused, Reason, ValueRefused
from tests.factories.passkeys import AT, UP, UV, Device, passkey_of
from tests.factories.people import PASSWORD

CHALLENGE = b"c" * 32
OPTIONS = {"challenge": "Y2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2M"}
LOST = {"reason_category": "administration", "reason_words": "left in a train"}


@pytest.fixture
def device():
    return Device()


def register(client, device, password=PASSWORD, name="Tablet of the clean room", **changed):
    """As the page does it: begin with the password, let the device answer, post what it says."""
    begun = client.post(reverse("begin_passkey"), {"name": name, "password": password})
    options = begun.json()
    if "refusal" in options:
        return options["refusal"]
    answer = device.created(options, **changed)
    page = client.post(reverse("register_passkey"), {"name": name, "passkey": answer}, follow=True)
    return str(next(iter(page.context["messages"])))


# --- registering --------------------------------------------------------------------------------


def test_person_registers_a_passkey_and_proves_who_they_are_with_it(signed_in, operator, device):
    client = signed_in(operator)
    said = register(client, device)
    assert said == "Tablet of the clean room is registered: you can sign with it now."
    passkey = Passkey.objects.get()
    assert (passkey.person, passkey.registered_by, passkey.credential_id) == (operator, operator, device.name)
    assert (passkey.transports, passkey.is_active) == ("internal", True)
    assert "Tablet of the clean room" in client.get(reverse("account")).content.decode()
    answer = device.got(CHALLENGE)
    assert client.get(reverse("own_passkeys")).json()["allowCredentials"][0]["id"] == device.name
    assert prove(person=operator, proof=Proof(passkey=answer), challenge=CHALLENGE).means == "passkey"


def test_registration_is_an_entry_without_anything_secret(signed_in, operator, device):
    register(signed_in(operator), device)
    entry = Entry.objects.latest("id")
    told = {change["field"]: change["new"] for change in json.loads(entry.body)["changes"]}
    assert (entry.kind, entry.act, entry.actor) == ("accounts.passkey", "register_passkey", operator)
    assert told["public_key"] == Passkey.objects.get().public_key
    assert PASSWORD not in entry.body


def test_what_the_browser_is_asked_demands_verification_of_the_person(signed_in, operator, device):
    passkey_of(operator, device)
    client = signed_in(operator)
    options = client.post(reverse("begin_passkey"), {"password": PASSWORD}).json()
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert (options["rp"], options["excludeCredentials"][0]["id"]) == (
        {"id": "localhost", "name": "ExoLedger"},
        device.name,
    )
    assert sorted(one["alg"] for one in options["pubKeyCredParams"]) == [-257, -7]
    assert client.get(reverse("own_passkeys")).json()["userVerification"] == "required"


def test_registering_needs_the_password(signed_in, operator, device):
    client = signed_in(operator)
    assert register(client, device, password="wrong").startswith("That is not your password")
    assert (Entry.objects.latest("id").action, Passkey.objects.count()) == ("identity_failed", 0)
    page = client.post(reverse("register_passkey"), {"name": "x", "passkey": device.created(OPTIONS)})
    assert (page.status_code, Passkey.objects.count()) == (302, 0)


def test_challenge_serves_once_and_for_five_minutes(signed_in, operator, device):
    client = signed_in(operator)
    options = client.post(reverse("begin_passkey"), {"password": PASSWORD}).json()
    session = client.session
    challenge, at = session[views.CHALLENGE_KEY]
    session[views.CHALLENGE_KEY] = (challenge, at - 301)
    session.save()
    sent = {"name": "x", "passkey": device.created(options)}
    client.post(reverse("register_passkey"), sent)
    assert Passkey.objects.count() == 0
    register(client, device)
    client.post(reverse("register_passkey"), sent | {"passkey": Device().created(options)})
    assert Passkey.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"type": "webauthn.get"}, "Incorrect type"),
        ({"origin": "https://elsewhere.example"}, "Invalid origin"),
        ({"challenge": "AAAA"}, "Wrong challenge"),
        ({"flags": UV | AT}, "User Present"),
        ({"flags": UP | AT}, "User verification required"),
        ({"flags": UP | UV}, "Error parsing field attestation_object"),
    ],
)
def test_registration_that_lacks_something_is_refused(operator, device, changed, words):
    with pytest.raises(ActionRefused, match=words):
        actions.register_passkey(
            name="x", answer=device.created(OPTIONS, **changed), challenge=CHALLENGE, by=operator
        )
    assert (Entry.objects.latest("id").action, Passkey.objects.count()) == ("refused", 0)


def test_name_is_needed_and_a_credential_is_registered_once(operator, second_operator, device):
    def register_it(name, by):
        return actions.register_passkey(name=name, answer=device.created(OPTIONS), challenge=CHALLENGE, by=by)

    with pytest.raises(ActionRefused, match="blank"):
        register_it(" ", operator)
    register_it("Key ring", operator)
    with pytest.raises(ActionRefused, match="already taken"):
        register_it("Stolen", second_operator)


# --- revoking -----------------------------------------------------------------------------------


def test_r043_owner_revokes_a_passkey_at_once(signed_in, operator, device):
    passkey = passkey_of(operator, device)
    page = signed_in(operator).post(reverse("revoke_passkey", args=[passkey.pk]), LOST)
    passkey.refresh_from_db()
    assert (page["Location"], passkey.revoked_by) == (reverse("account"), operator)
    reason = json.loads(Entry.objects.latest("id").body)["reason"]
    assert reason == {"category": "administration", "words": "left in a train"}
    with pytest.raises(IdentityRefused, match="was revoked"):
        prove(person=operator, proof=Proof(passkey=device.got(CHALLENGE)), challenge=CHALLENGE)


def test_r043_administrator_revokes_it_for_somebody_else(signed_in, operator, administrator, device):
    passkey = passkey_of(operator, device)
    client = signed_in(administrator)
    assert "Key ring" in client.get(reverse("person", args=["operator1"])).content.decode()
    page = client.post(reverse("revoke_passkey", args=[passkey.pk]), LOST)
    passkey.refresh_from_db()
    assert (page["Location"], passkey.revoked_by) == ("/people/operator1/", administrator)


@pytest.mark.parametrize("role", ["second_operator", "reviewer", "qa", "auditor"])
def test_nobody_else_revokes_a_passkey(request, operator, device, role):
    passkey, other = passkey_of(operator, device), request.getfixturevalue(role)
    with pytest.raises(ActionRefused, match="by its owner or by an administrator"):
        actions.revoke_passkey(passkey=passkey, by=other, reason=Reason("other", "for fun"))


def test_revoking_needs_words_and_happens_once(signed_in, operator, device):
    passkey = passkey_of(operator, device)
    client, url = signed_in(operator), reverse("revoke_passkey", args=[passkey.pk])
    for sent, words in [
        ({}, "Say why"),
        ({**LOST, "reason_words": "x"}, "Say why"),
        (LOST, "is revoked: nobody"),
        (LOST, "revoked already"),
    ]:
        page = client.post(url, sent, follow=True)
        assert words in str(next(iter(page.context["messages"])))
    assert Passkey.objects.get().revision == 2


# --- what nobody can do --------------------------------------------------------------------------


def test_r042_nobody_registers_a_passkey_for_somebody_else(operator, administrator, device):
    passkey = passkey_of(administrator, device)
    other = Passkey(
        **{f.attname: getattr(passkey, f.attname) for f in Passkey._meta.concrete_fields if f.name != "id"}
    )
    other.person, other.credential_id, other.revision = operator, "another", 0
    with pytest.raises(ValueRefused, match="registered by the person whose it is"), transaction.atomic():
        records.save(other, by=administrator)


def test_people_without_passkeys_are_asked_for_none(signed_in, operator):
    client = signed_in(operator)
    assert client.get(reverse("own_passkeys")).json() == {}
    assert "Register one" in client.get(reverse("account")).content.decode()
    assert PasskeyUse.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_account_page_costs_four_queries(signed_in, operator, django_assert_num_queries, rows):
    for _ in range(rows):
        passkey_of(operator, Device())
    client = signed_in(operator)
    client.get(reverse("account"))
    with django_assert_num_queries(4):
        client.get(reverse("account"))
