#!/usr/bin/env python3
"""Record a stream of each installed QEMU into Tests/Fixtures/generations.

    pack_generations.py --versions 4.2,5.2,8.2,11.1

The QEMUs are the installed one and those in the chroots that VMSTATE_QEMU_ROOT names, with colons
between. Recorded are the judge's machines `none` and `pc` (Tests/Interop/machines.py) after their
guest has run for a while; `pack_fixtures.py --verify` looks at the result.
Python 3.9 or later, standard library only; Linux, root for chroots.
"""
import argparse
import hashlib
import os
import sys

import pack_fixtures
from pack_fixtures import FIXTURES, RAW_LIMIT

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Interop"))
from machines import MACHINES, benches  # noqa: E402

FOLDER = "generations"
HEAD = ["# Streams of other QEMU releases", "",
        "Written by QEMU binaries of distributions, with a firmware image of our own as guest;",
        "`Tests/Tools/pack_generations.py` made and packed them. The hashes are of the decoded",
        "bytes.", ""]


def record(bench, machine):
    """(name, bytes, notes)."""
    data = bench.base(machine)
    command = MACHINES[machine].command("small.bin", bench.version)
    return f"{FOLDER}/{bench.name}-{machine}", data, [
        f"## {bench.name}-{machine}", "", f"- QEMU {'.'.join(map(str, bench.version))}",
        f"- Command: `qemu-system-x86_64 {' '.join(map(str, command))}`",
        f"- Size: {len(data)} bytes", f"- SHA-256: `{hashlib.sha256(data).hexdigest()}`", ""]


def store(name, data):
    """Writes one fixture; returns its line of the manifest."""
    raw = len(data) < RAW_LIMIT
    with open(os.path.join(FIXTURES, name + (".stream" if raw else ".packed")), "wb") as f:
        f.write(data if raw else pack_fixtures.pack(data))
    return f"{name} {len(data)} {pack_fixtures.fnv1a(data):016x} {hashlib.sha256(data).hexdigest()}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--versions", required=True)
    versions = parser.parse_args().versions.split(",")
    os.makedirs(os.path.join(FIXTURES, FOLDER), exist_ok=True)
    rows, notes = [], []
    for bench in benches():
        for machine in ("none", "pc") if bench.name in versions else []:
            name, data, about = record(bench, machine)
            rows.append(store(name, data))
            notes += about
        bench.close()
    if len(rows) != 2 * len(versions):
        raise SystemExit(f"recorded {len(rows)} streams, wanted {2 * len(versions)}")
    pack_fixtures.write_manifest(rows, lambda name: not name.startswith(FOLDER + "/"))
    with open(os.path.join(FIXTURES, FOLDER, "PROVENANCE.md"), "w") as f:
        f.write("\n".join(HEAD + notes).rstrip() + "\n")


if __name__ == "__main__":
    main()
