#!/usr/bin/env python3
"""Imports and folders run downwards only.

A module may import what its line in MODULES names. Inside VMState the folders are layers: code
in one names only types declared in those beneath it (FOLDERS). Comments and strings do not
count. `layers-allowed.txt` lists the exceptions, each with its reason.
"""
import re
import sys

import sources

SYSTEM = {"Glibc", "Darwin", "Musl", "Synchronization"}
MODULES = {
    "Sources/VMState": {"CVMState"},
    "Sources/VMStateDSL": {"VMState"},
    "Sources/VMStateTesting": {"VMState"},
    "Sources/VMStateInspect": {"VMState"},
    "Sources/vmstate-dump": {"VMState", "VMStateInspect"},
    "Examples/devices/Models": {"VMState", "VMStateDSL"},
    "Examples/devices/Recorded": {"VMState", "VMStateInspect", "DeviceModels"},
    "Examples/devices/Program": {
        "VMState", "VMStateDSL", "VMStateInspect", "DeviceModels", "RecordedMachines"},
}
# Each folder of VMState and those directly beneath it.
FOLDERS = {
    "Errors": (),
    "Wire": ("Errors",),
    "Digest": ("Errors",),
    "Stream": ("Wire", "Digest"),
    "Text": ("Wire",),
    "Fields": ("Stream", "Text"),
    "Descriptions": ("Fields",),
    "Registry": ("Descriptions",),
    "Records": ("Stream",),
    "Compression": ("Stream",),
    "SaveLoad": ("Registry",),
    "Multifd": ("Descriptions", "Records", "Compression"),
    "RAM": ("SaveLoad", "Multifd"),
    "Rewind": ("RAM",),
}
# Only here may VMState use libc.
LIBC_FOLDERS = {"Stream"}

IMPORT = re.compile(r"^[ \t]*(?:@\w+(?:\([^)]*\))?[ \t]+|public |internal |package |private )*"
                    r"import[ \t]+(?:(?:struct|class|enum|protocol|func|var|typealias)[ \t]+)?(\w+)",
                    re.M)
TYPE = re.compile(r"\b(?:struct|class|enum|protocol|actor|typealias)\s+([A-Z]\w*)")
WORD = re.compile(r"\b[A-Z]\w*\b")


def allowed():
    """Exceptions as (file, word), each line `file word: reason`."""
    out = {}
    for line in sources.text("Tests/Tools/layers-allowed.txt").splitlines():
        if line.strip() and not line.startswith("#"):
            head, _, reason = line.partition(":")
            name, word = head.split()
            if not reason.strip():
                raise SystemExit(f"layers-allowed.txt: no reason for {head}")
            out[name, word] = False
    return out


def beneath(folder):
    out = set()
    for below in FOLDERS[folder]:
        out |= {below} | beneath(below)
    return out


def outermost_types(source):
    """Names declared outside all braces."""
    depth, names, last = 0, set(), 0
    for m in re.finditer(r"[{}]", source):
        if depth == 0:
            names |= set(TYPE.findall(source[last:m.start()]))
        depth += 1 if m.group(0) == "{" else -1
        last = m.end()
    return names | (set(TYPE.findall(source[last:])) if depth == 0 else set())


def line_of(source, pos):
    return source.count("\n", 0, pos) + 1


def check_modules(texts, exceptions):
    faults = []
    for name, source in texts.items():
        module = next((m for m in MODULES if name.startswith(m + "/")), None)
        if module is None:
            faults.append(f"{name}: belongs to no module in this gate's table")
            continue
        for m in IMPORT.finditer(source):
            word = m.group(1)
            if word not in MODULES[module] | SYSTEM:
                faults.append(f"{name}:{line_of(source, m.start())}: {module} imports {word}")
            elif word in SYSTEM - {"Synchronization"} and module == "Sources/VMState" and \
                    name.split("/")[2] not in LIBC_FOLDERS and not excused(exceptions, name, "libc"):
                faults.append(f"{name}:{line_of(source, m.start())}: only "
                              f"{', '.join(sorted(LIBC_FOLDERS))} may import {word}")
    return faults


def excused(exceptions, name, word):
    for key in ((name, word), (name.rsplit("/", 1)[0] + "/", word)):
        if key in exceptions:
            exceptions[key] = True
            return True
    return False


def check_folders(texts, exceptions):
    homes, faults = {}, []
    for name, source in texts.items():
        parts = name.split("/")
        if not name.startswith("Sources/VMState/"):
            continue
        if parts[2] not in FOLDERS:
            faults.append(f"{name}: folder {parts[2]} has no place in this gate's order")
            continue
        for declared in outermost_types(source):
            homes.setdefault(declared, set()).add(parts[2])
    for name, source in texts.items():
        folder = name.split("/")[2]
        if not name.startswith("Sources/VMState/") or folder not in FOLDERS:
            continue
        own = set(TYPE.findall(source))
        for m in WORD.finditer(source):
            places = homes.get(m.group(0), set())
            if not places or places & (beneath(folder) | {folder}) or m.group(0) in own:
                continue
            if source[:m.start()].endswith(".") or excused(exceptions, name, m.group(0)):
                continue
            faults.append(f"{name}:{line_of(source, m.start())}: {folder} names {m.group(0)} "
                          f"of {', '.join(sorted(places))}")
    return faults


def main():
    texts = {n: sources.code(sources.text(n)) for n in sources.swift_files("Sources", "Examples")}
    exceptions = allowed()
    status = sources.report("These imports run upwards or sideways (see the table in this gate):",
                            check_modules(texts, exceptions))
    status |= sources.report("These folders of VMState name types from a layer above them:",
                             check_folders(texts, exceptions))
    unused = [f"{n} {w}" for (n, w), used in exceptions.items() if not used]
    return status | sources.report("These lines of layers-allowed.txt excuse nothing:", unused)


if __name__ == "__main__":
    sys.exit(main())
