"""The verifier of signatures, alone with a bundle: what it lets pass, and every lie that it names."""

import hashlib
import importlib.util
import json
import zipfile
from pathlib import Path
from random import Random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

from accounts.proving import Proof
from accounts.statements import offer as offer_of
from audit import canonical
from audit.bundle.making import VERIFIER
from batches.masters import actions as master_actions
from batches.masters import drafts
from batches.masters.models import MasterVersion
from batches.masters.plans import sha256_signed
from batches.specifications.actions import approve_specification, make_specification_effective
from batches.specifications.content import sha256_of as specification_sha256
from qc import actions
from qc.signatures.ceremony import Signing, just_read, offer
from qc.signatures.manifests import manifest_now
from tests.audit.bundle.conftest import verified
from tests.batches.masters.test_masters import STEP
from tests.batches.specifications.conftest import read
from tests.factories import BatchFactory, ProductFactory
from tests.factories.deviations import closed
from tests.factories.passkeys import UP, UV, Device, passkey_of
from tests.factories.people import PASSWORD
from tests.factories.specifications import submitted_specification
from tests.qc.conftest import ready
from tests.way import submitted

SIGNATURES = VERIFIER.with_name("verify_signatures.py")
MANIFEST = '{"batch":"B-1","sections":[]}'
RANDOM = Random(4)


@pytest.fixture(scope="module")
def module():
    spec = importlib.util.spec_from_file_location("verify_signatures", SIGNATURES)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


class Bundle:
    """What a bundle holds of signatures, in a folder, written by hand."""

    def __init__(self, folder):
        self.folder, self.device = folder, Device()
        self.one = self.signed()

    def signed(self, means="passkey", manifest=MANIFEST, **asserted):
        said = {
            "v": 1,
            "meaning": "reviewed_approved",
            "batch": "B-1",
            "manifest": hashlib.sha256(manifest.encode()).hexdigest(),
            "signer": "reviewer1",
            "nonce": "00" * 16,
        }
        statement = canonical.text(said)
        one = {
            "id": 7,
            "meaning": "Reviewed by QC: approved",
            "user_name": "reviewer1",
            "printed_name": "Reviewer Öne",
            "signed_at": "2026-11-26T08:00:00.000000Z",
            "comment": "",
            "identity_proved_by": means,
            "statement": statement,
        }
        if means == "passkey":
            answer = json.loads(self.device.got(hashlib.sha256(statement.encode()).digest(), **asserted))
            response = answer["response"]
            one |= {
                "credential_id": self.device.name,
                "credential_name": "Key ring",
                "public_key": websafe_encode(self.device.public_key),
                "domain": "localhost",
                "client_data": response["clientDataJSON"],
                "authenticator_data": response["authenticatorData"],
                "signature": response["signature"],
            }
        return one

    def verdict(self, one=None, told=None, manifest=MANIFEST):
        """What the verifier says of this signature; `told` is what the entry tells instead of the same."""
        one = one or self.one
        names = {"user_name": "username", "identity_proved_by": "means", "signature": "proof"}
        fields = {names.get(name, name): value for name, value in one.items() if name != "id"}
        fields |= {"meaning": "reviewed_approved"} | (told or {})
        changes = [{"field": field, "new": value or None} for field, value in fields.items()]
        entry = {
            "action": "created",
            "batch": {"number": "B-1", "entry": 57},
            "record": {"kind": "qc.signature", "id": 7},
            "changes": changes,
        }
        (self.folder / "proof").mkdir(exist_ok=True)
        (self.folder / "files").mkdir(exist_ok=True)
        (self.folder / "proof" / "entries.txt").write_text(canonical.text(entry) + "\n")
        name = hashlib.sha256(MANIFEST.encode()).hexdigest()
        (self.folder / "files" / name).write_text(manifest)
        (self.folder / "signatures.json").write_text(json.dumps([one]))
        code, said = verified(self.folder, verifier=SIGNATURES)
        lines = said.splitlines()
        assert code == (0 if lines[1].strip().startswith("OK.") else 1)
        return lines[1].strip()


@pytest.fixture
def bundle(tmp_path):
    return Bundle(tmp_path)


def changed(one, **parts):
    """The signature with other bytes in it, as base64url."""
    return {**one, **{name: websafe_encode(value) for name, value in parts.items()}}


