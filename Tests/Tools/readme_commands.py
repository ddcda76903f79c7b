#!/usr/bin/env python3
"""Print the N-th command that README.md gives, and check that it is the expected one.

    readme_commands.py N EXPECTED

Commands are the lines of the README's shell code blocks (```sh, ```bash, ```console, where a
leading `$ ` is dropped), in order; comments and empty lines do not count.
"""
import re
import sys

import sources

BLOCK = re.compile(r"^```(?:sh|bash|shell|console)[ \t]*\n(.*?)^```", re.M | re.S)


def commands(text):
    out = []
    for block in BLOCK.findall(text):
        for line in block.splitlines():
            line = line.strip().removeprefix("$ ")
            if line and not line.startswith("#"):
                out.append(line)
    return out


def main():
    number, expected = int(sys.argv[1]), sys.argv[2]
    try:
        found = commands(sources.text("README.md"))
    except FileNotFoundError:
        print("There is no README.md.", file=sys.stderr)
        return 1
    if len(found) < number or found[number - 1] != expected:
        what = found[number - 1] if len(found) >= number else "nothing"
        print(f"README.md's command {number} must be `{expected}`, but is `{what}`.",
              file=sys.stderr)
        return 1
    print(found[number - 1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
