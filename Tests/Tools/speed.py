#!/usr/bin/env python3
"""How much faster the tool is than QEMU's analyzer, on the same file in the same run.

    speed.py TOOL --analyzer PATH [--runs N] [FILE...]

Each file goes through `dump --compat` and `summary` of the tool and through the analyzer (which
prints what `dump --compat` prints), in turns, N times each (5). Printed are the medians of the
clock and of processor time with their least and greatest values, the ratios of the medians, and
the largest resident memory. Without files: streams of the fixtures, a 16 GiB guest of zero pages
and one of 512 MiB of full pages. A file that the analyzer does not read is named and left out.
Python 3.9 or later, standard library only.
"""
import argparse
import os
import shutil
import statistics
import sys
import tempfile

import big_streams
import pack_fixtures
from tool_bounds import MIB, Measured

FIXTURES = ("10.0/none", "10.0/pc", "10.0/pc-rich", "7.2/pc-rich", "7.2/rounds")


def median(values):
    return statistics.median(values)


def spread(values):
    return f"{median(values) * 1000:9.2f} ms ({min(values) * 1000:.2f} to {max(values) * 1000:.2f})"


def apart(make):
    """Calls a function in a process of its own: what this one once held is counted for each
    program that it starts."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            make()
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        sys.exit("a stream cannot be made")


def write_fixture(name, path):
    with open(path, "wb") as f:
        f.write(pack_fixtures.fixture(name))


def compare(tool, analyzer, path, name, runs):
    """Runs all commands in turns, so that a slow moment of the machine meets each of them."""
    commands = {
        "analyzer": [sys.executable, "-B", analyzer, "-f", path],
        "dump --compat": [tool, "dump", "--compat", path],
        "summary": [tool, "summary", path],
    }
    results = {title: [] for title in commands}
    for _ in range(runs):
        for title, command in commands.items():
            run = Measured(command)
            if run.status:
                return print(f"{name}: {title} ends with {run.status}: {run.errors}")
            results[title].append(run)
    print(f"{name}, {os.path.getsize(path) / 1e6:.2f} MB")
    base = results["analyzer"]
    for title, made in results.items():
        seconds = [run.seconds for run in made]
        processor = [max(run.processor, 1e-4) for run in made]
        ratios = "" if made is base else (
            f", {median([r.seconds for r in base]) / median(seconds):.0f} times by the clock, "
            f"{median([r.processor for r in base]) / median(processor):.0f} by processor time")
        print(f"  {title:13} {spread(seconds)}, processor {spread(processor)}, "
              f"{max(run.memory for run in made) / MIB:.0f} MiB{ratios}", flush=True)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--analyzer", default=os.environ.get("VMSTATE_ANALYZER"))
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if not options.analyzer:
        parser.error("--analyzer, or VMSTATE_ANALYZER, has to say where QEMU's script is")
    tool = os.path.abspath(options.tool)
    for path in options.files:
        compare(tool, options.analyzer, path, path, options.runs)
    if options.files:
        return
    folder = tempfile.mkdtemp(prefix="vmstate-speed-")
    try:
        path = os.path.join(folder, "stream")
        for name in FIXTURES:
            apart(lambda name=name: write_fixture(name, path))
            compare(tool, options.analyzer, path, name, options.runs)
        apart(lambda: big_streams.sparse(path, 16 << 30, 65536))
        compare(tool, options.analyzer, path, "16 GiB of zero pages", options.runs)
        apart(lambda: big_streams.full(path, 512 * MIB))
        compare(tool, options.analyzer, path, "512 MiB of full pages", options.runs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
