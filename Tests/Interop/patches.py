#!/usr/bin/env python3
"""QEMU as the judge of patched streams: it loads them, and saves the new values again.

    patches.py --command TEMPLATE [--diff TEMPLATE]

TEMPLATE is the command line of the tool, as in "vmstate-dump patch {base} {options} -o {out}":
{base} is a stream of a real QEMU, {out} the patched one, {options} the changes. The other one
compares the two, as in "vmstate-dump diff {base} {out} --format json", and must name exactly
what was changed. Every patched
stream is read by the reader of this folder too, which follows the sizes of its JSON description
to the last byte. The installed QEMU judges, and those in the chroots that VMSTATE_QEMU_ROOT names
(with colons between). Python 3.9 or later, standard library only.
"""
import argparse
import json
import shlex
import subprocess
import sys

from judge import Judge, Tally, made_by
from machines import benches
from qemu import QemuError
from stream import Stream, StreamError

# Section (the end of its name), the field's path for the tool and for this folder's reader,
# value for the tool, the bytes that QEMU must save.
VALUES = [
    ("i8254", "channels[2]/count", "channels[2].count", "0xabcd", "0000abcd"),
    ("i8254", "channels[1]/latched_count", "channels[1].latched_count", "258", "0102"),
    ("/e1000", "phy_reg[3]", "phy_reg[3]", "0x1234", "1234"),
    ("/e1000", "eeprom_data[7]", "eeprom_data[7]", "65534", "fffe"),
    ("/e1000", "e1000/full_mac_state/mac_reg[20000]",
     "<e1000/full_mac_state>.mac_reg[20000]", "77", "0000004d"),
    ("serial", "state/scr", "state.scr", "0x5a", "5a"),
    ("ps2kbd", "scancode_set", "scancode_set", "1", "00000001"),
    ("apic", "spurious_vec", "spurious_vec", "0x1ff", "000001ff"),
    ("cpu", "env.regs[3]", "env.regs[3]", "18446744073709551614", "fffffffffffffffe"),
    ("ioapic", "ioredtbl[5]", "ioredtbl[5]", "0x10055", "0000000000010055"),
    ("hpet", "timer[1]/fsb", "timer[1].fsb", "81985529216486895", "0123456789abcdef"),
    ("port92", "outport", "outport", "2", "02"),
    ("fw_cfg", "cur_entry", "cur_entry", "19", "0013"),
    ("/I440FX", "parent_obj/config[0]", "parent_obj.config[0]", None, None),
]
# Subsections that a QEMU does without, and sections that may be missing.
SUBSECTIONS = ["e1000/tx_tso_state", "pckbd/extended_state", "fdrive/media_rate", "fw_cfg/acpi_mr",
               "cpu/poll_control_msr"]
SECTIONS = ["vmmouse", "port92", "i2c_bus", "pcspk"]


