#!/usr/bin/env python3
"""Make small files of every container kind and pack them into Tests/Fixtures/containers.

    pack_containers.py [--qemu PROGRAM] [--root DIR]

Needs qemu-img, qemu-system-x86_64 (any version from 7.2), zstd and lzop. The QEMU in the root folder
`--root` (`/` for the installed one) must know mapped-ram and an offset in `file:` (9.0 or later). The format of the packed files is
that of pack_fixtures.py. `states.txt` has a line for each file: name, length and SHA-256 of the
stream inside, which is found without this package: it is the one that went in, or qemu-img reads
it. Python 3.9 or later.
"""
import argparse
import bz2
import gzip
import hashlib
import lzma
import os
import shutil
import struct
import subprocess
import sys
import tempfile

import pack_fixtures

FOLDER = os.path.join(pack_fixtures.FIXTURES, "containers")
XML = "<domain type='qemu'>\n  <name>guest</name>\n</domain>\n"
COOKIE = "<qemusave>\n  <feature name='slirp'/>\n</qemusave>\n"
# Images that QEMU itself saves into: name, options of qemu-img create, size of the disk.
SAVED = [
    ("qcow2-v2", "compat=0.10", "1M"),
    ("qcow2-v3-512", "cluster_size=512", "100K"),
    ("qcow2-4k", "cluster_size=4k", "3M"),
    ("qcow2-128k-extended", "cluster_size=128k,extended_l2=on", "1M"),
    ("qcow2-1m", "cluster_size=1M", "1M"),
]
# Images into which qemu-img converts a stream as the disk.
CONVERTED = [
    ("qcow2-deflate-4k", "cluster_size=4k", True),
    ("qcow2-deflate-64k", "compat=0.10", True),
    ("qcow2-deflate-64k-extended", "extended_l2=on", True),
    ("qcow2-zstd-64k", "compression_type=zstd", True),
    ("qcow2-zstd-512", "cluster_size=512,compression_type=zstd", True),
    ("qcow2-plain-16k-extended", "cluster_size=16k,extended_l2=on", False),
]


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          **options).stdout


def entry(image):
    """The first snapshot's entry in an image: position, extra data's position, its numbers."""
    at = struct.unpack_from(">Q", image, 64)[0]
    return at, at + 40, struct.unpack_from(">QIHHIIQII", image, at)


def saved(folder, qemu, options, size):
    """An image that QEMU saved into, and the state as qemu-img reads it."""
    path = os.path.join(folder, "saved.qcow2")
    run("qemu-img", "create", "-f", "qcow2", "-o", options, path, size)
    run(qemu, "-M", "none", "-m", "1", "-nodefaults", "-display", "none", "-accel", "tcg",
        "-drive", f"if=none,id=d0,format=qcow2,file={path}", "-monitor", "stdio",
        input=b"savevm first\nsavevm second\nquit\n")
    with open(path, "rb") as f:
        image = f.read()
    return image, read_by_qemu(folder, image)


