#!/usr/bin/env python3
"""Every public declaration of the library modules has a doc comment.

    gate_documentation.py [FOLDER]

FOLDER holds the symbol graphs; without one, `swift package dump-symbol-graph` makes them. A
declaration that fulfils a documented requirement of a protocol, or that the compiler made, may
go without.
"""
import glob
import json
import os
import subprocess
import sys

import sources

MODULES = ("VMState", "VMStateDSL", "VMStateTesting", "VMStateInspect")
INHERITS = {"defaultImplementationOf", "overrides"}


def make_graphs():
    subprocess.run(["swift", "package", "dump-symbol-graph", "--minimum-access-level", "public",
                    "--skip-synthesized-members"], cwd=sources.ROOT, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    where = subprocess.run(["swift", "build", "--show-bin-path"], cwd=sources.ROOT, check=True,
                           stdout=subprocess.PIPE, text=True).stdout.strip()
    return os.path.join(os.path.dirname(where), "symbolgraph")


def graphs(folder):
    for module in MODULES:
        found = glob.glob(os.path.join(folder, f"{module}.symbols.json")) + \
            glob.glob(os.path.join(folder, f"{module}@*.symbols.json"))
        if not os.path.exists(os.path.join(folder, f"{module}.symbols.json")):
            raise SystemExit(f"There is no symbol graph of {module} in {folder}.")
        for name in found:
            with open(name, encoding="utf-8") as f:
                yield module, json.load(f)


def undocumented(module, graph):
    """(faults, number of declarations looked at)"""
    excused = {r["source"] for r in graph["relationships"] if r["kind"] in INHERITS}
    faults, count = [], 0
    for symbol in graph["symbols"]:
        identifier = symbol["identifier"]["precise"]
        if "location" not in symbol or "::SYNTHESIZED::" in identifier or identifier in excused:
            continue
        count += 1
        lines = symbol.get("docComment", {}).get("lines", [])
        if not any(line["text"].strip() for line in lines):
            place = symbol["location"]
            name = os.path.relpath(place["uri"].removeprefix("file://"), sources.ROOT)
            faults.append(f"{name}:{place['position']['line'] + 1}: {module}: "
                          f"{'.'.join(symbol['pathComponents'])}")
    return faults, count


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else make_graphs()
    faults, total = [], 0
    for module, graph in graphs(folder):
        some, count = undocumented(module, graph)
        faults += some
        total += count
    print(f"{total} public declarations, {len(faults)} without a doc comment")
    return sources.report("These public declarations have no doc comment:", sorted(set(faults)))


if __name__ == "__main__":
    sys.exit(main())
