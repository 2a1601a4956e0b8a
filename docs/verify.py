"""Verifies a Cardea audit trail without Cardea: python3 verify.py DIRECTORY [--key KEYS] [--checkpoint FILE]...
Needs Python 3.8 and nothing else; reads, never writes. The formats are described in audit.md. It checks
  1. every line: a JSON object, numbered without a gap, holding the SHA-256 of the line before it;
  2. an outcome for every intent, and at most one;
  3. every checkpoint: the Merkle root (RFC 6962) of the records before it, signed (Ed25519, C2SP signed note)
     with a key that the root key has introduced, together with the root of the records up to there;
  4. the file `checkpoint`, and every checkpoint that was kept elsewhere (--checkpoint), against the records.
Without --key (a copy of KEYS) the root key is as the trail states it. Exit: 0 whole, 1 tampered, 2 incomplete, 3 usage."""
import base64, hashlib, json, os, re, sys

class Bad(Exception):
    pass
def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

# Ed25519 (RFC 8032, section 5.1), verification only: nothing here is secret, so nothing has to take constant time.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        result = add(result, point) if scalar & 1 else result
        point, scalar = add(point, point), scalar >> 1
    return result
def point_of(data):
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, int.from_bytes(data, "little") >> 255
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if (x * x - x2) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    if len(data) != 32 or y >= P or (x * x - x2) % P or (x == 0 and sign):
        raise Bad("a key or a signature is not a point of the curve")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P

BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
def verifies(key, message, signature):
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:64], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    p, q = multiply(s, BASE), add(r, multiply(h, a))
    return len(signature) == 64 and s < L and (p[0] * q[2] - q[0] * p[2]) % P == (p[1] * q[2] - q[1] * p[2]) % P == 0

# Signed notes: lines "origin", "size", "root" and perhaps "epoch <number> <key>"; an empty line; signature lines.
def parse_note(note):
    try:
        text, lines = note.rsplit("\n\n", 1)
        origin, size, root, *epoch = text.split("\n")
        signatures = [line.split(" ")[1:] for line in lines.splitlines()]
        return {"origin": origin, "size": int(size), "root": base64.b64decode(root), "text": text + "\n",
                "signatures": [(name, base64.b64decode(data)) for name, data in signatures],
                "epoch": re.fullmatch("epoch ([0-9]+) ([A-Za-z0-9+/]{43}=)", epoch[0]).groups() if epoch else None}
    except (AttributeError, ValueError):
        raise Bad("this is no checkpoint") from None
def signed_by(note, name, key):
    key_id = sha256(name.encode() + b"\n\x01" + key)[:4]
    own = [data[4:] for signer, data in note["signatures"] if (signer, data[:4]) == (name, key_id)]
    return bool(own) and all(verifies(key, note["text"].encode(), signature) for signature in own)

# The Merkle tree as the roots of its perfect subtrees, each with its size, from the largest to the smallest.
def grow(tree, line):
    tree.append((1, sha256(b"\x00", line)))
    while len(tree) > 1 and tree[-2][0] == tree[-1][0]:
        (size, right), (_, left) = tree.pop(), tree.pop()
        tree.append((2 * size, sha256(b"\x01", left, right)))
def root_of(tree):
    root = tree[-1][1] if tree else sha256()
    for _, left in reversed(tree[:-1]):
        root = sha256(b"\x01", left, root)
    return root

