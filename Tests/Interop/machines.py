"""The machines that the judge starts, and which QEMU it has.

Python 3.9 or later, standard library only.
"""
import os
import shutil
import tempfile

from qemu import Qemu

GUESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest")
MIB = 1 << 20
# The real-time clock follows the guest's time, which stands still in a paused machine; with the
# host's time the RTC's registers would move between a load and the next save.
STILL = ["-rtc", "clock=vm,base=2026-10-01T12:34:56"]
BARE = ["-nodefaults", "-vga", "none", "-net", "none"]


class Machine:
    """A command line, its guest, and where its RAM is seen: (block, offset, address, size).

    `old_args` are for QEMU 7 only: properties that later releases no longer have.
    """

    def __init__(self, args, ram, memory, guest=None, old_args=()):
        self.args, self.ram, self.memory, self.guest = args, ram, memory, guest
        self.old_args = list(old_args)

    def command(self, firmware, version):
        bios = ["-bios", firmware] if self.guest else []
        old = self.old_args if version < (8,) else []
        args = self.args if version < (11,) else [GONE.get(a, a) for a in self.args]
        return args + old + ["-m", str(self.ram), "-accel", "tcg"] + STILL + bios


def pc_memory(ram):
    return [("pc.ram", 0, 0, 0xA0000), ("pc.ram", MIB, MIB, (ram - 1) * MIB)]


NETWORK = ["-serial", "null", "-netdev", "hubport,id=n0,hubid=0",
           "-device", "e1000,netdev=n0,romfile=,mac=52:54:00:12:34:57"]
# What an old machine type and properties leave out or send in another form; and, with counted
# instructions, what they add.
OLD = ["-M", "pc-i440fx-2.4", "-icount", "shift=auto,sleep=on",
       "-global", "PIIX4_PM.memory-hotplug-support=off",
       "-global", "PIIX4_PM.acpi-pci-hotplug-with-bridge-support=off"]
# Machine types that are gone, and the oldest one left in 11.1.
GONE = {"pc-i440fx-2.4": "pc-i440fx-5.2"}
MACHINES = {
    "none": Machine(["-M", "none", "-nodefaults"], 8, [("ram", 0, 0, 8 * MIB)]),
    "pc": Machine(["-M", "pc"] + BARE + NETWORK, 8, pc_memory(8), "small.bin"),
    "pc-slots": Machine(["-M", "pc"] + BARE + NETWORK, "8,slots=2,maxmem=64M", pc_memory(8),
                        "small.bin"),
    "pc-old": Machine(OLD + BARE + NETWORK, 8, pc_memory(8), "small.bin",
                      ["-global", "e1000.mitigation=off"]),
}


# The first release of each generation of streams, the newest first.
GENERATIONS = [((11,), "11.1"), ((9,), "10.0"), ((8, 1), "8.2"), ((6,), "7.2"), ((4,), "4.2")]


class Bench:
    """One QEMU version: a work folder, and machines started in it."""

    def __init__(self, root=None):
        self.root = root.rstrip("/") if root else ""
        self._folder = tempfile.mkdtemp(prefix="vmstate-judge-", dir=(self.root or "") + "/tmp")
        self.work = self._folder[len(self.root):]
        for name in os.listdir(GUESTS):
            if name.endswith(".bin"):
                shutil.copy(os.path.join(GUESTS, name), self._folder)
        self.version = (0,)
        with self.start("none", ["-S"]) as q:
            self.version = q.version

    @property
    def name(self):
        return f"{self.version[0]}.{self.version[1]}"

    @property
    def profile(self):
        """The generation of streams that this QEMU writes: `StreamProfile.generations`."""
        return next(name for first, name in GENERATIONS if self.version >= first)

    def host(self, leaf):
        """A work file's path for this process."""
        return os.path.join(self._folder, leaf)

    def start(self, machine, more=()):
        m = MACHINES[machine]
        return Qemu(m.command(f"{self.work}/{m.guest}", self.version) + list(more), self.work, self.root)

    def base(self, machine):
        """A stream of a machine whose guest has run for a while, as QEMU writes it."""
        with self.start(machine) as q:
            if MACHINES[machine].guest:
                q.wait_guest_ready()
                q.wait_guest_rounds(3)
            return q.save("base")

    def loaded(self, machine, data, capabilities=()):
        """A QEMU that has loaded a stream and is paused."""
        with open(self.host("incoming"), "wb") as f:
            f.write(data)
        q = self.start(machine, ["-S", "-incoming", "defer"])
        try:
            q.load("incoming", capabilities)
        except BaseException:
            q.quit()
            raise
        return q

    def close(self):
        shutil.rmtree(self._folder, ignore_errors=True)


def roots():
    """The roots that QEMUs are in: that of the system, and the chroots that VMSTATE_QEMU_ROOT
    names, separated by colons."""
    return [None] + [root for root in os.environ.get("VMSTATE_QEMU_ROOT", "").split(":") if root]


def benches(least=(0,)):
    """A bench for each QEMU from a version on; says which are left out."""
    for root in roots():
        bench = Bench(root)
        if bench.version >= least:
            yield bench
        else:
            print(f"{bench.name} is left out: older than {'.'.join(map(str, least))}")
            bench.close()
