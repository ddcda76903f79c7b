#!/usr/bin/env python3
"""Make files that hold a VM's state, pack them into Tests/Fixtures/images, and verify them.

    make_images.py [--root DIR] [--only GLOB]
                                      make anew with the installed qemu-system-x86_64 and
                                      qemu-img, and gzip, bzip2, xz and zstd
    make_images.py --verify       decode every file and compare it, and the states that
                                      the readers here find in it, with manifest.txt
    make_images.py --load         a real QEMU loads the snapshots that were not made by one

--root is a file tree with a qemu-system-x86_64 of 9.0 or later, which is run by chroot for the
sparse save image.

manifest.txt: `image NAME SIZE SHA-256`, each followed by `state ID TABLE-SIZE LENGTH FNV-1A
SHA-256 NAME` for what is inside; the hashes are of the stream. Files are packed as
`pack_fixtures.py` does it, or `.raw` where that gains nothing. Python 3.9 or later, standard
library only.
"""
import argparse
import fnmatch
import hashlib
import os
import subprocess
import sys
import tempfile

import pack_fixtures
import qcow2_image
from image_recipes import PC, SPARSE_START, Recipe, monitor, pattern, recipes, run

FOLDER = os.path.join(pack_fixtures.FIXTURES, "images")


# -- what is inside ----------------------------------------------------------------------------

def expected(name, data):
    """The states in a container, found by the readers of this folder: id, size, bytes, name."""
    if name.startswith("disk-"):
        content = qcow2_image.Reader(data).disk_content()
        if content != pattern():
            raise SystemExit(f"{name}: the reader gets something else than what was packed")
        return [("-", len(content), content, "")]
    if data.startswith(qcow2_image.MAGIC):
        image = qcow2_image.Reader(data)
        return [(s.id, s.size, snapshot_stream(name, image, s), s.name) for s in image.snapshots]
    stream = expected_stream(name, data)
    return [("-", len(stream), stream, "")]


def snapshot_stream(name, image, snapshot):
    """By the table's size; a mapped-ram snapshot goes on to its last mapped cluster."""
    size = image.mapped_size(snapshot) if "mapped" in name else None
    return image.vm_state(snapshot, size)


def expected_stream(name, data):
    """What went in, searched for or known."""
    if name == "libvirt-sparse":
        return data[SPARSE_START:]
    if name == "proxmox-archive":
        return pack_fixtures.fixture("7.2/pc")
    return pack_fixtures.fixture("7.2/none")


def store(name, data):
    small = pack_fixtures.pack(data)
    raw = len(small) >= len(data) or len(data) < 4096
    for suffix in (".raw", ".packed"):
        path = os.path.join(FOLDER, name + suffix)
        if os.path.exists(path):
            os.remove(path)
    with open(os.path.join(FOLDER, name + (".raw" if raw else ".packed")), "wb") as f:
        f.write(data if raw else small)
    return min(len(data), len(small))


def rows(name, data):
    out = [f"image {name} {len(data)} {hashlib.sha256(data).hexdigest()}"]
    for ident, size, stream, title in expected(name, data):
        out.append(f"state {ident} {size} {len(stream)} {pack_fixtures.fnv1a(stream):016x} "
                   f"{hashlib.sha256(stream).hexdigest()} {title}")
    return out


def read_manifest():
    """Name to its lines."""
    out = {}
    path = os.path.join(FOLDER, "manifest.txt")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            for line in f.read().splitlines():
                if line.startswith("image "):
                    out[line.split()[1]] = lines = []
                lines.append(line)
    return out


def fixture(name):
    path = os.path.join(FOLDER, name)
    if os.path.exists(path + ".raw"):
        with open(path + ".raw", "rb") as f:
            return f.read()
    with open(path + ".packed", "rb") as f:
        return pack_fixtures.unpack(f.read(), int(read_manifest()[name][0].split()[2]))


# -- commands ----------------------------------------------------------------------------------

def make(options):
    os.makedirs(FOLDER, exist_ok=True)
    table, steps = read_manifest(), read_provenance()
    for name, recipe_for in recipes(options).items():
        if not fnmatch.fnmatch(name, options.only):
            continue
        with tempfile.TemporaryDirectory() as work:
            recipe = Recipe(work)
            data = recipe_for(recipe)
        print(f"{name}: {len(data)} bytes, stored {store(name, data)}", flush=True)
        table[name], steps[name] = rows(name, data), recipe.steps
    with open(os.path.join(FOLDER, "manifest.txt"), "w", encoding="utf-8") as f:
        f.write("".join(line + "\n" for lines in table.values() for line in lines))
    write_provenance(steps)


HEAD = """# Files that hold a VM's state

Made by `Tests/Tools/make_images.py`: `qcow2-*` by QEMU {qemu} (`savevm`), `disk-*` by qemu-img
{img} from a pattern that the script draws, `written-*` by the script's own writer and checked
with `qemu-img check`, `stream-*` by the system's programs, `libvirt-*` and `proxmox-*` by
`save_images.py` from the formats' descriptions. The streams that they were made from are the
fixtures in the folders beside. The guest in them is the public-domain test guest of
`Tests/Interop/guest` (`$GUEST`); `$W` is a work folder. What the readers in `Tests/Tools` find
inside stands in `manifest.txt`.
"""


def read_provenance():
    steps, path = {}, os.path.join(FOLDER, "PROVENANCE.md")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            for line in f.read().splitlines():
                if line.startswith("## "):
                    steps[line[3:]] = current = []
                elif line.startswith("- "):
                    current.append(line[2:].strip("`") if line.count("`") == 2 else line[2:])
    return steps


def write_provenance(steps):
    version = run("qemu-system-x86_64", "--version").split()[3]
    img = run("qemu-img", "--version").split()[2]
    out = [HEAD.format(qemu=version, img=img)]
    for name, lines in steps.items():
        out.append(f"## {name}\n")
        out += [f"- {s}" if "`" in s else f"- `{s}`" for s in lines]
        out.append("")
    with open(os.path.join(FOLDER, "PROVENANCE.md"), "w", encoding="utf-8") as f:
        f.write("\n".join(out).rstrip() + "\n")


def verify():
    bad, table = 0, read_manifest()
    for name, lines in table.items():
        if rows(name, fixture(name)) != lines:
            print(f"{name}: the file or what is inside differs from manifest.txt")
            bad += 1
    print(f"{len(table) - bad} files decode to what is recorded, {bad} do not")
    return 1 if bad else 0


def load():
    """qemu-img checks what was written here, and QEMU loads its pc snapshots."""
    passed = failed = 0
    for name in read_manifest():
        if not name.startswith("written-"):
            continue
        with tempfile.TemporaryDirectory() as work:
            path = os.path.join(work, "image")
            with open(path, "wb") as f:
                f.write(fixture(name))
            good = subprocess.run(["qemu-img", "check", "-q", path]).returncode == 0
            # The streams of `none` are machines of another size; mapped-ram needs a newer QEMU.
            if "7.2/pc" in " ".join(read_provenance()[name]):
                said = monitor(PC.replace("-M pc", "-M pc-i440fx-7.2"),
                               ["loadvm written", "info status"],
                               "-drive", f"if=none,id=d,file={path},format=qcow2")
                good = good and "VM status: running" in said and "Error" not in said
        print(f"{name}: {'good' if good else 'refused'}")
        passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root")
    parser.add_argument("--only", default="*")
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("--load", action="store_true")
    options = parser.parse_args()
    if options.load:
        return load()
    if not options.verify:
        make(options)
    return verify()


if __name__ == "__main__":
    sys.exit(main())
