#!/usr/bin/env python3
"""Cut records out of recorded streams into Tests/Fixtures/records, and verify what is there.

    pack_records.py --corpus DIR     cut anew from a corpus folder (manifest.json and .xz files)
    pack_records.py --verify         decode every fixture and compare it with manifest.txt

Files are packed as `pack_fixtures.py` does it. manifest.txt has a line for each: name, size,
SHA-256. Python 3.9 or later, standard library only.
"""
import argparse
import hashlib
import json
import lzma
import os
import sys

import pack_fixtures
from live_sections import COMPRESS, CONTINUE, PAGE, XBZRLE, Walk

FOLDER = os.path.join(pack_fixtures.FIXTURES, "records")


def whole(data):
    return data


def xbzrle_pages(data):
    """Of each page that gets a delta: its last full record before, and all records after."""
    records = [r for s in Walk(data).sections if s[0] == "ram" for r in s[4]]
    deltas = {(r[4], r[3]) for r in records if r[2] & XBZRLE}
    kept, full = [], {}
    for index, record in enumerate(records):
        page = record[4], record[3]
        if page not in deltas:
            continue
        if record[2] & XBZRLE:
            kept += [full.pop(page), index] if page in full else [index]
        else:
            full[page] = index
    return cut(data, records, kept)


def cut(data, records, kept):
    """Records in the order of the stream. Each says its block as it did there; a record that
    continues a block of another record before is preceded by the one that named it."""
    kept, named, block = set(kept), [], None
    for index, record in enumerate(records):
        if not record[2] & CONTINUE and record[2] & (PAGE | XBZRLE | 2):
            block = index
        if index in kept and block is not None:
            named.append(block)
    chosen = sorted(kept | set(named))
    return b"".join(data[records[i][0]:records[i][1]] for i in chosen) + (0x10).to_bytes(8, "big")


def compressed_pages(data):
    """Every tenth compressed page."""
    records = [r for s in Walk(data).sections if s[0] == "ram" for r in s[4]]
    kept = [i for i, r in enumerate(records) if r[2] & COMPRESS][::10]
    return cut(data, records, kept)


def bodies(name):
    """All bodies of a section, one after the other."""
    def take(data):
        sections = Walk(data).sections
        return b"".join(data[s[2]:s[3]] for s in sections if s[0] == name)
    return take


def commands(data):
    """All commands; of a package those at its start and its end."""
    walk = Walk(data)
    pieces = list(walk.commands)
    for start, end in walk.packages:
        pieces += [(start, start + 5), (end - 14, end)]
    return b"".join(data[a:b] for a, b in sorted(pieces))


def slirp(data):
    """The body without connections: 131 bytes between the section's header and its footer."""
    header = b"\x05slirp" + (0).to_bytes(4, "big") + (4).to_bytes(4, "big")
    start = data.index(header)
    footer = b"\x7e" + data[start - 4:start]
    body = data[start + len(header):start + len(header) + 131]
    if data[start + len(header) + 131:][:5] != footer:
        raise SystemExit("the slirp section is not as expected")
    return body


CUTS = [
    ("7.2", "xbzrle", "main", "xbzrle-pages", xbzrle_pages),
    ("10.0", "xbzrle", "main", "xbzrle-pages", xbzrle_pages),
    ("7.2", "compress", "main", "compressed-pages", compressed_pages),
    ("10.0", "dirty-bitmaps", "main", "dirty-bitmap", bodies("dirty-bitmap")),
    ("7.2", "block", "main", "block", bodies("block")),
    ("7.2", "slirp", "main", "slirp", slirp),
    ("7.2", "postcopy", "main", "postcopy-commands", commands),
    ("10.0", "postcopy-paused-dest", "main", "postcopy-commands", commands),
    ("7.2", "return-path", "main", "return-path-commands", commands),
    ("10.0", "multifd-tee", "multifd-main", "multifd-tee-commands", commands),
    ("10.0", "dirty-bitmaps", "main", "dirty-bitmap-commands", commands),
    ("7.2", "postcopy", "return", "postcopy-return", whole),
    ("7.2", "return-path", "return", "return-path-return", whole),
    ("10.0", "postcopy-paused-dest", "return", "postcopy-return", whole),
    ("10.0", "multifd-tee", "return", "multifd-tee-return", whole),
]


def source(corpus, entry, role):
    """(file's facts, decoded bytes) of one file of a corpus entry."""
    info = next(i for i in entry["files"] if i["role"] == role)
    with open(os.path.join(corpus, info["file"]), "rb") as f:
        data = f.read()
    if info["file"].endswith(".xz"):
        data = lzma.decompress(data)
    if hashlib.sha256(data).hexdigest() != info["sha256"]:
        raise SystemExit(f"{info['file']}: differs from the corpus' manifest")
    return info, data


def make(corpus):
    with open(os.path.join(corpus, "manifest.json")) as f:
        known = {(e["version_dir"], e["name"]): e for e in json.load(f)["entries"]}
    table, notes = [], []
    for folder, name, role, leaf, how in CUTS:
        entry = known[folder, name]
        info, data = source(corpus, entry, role)
        data = how(data)
        stored = data if len(data) < 1024 else pack_fixtures.pack(data)
        os.makedirs(os.path.join(FOLDER, folder), exist_ok=True)
        suffix = ".raw" if stored is data else ".packed"
        with open(os.path.join(FOLDER, folder, leaf + suffix), "wb") as f:
            f.write(stored)
        print(f"{folder}/{leaf}: {len(data)} bytes, stored {len(stored)}", flush=True)
        table.append(f"{folder}/{leaf} {len(data)} {hashlib.sha256(data).hexdigest()}")
        notes += note(f"{folder}/{leaf}", entry, info, how)
    with open(os.path.join(FOLDER, "manifest.txt"), "w") as f:
        f.write("\n".join(table) + "\n")
    with open(os.path.join(FOLDER, "PROVENANCE.md"), "w") as f:
        f.write("\n".join(HEAD + notes).rstrip() + "\n")


HEAD = ["# Records cut out of recorded streams", "",
        "Every byte here was written by a QEMU binary of the distribution, with a firmware image",
        "of our own as guest. `Tests/Tools/pack_records.py` cut the records out and packed them;",
        "the hashes in `manifest.txt` are of the decoded bytes, those here of the whole recording.",
        ""]


def note(title, entry, info, how):
    what = "the whole file" if how is whole else how.__doc__ or "all bodies of the section"
    capabilities = ", ".join(entry["capabilities"]) or "none"
    return [f"## {title}", "", f"- From: `{info['file'].removesuffix('.xz')}`, "
            f"QEMU {entry['qemu']}, package `{entry['package']}`",
            f"- Capabilities: {capabilities}", f"- What: {' '.join(what.split())}",
            f"- SHA-256 of the recording: `{info['sha256']}`", ""]


def verify():
    bad = 0
    with open(os.path.join(FOLDER, "manifest.txt")) as f:
        rows = [line.split() for line in f]
    for name, size, digest in rows:
        path = os.path.join(FOLDER, name)
        raw = os.path.exists(path + ".raw")
        with open(path + (".raw" if raw else ".packed"), "rb") as f:
            data = f.read() if raw else pack_fixtures.unpack(f.read(), int(size))
        if len(data) != int(size) or hashlib.sha256(data).hexdigest() != digest:
            print(f"records/{name}: does not decode to the recorded bytes")
            bad += 1
    print(f"{len(rows) - bad} record fixtures decode to their recorded hashes, {bad} do not")
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
