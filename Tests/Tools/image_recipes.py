"""How each file of Tests/Fixtures/images is made; `make_images.py` runs it.

Python 3.9 or later, standard library only.
"""
import os
import random
import subprocess
import tempfile

import pack_fixtures
import qcow2_image
import save_images
from save_images import libvirt

GUEST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Interop", "guest")
EMPTY = "-M none -m 4"
PC = f"-M pc -m 8 -vga none -net none -bios {GUEST}/small.bin -serial null -accel tcg"
SPARSE_START = save_images.start(save_images.SPARSE)


def run(*words, text=""):
    return subprocess.run(words, input=text.encode(), check=True,
                          stdout=subprocess.PIPE).stdout.decode(errors="replace")


def monitor(machine, commands, *more, program=("qemu-system-x86_64",)):
    """Runs a machine for some commands; what it said."""
    return run(*program, *machine.split(), "-nodefaults", "-display", "none", "-monitor", "stdio",
               *more, text="\n".join([*commands, "quit", ""]))


class Recipe:
    """How one file is made, for the provenance, and the steps done."""

    def __init__(self, work):
        self.work, self.steps = work, []
        self.path = os.path.join(work, "image")

    def note(self, text):
        for long, short in ((self.work, "$W"), (GUEST, "$GUEST")):
            text = text.replace(long, short)
        self.steps.append(text)

    def img(self, *words):
        self.note("qemu-img " + " ".join(words))
        run("qemu-img", *words)

    def vm(self, machine, *commands):
        drive = f"if=none,id=d,file={self.path},format=qcow2"
        self.note(f"qemu-system-x86_64 {machine} -nodefaults -drive {drive}: "
                  + "; ".join(commands))
        monitor(machine, commands, "-drive", drive)

    def content(self):
        with open(self.path, "rb") as f:
            return f.read()


# -- images that QEMU makes --------------------------------------------------------------------

def saved(options, machine=EMPTY, commands=("savevm first",), size="1M"):
    def make(recipe):
        recipe.img("create", "-q", "-f", "qcow2", "-o", options, recipe.path, size)
        recipe.vm(machine, *commands)
        return recipe.content()
    return make


def many(recipe):
    """Names that are another's id, a disk-only one, and one that was deleted in between."""
    recipe.img("create", "-q", "-f", "qcow2", recipe.path, "1M")
    recipe.img("snapshot", "-c", "nur Platte \u00fc", recipe.path)
    recipe.vm(EMPTY, "savevm 4", "savevm gone", "savevm suspend", "delvm gone")
    return recipe.content()


def resized(recipe):
    recipe.img("create", "-q", "-f", "qcow2", recipe.path, "100M")
    recipe.vm(EMPTY, "savevm before")
    recipe.img("resize", "-q", recipe.path, "1G")
    recipe.vm(EMPTY, "savevm after")
    return recipe.content()


def disk(options):
    """A compressed disk; its state in the manifest is the disk's content."""
    def make(recipe):
        source = os.path.join(recipe.work, "disk.raw")
        with open(source, "wb") as f:
            f.write(pattern())
        recipe.img("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", options, source, recipe.path)
        return recipe.content()
    return make


def pattern():
    """Half a MiB that packs badly, well and not at all."""
    dice = random.Random(20261121)
    text = b"".join(b"line %d of the pattern\n" % dice.randrange(1000) for _ in range(6000))
    return (text + bytes(70000) + dice.randbytes(90000) + bytes(100) + text)[:500000].ljust(
        1 << 19, b"\x5a")


# -- images written here -----------------------------------------------------------------------

def written(stream, **how):
    def make(recipe):
        said = ", ".join(f"{k}={v}" for k, v in how.items())
        recipe.note(f"`qcow2_image.Writer`: {stream}" + (f", {said}" if said else ""))
        return qcow2_image.Writer(pack_fixtures.fixture(stream), **how).image()
    return make


def packed(program, data):
    return subprocess.run(program.split(), input=data, check=True, stdout=subprocess.PIPE).stdout


def compressed(program, stream="7.2/none", *, cut=None, before=b"", after=b""):
    """One or two members, by the system's program."""
    def make(recipe):
        data = pack_fixtures.fixture(stream)
        parts = [data] if cut is None else [data[:cut], data[cut:]]
        recipe.note(f"`{program}` of {stream}" + (
            f", cut at {cut} into two members" if cut else "") + (
            f", {len(before)} bytes before" if before else "") + (
            f", {len(after)} bytes behind" if after else ""))
        return before + b"".join(packed(program, p) for p in parts) + after
    return make


def saved_image(program=None, stream="7.2/none", **how):
    def make(recipe):
        said = ", ".join(f"{k}={v!r}" for k, v in how.items())
        recipe.note(f"`save_images.libvirt` of {stream}" + (f", `{program}`" if program else "")
                    + (f", {said}" if said else ""))
        data = pack_fixtures.fixture(stream)
        return libvirt(packed(program, data) if program else data, **how)
    return make