class Patches:
    def __init__(self, bench, options, tally):
        self.bench, self.template, self.tally = bench, options.command, tally
        self.comparison = options.diff
        self.judge = Judge(bench, "pc")
        self.data = bench.base("pc")
        self.base = Stream(self.data)
        self.path, self.out = bench.host("base.stream"), bench.host("patched.stream")
        with open(self.path, "wb") as f:
            f.write(self.data)

    def patched(self, *options):
        words = []
        for word in shlex.split(self.template):
            words += options if word == "{options}" else [
                word.format(base=self.path, out=self.out)]
        return made_by(words, self.out)

    def differences(self, wanted, kind="field"):
        """Faults unless a comparison names exactly these paths."""
        if not self.comparison:
            return []
        words = [w.format(base=self.path, out=self.out) for w in shlex.split(self.comparison)]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != (1 if wanted else 0):
            return [f"diff: status {done.returncode}: {done.stderr.decode()[-200:]}"]
        found = json.loads(done.stdout)
        named = [d["path"] for d in found["differences"] if d["kind"] == kind]
        others = len(found["differences"]) - len(named) + len(found["memory"])
        if sorted(named) != sorted(wanted) or others:
            return [f"diff names {named[:5]} and {others} others, not {wanted[:5]}"]
        return []

    def section(self, end):
        found = [k for k in self.base.full() if k[0].endswith(end) and k[1] == 0]
        return found[0] if found else None

    def value(self, key, path, text, expected, name):
        option = f"{key[0]}/{path}={text}"
        data = self.patched("--set", option)
        faults = [] if len(data) == len(self.data) else ["the size changed"]
        if data != self.base.with_field(key, name, expected):
            faults.append("more or less than the field changed")
        faults += self.differences([f"{key[0]}/{path}"] if data != self.data else [])
        faults += self.judge.verdict(data, sections=[key[0]])
        return option, faults

    def several(self, wanted):
        """Many values at once; QEMU must save every one."""
        options = [w for _, path, text, _, _ in wanted for w in ("--set", f"{path}={text}")]
        data = self.patched(*options)
        faults = self.judge.verdict(data)
        changed = [path for key, path, _, expected, name in wanted
                   if self.base.with_field(key, name, expected) != self.data]
        faults += self.differences(changed)
        with self.bench.loaded("pc", data) as q:
            again = Stream(q.save("again"))
        for key, path, _, expected, name in wanted:
            section = again.full()[key]
            fields = {p: (o, s) for p, o, s in again.fields(section)}
            offset, size = fields[name]
            if again.body(section)[offset:offset + size] != expected:
                faults.append(f"{path}: QEMU did not save the value")
        return f"{len(wanted)} values at once", faults

    def dropped(self, option, name):
        """Something left out: QEMU loads the rest."""
        data = self.patched(option, name)
        given = Stream(data)
        faults = [] if len(data) < len(self.data) else ["nothing was left out"]
        if name.encode() in data[:given.description_at] and option == "--drop":
            faults.append("the subsection is still there")
        if option == "--drop-section" and any(s.idstr == name for s in given.sections):
            faults.append("the section is still there")
        with self.bench.loaded("pc", data) as q:
            again = Stream(q.save("again"))
            if [s.key for s in again.sections if s.kind == 4] != list(self.base.full()):
                faults.append("QEMU saved other sections")
            if q.complaints():
                faults.append(f"QEMU said: {q.complaints()}")
        return f"{option} {name}", faults

    def renamed(self):
        """QEMU must read the new name, refuse it, and take the old one back."""
        data, faults = self.patched("--rename-machine", "another-machine-1.0"), []
        if Stream(data).machine != "another-machine-1.0":
            faults.append("the machine has another name")
        try:
            self.bench.loaded("pc", data).quit()
            faults.append("QEMU loaded another machine's stream")
        except QemuError as error:
            if "another-machine-1.0" not in str(error):
                faults.append(f"QEMU did not read the name: {error}")
        with open(self.path, "wb") as f:
            f.write(data)
        if self.patched("--rename-machine", self.base.machine) != self.data:
            faults.append("renamed back it is another stream")
        with open(self.path, "wb") as f:
            f.write(self.data)
        return "--rename-machine", faults

    def cases(self):
        wanted = []
        for end, path, name, text, digits in VALUES:
            key = self.section(end)
            names = [f[0] for f in self.base.fields(self.base.full()[key])] if key else []
            if name not in names:
                yield lambda e=end, p=path: (f"{e} {p}", ["the base stream has no such field"])
                continue
            if text is None:        # the very same bytes, in hexadecimal digits
                section = self.base.full()[key]
                offset, size = next((o, s) for p, o, s in self.base.fields(section) if p == name)
                digits = text = self.base.body(section)[offset:offset + size].hex()
            expected = bytes.fromhex(digits)
            wanted.append((key, f"{key[0]}/{path}", text, expected, name))
            yield lambda k=key, p=path, t=text, x=expected, n=name: self.value(k, p, t, x, n)
        yield lambda: self.several(wanted)
        for name in SUBSECTIONS:
            yield lambda n=name: self.dropped("--drop", n)
        for name in SECTIONS:
            yield lambda n=name: self.dropped("--drop-section", n)
        yield self.renamed

    def run(self):
        for case in self.cases():
            try:
                label, faults = case()
            except (QemuError, StreamError, OSError, StopIteration) as error:
                label, faults = "a case", [str(error)]
            self.tally.add(f"{self.bench.name} pc: {label[:100]}", faults, self.judge)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", required=True, help="the tool's command line")
    parser.add_argument("--diff", help="the command line of its comparison")
    options = parser.parse_args()
    tally = Tally()
    for bench in benches():
        try:
            Patches(bench, options, tally).run()
        finally:
            bench.close()
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