def test_is_a_few_pages_for_people_who_do_not_trust_us():
    text = SIGNATURES.read_text(encoding="utf-8")
    assert (text.count("\n") <= 230, max(len(line) for line in text.splitlines()) <= 110) == (True, True)


def test_signature_by_passkey_is_right(bundle):
    name = hashlib.sha256(MANIFEST.encode()).hexdigest()
    assert bundle.verdict() == (
        'OK.    by passkey "Key ring" (ES256): signed by that key on localhost; bound to entry 57; '
        f"what was signed: files/{name}"
    )


def test_signature_by_password_is_what_the_server_says(bundle):
    said = bundle.verdict(bundle.signed("password"))
    assert said.startswith("OK.    by password: the server vouches; bound to entry 57; what was signed: ")


def test_signature_by_an_rsa_key_is_right(bundle):
    bundle.device = Device("RS256")
    assert bundle.verdict(bundle.signed()).startswith('OK.    by passkey "Key ring" (RS256)')
    one = bundle.signed()
    raw = bytearray(websafe_decode(one["signature"]))
    raw[100] ^= 1
    assert bundle.verdict(changed(one, signature=bytes(raw))) == "WRONG. The passkey did not sign this."


LIES = {
    "type": ({"type": "webauthn.create"}, "Its passkey was not asked to sign."),
    "challenge": ({"challenge": websafe_encode(b"x" * 32)}, "It signed something else."),
    "origin": ({"origin": "https://evil.example"}, "It was given on another site: https://evil.example"),
    "alike": ({"origin": "https://notlocalhost"}, "It was given on another site: https://notlocalhost"),
    "framed": ({"crossOrigin": True}, "It was given on another site: http://localhost:8000"),
    "absent": ({"flags": UV}, "Nobody was there when it was given."),
    "unverified": ({"flags": UP}, "The device did not make sure of the person."),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_passkey_did_not_say_is_named(bundle, lie):
    given, words = LIES[lie]
    assert bundle.verdict(bundle.signed(**given)) == f"WRONG. {words}"


def test_passkey_of_another_domain_is_named(bundle):
    bundle.device.domain = "elsewhere.example"
    assert bundle.verdict(bundle.signed()) == "WRONG. Its passkey belongs to another domain."


def test_server_that_puts_another_key_in_does_not_make_the_signature(bundle):
    one = changed(bundle.one, public_key=Device().public_key)
    assert bundle.verdict(one) == "WRONG. The passkey did not sign this."


def test_changed_manifest_is_named(bundle):
    for means in ("passkey", "password"):
        said = bundle.verdict(bundle.signed(means), manifest=MANIFEST.replace("[]", "[1]"))
        assert said == "WRONG. The file of what was signed was changed: its hash is another."


@pytest.mark.parametrize("field", ["statement", "public_key", "proof", "means", "username", "printed_name"])
def test_entry_that_says_something_else_is_named(bundle, field):
    assert bundle.verdict(told={field: "x"}).startswith("WRONG. Its entry says something else: ")


@pytest.mark.parametrize(("part", "value"), [("meaning", "released"), ("batch", "B-2"), ("signer", "qa1")])
def test_statement_about_something_else_is_named(bundle, part, value):
    one = bundle.signed("password")
    one["statement"] = canonical.text({**json.loads(one["statement"]), part: value})
    assert bundle.verdict(one) == "WRONG. It states something else."


def test_signature_without_an_entry_and_entry_without_a_signature_are_named(bundle):
    bundle.verdict()
    for text, words in ((json.dumps([{**bundle.one, "id": 8}]), "1 wrong, 1 left out"), ("[]", "1 left out")):
        (bundle.folder / "signatures.json").write_text(text)
        code, said = verified(bundle.folder, verifier=SIGNATURES)
        assert (code, words in said) == (1, True)


def test_every_changed_byte_of_a_passkeys_answer_is_named(bundle, module):
    """Each byte of what the device said, of its signature and of its key; no process of its own for each."""
    for name in ("client_data", "authenticator_data", "signature", "public_key"):
        whole = websafe_decode(bundle.one[name])
        for at in range(len(whole)):
            other = bytes([*whole[:at], whole[at] ^ (1 << RANDOM.randrange(8)), *whole[at + 1 :]])
            with pytest.raises(Exception):  # noqa: B017, PT011 (damaged in whatever way)
                module.by_passkey(changed(bundle.one, **{name: other}))


def judged(public, message, signature):
    try:
        public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def fits(module, key, message, signature):
    try:
        return bool(module.fits_p256(key, message, signature))
    except (module.Wrong, IndexError):
        return False


def test_ecdsa_judges_as_the_cryptography_library_does(module):
    """Random keys; whole signatures, changed ones, and numbers at the edges."""
    answers = []
    for turn in range(12):
        private = ec.derive_private_key(RANDOM.randrange(1, module.N), ec.SECP256R1())
        public, message = private.public_key(), RANDOM.randbytes(turn * 7)
        key = cbor.decode(cbor.encode(dict(ES256.from_cryptography_key(public))))
        good = private.sign(message, ec.ECDSA(hashes.SHA256()))
        tries = [(message, good), (message + b"x", good), (message, good + b"\0"), (message, good[:-1])]
        for _ in range(6):
            at = RANDOM.randrange(len(good))
            tries.append(
                (message, bytes([*good[:at], good[at] ^ (1 << RANDOM.randrange(8)), *good[at + 1 :]]))
            )
        for r, s in ((0, 1), (1, 0), (module.N, 1), (1, module.N), (1, 1), (module.N - 1, module.N - 1)):
            tries.append((message, encode_dss_signature(r, s)))
        for text, signature in tries:
            answers.append((judged(public, text, signature), fits(module, key, text, signature)))
    assert [one for one in answers if one[0] != one[1]] == []
    assert sum(one[0] for one in answers) == 12


def test_key_that_is_no_point_of_the_curve_is_refused(module):
    device = Device()
    key = cbor.decode(device.public_key)
    off = {**key, -3: bytes(32)}
    for odd in (off, {**key, -1: 2}, {**key, 1: 3}, {**key, -2: key[-2][:31]}):
        with pytest.raises(module.Wrong):
            module.fits_p256(odd, b"x", device.sign(b"x"))
    assert module.fits_p256(key, b"x", device.sign(b"x"))


def test_verifier_reads_keys_as_the_library_does(module):
    for algorithm in ("ES256", "RS256"):
        data = Device(algorithm).public_key
        assert module.item(data) == (cbor.decode(data), b"")


def test_it_uses_the_standard_library_alone():
    names = [line.split()[1] for line in SIGNATURES.read_text().splitlines() if line.startswith("from ")]
    assert names == ["base64", "hashlib", "pathlib", "urllib.parse"]
    assert Path(SIGNATURES).read_text().count("\nimport ") == 1


def test_r043_signatures_of_a_real_bundle_are_checked_offline(operator, second_operator, reviewer, bundled):
    batch = submitted(BatchFactory(by=operator), operator, second_operator)
    actions.begin_review(batch=batch, by=reviewer)
    device = Device()
    passkey_of(reviewer, device)
    ready(batch, reviewer)
    shown = offer(batch, manifest_now(batch), reviewer)
    challenge = websafe_decode(shown.challenge("reviewed_approved"))
    by_passkey = Signing(Proof(passkey=device.got(challenge)), shown.token())
    actions.approve_batch(batch=batch, signing=by_passkey, by=reviewer)
    by_password = just_read(batch, reviewer, Proof(password=PASSWORD), "kept cold")
    actions.set_disposition(batch=batch, disposition="quarantined", signing=by_password, by=reviewer)
    path = bundled(batch=batch.number)
    assert verified(path)[0] == 0
    code, said = verified(path, verifier=SIGNATURES)
    assert (code, said.count("OK."), said.splitlines()[-1]) == (0, 3, "3 signatures, 0 wrong, 0 left out.")
    assert 'by passkey "Key ring" (ES256): signed by that key on localhost' in said
    assert "by password: the server vouches" in said


@pytest.fixture
def approvals(operator, second_operator, reviewer, qa, bundled, tmp_path):
    """The unpacked bundle of a batch whose master and specification were approved, and whose deviation was
    closed, by passkey; and how the verifier judges it.
    """
    device = Device()
    passkey_of(qa, device)
    product = ProductFactory()
    in_review = submitted_specification(product=product, by=reviewer)
    given = signing_by(device, in_review, specification_sha256(read(in_review)), "specification_approved", qa)
    approve_specification(version=in_review, signing=given, by=qa)
    specification = make_specification_effective(version=in_review, by=qa).specification
    draft = master_actions.add_master(
        product=product, code="MBR-S", title="UC", specification=specification, by=reviewer
    )
    drafts.set_planned_step(version=draft, values=STEP, by=reviewer)
    whole = MasterVersion.objects.with_content().get(pk=draft.pk)
    given = signing_by(device, whole, sha256_signed(whole), "master_approved", qa)
    master = master_actions.approve_version(version=whole, signing=given, by=qa)
    batch = BatchFactory(version=MasterVersion.objects.with_content().get(pk=master.pk), by=operator)
    closed(batch, operator, qa, device=device)
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(bundled(batch=batch.number)) as archive:
        archive.extractall(folder)
    return folder


def signing_by(device, version, sha256, meaning, by):
    shown = offer_of(version.trail_label, sha256, by)
    answer = device.got(websafe_decode(shown.challenge(meaning)))
    return Signing(Proof(passkey=answer), shown.token())


def told(folder):
    code, said = verified(folder, verifier=SIGNATURES)
    return code, said.splitlines()


def rewritten(folder, name, change):
    """Write a JSON file of the bundle with a change, judge it, and put it back."""
    path = folder / name
    before = path.read_text()
    data = json.loads(before)
    change(data)
    path.write_text(json.dumps(data))
    code, said = verified(folder, verifier=SIGNATURES)
    path.write_text(before)
    return code, said


def test_r043_approvals_and_closed_deviations_are_checked_offline(approvals):
    assert verified(approvals)[0] == 0
    code, said = told(approvals)
    assert (code, said[-1]) == (0, "3 signatures, 0 wrong, 0 left out.")
    text = "\n".join(said)
    assert text.count('by passkey "Key ring" (ES256): signed by that key on localhost; bound to entry') == 3
    assert "entries of the deviation up to the one with that hash" in text


def test_r036_what_is_forged_about_an_approval_is_named(approvals):
    found = json.loads((approvals / "approvals.json").read_text())
    master, specification = found["approvals"]
    assert (master["kind"], specification["about"]) == ("batches.mastersignature", "Specification SPEC-1 v1")

    def other_plan(data):
        data["plan"] = specification["sha256"]

    def other_version(data):
        data["approvals"][1]["about"] = "Specification SPEC-1 v2"

    def other_hash(data):
        data["approvals"][1]["sha256"] = master["sha256"]

    def other_name(data):
        data["approvals"][0]["printed_name"] = "Somebody Else"

    def left_out(data):
        data["approvals"].pop()

    for change, words in (
        (other_plan, "The batch was opened on another plan."),
        (other_version, "It states something else."),
        (other_hash, "Its entry says something else: sha256"),
        (other_name, "Its entry says something else: printed_name"),
        (left_out, "1 left out"),
    ):
        code, said = rewritten(approvals, "approvals.json", change)
        assert (code, words in said) == (1, True), words


def test_r036_an_approval_that_is_not_in_the_log_is_named(approvals):
    def forged(data):
        data[0]["body"] = data[0]["body"].replace("QA One", "QA Two")

    def moved(data):
        data[0]["index"] += 1

    for change in (forged, moved):
        code, said = rewritten(approvals, "proof/beside.json", change)
        assert (code, "does not stand in the log" in said) == (1, True)


def test_r036_a_specification_that_reads_otherwise_is_named(approvals):
    specification = json.loads((approvals / "approvals.json").read_text())["approvals"][1]
    file = approvals / "files" / specification["sha256"]
    file.write_text(file.read_text().replace("50", "40"))
    code, said = verified(approvals, verifier=SIGNATURES)
    assert (code, "The file of what was signed was changed" in said) == (1, True)


def test_r028_a_closing_that_is_bound_to_another_entry_is_named(approvals):
    def other(data):
        data[0]["signatures"][0]["leaf_signed"] = "0" * 64

    code, said = rewritten(approvals, "deviations.json", other)
    assert (code, "Its entry says something else: leaf_signed" in said) == (1, True)


def test_r077_the_record_for_people_tells_of_approvals_deviations_and_the_review(approvals):
    page = (approvals / "record.html").read_text()
    for words in ("Specification approved", "Master record approved", "Deviation closed", "Rule set"):
        assert words in page
    [deviation] = json.loads((approvals / "deviations.json").read_text())
    assert (deviation["class"], deviation["status"]) == ("major", "Closed")
    assert [one["label"] for one in deviation["told"]][:1] == ["what happened"]
    kinds = {one["key"].partition(":")[0] for one in json.loads((approvals / "review.json").read_text())}
    assert {"rules", "state", "criterion", "exception"} <= kinds
