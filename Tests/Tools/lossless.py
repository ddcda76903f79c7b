#!/usr/bin/env python3
"""A tool's JSON dumps make the same streams again, in another process.

    lossless.py --dump COMMAND --assemble COMMAND [FILE...]

In the commands {file} is the stream, {json} the dump (what the dump's command prints), {out} the
stream that is made of it. Without files every fixture is taken. The stream's own file is gone
when the dump is assembled. Of a container the stream inside is expected: what its maker noted, or
what another reader of qcow2 finds. Python 3.9 or later, standard library only.
"""
import argparse
import hashlib
import os
import shlex
import subprocess
import sys
import tempfile

import pack_fixtures
import qcow2_image


def fixtures():
    with open(os.path.join(pack_fixtures.FIXTURES, "manifest.txt")) as f:
        for line in f:
            yield line.split()[0], lambda n=line.split()[0]: pack_fixtures.fixture(n)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def states():
    """Length and SHA-256 of what is inside the fixtures that are containers."""
    with open(os.path.join(pack_fixtures.FIXTURES, "containers", "states.txt")) as f:
        rows = (line.split() for line in f)
        return {"containers/" + name: (int(size), digest) for name, size, digest in rows}


def expected(name, data, known):
    """Length and SHA-256 of the stream that a file holds."""
    if name == "containers/libvirt-sparse":
        # The pages' offsets count from the file's start: they stay, and the head of the stream,
        # which stands before them, moves to the front.
        start, pages = data.index(b"QEVM"), 1 << 20
        head = data[start:pages].rstrip(b"\0")
        data = head + bytes(pages - len(head)) + data[pages:]
        return len(data), hashlib.sha256(data).hexdigest()
    if name in known:
        return known[name]
    if data[:4] == b"QFI\xfb":
        image = qcow2_image.Reader(data)
        snapshot = next(s for s in image.snapshots if s.size)
        data = image.vm_state(snapshot)
    return len(data), hashlib.sha256(data).hexdigest()


def run(template, output=None, **names):
    command = [word.format(**names) for word in shlex.split(template)]
    done = subprocess.run(command, stdout=output or subprocess.DEVNULL, stderr=subprocess.PIPE)
    return done.returncode, done.stderr.decode(errors="replace").strip()[-300:]


def same(data, wanted, is_inside, options, folder):
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
    made = read(names["out"])
    if is_inside:
        # It may be read up to the end of the last cluster.
        made = made[:wanted[0]] + made[wanted[0]:].rstrip(b"\0")
    found = len(made), hashlib.sha256(made).hexdigest()
    return None if found == wanted else f"another stream, {found} instead of {wanted}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dump", required=True)
    parser.add_argument("--assemble", required=True)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    streams = [(f, lambda f=f: read(f)) for f in options.files] or list(fixtures())
    failed, known = 0, states()
    with tempfile.TemporaryDirectory() as folder:
        for name, data in streams:
            bytes_ = data()
            wanted = expected(name, bytes_, known)
            fault = same(bytes_, wanted, name in known, options, folder)
            if fault:
                failed += 1
                print(f"FAIL {name}: {fault}")
    print(f"{len(streams) - failed} passed, {failed} failed")
    return 1 if failed or not streams else 0


if __name__ == "__main__":
    sys.exit(main())
