"""The lists from which verdicts.py forms its pairs.

A configuration is one QEMU command line, with the migration capabilities of both sides. A list
holds configurations that differ in one respect; every configuration of a list is tried as the
source of every other (and of itself), from every QEMU version to every QEMU version. Nothing is
picked by hand: a pair is left out only where one of the QEMUs cannot start that command line, or
cannot save from it.

Python 3.9 or later, standard library only.
"""
from machines import BARE, STILL

MIB = 1 << 20
# Both releases have these types, so that pairs across releases are more than a wrong name.
PC, Q35 = "pc-i440fx-7.2", "pc-q35-7.2"
FIRMWARE = "small.bin"
UUIDS = ("6c0b1b2e-5d3c-4b1a-9f57-0a1b2c3d4e5f", "11111111-2222-3333-4444-555555555555")


class Configuration:
    """One command line.

    `firmware` is a file of Tests/Interop/guest, or None for the machine's own; `versions` limits
    it to QEMU releases (major numbers) that have what it asks for.
    """

    def __init__(self, name, machine=PC, more=(), ram="8", firmware=FIRMWARE, accel="tcg",
                 capabilities=(), bare=True, uri="exec", cpus=None):
        self.name, self.machine, self.more = name, machine, list(more)
        self.ram, self.firmware, self.accel = ram, firmware, accel
        self.capabilities, self.bare, self.uri, self.cpus = capabilities, bare, uri, cpus

    @property
    def uuid(self):
        """The machine's UUID; empty for none."""
        return self.more[self.more.index("-uuid") + 1] if "-uuid" in self.more else ""

    def command(self, work):
        args = ["-M", self.machine, "-m", self.ram, "-accel", self.accel] + STILL
        args += BARE if self.bare else []
        args += ["-bios", f"{work}/{self.firmware}"] if self.firmware else []
        args += ["-smp", self.cpus] if self.cpus else []
        return args + [word.format(work=work) for word in self.more]


def device(*names):
    out = []
    for name in names:
        out += ["-device", name]
    return out


def disk(name, more=""):
    return ["-drive", f"driver=null-co,size=1M,read-zeroes=on,if=none,id={name}{more}"]


def of_global(*names):
    out = []
    for name in names:
        out += ["-global", name]
    return out


def shared_ram(size=8):
    return ["-object", f"memory-backend-file,id=ram0,size={size}M,mem-path={{work}}/shared,share=on",
            "-machine", "memory-backend=ram0"]


