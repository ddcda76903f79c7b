#!/usr/bin/env python3
"""A tool's JSON dumps make the same streams again, in another process.

    lossless.py --dump COMMAND --assemble COMMAND [FILE...]

In the commands {file} is the stream, {json} the dump (what the dump's command prints), {out} the
stream that is made of it. Without files every fixture is taken. The stream's own file is gone
when the dump is assembled. Python 3.9 or later, standard library only.
"""
import argparse
import os
import shlex
import subprocess
import sys
import tempfile

import pack_fixtures


def fixtures():
    with open(os.path.join(pack_fixtures.FIXTURES, "manifest.txt")) as f:
        for line in f:
            yield line.split()[0], lambda n=line.split()[0]: pack_fixtures.fixture(n)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def run(template, output=None, **names):
    command = [word.format(**names) for word in shlex.split(template)]
    done = subprocess.run(command, stdout=output or subprocess.DEVNULL, stderr=subprocess.PIPE)
    return done.returncode, done.stderr.decode(errors="replace").strip()[-300:]


def same(data, options, folder):
    """What is wrong with one stream's way there and back, or None."""
    names = {n: os.path.join(folder, n) for n in ("file", "json", "out")}
    with open(names["file"], "wb") as f:
        f.write(data)
    with open(names["json"], "wb") as f:
        status, errors = run(options.dump, f, **names)
    os.unlink(names["file"])
    if status not in (0, 65):       # 65: the stream is broken; the dump is whole all the same
        return f"dump: status {status}: {errors}"
    status, errors = run(options.assemble, **names)
    if status:
        return f"assemble: status {status}: {errors}"
    return None if read(names["out"]) == data else "another stream"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True)
    parser.add_argument("--assemble", required=True)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    streams = [(f, lambda f=f: read(f)) for f in options.files] or list(fixtures())
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, data in streams:
            fault = same(data(), options, folder)
            if fault:
                failed += 1
                print(f"FAIL {name}: {fault}")
    print(f"{len(streams) - failed} passed, {failed} failed")
    return 1 if failed or not streams else 0


if __name__ == "__main__":
    sys.exit(main())
