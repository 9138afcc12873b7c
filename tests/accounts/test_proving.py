"""Proving identity: by password and by passkey, and everything that does not prove it."""

import hashlib
import json

import pytest
from django.db import transaction
from fido2.utils import websafe_decode, websafe_encode

from accounts.models import PasskeyUse
from accounts.passkeys import webauthn
from accounts.proving import IdentityRefused, Proof, Proven, prove
from accounts.roles import EVERYBODY
from audit import records
from audit.acting import action
from audit.models import Entry
from audit.refusal import ActionRefused
from tests.factories.passkeys import UP, UV, Device, passkey_of
from tests.factories.people import PASSWORD

CHALLENGE = hashlib.sha256(b'{"v":1,"meaning":"reviewed_approved"}').digest()
BEGINS = "That passkey does not prove who you are: "


@action(may=EVERYBODY)
def do_something(*, proof, challenge=CHALLENGE, by):
    return prove(person=by, proof=proof, challenge=challenge)


@pytest.fixture
def device():
    return Device()


@pytest.fixture
def passkey(operator, device):
    return passkey_of(operator, device)


def refusal_of(proof, by, **given):
    with pytest.raises(IdentityRefused) as refused:
        do_something(proof=proof, by=by, **given)
    assert (Entry.objects.latest("id").action, PasskeyUse.objects.count()) == ("identity_failed", 0)
    return str(refused.value).removeprefix(BEGINS).removesuffix(". Nothing was signed or changed.")


def test_password_proves(operator):
    assert do_something(proof=Proof(password=PASSWORD), by=operator) == Proven("password")


def test_wrong_or_no_password_does_not(operator):
    assert refusal_of(Proof(password="wrong"), operator) == "That is not your password"
    assert refusal_of(Proof(), operator) == "That is not your password"


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_r041_passkey_proves_and_leaves_what_shows_it_to_others(operator, algorithm):
    device = Device(algorithm)
    passkey = passkey_of(operator, device)
    proven = do_something(proof=Proof(passkey=device.got(CHALLENGE)), by=operator)
    assert (proven.means, proven.credential_name, proven.domain) == ("passkey", "Key ring", "localhost")
    assert (proven.credential_id, proven.public_key) == (passkey.credential_id, passkey.public_key)
    said = json.loads(websafe_decode(proven.client_data))
    assert websafe_decode(said["challenge"]) == CHALLENGE
    signed = (
        websafe_decode(proven.authenticator_data)
        + hashlib.sha256(websafe_decode(proven.client_data)).digest()
    )
    webauthn.key_of(proven.public_key).verify(signed, websafe_decode(proven.signature))


def test_use_of_a_passkey_is_an_entry_outside_every_batch(operator, device, passkey):
    do_something(proof=Proof(passkey=device.got(CHALLENGE)), by=operator)
    use, entry = PasskeyUse.objects.get(), Entry.objects.latest("id")
    assert (use.sign_count, use.challenge, use.used_by) == (1, CHALLENGE.hex(), operator)
    assert (entry.object_label, entry.batch_number) == ("Use of Passkey Key ring of operator1", "")


WRONG = {
    "is a registration": ({"type": "webauthn.create"}, "Incorrect type"),
    "another challenge": ({"challenge": websafe_encode(b"x" * 32)}, "Wrong challenge"),
    "another site": ({"origin": "https://elsewhere.example"}, "Invalid origin"),
    "a site that is named like ours": ({"origin": "http://localhost.example"}, "Invalid origin"),
    "a page within another site's": ({"crossOrigin": True}, "asked for by a page of another site"),
    "nobody touched it": ({"flags": 0}, "User Present flag not set"),
    "nobody proved themselves to it": ({"flags": UP}, "User verification required"),
    "verified but absent": ({"flags": UV}, "User Present flag not set"),
}


@pytest.mark.parametrize("case", WRONG)
def test_r041_answer_that_lacks_something_is_refused_and_kept(operator, device, passkey, case):
    changed, words = WRONG[case]
    said = refusal_of(Proof(passkey=device.got(CHALLENGE, **changed)), operator)
    assert said.startswith(f"its answer does not fit what was to be signed ({words}")


def test_answer_of_another_device_or_domain_is_refused(operator, device, passkey):
    copied = Device(credential_id=device.credential_id)
    assert "Invalid signature" in refusal_of(Proof(passkey=copied.got(CHALLENGE)), operator)
    device.domain = "elsewhere.example"
    assert "Wrong RP ID hash" in refusal_of(Proof(passkey=device.got(CHALLENGE)), operator)