E1000, RTL, NET = "e1000,romfile=", "rtl8139,romfile=", "virtio-net-pci,romfile="
AUDIO = ["-audiodev", "none,id=s"]
C = Configuration
LISTS = {
    "machines": [
        C("pc", "pc"), C("pc-7.2"), C("pc-7.1", "pc-i440fx-7.1"),
        C("pc-2.4", "pc-i440fx-2.4"), C("q35", "q35"), C("q35-7.2", Q35),
        C("isapc", "isapc"), C("microvm", "microvm", firmware=None),
        C("none", "none", firmware=None, bare=False, more=["-nodefaults"]),
    ],
    "network": [
        C("net-none"), C("e1000-3", more=device(f"{E1000},addr=3")),
        C("e1000-4", more=device(f"{E1000},addr=4")),
        C("e1000-rtl", more=device(f"{E1000},addr=3", f"{RTL},addr=4")),
        C("rtl-e1000", more=device(f"{RTL},addr=3", f"{E1000},addr=4")),
        C("virtio-3", more=device(f"{NET},addr=3")),
        C("virtio-legacy", more=device(f"{NET},addr=3,disable-modern=on")),
        C("virtio-modern", more=device(f"{NET},addr=3,disable-legacy=on")),
        C("virtio-512", more=device(f"{NET},addr=3,rx_queue_size=512")),
        C("virtio-features", more=device(f"{NET},addr=3,mrg_rxbuf=off,ctrl_vq=off")),
        C("virtio-vectors", more=device(f"{NET},addr=3,vectors=0")),
        C("e1000e", more=device("e1000e,romfile=,addr=3")),
        C("pcnet", more=device("pcnet,romfile=,addr=3")),
        C("eepro", more=device("i82559er,romfile=,addr=3")),
        C("vmxnet3", more=device("vmxnet3,romfile=,addr=3")),
        C("ne2k", more=device("ne2k_pci,romfile=,addr=3")),
    ],
    "storage": [
        C("no-disk"), C("hd", more=disk("a") + device("ide-hd,drive=a,bus=ide.0,unit=0")),
        C("cd", more=device("ide-cd,bus=ide.0,unit=0")),
        C("hd-cd", more=disk("a") + device("ide-hd,drive=a,bus=ide.0,unit=0",
                                           "ide-cd,bus=ide.0,unit=1")),
        C("cd-hd", more=disk("a") + device("ide-cd,bus=ide.0,unit=0",
                                           "ide-hd,drive=a,bus=ide.0,unit=1")),
        C("blk", more=disk("a") + device("virtio-blk-pci,drive=a,addr=4")),
        C("blk-2q", more=disk("a") + device("virtio-blk-pci,drive=a,addr=4,num-queues=2")),
        C("blk-64", more=disk("a") + device("virtio-blk-pci,drive=a,addr=4,queue-size=64")),
        C("scsi", more=disk("a") + device("virtio-scsi-pci,id=s,addr=4",
                                          "scsi-hd,drive=a,bus=s.0")),
        C("scsi-cd", more=device("virtio-scsi-pci,id=s,addr=4", "scsi-cd,bus=s.0")),
        C("lsi", more=disk("a") + device("lsi53c895a,id=s,addr=4", "scsi-hd,drive=a,bus=s.0")),
        C("ahci", more=disk("a") + device("ich9-ahci,id=h,addr=4", "ide-hd,drive=a,bus=h.0")),
        C("floppy", more=disk("a") + device("floppy,drive=a")),
        C("sd", more=disk("a") + device("sdhci-pci,addr=4", "sd-card,drive=a")),
    ],
    "usb": [
        C("no-usb"), C("xhci", more=device("qemu-xhci,addr=5,id=u")),
        C("xhci-tablet", more=device("qemu-xhci,addr=5,id=u", "usb-tablet,bus=u.0,port=1")),
        C("xhci-mouse", more=device("qemu-xhci,addr=5,id=u", "usb-mouse,bus=u.0,port=1")),
        C("xhci-kbd-tablet", more=device("qemu-xhci,addr=5,id=u", "usb-kbd,bus=u.0,port=1",
                                         "usb-tablet,bus=u.0,port=2")),
        C("xhci-tablet-kbd", more=device("qemu-xhci,addr=5,id=u", "usb-tablet,bus=u.0,port=1",
                                         "usb-kbd,bus=u.0,port=2")),
        C("xhci-ports", more=device("qemu-xhci,addr=5,id=u,p2=8,p3=8")),
        C("uhci", more=device("piix3-usb-uhci,addr=5,id=u", "usb-tablet,bus=u.0")),
        C("ehci", more=device("usb-ehci,addr=5,id=u", "usb-tablet,bus=u.0,port=1")),
        C("usb-storage", more=disk("a") + device("qemu-xhci,addr=5,id=u",
                                                 "usb-storage,drive=a,bus=u.0")),
        C("usb-hub", more=device("qemu-xhci,addr=5,id=u", "usb-hub,bus=u.0,port=1",
                                 "usb-mouse,bus=u.0,port=1.1")),
    ],
    "bridges": [
        C("flat", more=device(f"{E1000},addr=3")),
        C("bridge", more=device("pci-bridge,chassis_nr=1,id=b,addr=6", f"{E1000},bus=b,addr=3")),
        C("bridge-empty", more=device("pci-bridge,chassis_nr=1,id=b,addr=6")),
        C("bridge-no-shpc", more=device("pci-bridge,chassis_nr=1,id=b,addr=6,shpc=on")),
        C("bridge-moved", more=device("pci-bridge,chassis_nr=1,id=b,addr=7",
                                      f"{E1000},bus=b,addr=3")),
        C("root-port", Q35, more=device("pcie-root-port,id=p,chassis=1,addr=3",
                                          "e1000e,romfile=,bus=p")),
        C("root-port-empty", Q35, more=device("pcie-root-port,id=p,chassis=1,addr=3")),
        C("root-port-virtio", Q35, more=device("pcie-root-port,id=p,chassis=1,addr=3",
                                                 f"{NET},bus=p")),
    ],
    "display": [
        C("vga-none"), C("vga-std", more=device("VGA,romfile=,addr=2")),
        C("vga-8m", more=device("VGA,romfile=,addr=2,vgamem_mb=8")),
        C("vga-cirrus", more=device("cirrus-vga,romfile=,addr=2")),
        C("vga-bochs", more=device("bochs-display,addr=2")),
        C("vga-vmware", more=device("vmware-svga,romfile=,addr=2")),
        C("vga-virtio", more=device("virtio-vga,romfile=,addr=2")),
        C("vga-secondary", more=device("secondary-vga,romfile=,addr=2")),
    ],
    "cpu": [
        C("smp1"), C("smp2", cpus="2"), C("smp4", cpus="4"), C("maxcpus4", cpus="1,maxcpus=4"),
        C("cpu-486", more=["-cpu", "486"]), C("cpu-max", more=["-cpu", "max"]),
        C("cpu-nehalem", more=["-cpu", "Nehalem"]), C("cpu-noapic", more=["-cpu", "qemu64,-apic"]),
        C("cpu-epyc", more=["-cpu", "EPYC"]),
    ],
    "memory": [
        C("m8"), C("m16", ram="16"), C("m8-slots", ram="8,slots=2,maxmem=64M"),
        C("m8-slots4", ram="8,slots=4,maxmem=64M"), C("bios-medium", firmware="medium.bin"),
        C("bios-own", firmware=None), C("bios-own-q35", Q35, firmware=None),
        C("rom-e1000", more=device("e1000,addr=3")),
        C("rom-virtio", more=device("virtio-net-pci,addr=3")),
        C("rom-other", more=device("virtio-net-pci,addr=3,romfile=pxe-e1000.rom")),
        C("rom-none", more=device("virtio-net-pci,addr=3,romfile=")),
        C("dimm", ram="8,slots=2,maxmem=256M",
          more=["-object", "memory-backend-ram,id=d0,size=128M"] + device("pc-dimm,memdev=d0")),
        C("backend", more=["-object", "memory-backend-ram,id=mem0,size=8M",
                           "-machine", "memory-backend=mem0"]),
    ],
    "properties": [
        C("e1000", more=device(f"{E1000},addr=3")),
        C("e1000-registers", more=device(f"{E1000},addr=3,extra_mac_registers=off")),
        C("e1000-tso", more=device(f"{E1000},addr=3,migrate_tso_props=off")),
        C("e1000-mitigation", more=device(f"{E1000},addr=3,mitigation=off")),
        C("memhp", more=of_global("PIIX4_PM.memory-hotplug-support=off")),
        C("bridge-hp", more=of_global("PIIX4_PM.acpi-pci-hotplug-with-bridge-support=off")),
        C("root-hp", more=of_global("PIIX4_PM.acpi-root-pci-hotplug=off")),
        C("no-hpet", f"{PC},hpet=off"), C("hpet-5", more=of_global("hpet.timers=5")),
        C("kbd-extended", more=of_global("i8042.extended-state=off")),
        C("pcspk", more=of_global("isa-pcspk.migrate=off")), C("vmport", f"{PC},vmport=off"),
        C("fw-dma", more=of_global("fw_cfg_io.dma_enabled=off")), C("usb-on", f"{PC},usb=on"),
        C("no-smbus", f"{PC},smbus=off"), C("no-pit", f"{PC},pit=off"), C("no-acpi", f"{PC},acpi=off"),
        C("i6300", more=device("i6300esb,addr=9")), C("serial", more=["-serial", "null"]),
        C("serial-2", more=["-serial", "null", "-serial", "null"]),
        C("parallel", more=["-parallel", "null"]), C("ac97", more=AUDIO + device("AC97,addr=8,audiodev=s")),
        C("hda", more=AUDIO + device("intel-hda,addr=8", "hda-duplex,audiodev=s")), C("sb16", more=AUDIO + device("sb16,audiodev=s")),
        C("rng", more=device("virtio-rng-pci,addr=8")),
        C("balloon", more=device("virtio-balloon-pci,addr=8")),
        C("balloon-stats", more=device("virtio-balloon-pci,addr=8,free-page-reporting=on")),
        C("virtio-serial", more=device("virtio-serial-pci,addr=8", "virtconsole")),
        C("virtio-serial-2", more=device("virtio-serial-pci,addr=8,max_ports=4", "virtconsole")),
        C("virtio-input", more=device("virtio-keyboard-pci,addr=8")),
        C("pvpanic", more=device("pvpanic")), C("edu", more=device("edu,addr=8")),
        C("vmgenid", more=device(f"vmgenid,guid={UUIDS[0]}")),
    ],
    "defaults": [
        C("defaults", bare=False, firmware=None), C("defaults-q35", Q35, bare=False, firmware=None),
        C("defaults-newest", "pc", bare=False, firmware=None),
        C("defaults-guest", bare=False), C("defaults-isapc", "isapc", bare=False),
    ],
    "framing": [
        C("plain"), C("no-configuration", more=of_global("migration.send-configuration=off") +
                      ["-machine", "suppress-vmdesc=on"]),
        C("no-footers", more=of_global("migration.send-section-footer=off")),
        C("no-vmdesc", "pc,suppress-vmdesc=on"),
        C("no-globalstate", more=of_global("migration.store-global-state=off")),
        C("no-switchover", more=of_global("migration.send-switchover-start=off")),
        C("icount", more=["-icount", "shift=auto,sleep=on"]),
        C("icount-fixed", more=["-icount", "shift=7"]),
    ],
    "capabilities": [
        C("no-capability"), C("ignore-shared", more=shared_ram(),
                              capabilities=("x-ignore-shared",)),
        C("shared", more=shared_ram()), C("bitmaps", capabilities=("dirty-bitmaps",)),
        C("postcopy", capabilities=("postcopy-ram",)),
        C("uuid", more=["-uuid", UUIDS[0]]),
        C("uuid-checked", more=["-uuid", UUIDS[0]], capabilities=("validate-uuid",)),
        C("uuid-other", more=["-uuid", UUIDS[1]], capabilities=("validate-uuid",)),
        C("xbzrle", capabilities=("xbzrle",)), C("compress", capabilities=("compress",)),
        C("events", capabilities=("events",)),
        C("return-path", capabilities=("return-path",)),
        C("mapped-ram", capabilities=("mapped-ram",), uri="file"),
    ],
    "accelerators": [
        C("tcg"), C("kvm", accel="kvm"), C("kvm-host", accel="kvm", more=["-cpu", "host"]),
        C("kvm-nopit", accel="kvm,kernel-irqchip=off"), C("tcg-max", more=["-cpu", "max"]),
    ],
}
EDITED = [
    C("edit-pc", "pc", more=["-serial", "null"] + device(f"{E1000},addr=3", "qemu-xhci,addr=5,id=u",
                                                   "usb-tablet,bus=u.0,port=1")),
    C("edit-virtio", "pc", more=disk("a") + device(f"{NET},addr=3", "virtio-blk-pci,drive=a,addr=4",
                                             "virtio-rng-pci,addr=8")),
    C("edit-q35", "q35", more=device("pcie-root-port,id=p,chassis=1,addr=3")),
    C("edit-icount", "pc", more=["-icount", "shift=auto,sleep=on"]),
    C("edit-none", "none", firmware=None, bare=False, more=["-nodefaults"]),
]


def configurations():
    """All of them by name; a name stands for one command line everywhere."""
    out = {}
    for c in [c for members in LISTS.values() for c in members] + EDITED:
        if c.name in out:
            raise ValueError(f"two configurations are named {c.name}")
        out[c.name] = c
    return out


def pairs(versions):
    """Every pair of the lists: (list, source, source's version, target, target's version)."""
    return [(name, source.name, v, target.name, w)
            for name, members in LISTS.items()
            for source in members for target in members for v in versions for w in versions]