def read_by_qemu(folder, image):
    """The first snapshot's state: with a larger disk it is a part of the snapshot's disk."""
    image = bytearray(image)
    _, extra, _ = entry(image)
    length, disk = struct.unpack_from(">QQ", image, extra)
    cluster = 1 << struct.unpack_from(">I", image, 20)[0]
    wide = struct.unpack_from(">I", image, 4)[0] == 3 and \
        struct.unpack_from(">Q", image, 72)[0] & 1 << 4
    span = cluster * cluster // (16 if wide else 8)
    base = -(-disk // span) * span
    whole = base + -(-length // 512) * 512
    struct.pack_into(">Q", image, 24, whole)
    struct.pack_into(">QQ", image, extra, 0, whole)
    # The active disk gets the snapshot's L1 table: that one covers the state.
    at, _, numbers = entry(image)
    struct.pack_into(">IQ", image, 36, numbers[1], numbers[0])
    source, raw = os.path.join(folder, "patched.qcow2"), os.path.join(folder, "patched.raw")
    with open(source, "wb") as f:
        f.write(image)
    run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", source, raw)
    with open(raw, "rb") as f:
        f.seek(base)
        return f.read(length)


def converted(folder, stream, options, compressed, length=None):
    """An image whose disk is a stream, and a snapshot that takes the disk for its VM state, of
    the length that is given or the stream's."""
    raw, path = os.path.join(folder, "disk.raw"), os.path.join(folder, "disk.qcow2")
    with open(raw, "wb") as f:
        f.write(stream + bytes(-len(stream) % 512))
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o", options,
        *(["-c"] if compressed else []), raw, path)
    run("qemu-img", "snapshot", "-c", "first", path)
    with open(path, "rb") as f:
        image = bytearray(f.read())
    _, extra, _ = entry(image)
    struct.pack_into(">QQ", image, extra, length or len(stream), 0)
    return bytes(image), stream


def libvirt(stream, magic=b"LibvirtQemudSave", order="<", version=2, form=0, cookie=COOKIE,
            padding=65536):
    """A save image, written after the layout of libvirt's header."""
    text = XML.encode() + b"\0"
    start = len(text) if cookie else 0
    if cookie:
        text += cookie.encode() + b"\0"
    text += bytes(padding)
    head = magic + struct.pack(order + "5I", version, len(text), 1, form, start) + bytes(56)
    return head + text + stream


def mapped_ram(root, qemu, offset):
    """A mapped-ram file that begins at an offset."""
    folder = tempfile.mkdtemp(prefix="containers", dir=os.path.join(root, "tmp"))
    try:
        inside = "/" + os.path.relpath(folder, root)
        run("chroot", root, qemu, "-M", "none", "-m", "1", "-nodefaults", "-display", "none",
            "-accel", "tcg", "-monitor", "stdio",
            input=b"migrate_set_capability mapped-ram on\n"
                  b"migrate \"file:%s/sparse,offset=%d\"\nquit\n" % (inside.encode(), offset))
        with open(os.path.join(folder, "sparse"), "rb") as f:
            return f.read()
    finally:
        shutil.rmtree(folder)


def sparse(data, offset):
    """A libvirt save image into which QEMU wrote a mapped-ram stream."""
    head = libvirt(b"", form=6)
    return head + bytes(offset - len(head)) + data[offset:], data[offset:]


def make(qemu, root):
    stream = pack_fixtures.fixture("10.0/none")
    folder = tempfile.mkdtemp(prefix="containers")
    try:
        for name, options, size in SAVED:
            yield name, *saved(folder, qemu, options, size)
        for name, options, compressed in CONVERTED:
            yield name, *converted(folder, stream, options, compressed)
        zstd = run("zstd", "-q", "-c", input=stream)
        lzop = run("lzop", "-c", input=stream)
        packed = {"lzop": lzop, "gzip": gzip.compress(stream, mtime=0), "bzip2": bz2.compress(stream),
                  "xz": lzma.compress(stream), "zstd": zstd}
        for name, data in packed.items():
            yield f"stream.{name}", data, stream
        larger = pack_fixtures.fixture("7.2/ignore-shared")
        yield "larger.lzop", run("lzop", "-9", "-c", input=larger), larger
        yield "libvirt-v1-big", libvirt(stream, order=">", version=1, form=7, cookie=""), stream
        yield "libvirt-raw", libvirt(stream), stream
        yield "libvirt-part", libvirt(stream, magic=b"LibvirtQemudPart"), stream
        for number, name, order in ((1, "gzip", "<"), (2, "bzip2", ">"), (3, "xz", "<"),
                                    (4, "lzop", "<"), (5, "zstd", ">")):
            # Direct I/O pads the file's end with zeros.
            data = packed[name] + bytes(-len(packed[name]) % 4096)
            yield f"libvirt-{name}", libvirt(data, order=order, form=number), stream
        if root:
            yield "libvirt-sparse", *sparse(mapped_ram(root, qemu, 0x20000), 0x20000)
            # The snapshot's entry counts only what was written in order.
            yield "qcow2-mapped-ram", *converted(
                folder, mapped_ram(root, qemu, 0), "cluster_size=4k", False, length=1000)
    finally:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--root")
    options = parser.parse_args()
    os.makedirs(FOLDER, exist_ok=True)
    table, states = [], []
    for name, data, state in make(options.qemu, options.root):
        packed = pack_fixtures.pack(data)
        with open(os.path.join(FOLDER, name + ".packed"), "wb") as f:
            f.write(packed)
        digest = hashlib.sha256(data).hexdigest()
        table.append(f"containers/{name} {len(data)} {pack_fixtures.fnv1a(data):016x} {digest}\n")
        states.append(f"{name} {len(state)} {hashlib.sha256(state).hexdigest()}\n")
        print(f"{name}: {len(data)} bytes, stored {len(packed)}, state {len(state)}", flush=True)
    with open(os.path.join(FOLDER, "states.txt"), "w") as f:
        f.writelines(states)
    pack_fixtures.write_manifest(table, lambda name: not name.startswith("containers/"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
