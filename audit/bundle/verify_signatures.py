"""Checks the signatures in a bundle of ExoLedger without ExoLedger: Python 3.8 or newer, nothing else.

    python verify_signatures.py [BUNDLE.zip]

Without a bundle it checks the folder that it lies in. For each signature on the batch, on its deviations, and
on the specification and master record that it was made by: it is what its entry says; the file of what was
signed has the hash that the statement names; and a passkey signed that statement, with the person present and
verified by the device. Approvals stand outside of the batch: their entries are proved to be in the log, and
what was approved to be what the batch's plan says. Says OK or the first thing wrong with each. Run verify.py
as well: it proves that entries and files are genuine; this one that the server signed in nobody's place.
"""
import json, sys, zipfile
from base64 import b64decode, urlsafe_b64decode
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

SAID = {"statement": "statement", "username": "user_name", "printed_name": "printed_name",
        "comment": "comment", "signed_at": "signed_at", "means": "identity_proved_by",
        "credential_id": "credential_id", "credential_name": "credential_name", "public_key": "public_key",
        "domain": "domain", "client_data": "client_data", "authenticator_data": "authenticator_data",
        "proof": "signature", "sha256": "sha256", "leaf_signed": "leaf_signed"}  # in the entry: in the file
BATCH, DEVIATION, SPECIFICATION, MASTER = (  # kinds of signatures, as entries name them
    "qc.signature", "qc.deviationsignature", "batches.specificationsignature", "batches.mastersignature")
# What a plan took over from what was approved: the plan's name for it, and that of the approved text.
TAKEN = {SPECIFICATION: (("specification",) * 2, ("specification_version", "version"), ("criteria",) * 2),
         MASTER: (("master",) * 2, ("version",) * 2, ("title",) * 2, ("steps",) * 2)}
SHOWN, PRESENT, VERIFIED = ("meaning", "printed_name", "user_name", "signed_at"), 1, 4

class Wrong(Exception):
    """What is wrong with a signature."""

def demand(holds, words):
    if not holds:
        raise Wrong(words)

def raw(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

# --- ECDSA over P-256 with SHA-256 (FIPS 186-5) -----------------------------------------------------
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 2**256 - 2**224 + 2**192 - 89188191075325690597107910205041859247
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)

def plus(a, b):  # points as (x, y); None is the one at infinity
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = (3 * a[0] ** 2 - 3) * pow(2 * a[1], -1, P) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P

def whole_number(der):  # a DER INTEGER: (value, what follows)
    size = der[1]
    digits = der[2:2 + size]
    shortest = digits and not digits[0] >> 7 and (digits[0] or size == 1 or digits[1] >> 7)
    demand(der[0] == 2 and 0 < size < 128 and len(digits) == size and shortest, "Its signature is malformed.")
    return int.from_bytes(digits, "big"), der[2 + size:]

def fits_p256(key, message, der):
    demand(key[1] == 2 and key[-1] == 1 and len(key[-2]) == len(key[-3]) == 32, "It is no key of P-256.")
    q = int.from_bytes(key[-2], "big"), int.from_bytes(key[-3], "big")
    on_curve = max(q) < P and (q[1] ** 2 - q[0] ** 3 + 3 * q[0] - B) % P == 0
    demand(on_curve and der[0] == 0x30 and der[1] == len(der) - 2 < 128, "Its key or signature is malformed.")
    r, rest = whole_number(der[2:])
    s, rest = whole_number(rest)
    if rest or not (0 < r < N and 0 < s < N):
        return False
    u, v = (one * pow(s, -1, N) % N for one in (int.from_bytes(sha256(message).digest(), "big"), r))
    at, both = None, plus(G, q)
    for bit in range(255, -1, -1):
        at = plus(plus(at, at), (None, G, q, both)[(u >> bit & 1) + 2 * (v >> bit & 1)])
    return at is not None and at[0] % N == r

