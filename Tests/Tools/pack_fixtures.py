#!/usr/bin/env python3
"""Pack recorded streams into Tests/Fixtures, and verify what is there.

    pack_fixtures.py --corpus DIR     pack anew from a corpus folder (manifest.json and .xz files)
    pack_fixtures.py --verify         decode every fixture and compare it with manifest.txt

A packed file is the text "FXT1" and then, until `size` bytes have come out,

    varint literal-count, that many bytes, varint match-length, varint distance

A match copies `match-length` bytes from `distance` bytes back and may overlap itself, so a run
is a match at distance 1. A match length of 0 has no distance. A varint holds seven bits a byte,
low bits first, with bit 7 set on all bytes but the last. Streams under 16 KiB are stored as
they are (`.stream`).

manifest.txt has a line for each fixture: name, size, FNV-1a (64 bits, hexadecimal), SHA-256. Those
of `containers` come from pack_containers.py.
Python 3.9 or later, standard library only.
"""
import argparse
import hashlib
import json
import lzma
import os
import re
import sys

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures")
MAGIC = b"FXT1"
RAW_LIMIT = 16384
KEY = 8                 # bytes that must agree before a match is looked at
SHORTEST = 6            # a shorter match is not worth its two numbers
def multifd(name):
    """A capture of three connections."""
    return [f"{name}:multifd-main", f"{name}:multifd0", f"{name}:multifd1"]


