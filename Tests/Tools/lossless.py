#!/usr/bin/env python3
"""What the tool decodes it writes again, byte for byte, and it says what nothing describes.

    lossless.py TOOL [FILE...]

TOOL is the program. For every stream: `verify` finds it good, with no byte that nothing
describes; `reencode` gives the same bytes; `dump --format json` gives a dump of which `assemble`
makes the same bytes after the stream's file is gone, also with the pages in a folder; holes of a
mapped-ram file stay holes. For images and archives the bytes are those of the stream inside,
whose SHA-256 other tools found. Files of one multifd set are written again together, too.
Without files every fixture is taken. Python 3.9 or later, standard library only.
"""
import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile

import make_images
import pack_fixtures

CHANNEL = re.compile(r"^(.*?)[.-](?:[0-9]-)?(main|multifd-main|multifd[0-9]+)$")


def read(path):
    with open(path, "rb") as f:
        return f.read()


def rows(*path):
    with open(os.path.join(pack_fixtures.FIXTURES, *path)) as f:
        return [line.rstrip("\n").split(" ") for line in f]


class Case:
    """A file, the tool's options for it, and the SHA-256 of the stream in it."""

    def __init__(self, name, load, digest=None, size=None, options=()):
        self.name, self.load, self.digest, self.size = name, load, digest, size
        self.options = list(options)


def fixtures():
    inside = {f"containers/{name}": (int(size), digest)
              for name, size, digest in rows("containers", "states.txt")}
    for name, *_ in rows("manifest.txt"):
        if name.endswith("savevm-qcow2"):
            continue            # its stream was not recorded; the images below have theirs
        size, digest = inside.get(name, (None, None))
        yield Case(name, lambda n=name: pack_fixtures.fixture(n), digest, size)
    for kind, *words in rows("images", "manifest.txt"):
        if kind == "image":
            name = words[0]
        elif int(words[1]) and not name.startswith("disk-"):
            # A state line: id, the size said, the size there is, two digests, the name.
            yield Case(f"images/{name} {words[0]}", lambda n=name: make_images.fixture(n),
                       words[4], int(words[2]),
                       [] if words[0] == "-" else ["--snapshot", words[0]])


class Tool:
    def __init__(self, program, folder):
        self.program = [os.path.abspath(program)]
        self.folder = folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *words, output=subprocess.PIPE):
        done = subprocess.run(self.program + list(words), stdout=output, stderr=subprocess.PIPE)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()[-300:]

    def good(self, *words, output=subprocess.PIPE):
        """Standard output, or an error."""
        status, out, errors = self.run(*words, output=output)
        if status:
            raise Wrong(f"{words[0]}: status {status}: {errors}")
        return out


class Wrong(Exception):
    pass


def compare(path, data, what):
    if read(path) != data:
        raise Wrong(f"{what}: other bytes")


def holes(path, data, what):
    """A sparse file takes no more room than its pages that are not zero."""
    zero = bytes(4096)
    pages = sum(data[i:i + 4096] != zero[:len(data[i:i + 4096])]
                for i in range(0, len(data), 4096))
    room = os.stat(path).st_blocks * 512
    if room > pages * 4096 + 65536:
        raise Wrong(f"{what}: {room} bytes on the disk for {pages} pages that are not zero")


def expected(case, data, tool):
    """The bytes that must come out, checked by their digest."""
    if case.digest is None:
        return data
    out = read(tool.path("first"))
    # A mapped-ram stream keeps its place in the file around it, and the last cluster's padding
    # is none of it.
    stream = out[max(0, len(out) - case.size):]
    if any(out[:len(out) - len(stream)]) or case.digest \
            != hashlib.sha256(stream + bytes(case.size - len(stream))).hexdigest():
        raise Wrong(f"reencode: not the stream inside, of {case.size} bytes")
    return out


def check(case, tool):
    data = case.load()
    file = tool.path("file")
    with open(file, "wb") as f:
        f.write(data)
    status, report, errors = tool.run("verify", "--format", "json", *case.options, file)
    if status:
        raise Wrong(f"verify: status {status}: {errors} {report.decode()[:1500]}")
    if json.loads(report)["undescribed_bytes"]:
        raise Wrong(f"verify: {json.loads(report)['undescribed_bytes']} bytes that nothing describes")
    tool.good("reencode", *case.options, file, "-o", tool.path("first"))
    stream = expected(case, data, tool)
    compare(tool.path("first"), stream, "reencode")
    is_mapped = b"mapped-ram" in stream[:500]
    if is_mapped:
        holes(tool.path("first"), stream, "reencode")
    pages = ["--ram", tool.path("pages")]
    for extra in ([], pages):
        with open(tool.path("json"), "wb") as f:
            tool.good("dump", "--format", "json", *case.options, *extra, file, output=f)
        os.rename(file, tool.path("away"))
        tool.good("assemble", *extra, tool.path("json"), "-o", tool.path("out"))
        os.rename(tool.path("away"), file)
        compare(tool.path("out"), stream, "assemble " + " ".join(extra[:1]))
        if is_mapped:
            holes(tool.path("out"), stream, "assemble")


def check_set(cases, tool):
    """The files of a multifd set together, into a folder."""
    files = {tool.path(f"channel-{i}"): case.load() for i, case in enumerate(cases)}
    for path, data in files.items():
        with open(path, "wb") as f:
            f.write(data)
    order = sorted(files, reverse=True)
    tool.good("verify", *order)
    tool.good("reencode", *order, "-o", tool.path("all"))
    for path, data in files.items():
        compare(os.path.join(tool.path("all"), os.path.basename(path)), data, "reencode of a set")


def sets(cases):
    found = {}
    for case in cases:
        match = CHANNEL.match(case.name)
        if match:
            found.setdefault(match.group(1), []).append(case)
    return [(name, members) for name, members in found.items() if len(members) > 1]


def attempt(name, body, program):
    with tempfile.TemporaryDirectory() as folder:
        try:
            body(Tool(program, folder))
            return 0
        except Wrong as wrong:
            print(f"FAIL {name}: {wrong}")
            return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tool")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    cases = [Case(f, lambda f=f: read(f)) for f in options.files] or list(fixtures())
    failed = 0
    for case in cases:
        failed += attempt(case.name, lambda tool: check(case, tool), options.tool)
    for name, members in sets(cases):
        failed += attempt(name, lambda tool: check_set(members, tool), options.tool)
    count = len(cases) + len(sets(cases))
    print(f"{count - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
