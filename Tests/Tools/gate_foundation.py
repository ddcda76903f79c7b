#!/usr/bin/env python3
"""Foundation is neither imported nor linked.

    gate_foundation.py [BINARY...]

With binaries (the release products) it also looks at what they load, and for Foundation's own
symbols in them, in case it was linked statically.
"""
import re
import subprocess
import sys

import sources

IMPORT = re.compile(r"^\s*(?:@\w+\s+|public\s+|internal\s+|private\s+)*import\s+"
                    r"(?:\w+\s+)?(Foundation\w*)", re.M)
MANGLED = (b"$s10Foundation", b"$s20FoundationEssentials")


def imports():
    faults = []
    for name in sources.swift_files("Sources", "Examples", "Tests"):
        for m in IMPORT.finditer(sources.code(sources.text(name))):
            faults.append(f"{name}: import {m.group(1)}")
    return faults


def linked(binary):
    loaded = subprocess.run(["ldd", binary], check=True, stdout=subprocess.PIPE, text=True).stdout
    faults = [f"{binary} loads {line.split()[0]}" for line in loaded.splitlines()
              if "Foundation" in line]
    with open(binary, "rb") as f:
        content = f.read()
    faults += [f"{binary} contains symbols of {m.decode()[2:].lstrip('0123456789')}"
               for m in MANGLED if m in content]
    return faults


def main():
    status = sources.report("The package does without Foundation, but it is imported here:",
                            imports())
    faults = [f for binary in sys.argv[1:] for f in linked(binary)]
    return status | sources.report("No product may need Foundation, but these do:", faults)


if __name__ == "__main__":
    sys.exit(main())