class Trail:
    def __init__(self, root_key, outside):
        self.name, self.root_key = root_key or (None, None)
        self.wanted = {note["size"]: sha256() for note in outside}  # roots at the sizes of checkpoints not in the trail
        self.seq, self.hash, self.tree, self.open, self.first = 0, "0" * 64, [], set(), 0
        self.epochs, self.known, self.checkpoints, self.signed, self.pruned = [], {}, 0, 0, None

    def take(self, line, after_pruned):
        try:
            record = json.loads(line.decode("utf-8"))
            if after_pruned:  # it says which chain, which tree and which intents it continues
                self.seq, self.hash = self.pruned = record["seq"] - 1, record["prev"]
                sizes = [1 << bit for bit in range(60, -1, -1) if self.seq >> bit & 1]
                self.tree = list(zip(sizes, map(bytes.fromhex, record["detail"]["tree"])))
                self.first, self.open = self.seq + 1, set(record["detail"]["openIntents"])
            if (record["seq"], record["prev"]) != (self.seq + 1, self.hash):
                raise Bad("it does not follow the record that was written before it")
            if record["event"] in ("statement", "trail.segment", "trail.key", "trail.checkpoint", "trail.prune"):
                getattr(self, record["event"].split(".")[-1])(record, record.get("detail", {}))
        except (ValueError, KeyError, TypeError):
            raise Bad("it is no record") from None
        self.seq, self.hash = self.seq + 1, sha256(line).hex()
        grow(self.tree, line)
        if self.seq in self.wanted:
            self.wanted[self.seq] = root_of(self.tree)
    def statement(self, record, _):
        known, intent = record["id"] in self.open, record["phase"] == "intent"
        if known if intent else not known and "body" not in record:
            raise Bad("it is a second intent" if intent else "it is an outcome without an intent")
        (self.open.add if intent else self.open.discard)(record["id"])
    def segment(self, _, detail):
        if (self.epochs or "tree" in detail) and detail.get("tree") != [node.hex() for _, node in self.tree]:
            raise Bad("it does not continue the tree of the records before it")
        self.known[self.seq] = root_of(self.tree)
        if "note" in detail and not self.epochs:
            self.introduce(parse_note(detail["note"]))
    def introduce(self, note):
        if not (note["epoch"] and note["origin"] == self.name and signed_by(note, self.name, self.root_key)):
            raise Bad("no root key in KEYS has signed the key that it introduces")
        self.epochs.append((self.seq + 1, int(note["epoch"][0]), base64.b64decode(note["epoch"][1])))
    def key(self, _, detail):
        note = parse_note(detail["note"])
        self.introduce(note)
        if len(self.epochs) > 1 and self.epochs[-1][1] != self.epochs[-2][1] + 1:
            raise Bad("the key before it is missing")
        self.known[self.seq] = root_of(self.tree)
        if self.known.get(note["size"]) != note["root"]:
            raise Bad("the root key has signed other records than those before it")
        self.known, self.signed = {}, note["size"]
    def checkpoint(self, _, detail):
        note = parse_note(detail["note"])
        self.signature(note)
        if (note["size"], note["root"]) != (self.seq, root_of(self.tree)):
            raise Bad("the records before it are not those that the checkpoint names")
        self.known[self.seq], self.signed, self.checkpoints = note["root"], self.seq, self.checkpoints + 1
    def prune(self, _, detail):
        self.pruned = None if self.pruned == (detail["seq"], detail["hash"]) else self.pruned
    def signature(self, note, *others):
        epochs = [(number, key) for since, number, key in self.epochs if since <= note["size"]]
        keys = [("%s/epoch/%d" % (self.name, number), key) for number, key in epochs[-1:]] + list(others)
        if note["origin"] != self.name or not any(signed_by(note, *key) for key in keys):
            raise Bad("a checkpoint of %d records is not signed with the key in use" % note["size"])
    def compare(self, note, place):
        if note["size"] > self.seq:
            raise Bad("the tail is missing: %s names record %d" % (place, note["size"]))
        if self.wanted[note["size"]] != note["root"]:
            raise Bad("the first %d records are not those that %s names" % (note["size"], place))
        self.signature(note, (self.name, self.root_key))
        self.signed = max(self.signed, note["size"])

def read(directory, name):
    path = os.path.join(directory, name)
    return open(path, encoding="utf-8", newline="").read() if os.path.exists(path) else None
def key_in(text):
    name, _, data = text.strip().split("+", 2)
    return name, base64.b64decode(data)[1:]

def verify(directory, key, elsewhere):
    root_key = read(directory, "KEYS") and key_in(read(directory, "KEYS"))
    if key and (not root_key or root_key[1] != key[1]):
        raise Bad("the trail is not signed under the root key given")
    beside = [parse_note(note) for note in [read(directory, "checkpoint")] if note is not None]
    trail, torn = Trail(root_key, beside + elsewhere), 0
    segments = sorted(name for name in os.listdir(directory) if re.fullmatch(r"\d{8}\.jsonl", name))
    for at, name in enumerate(segments):
        if torn or int(name[:8]) != int(segments[0][:8]) + at:
            raise Bad("the end of the segment before %s is missing" % name)
        for number, line in enumerate(open(os.path.join(directory, name), "rb"), 1):
            torn = 0 if line.endswith(b"\n") else len(line)
            try:
                if not torn:
                    trail.take(line[:-1], after_pruned=at == 0 and number == 1 and int(name[:8]) > 1)
            except Bad as bad:
                raise Bad("%s line %d, record %d: %s" % (name, number, trail.seq + 1, bad)) from None
    if trail.pruned or (trail.checkpoints and not beside):
        raise Bad("the first records are missing" if trail.pruned else "the file checkpoint is missing")
    for note in [note for note in beside + elsewhere if note["size"] >= trail.first]:  # others: of what was pruned
        trail.compare(note, "the file checkpoint" if note in beside else "the checkpoint kept elsewhere")
    return trail, torn

def main(directory="", *rest):
    try:
        options = [(rest[at], open(rest[at + 1], encoding="utf-8", newline="").read()) for at in range(0, len(rest), 2)]
        keys = [key_in(text) for option, text in options if option == "--key"]
        given = "".join(text for option, text in options if option == "--checkpoint")
        elsewhere = [parse_note(note) for note in re.findall("[^\n].*?\n\n(?:\u2014 [^\n]+\n)+", given, re.S)]
        if not directory or {option for option, _ in options} - {"--key", "--checkpoint"} or (given and not elsewhere):
            raise ValueError(__doc__)
        trail, torn = verify(directory, keys[0] if keys else None, elsewhere)
    except Bad as bad:
        print("TAMPERED:", bad)
        return 1
    except (ValueError, IndexError, OSError) as error:
        print(error, file=sys.stderr)
        return 3
    sound = not torn and not trail.open
    print("%s: %d records, %d checkpoints, %d records after the last signature, %d open intents, %d bytes torn; %s"
          % ("WHOLE" if sound else "INCOMPLETE", trail.seq, trail.checkpoints, trail.seq - trail.signed, len(trail.open),
             torn, ("root key given, " if keys else "")
             + ("anchored" if any(note["size"] >= trail.first for note in elsewhere) else "unanchored")))
    return 0 if sound else 2

if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
