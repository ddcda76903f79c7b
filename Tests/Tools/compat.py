#!/usr/bin/env python3
"""What QEMU's stream analyzer prints for the fixtures, found out independently.

    compat.py table                           one line a fixture: name, mode, bytes, FNV-1a
    compat.py analyzer PATH                   compare with the analyzer itself
    compat.py tool COMMAND [--analyzer PATH]  compare what a command prints: {mode} (state or
                                              desc) and {file} are filled in

The form is that of the analyzer of QEMU 10.0 (scripts/analyze-migration.py in QEMU's source
package), written anew from its description. Streams that the analyzer cannot read are left out.
Python 3.9 or later, standard library only.
"""
import argparse
import json
import re
import os
import shlex
import subprocess
import sys
import tempfile

import pack_fixtures

UNREADABLE = ("no-vmdesc", "return-path", "block", "compress", "xbzrle", "postcopy", "mapped",
              "bitmaps", "multifd-tee", "7.2/ignore-shared", "multifd0", "multifd1", "qcow2",
              "containers/")
UNSIGNED = {"uint8", "uint16", "uint32", "uint32 equal", "uint64"}
SIGNED = {"int8", "int16", "int32", "int32 equal", "int32 le", "int64", "int64 equal",
          "uint8 equal", "uint16 equal"}


class Bytes:
    """A cursor over a stream; numbers are big-endian."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        piece = self.data[self.at:self.at + count]
        if len(piece) != count:
            raise ValueError(f"the data ends at {self.at}")
        self.at += count
        return piece

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def name(self):
        return self.take(self.number(1)).decode()


def description(data):
    """The JSON text at the end and where it starts."""
    text = re.compile(rb'\{ ?"').search(data, data.rindex(b"\0\6"))
    at = data.rindex(b"\0", 0, text.start() - 4)
    at = data.index(b"\6", at)
    size = int.from_bytes(data[at + 1:at + 5], "big")
    return data[at + 5:at + 5 + size].decode()


def leaf(kind, raw):
    if kind in UNSIGNED or kind in SIGNED:
        text = "0x" + (raw.hex() or "0")
        if kind in SIGNED and raw[:1] >= b"\x80":
            text += f" ({int.from_bytes(raw, 'big', signed=True)})"
        return text
    if kind == "bool":
        return raw[0] != 0
    if kind == "nullptr":
        if raw != b"0":
            raise ValueError("a null pointer's marker")
        return "nullptr"
    return raw.hex(" ")


class Shared(list):
    """Values of fields with the same name."""


def body(source, layout):
    out = {}
    for field in layout["fields"]:
        for _ in range(field.get("array_len", 1)):
            if field["type"] == "struct":
                value = body(source, field["struct"])
            else:
                value = leaf(field["type"], source.take(field["size"]))
            name = field["name"]
            if name not in out:
                out[name] = value
            elif isinstance(out[name], Shared):
                out[name].append(value)
            else:
                out[name] = Shared([out[name], value])
    for layout in layout.get("subsections", []):
        if source.number(1) != 5:
            raise ValueError("no subsection")
        name = source.name()
        source.number(4)
        out[name] = body(source, layout)
    return out


class RAM:
    def __init__(self, page, has_offsets):
        self.page, self.has_offsets, self.sizes = page, has_offsets, {}

    def read(self, source):
        while True:
            word = source.number(8)
            flags = word & (self.page - 1)
            if flags & 4:
                left = word - flags
                while left > 0:
                    name = source.name()
                    size = source.number(8)
                    left -= size
                    self.sizes[name] = f"0x{size:016x}"
                    if self.has_offsets:
                        source.number(8)
            if flags & 0x0A:
                if not flags & 0x20:
                    source.name()
                source.take(1 if flags & 2 else self.page)
            if flags & 0x10:
                return
            if flags & ~0x22E:
                raise ValueError(f"RAM flags {flags:x}")

    def value(self):
        return {"section sizes": self.sizes}


def has_region_offsets(source, layout):
    """Reads the configuration; true if x-ignore-shared is on."""
    source.take(source.number(4))
    found = False
    for part in layout.get("subsections", []) if layout else []:
        source.number(1), source.name(), source.number(4)
        if part["vmsd_name"].endswith("capabilities"):
            found |= "x-ignore-shared" in [source.name() for _ in range(source.number(4))]
        else:
            body(source, part)
    return found


def state(data):
    root = json.loads(description(data))
    layouts = {(d["name"], d["instance_id"]): d for d in root["devices"]}
    source, out, ram, offsets = Bytes(data), {}, {}, False
    source.take(8)
    while True:
        kind = source.number(1)
        if kind == 0:
            return {key: value.value() if isinstance(value, RAM) else value
                    for key, value in out.items()}
        if kind == 7:
            offsets = has_region_offsets(source, root.get("configuration"))
        elif kind in (1, 4):
            number, name, instance = source.number(4), source.name(), source.number(4)
            source.number(4)
            if name == "ram":
                ram[number] = out[f"{name} ({number})"] = RAM(root["page_size"], offsets)
                ram[number].read(source)
            else:
                out[f"{name} ({number})"] = body(source, layouts[name, instance])
        elif kind in (2, 3):
            ram[source.number(4)].read(source)
        elif kind == 8:
            if source.number(2) != 11 or source.number(2):
                raise ValueError("a command")
        elif kind == 0x7E:
            source.number(4)
        else:
            raise ValueError(f"section type {kind} at {source.at}")


def printed(data, mode):
    value = state(data) if mode == "state" else json.loads(description(data))
    return (json.dumps(value, indent=4, separators=(",", ": ")) + "\n").encode()


def fixtures():
    with open(os.path.join(pack_fixtures.FIXTURES, "manifest.txt")) as f:
        names = [line.split()[0] for line in f]
    return [n for n in names if not any(word in n for word in UNREADABLE)]


def output(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: status {done.returncode}: "
                         f"{done.stderr.decode(errors='replace')[-400:]}")
    return done.stdout


def compare(commands):
    """Every command must print the same for every fixture and mode."""
    faults = count = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "stream")
        for name in fixtures():
            data = pack_fixtures.fixture(name)
            with open(path, "wb") as f:
                f.write(data)
            for mode in ("state", "desc"):
                expected = printed(data, mode)
                for command in commands:
                    words = [w.format(mode=mode, file=path) for w in command]
                    same = output(words) == expected
                    count += 1
                    if not same:
                        faults += 1
                        print(f"FAIL {name} {mode}: {command[0]} prints something else")
    print(f"{count - faults} passed, {faults} failed")
    return 1 if faults or not count else 0


def analyzer(path):
    return [sys.executable, path, "-d", "{mode}", "-f", "{file}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    modes = parser.add_subparsers(dest="mode", required=True)
    modes.add_parser("table")
    modes.add_parser("analyzer").add_argument("path")
    tool = modes.add_parser("tool")
    tool.add_argument("command")
    tool.add_argument("--analyzer")
    options = parser.parse_args()
    if options.mode == "analyzer":
        return compare([analyzer(options.path)])
    if options.mode == "tool":
        commands = [shlex.split(options.command)]
        if options.analyzer:
            commands.append(analyzer(options.analyzer))
        else:
            print("SKIPPED: the comparison with QEMU's analyzer itself (no --analyzer)")
        return compare(commands)
    for name in fixtures():
        data = pack_fixtures.fixture(name)
        for mode in ("state", "desc"):
            text = printed(data, mode)
            print(name, mode, len(text), f"{pack_fixtures.fnv1a(text):016x}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