def test_every_changed_byte_of_an_answer_is_refused(operator, device, passkey):
    answer = json.loads(device.got(CHALLENGE))
    for part, text in answer["response"].items():
        raw = bytearray(websafe_decode(text))
        raw[len(raw) // 2] ^= 1
        changed = {**answer, "response": {**answer["response"], part: websafe_encode(bytes(raw))}}
        with pytest.raises(webauthn.AnswerWrong):
            webauthn.check_assertion(json.dumps(changed), CHALLENGE, passkey)


@pytest.mark.parametrize(
    "answer", ["x", "[]", "{}", "[" * 9000, '{"rawId":5}', "\x00", '{"rawId": "a", "response": {}}']
)
def test_what_is_no_answer_is_refused(operator, passkey, answer):
    assert refusal_of(Proof(passkey=answer), operator) == "it is none of yours"
    with pytest.raises(webauthn.AnswerWrong):
        webauthn.check_assertion(answer, CHALLENGE, passkey)


def test_endless_answer_is_not_even_read(operator, device, passkey):
    answer = device.got(CHALLENGE) + " " * webauthn.LARGEST_ANSWER
    assert refusal_of(Proof(passkey=answer), operator) == "it is none of yours"


def test_r038_passkey_of_somebody_else_is_refused(second_operator, device, passkey):
    assert refusal_of(Proof(passkey=device.got(CHALLENGE)), second_operator) == "it is none of yours"


def test_r043_revoked_passkey_is_refused(operator, device, passkey, administrator):
    passkey.revoked_at, passkey.revoked_by = passkey.registered_at, administrator
    with transaction.atomic():
        records.save(passkey, by=administrator)
    assert refusal_of(Proof(passkey=device.got(CHALLENGE)), operator) == "Key ring was revoked"


def test_answer_is_good_for_one_time(operator, device, passkey):
    answer = device.got(CHALLENGE)
    do_something(proof=Proof(passkey=answer), by=operator)
    with pytest.raises(IdentityRefused, match="this answer was used before"):
        do_something(proof=Proof(passkey=answer), by=operator)
    with pytest.raises(IdentityRefused, match="this answer was used before"):
        do_something(proof=Proof(passkey=device.got(CHALLENGE)), by=operator)
    assert [entry.action for entry in Entry.objects.order_by("id")][-2:] == ["identity_failed"] * 2


def test_copy_of_a_device_is_found_by_its_count(operator, device, passkey):
    do_something(proof=Proof(passkey=device.got(CHALLENGE)), by=operator)
    device.count = 0
    with pytest.raises(IdentityRefused, match="its count went back"):
        do_something(proof=Proof(passkey=device.got(b"y" * 32)), challenge=b"y" * 32, by=operator)


def test_passkey_that_does_not_count_is_fine(operator):
    device = Device(counts=False)
    passkey_of(operator, device)
    for challenge in (CHALLENGE, b"y" * 32):
        do_something(proof=Proof(passkey=device.got(challenge)), challenge=challenge, by=operator)
    assert PasskeyUse.objects.count() == 2


def test_r044_five_wrong_answers_lock_passkey_and_password(operator, device, passkey):
    for _ in range(5):
        refusal_of(Proof(passkey=device.got(b"y" * 32)), operator)
    for proof in (Proof(passkey=device.got(CHALLENGE)), Proof(password=PASSWORD)):
        with pytest.raises(ActionRefused, match="Too many wrong passwords"):
            do_something(proof=proof, by=operator)


def test_refused_action_leaves_no_use(operator, device, passkey):
    @action(may=EVERYBODY)
    def refuse(*, by):
        prove(person=by, proof=Proof(passkey=device.got(CHALLENGE)), challenge=CHALLENGE)
        raise ActionRefused("The record changed while you were reading.")

    with pytest.raises(ActionRefused):
        refuse(by=operator)
    assert PasskeyUse.objects.count() == 0


@pytest.mark.parametrize(
    ("domain", "origins", "origin", "is_ours"),
    [
        ("localhost", [], "http://localhost:8123", True),
        ("localhost", [], "http://127.0.0.1:8123", False),
        ("localhost", [], "ftp://localhost", False),
        ("lab.example", ["https://lab.example"], "https://lab.example", True),
        ("lab.example", ["https://lab.example"], "https://lab.example:8443", False),
        ("lab.example", ["https://lab.example"], "http://lab.example", False),
        ("lab.example", ["https://lab.example"], "http://localhost:8000", False),
        ("lab.example", ["https://lab.example"], "https://evil.lab.example", False),
    ],
)
def test_passkeys_work_on_pages_of_named_origins_only(settings, domain, origins, origin, is_ours):
    settings.PASSKEY_DOMAIN, settings.PASSKEY_ORIGINS = domain, origins
    assert webauthn.may_come_from(origin) is is_ours