# --- RSA with PKCS#1 v1.5 and SHA-256 (RFC 8017) -----------------------------------------------------
def fits_rsa(key, message, signature):
    n, e, size = int.from_bytes(key[-1], "big"), int.from_bytes(key[-2], "big"), len(key[-1])
    demand(key[1] == 3 and n >> 2047 and e > 2, "Its key is not one of RSA with 2048 bits or more.")
    told = bytes.fromhex("3031300d060960864801650304020105000420") + sha256(message).digest()
    padded = b"\0\1" + b"\xff" * (size - len(told) - 3) + b"\0" + told
    s = int.from_bytes(signature, "big")
    return len(signature) == size and s < n and pow(s, e, n) == int.from_bytes(padded, "big")

KINDS = {-7: ("ES256", fits_p256), -257: ("RS256", fits_rsa)}

def item(data):  # CBOR (RFC 8949) as far as a COSE key needs it: (value, what follows)
    kind, size, data = data[0] >> 5, data[0] & 31, data[1:]
    if size > 23:
        wide = {24: 1, 25: 2}[size]
        size, data = int.from_bytes(data[:wide], "big"), data[wide:]
    if kind == 5:
        held = {}
        for _ in range(size):
            name, data = item(data)
            held[name], data = item(data)
        return held, data
    demand(kind != 2 or size <= len(data), "Its key is cut off.")
    return {0: (size, data), 1: (-1 - size, data), 2: (data[:size], data[size:])}[kind]

def by_passkey(one):
    client, device = raw(one["client_data"]), raw(one["authenticator_data"])
    key, rest = item(raw(one["public_key"]))
    said, site = json.loads(client), urlsplit(json.loads(client)["origin"])
    demand(said["type"] == "webauthn.get", "Its passkey was not asked to sign.")
    demand(raw(said["challenge"]) == sha256(one["statement"].encode()).digest(), "It signed something else.")
    ours = site.hostname == one["domain"] or (site.hostname or "").endswith("." + one["domain"])
    demand(ours and not said.get("crossOrigin"), "It was given on another site: " + said["origin"])
    demand(device[:32] == sha256(one["domain"].encode()).digest(), "Its passkey belongs to another domain.")
    demand(len(device) >= 37 and device[32] & PRESENT, "Nobody was there when it was given.")
    demand(device[32] & VERIFIED, "The device did not make sure of the person.")
    demand(not rest and key.get(3) in KINDS, "Its key is of a kind that this program can't check.")
    name, fits = KINDS[key[3]]
    signed = device + sha256(client).digest()
    demand(fits(key, signed, raw(one["signature"])), "The passkey did not sign this.")
    return 'by passkey "%s" (%s): signed by that key on %s' % (one["credential_name"], name, one["domain"])

def checked(one, entries, bundle):
    kind = one.get("kind", BATCH)
    entry, number = entries.get((kind, one["id"]), (None, 0))
    demand(entry, "No entry tells of it.")
    told = {change["field"]: change["new"] for change in entry["changes"]}
    odd = [name for field, name in SAID.items() if (told.get(field) or "") != (one.get(name) or "")]
    demand(not odd, "Its entry says something else: " + ", ".join(odd))
    number = "entry %d" % entry["batch"]["entry"] if entry["batch"] else "entry %d of the log" % number
    means, said = "by password: the server vouches", json.loads(one["statement"] or "{}")
    if not said and kind == BATCH:
        return "%s; bound to %s (from before there were manifests)" % (means, number)
    about = one.get("about") or (entry["batch"] or {}).get("number")
    right = said.get("signer"), said.get("subject", said.get("batch")), said.get("meaning")
    demand(not said or right == (one["user_name"], about, told["meaning"]), "It states something else.")
    signed = said.get("manifest") or told.get("sha256") or one["leaf_signed"]
    demand(not said or signed == said.get("manifest", said.get("sha256")), "It states something else.")
    what = "entries of the deviation up to the one with that hash: " + signed
    if kind == DEVIATION:
        demand(signed in bundle["leaves"], "The entry that it is bound to is not here, or was changed.")
    else:
        text = bundle["read"](what := "files/%s" % signed)
        fits = sha256(text).hexdigest() == signed
        demand(fits, "The file of what was signed was changed: its hash is another.")
    for ours, theirs in TAKEN.get(kind, ()):
        same = bundle["plan"].get(ours) == json.loads(text).get(theirs)
        demand(same, "The batch's plan does not say what was approved: its %s is another." % ours)
    if one["identity_proved_by"] == "passkey":
        means = by_passkey(one)
    return "%s; bound to %s; what was signed: %s" % (means, number, what)

