"""Checks a bundle of ExoLedger without ExoLedger: Python 3.8 or newer, nothing else, no network.

    python verify.py BUNDLE.zip [--key "name+id+base64"]... [PRINTED-CHECKPOINT.txt | "size root"]...

Without a bundle it checks the folder that it lies in. Says OK, or the first thing wrong; see README.txt.
"""
import json, re, sys, zipfile
from base64 import b64decode
from functools import partial, reduce
from hashlib import sha256, sha512
from itertools import islice
from pathlib import Path

P, L, BLOCK, LARGEST = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493, 2**18, 2**26
D, HALF = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)

def demand(holds, words):
    if not holds:
        raise SystemExit("WRONG. " + words)

def add(p, q):  # points of Ed25519 as (X, Y, Z, T), RFC 8032 section 5.1.4
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    return (b - a) * (d - c) % P, (d + c) * (b + a) % P, (d - c) * (d + c) % P, (b - a) * (b + a) % P

def point(data):
    y, odd = int.from_bytes(data, "little") % 2**255, data[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * HALF % P
    demand(y < P and x * x % P == square and (x or not odd), "A key or signature is no point of Ed25519.")
    x = x if x & 1 == odd else P - x
    return x, y, 1, x * y % P

def has_signed(key, text, signature):
    k = int.from_bytes(sha512(signature[:32] + key + text).digest(), "little") % L
    s, (x, y, _, t), (u, v, *_) = int.from_bytes(signature[32:], "little"), point(key), point(signature[:32])
    base, minus, at = point(b"\x58" + b"\x66" * 31), (P - x, y, 1, P - t), (0, 1, 1, 0)
    table = (at, base, minus, add(base, minus))
    for bit in range(252, -1, -1):  # at becomes s * base - k * key, which must be the signature's point
        at = add(add(at, at), table[(s >> bit & 1) + 2 * (k >> bit & 1)])
    return len(signature) == 64 and s < L and not (at[0] - u * at[2]) % P | (at[1] - v * at[2]) % P

def checkpoint(what, note, keys):
    text, _, below = note.replace("\r\n", "\n").rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    key = [b64decode(key.split("+", 2)[2])[1:] for key in keys if key.startswith(origin + "+")]
    signature = re.findall("^\u2014 %s (\\S+)$" % re.escape(origin), below, re.M)
    demand(key and signature, what + " is not signed with a key of this log, or not with the one you gave.")
    fits = has_signed(key[-1], (text + "\n").encode(), b64decode(signature[0])[4:])
    demand(fits, what + " was changed, or signed with another key: its signature does not fit.")
    return what, int(size), b64decode(root)

def roots_at(stops, parts, leaves, spans):  # RFC 6962: the root over the first so many entries, for each stop
    stack, size, found, parts = [], 0, {}, parts[::-1]
    while parts:  # whole subtrees from left to right, each by its root or as so many lines of entries.txt
        width, given = int(parts[-1].split()[0]), bytes.fromhex("".join(parts.pop().split()[1:]))
        demand(width > 0 and not width & (width - 1) | size % width, "tree.txt does not list whole subtrees.")
        if not given and any(size < stop < size + width for stop in stops):
            parts += [str(width // 2)] * 2
            continue
        level, size = [given] if given else list(islice(leaves, width)), size + width
        spans += [] if given else [(size - width, size)]
        demand(given or len(level) == width, "Entries are missing: tree.txt has places for more of them.")
        while len(level) > 1:
            level = [sha256(b"\1" + a + b).digest() for a, b in zip(level[::2], level[1::2])]
        while stack and stack[-1][0] == width:
            level, width = [sha256(b"\1" + stack.pop()[1] + level[0]).digest()], 2 * width
        stack.append((width, level[0]))
        if size in stops:
            found[size] = reduce(lambda b, a: sha256(b"\1" + a[1] + b).digest(), stack[-2::-1], stack[-1][1])
    demand(next(leaves, None) is None, "entries.txt holds more entries than tree.txt has places for.")
    return found

def opened(path):
    if path.is_dir():
        return {p.relative_to(path).as_posix(): partial(p.open, "rb") for p in path.rglob("*") if p.is_file()}
    archive = zipfile.ZipFile(path)
    files = {one.filename: partial(archive.open, one) for one in archive.infolist()}
    bomb = any(one.file_size > 200 * one.compress_size + BLOCK for one in archive.infolist())
    demand(not bomb, "A file in the zip is implausibly large for the room it takes; nothing is unpacked.")
    demand(len(files) == len(archive.infolist()), "Two files in the zip have the same name.")
    return files

def pieces(opener, name, listed):
    size, digest = 0, sha256()
    for block in iter(partial(opener().read, BLOCK), b""):
        size, _ = size + len(block), digest.update(block)
        yield block
    demand([size, digest.hexdigest()] == listed, name + " was changed: it is not what contents.json names.")

def leaves_of(blocks, bodies, most):
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        demand(len(rest) < LARGEST, "An entry is implausibly long.")
        bodies[:] = (bodies + lines)[-most:]
        yield from [sha256(b"\0" + line).digest() for line in lines]
    demand(not rest, "entries.txt ends in the middle of an entry.")

def check(where, given, printed):
    files, known, bodies, attached, spans, previous = opened(where), {}, [], set(), [], None
    text = files.pop("contents.json")().read(LARGEST).decode()
    batch, listed = json.loads(text)["about"]["batch"], json.loads(text)["files"]
    for name in sorted({*files, *listed}):
        right = name in files and name in listed and re.fullmatch(r"(\w[\w.-]*/)*\w[\w.-]*", name, re.A)
        demand(right, ascii(name) + (" is missing." if name in listed else " does not belong to the bundle."))
        read = known[name] = pieces(files[name], name, listed[name])
        if name != "proof/entries.txt":
            known[name] = b"".join(read).decode() if name.endswith((".json", ".txt")) else all(read)
    keys = [epoch["public_key"] for epoch in json.loads(known["epochs.json"])]
    shown = [checkpoint("proof/checkpoint.txt", known["proof/checkpoint.txt"], given or keys)]
    shown += [checkpoint(name, known[name], keys) for name in known if name.startswith("proof/older/")]
    shown += [checkpoint("Your checkpoint", one, keys) if "\u2014" in one else
              ("Your checkpoint", int(one.split()[0]), b64decode(one.split()[1])) for one in printed]
    leaves = leaves_of(known["proof/entries.txt"], bodies, LARGEST if batch else 1)
    roots = roots_at({size for _, size, _ in shown}, known["proof/tree.txt"].splitlines(), leaves, spans)
    entries = sorted(bodies, key=lambda line: batch and json.loads(line)["batch"]["entry"])
    for number, line in enumerate(entries if batch else (), 1):
        body = json.loads(line)
        right = body["batch"] == {"number": batch, "entry": number, "previous": previous}
        demand(right, "Entry %d of batch %s is missing, or the one before it was changed." % (number, batch))
        attached.update(one["new"] for one in body.get("changes", ()) if one["field"] == "sha256")
        previous = sha256(b"\0" + line).hexdigest()
    for what, size, root in shown:
        demand(size <= shown[0][1], what + " is newer than the bundle: compare it with a newer bundle.")
        demand(size in roots, what + " can't be compared with this bundle: ask for one made --against it.")
        demand(roots[size] == root, what + " does not fit: entries before it were changed, left out, added.")
    ends = [end for span in spans[:-1] for end in span]  # the last one is the entry of the bundle's making
    whole = ends[1:-1:2] == ends[2::2] and spans[-1][1] - spans[-1][0] == 1
    demand(batch or whole, "Entries in the middle of the range are left out.")
    made, here = json.loads(entries[-1])["detail"], {(f, listed[f][1]) for f in files if f[:6] != "proof/"}
    odd = sorted(here ^ {*made["contents"].items(), *(("files/" + one, one) for one in attached)})
    demand(not odd, "%s is missing, changed or added: the entries name other bytes." % (odd or [""])[0][:1])
    same = {"about": made["about"], "files": listed}
    demand(json.dumps(same, sort_keys=True, separators=(",", ":")) == text, "contents.json was changed.")
    what = "batch " + batch if batch else "the log from number %d to %d" % (ends[0] + 1, ends[-1])
    print("OK. All entries of %s are here, unchanged; files: %d." % (what, len(attached)))
    print("They stand in a log of %d entries; others that fit it: %d." % (shown[0][1], len(shown) - 1))
    print("It is signed with", *given or keys[-1:], "" if given else "(compare that with a print you have)")

if __name__ == "__main__":
    keys = [two for one, two in zip(sys.argv, sys.argv[1:]) if one == "--key"]
    rest = [two for one, two in zip(sys.argv, sys.argv[1:]) if "--key" not in (one, two)]
    has_name = rest and (Path(rest[0]).is_dir() or rest[0].endswith(".zip"))
    try:
        where = Path(rest.pop(0)) if has_name else Path(__file__).parent
        check(where, keys, [Path(one).read_text("utf-8") if Path(one).is_file() else one for one in rest])
    except (Exception, KeyboardInterrupt) as error:
        raise SystemExit("WRONG. This is no bundle of ExoLedger, or it is damaged: " + ascii(str(error))[:90])
