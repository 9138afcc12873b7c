// A second verifier of bundles: another language, another standard library, another way to count the tree.
// It knows the formats only (RFC 6962, C2SP signed notes) and shares nothing with verify.py.
//     node second_verifier.mjs FOLDER [name+id+base64]
import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, givenKey] = process.argv.slice(2);
const sha = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const read = (name) => readFileSync(join(folder, name));
const demand = (holds, words) => { if (!holds) throw new Error(words); };

function checkpoint(name, keys) {
  const note = read(name).toString("utf8");
  const cut = note.lastIndexOf("\n\n");
  const text = note.slice(0, cut + 1);
  const [origin, size, root] = text.split("\n");
  const isSigned = keys.some((key) => {
    const [keyName, id, ...encoded] = key.trim().split("+");
    const data = Buffer.from(encoded.join("+"), "base64");
    if (keyName !== origin || sha(keyName + "\n", data).subarray(0, 4).toString("hex") !== id) return false;
    const x = data.subarray(1).toString("base64url");
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
    const line = note.slice(cut + 2).split("\n").find((one) => one.startsWith(`\u2014 ${origin} `));
    const signature = line ? Buffer.from(line.split(" ")[2], "base64") : Buffer.alloc(4);
    return signature.subarray(0, 4).toString("hex") === id
      && verify(null, Buffer.from(text, "utf8"), publicKey, signature.subarray(4));
  });
  demand(isSigned, `${name} is not signed by a key of this log`);
  return { name, size: Number(size), root: Buffer.from(root, "base64") };
}

// The tree from the definition: the root of a range is that of its two halves, cut at a power of two.
function counted(lines, leaves) {
  const given = new Map(), own = new Map();
  let at = 0, taken = 0;
  for (const line of lines) {
    const [width, hash] = line.split(" ");
    if (hash) given.set(`${at}/${at + Number(width)}`, Buffer.from(hash, "hex"));
    else for (let n = 0; n < Number(width); n++) own.set(at + n, leaves[taken++]);
    at += Number(width);
  }
  demand(taken === leaves.length && !leaves.includes(undefined), "entries and places do not match");
  const root = (start, end) => {
    const known = given.get(`${start}/${end}`);
    if (known) return known;
    if (end - start === 1) { demand(own.get(start), `nothing leads to leaf ${start}`); return own.get(start); }
    const half = 2 ** Math.floor(Math.log2(end - start - 1));
    return sha(Buffer.of(1), root(start, start + half), root(start + half, end));
  };
  return { size: at, root: (size) => root(0, size) };
}

try {
  const contents = JSON.parse(read("contents.json"));
  for (const [name, [size, hash]] of Object.entries(contents.files)) {
    const data = read(name);
    demand(data.length === size && sha(data).toString("hex") === hash, `${name} was changed`);
  }
  const keys = givenKey ? [givenKey] : JSON.parse(read("epochs.json")).map((epoch) => epoch.public_key);
  const older = existsSync(join(folder, "proof/older")) ? readdirSync(join(folder, "proof/older")) : [];
  const texts = read("proof/entries.txt").toString("latin1").split("\n").slice(0, -1);
  const bytes = texts.map((text) => Buffer.from(text, "latin1"));
  const leaves = bytes.map((text) => sha(Buffer.of(0), text));
  const tree = counted(read("proof/tree.txt").toString().split("\n").slice(0, -1), leaves);
  const shown = [checkpoint("proof/checkpoint.txt", keys), ...older.map((name) => checkpoint(`proof/older/${name}`, keys))];
  demand(tree.size === shown[0].size, "the tree has another size than the checkpoint");
  for (const one of shown) demand(tree.root(one.size).equals(one.root), `${one.name} does not fit the entries`);
  const told = bytes.map((text, n) => ({ ...JSON.parse(text), leaf: leaves[n].toString("hex") }));
  const batch = contents.about.batch;
  if (batch) {
    told.sort((one, other) => one.batch.entry - other.batch.entry);
    told.forEach(({ batch: place }, n) => demand(
      place.number === batch && place.entry === n + 1 && place.previous === (n ? told[n - 1].leaf : null),
      `entry ${n + 1} of the batch is missing or changed`));
  }
  const made = told[told.length - 1].detail.contents;
  for (const [name, hash] of Object.entries(made)) demand(contents.files[name]?.[1] === hash, `${name} is another`);
  console.log("OK", tree.size, leaves.length);
} catch (error) {
  console.log("WRONG", error.message);
  process.exitCode = 1;
}