def proved(read):  # entries outside of the batch: (body, number in the log), by inclusion (RFC 6962)
    size, root = read("proof/checkpoint.txt").decode().split("\n")[1:3]
    for one in json.loads(read("proof/beside.json")):
        place, last, path = one["index"], int(size) - 1, [bytes.fromhex(step) for step in one["path"]]
        at = sha256(b"\0" + one["body"].encode()).digest()
        for step in path:
            left = place & 1 or place == last
            at = sha256(b"\1" + (step + at if left else at + step)).digest()
            while left and not place & 1 and place:
                place, last = place >> 1, last >> 1
            place, last = place >> 1, last >> 1
        demand(last == 0 and at == b64decode(root), "An entry of an approval does not stand in the log.")
        yield json.loads(one["body"]), one["index"] + 1

def plan_of(found, signatures, told, beside, read):  # the plan that the batch was opened and signed on
    text = read("files/" + found["plan"])
    demand(sha256(text).hexdigest() == found["plan"], "The plan was changed: its hash is another.")
    [opened] = [one for one, _ in told if (one["record"] or {}).get("kind") == "batches.batch"][:1]
    key = [change["new"] for change in opened["changes"] if change["field"] == "plan"]
    frozen = [{change["field"]: change["new"] for change in one["changes"]} for one, _ in beside
              if one["record"]["kind"] == "batches.frozenplan" and [one["record"]["id"]] == key]
    hashes = [one["sha256"] for one in frozen]
    demand(hashes == [found["plan"]], "The batch was opened on another plan.")
    for one in signatures:
        named = json.loads(one["statement"] or "{}").get("manifest")
        sections = json.loads(read("files/" + named))["sections"] if named else ()
        plans = [value["value"] for section in sections if section["key"].startswith("batches.batch:")
                 for value in section["values"] if value["field"] == "plan"]
        demand(all(plan == found["plan"] for plan in plans), "The batch was signed on another plan.")
    return json.loads(text)

def main(where):
    archive = zipfile.ZipFile(where) if where.is_file() else None
    read = archive.read if archive else lambda name: (where / name).read_bytes()
    names = archive.namelist() if archive else [path.name for path in where.iterdir()]
    signatures, beside, plan = json.loads(read("signatures.json")), [], {}
    lines = read("proof/entries.txt").splitlines()
    told = [(json.loads(line), number) for number, line in enumerate(lines, 1)]
    if "deviations.json" in names:
        signatures += [one for each in json.loads(read("deviations.json")) for one in each["signatures"]]
    if "approvals.json" in names:
        found = json.loads(read("approvals.json"))
        beside = list(proved(read))
        plan = plan_of(found, signatures, told, beside, read)
        signatures += found["approvals"]
    kinds = (BATCH, DEVIATION, SPECIFICATION, MASTER)
    made = [(one, at) for one, at in told + beside if one["action"] == "created"]
    keys = [(one["record"]["kind"], one["record"]["id"]) for one, _ in made]
    entries, wrong = {key: one for key, one in zip(keys, made) if key[0] in kinds}, 0
    bundle = {"read": read, "plan": plan, "leaves": {sha256(b"\0" + line).hexdigest() for line in lines}}
    for one in signatures:
        try:
            verdict = "OK.    " + checked(one, entries, bundle)
        except Exception as error:  # whatever stands there: it is no signature
            words = str(error) if isinstance(error, Wrong) else "It is damaged: " + repr(error)
            wrong, verdict = wrong + 1, "WRONG. " + ascii(words)[1:-1][:160]
        head = " · ".join(str(one.get(name)) for name in SHOWN)
        print("".join(c if c.isprintable() else "?" for c in head), "\n  " + verdict)
    left = sorted(set(entries) - {(one.get("kind", BATCH), one.get("id")) for one in signatures})
    print("%d signatures, %d wrong, %d left out." % (len(signatures), wrong, len(left)))
    return 1 if wrong or left else 0

if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent))
    except Wrong as wrong:
        sys.exit("WRONG. " + str(wrong))
