#!/usr/bin/env python3
"""The tool's bounds on large files: memory, which must hold, and times, which are printed.

    tool_bounds.py TOOL [--analyzer PATH] [--size GIB]

Streams of a guest of 16 GiB of which few pages are not zero, plain and mapped-ram, go through
every command, and so does a file of 512 MiB of pages. A command may take 64 MiB; those that must
know each page's last version 16 bytes a page more. Then: how long the tool takes to start, its
speed as a share of plain reading in the same run, and how many times faster it is than QEMU's
analyzer, where VMSTATE_ANALYZER or --analyzer says that it is. Python 3.9 or later, standard
library only.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import big_streams
import pack_fixtures

MIB = 1 << 20
LIMIT = 64 * MIB
PER_PAGE = 16


class Measured:
    """One run: status, seconds, largest resident memory in bytes."""

    def __init__(self, command, output=subprocess.DEVNULL):
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE)
        self.errors = process.stderr.read().decode(errors="replace").strip()[-300:]
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        self.seconds = time.perf_counter() - begun
        self.processor = usage.ru_utime + usage.ru_stime
        self.status = os.waitstatus_to_exitcode(status)
        self.memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class Bounds:
    def __init__(self, tool, folder):
        self.tool, self.folder = os.path.abspath(tool), folder
        self.passed = self.failed = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def check(self, title, *words, pages=0, statuses=(0,), output=None):
        run = Measured([self.tool, *words], output or subprocess.DEVNULL)
        limit = LIMIT + pages * PER_PAGE
        fault = ""
        if run.status not in statuses:
            fault = f"status {run.status}: {run.errors}"
        elif run.memory > limit:
            fault = "too much memory"
        self.passed, self.failed = self.passed + (not fault), self.failed + bool(fault)
        print(f"{'FAIL' if fault else 'ok  '} {title}: {run.memory / MIB:.1f} of "
              f"{limit // MIB} MiB, {run.seconds:.2f} s {fault}", flush=True)
        return run

    def commands(self, title, file, pages):
        """Every command that reads a stream."""
        for command in ("summary", "sections", "dump", "verify"):
            self.check(f"{title}: {command}", command, file)
        with open(self.path("json"), "wb") as f:
            self.check(f"{title}: dump --format json", "dump", "--format", "json", file, output=f)
        self.check(f"{title}: assemble", "assemble", self.path("json"), "-o", self.path("again"))
        self.same(file, self.path("again"), "assemble")
        self.check(f"{title}: reencode", "reencode", file, "-o", self.path("again"))
        self.same(file, self.path("again"), "reencode")
        os.unlink(self.path("json"))
        os.unlink(self.path("again"))
        self.check(f"{title}: dump --section", "dump", "--section", "timer", file)
        self.check(f"{title}: extract", "extract", file, "--section", "timer", "-o", self.path("x"))
        self.check(f"{title}: patch", "patch", file, "--set", "timer/cpu_ticks_offset=1", "-o",
                   self.path("x"))
        os.unlink(self.path("x"))
        self.check(f"{title}: ram", "ram", file, "-o", self.path("x"), pages=pages)
        os.unlink(self.path("x"))
        self.check(f"{title}: ram --map", "ram", file, "--map", pages=pages)
        self.check(f"{title}: report", "report", file, "-o", self.path("x"), pages=pages)
        os.unlink(self.path("x"))

    def same(self, file, other, what):
        """By the files' own sums of data: neither is read as a whole."""
        if subprocess.run(["cmp", "-s", file, other]).returncode:
            self.failed += 1
            print(f"FAIL {what} gives other bytes")

    # -- times: printed only ------------------------------------------------------------------

    def startup(self):
        path = self.path("small")
        with open(path, "wb") as f:
            f.write(pack_fixtures.fixture("10.0/none"))
        times = [Measured([self.tool, "summary", path]).seconds for _ in range(21)]
        print(f"     start-up and summary of 10 KB: {statistics.median(times) * 1000:.1f} ms "
              "(to be below 5 ms, the start of a process included)")

    def speed(self, file):
        plain = min(self.read(file) for _ in range(3))
        size = os.path.getsize(file)
        for command in ("summary", "sections", "dump", "verify"):
            seconds = min(Measured([self.tool, command, file]).seconds for _ in range(3))
            print(f"     {command}: {size / seconds / 1e9:.2f} GB/s, {plain / seconds:.2f} of the "
                  "speed of plain reading (to be above 0.50)")

    @staticmethod
    def read(file):
        return Measured(["cat", file]).seconds

    def against(self, analyzer, file):
        other = Measured([sys.executable, "-B", analyzer, "-f", file])
        if other.status:
            print(f"     the analyzer does not read it: {other.errors}")
            return
        own = min((Measured([self.tool, "dump", "--compat", file]) for _ in range(3)),
                  key=lambda run: run.seconds)
        print(f"     QEMU's analyzer on {os.path.getsize(file) / 1e6:.1f} MB: {other.seconds:.2f} s, "
              f"{other.memory / MIB:.0f} MiB; dump --compat: {own.seconds:.4f} s, "
              f"{own.memory / MIB:.0f} MiB: {other.seconds / own.seconds:.0f} times faster by the "
              f"clock, {other.processor / max(own.processor, 1e-4):.0f} by processor time "
              "(to be above 50)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument("--analyzer", default=os.environ.get("VMSTATE_ANALYZER"))
    parser.add_argument("--size", type=int, default=16, help="GiB of the sparse guest")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="vmstate-bounds-")
    try:
        bounds = Bounds(options.tool, folder)
        size = options.size << 30
        pages = size // big_streams.PAGE
        bounds.startup()
        sparse = bounds.path("sparse")
        big_streams.sparse(sparse, size, 65536)
        bounds.commands(f"{options.size} GiB of zero pages", sparse, pages)
        bounds.check("diff of it with itself", "diff", sparse, sparse, pages=pages)
        if options.analyzer:
            bounds.against(options.analyzer, sparse)
        os.unlink(sparse)
        mapped = bounds.path("mapped")
        big_streams.mapped(mapped, size, 65536)
        bounds.commands(f"{options.size} GiB of mapped-ram", mapped, pages)
        os.unlink(mapped)
        full = bounds.path("full")
        big_streams.full(full, 512 * MIB)
        for command in ("summary", "dump", "verify"):
            bounds.check(f"512 MiB of pages: {command}", command, full)
        bounds.speed(full)
        if options.analyzer:
            bounds.against(options.analyzer, full)
        else:
            print("SKIPPED: the comparison with QEMU's analyzer (no --analyzer)")
        print(f"{bounds.passed} passed, {bounds.failed} failed")
        return 1 if bounds.failed else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
