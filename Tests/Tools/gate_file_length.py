#!/usr/bin/env python3
"""No source file is longer than 400 lines."""
import sys

import sources

LIMIT = 400
KINDS = (".swift", ".py", ".c", ".h", ".S", ".sh")
# The test guest is one assembly program, kept whole as it came.
EXEMPT = {"Tests/Interop/guest/guest.S"}


def main():
    faults = []
    for name in sources.tracked():
        if not name.endswith(KINDS) and name != ".ci/run" or name in EXEMPT:
            continue
        lines = sources.text(name).count("\n")
        if lines > LIMIT:
            faults.append(f"{name}: {lines} lines")
    return sources.report(f"These files have more than {LIMIT} lines; split them by topic:", faults)


if __name__ == "__main__":
    sys.exit(main())