# A name alone means the entry's main file; "entry:role" another one of its files.
STREAMS = {
    "7.2": ["none", "none-noram", "pc", "pc-rich", "pc-kvm", "q35", "slirp", "no-vmdesc",
            "return-path", "ignore-shared", "background-snapshot", "rounds", "auto-converge",
            "block", "compress", "xbzrle", "postcopy", *multifd("multifd"),
            *multifd("multifd-zlib"), "savevm:qcow2"],
    "10.0": ["none", "pc", "pc-rich", "pc-smp2", "pc-file", "isapc", "shared-ram",
             "ignore-shared", "cpr-reboot", "dirty-bitmaps", "xbzrle", "mapped-ram:mapped-ram",
             "mapped-ram-multifd:mapped-ram", *multifd("multifd"), *multifd("multifd-legacy-zero"),
             *multifd("multifd-tee"), *multifd("multifd-zlib"), *multifd("multifd-zstd"),
             "postcopy-paused-dest", "savevm:qcow2"],
}


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, pos):
    value = shift = 0
    while True:
        byte = data[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, pos
        shift += 7


def common(data, a, b):
    """How many bytes from `a` equal those from `b` (a < b)."""
    length, step, end = 0, 16, len(data)
    while step:
        if b + length + step <= end and \
                data[a + length:a + length + step] == data[b + length:b + length + step]:
            length += step
            step = min(step * 2, 1 << 16)
        else:
            step //= 2
    return length


def pack(data):
    out = bytearray(MAGIC)
    seen = {}
    pos = literal = 0
    end = len(data)
    while pos < end:
        key = data[pos:pos + KEY]
        best, distance = 0, 0
        for back in (1, pos - seen.get(key, pos)):
            if 0 < back <= pos and data[pos - back:pos - back + KEY] == key:
                length = common(data, pos - back, pos)
                if length > best:
                    best, distance = length, back
        seen[key] = pos
        if best < SHORTEST:
            pos += 1
            continue
        out += varint(pos - literal) + data[literal:pos] + varint(best) + varint(distance)
        for at in range(pos + 1, min(pos + best, pos + 64)):
            seen[data[at:at + KEY]] = at
        pos += best
        literal = pos
    if literal < end:
        out += varint(end - literal) + data[literal:] + varint(0)
    return bytes(out)


def unpack(packed, size):
    if packed[:4] != MAGIC:
        raise ValueError("not a packed fixture")
    out = bytearray()
    pos = 4
    while len(out) < size:
        count, pos = read_varint(packed, pos)
        out += packed[pos:pos + count]
        pos += count
        length, pos = read_varint(packed, pos)
        if length:
            distance, pos = read_varint(packed, pos)
            start = len(out) - distance
            while length:
                piece = out[start:start + length]
                out += piece
                length -= len(piece)
    return bytes(out)


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def provenance(folder, entries):
    lines = [f"# Streams recorded from QEMU {folder}", "",
             "Every stream here was written by a QEMU binary of the distribution, with a firmware",
             "image of our own as guest (a public-domain test guest), so that no other firmware's",
             "bytes are in it. `$W` is a work folder. The hashes are of the decoded streams; `.packed`",
             "files are in the format that `Tests/Tools/pack_fixtures.py` describes.", ""]
    for name, entry, info in entries:
        command = " ".join(re.sub(r"q\d+-\d+\.qmp", "qmp", c) for c in entry["command"])
        lines += [f"## {name}", "",
                  f"- QEMU {entry['qemu']}, package `{entry['package']}`",
                  f"- Command: `{command}`"]
        if entry["capabilities"]:
            lines.append(f"- Capabilities: {', '.join(entry['capabilities'])}")
        if entry["parameters"]:
            pairs = (f"{k}={v}" for k, v in sorted(entry["parameters"].items()))
            lines.append(f"- Parameters: {', '.join(pairs)}")
        lines += [f"- Size: {info['size']} bytes", f"- SHA-256: `{info['sha256']}`", ""]
    with open(os.path.join(FIXTURES, folder, "PROVENANCE.md"), "w") as f:
        f.write("\n".join(lines).rstrip() + "\n")


def make(corpus):
    with open(os.path.join(corpus, "manifest.json")) as f:
        known = {(e["version_dir"], e["name"]): e for e in json.load(f)["entries"]}
    table = []
    for folder, names in STREAMS.items():
        os.makedirs(os.path.join(FIXTURES, folder), exist_ok=True)
        described = []
        for name in names:
            entry_name, _, role = name.partition(":")
            entry = known[folder, entry_name]
            info = next(i for i in entry["files"] if i["role"] == (role or "main"))
            # The role of a mapped-ram entry says no more than its name.
            name = entry_name + ("-" + role if role.startswith(("multifd", "qcow2")) else "")
            with lzma.open(os.path.join(corpus, info["file"])) as f:
                data = f.read()
            digest = hashlib.sha256(data).hexdigest()
            if digest != info["sha256"]:
                raise SystemExit(f"{folder}/{name}: the corpus file differs from its manifest")
            raw = len(data) < RAW_LIMIT
            leaf = os.path.join(FIXTURES, folder, name + (".stream" if raw else ".packed"))
            stored = data if raw else pack(data)
            with open(leaf, "wb") as f:
                f.write(stored)
            print(f"{folder}/{name}: {len(data)} bytes, stored {len(stored)}", flush=True)
            table.append(f"{folder}/{name} {len(data)} {fnv1a(data):016x} {digest}")
            described.append((name, entry, info))
        provenance(folder, described)
    write_manifest([row + "\n" for row in table], lambda name: name.split("/")[0] not in STREAMS)


def write_manifest(table, keeps):
    """Write new lines into the manifest, behind those whose names are to be kept."""
    path = os.path.join(FIXTURES, "manifest.txt")
    with open(path) as f:
        kept = [line for line in f if keeps(line.split()[0])]
    with open(path, "w") as f:
        f.writelines(sorted(kept + table, key=lambda row: row.startswith("containers/")))


def fixture(name):
    """The decoded bytes of one fixture, for the other tools."""
    with open(os.path.join(FIXTURES, "manifest.txt")) as f:
        size = next(int(w[1]) for w in map(str.split, f) if w[0] == name)
    path = os.path.join(FIXTURES, name)
    if os.path.exists(path + ".stream"):
        with open(path + ".stream", "rb") as f:
            return f.read()
    with open(path + ".packed", "rb") as f:
        return unpack(f.read(), size)


def verify():
    bad = 0
    with open(os.path.join(FIXTURES, "manifest.txt")) as f:
        rows = [line.split() for line in f]
    for name, size, _, digest in rows:
        data = fixture(name)
        if len(data) != int(size) or hashlib.sha256(data).hexdigest() != digest:
            print(f"{name}: the fixture does not decode to the recorded stream")
            bad += 1
    print(f"{len(rows) - bad} fixtures decode to their recorded hashes, {bad} do not")
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus")
    parser.add_argument("--verify", action="store_true")
    options = parser.parse_args()
    if options.corpus:
        make(options.corpus)
    if options.verify or options.corpus:
        return verify()
    parser.error("say --corpus DIR or --verify")


if __name__ == "__main__":
    sys.exit(main())
