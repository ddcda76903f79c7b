#!/usr/bin/env python3
"""Nothing built is committed, and the root package has no dependency."""
import re
import sys

import sources

BUILT = re.compile(r"(^|/)(Package\.resolved|\.build[^/]*/.*|.*\.(o|swiftmodule|xctest|pyc))$")


def main():
    built = [n for n in sources.tracked() if BUILT.search(n)]
    status = sources.report("These files are products of a build and must not be committed:", built)
    manifest = sources.code(sources.text("Package.swift"))
    found = [f"Package.swift:{manifest.count(chr(10), 0, m.start()) + 1}: {m.group(0)}"
             for m in re.finditer(r"\.package\s*\(|\.binaryTarget\s*\(|\bunsafeFlags\b", manifest)]
    return status | sources.report(
        "The root package has no dependencies, binaries or unsafe flags, so that it builds "
        "where only the toolchain is:", found)


if __name__ == "__main__":
    sys.exit(main())