def sparse(root):
    """The stream is written by QEMU into the file at its place, as libvirt has it done."""
    def make(recipe):
        program = ("chroot", root, "qemu-system-x86_64")
        with tempfile.TemporaryDirectory(dir=os.path.join(root, "tmp")) as inside:
            inside = "/" + os.path.relpath(inside, root)
            uri = f"file:{inside}/image,offset={SPARSE_START}"
            steps = ["migrate_set_capability mapped-ram on", f"migrate {uri}"]
            said = monitor(EMPTY, [*steps, "info migrate"], program=program)
            if "completed" not in said:
                raise SystemExit("the migration did not complete:\n" + said)
            with open(root + inside + "/image", "rb") as f:
                stream = f.read()[SPARSE_START:]
        version = run(*program, "--version").split()[3]
        recipe.note(f"QEMU {version}: qemu-system-x86_64 {EMPTY} -nodefaults: "
                    + "; ".join(steps).replace(inside, "$W"))
        recipe.note("the bytes before by `save_images.libvirt`, format 6")
        return libvirt(stream, save_images.SPARSE)
    return make


def archive(recipe):
    recipe.note("`save_images.vma`: a disk of 150000 bytes and 7.2/pc as `vmstate`, clusters in "
                "backward order")
    return save_images.vma([("drive-scsi0", pattern()[:150000]),
                            ("vmstate", pack_fixtures.fixture("7.2/pc"))],
                           order=lambda clusters: clusters[::-1])


def small_archive(recipe):
    recipe.note("`save_images.vma`: a disk of 5000 bytes and 7.2/none as `vmstate`")
    return save_images.vma([("drive-scsi0", pattern()[:5000]),
                            ("vmstate", pack_fixtures.fixture("7.2/none"))])


def recipes(options):
    """Name, and how it is made."""
    skippable = bytes.fromhex("502a4d18 05000000") + b"12345"
    made = {
        "qcow2-v2-4k": saved("compat=0.10,cluster_size=4k",
                             commands=("savevm first", "savevm second")),
        "qcow2-v3-512": saved("cluster_size=512", PC),
        "qcow2-v3-4k": saved("cluster_size=4k,lazy_refcounts=on", PC),
        "qcow2-v3-64k": saved("cluster_size=64k"),
        "qcow2-v3-2m": saved("cluster_size=2M"),
        "qcow2-extended-16k": saved("cluster_size=16k,extended_l2=on", PC),
        "qcow2-extended-128k": saved("cluster_size=128k,extended_l2=on"),
        "qcow2-zstd-64k": saved("compression_type=zstd"),
        "qcow2-icount": saved("cluster_size=64k", PC + " -icount shift=7"),
        "qcow2-odd-disk": saved("cluster_size=4k", size="5000192"),
        "qcow2-many": many,
        "qcow2-resized": resized,
        "disk-deflate-4k": disk("cluster_size=4k"),
        "disk-deflate-64k": disk("cluster_size=64k"),
        "disk-deflate-2m": disk("cluster_size=2M"),
        "disk-zstd-64k": disk("compression_type=zstd"),
        "disk-deflate-extended": disk("cluster_size=64k,extended_l2=on"),
        "disk-zstd-extended": disk("cluster_size=16k,extended_l2=on,compression_type=zstd"),
        "written-deflate-4k": written("7.2/pc", compression="deflate", bits=12),
        "written-deflate-64k": written("10.0/pc", compression="deflate", version=2),
        "written-zstd-64k": written("7.2/pc", compression="zstd"),
        "written-zstd-extended": written("10.0/pc", compression="zstd", extended=True, bits=14),
        "written-no-extra": written("7.2/pc", version=2, extra=0, bits=12),
        "written-extra-16": written("7.2/none", extra=16, disk=3 << 20),
        "written-extra-1024": written("7.2/none", extra=1024, name="n" * 300, ident="7"),
        "written-mapped": written("10.0/mapped-ram", size=150000),
        "written-mapped-holes": written("10.0/mapped-ram", size=150000, holes=True, bits=14),
        "written-mapped-extended": written("10.0/mapped-ram", size=150000, holes=True,
                                           extended=True),
        "stream-gzip": compressed("gzip -c -n"),
        "stream-gzip-members": compressed("gzip -c -n", cut=5000, after=bytes(300)),
        "stream-bzip2": compressed("bzip2 -c", cut=4000),
        "stream-xz": compressed("xz -c", cut=3000, after=bytes(8)),
        "stream-xz-9": compressed("xz -9 -c"),
        "stream-zstd": compressed("zstd -q -c"),
        "stream-zstd-19": compressed("zstd -q -19 -c", cut=6000, before=skippable,
                                     after=skippable),
        "libvirt-v1-big": saved_image(version=1, order=">", cookie=b"", padding=0, was_running=0,
                                      form=3),
        "libvirt-raw": saved_image(),
        "libvirt-raw-big": saved_image(order=">"),
        "libvirt-part": saved_image(partial=True),
        "libvirt-gzip": saved_image("gzip -c -n", form=save_images.GZIP),
        "libvirt-bzip2": saved_image("bzip2 -c", form=save_images.BZIP2),
        "libvirt-xz": saved_image("xz -3 -c", form=save_images.XZ),
        "libvirt-zstd": saved_image("zstd -q -c", form=save_images.ZSTD),
        "proxmox-archive": archive,
        "proxmox-small": small_archive,
    }
    if options.root:
        made["libvirt-sparse"] = sparse(options.root)
    return made
