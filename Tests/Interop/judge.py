#!/usr/bin/env python3
"""QEMU as the judge of streams: it loads them, saves again, and its sections must be ours.

    judge.py identity                      QEMU's own streams, unchanged
    judge.py edit                          one field edited by this harness itself
    judge.py run --command TEMPLATE [--seeds N] [--machine M] [--guest] [--sections A,B]
                 [--memory TEMPLATE] [--capabilities C,D] [--only VERSIONS]
    judge.py probe --sections A,B [--fields PATTERN] [--first-seed N]   which fields come back

`run` makes a base stream with a real QEMU, lets the command turn it into another one, and judges
that. The template's {base}, {out}, {seed}, {profile}, {machine} and {type} are filled in; a command that
writes a stream wholly of its own leaves {base} out. A stream passes when

  - QEMU loads it, paused, with nothing on stderr (but what its command line alone causes);
  - the stream that QEMU saves at once has the same sections, equal byte for byte but for the
    fields in recomputed.py, printed with their reason at the end when one did differ;
  - guest memory read out of QEMU equals the stream's, and the file that --memory names;
  - with --guest: the guest runs on and its own memory check passes.

The installed QEMU judges, and those in the chroots that VMSTATE_QEMU_ROOT names (with colons
between).
Python 3.9 or later, standard library only.
"""
import argparse
import collections
import random
import re
import shlex
import subprocess
import sys

from machines import MACHINES, benches
from qemu import QemuError
from recomputed import reason, same_elsewhere
from stream import Stream, StreamError

COMMAND_SECONDS = 300


class Judge:
    def __init__(self, bench, machine, capabilities=()):
        self.bench, self.machine, self.capabilities = bench, machine, capabilities
        # Some fields had other names before 6.0; their places are the same.
        self.compares_names = bench.version >= (6,)
        self.notes = {}
        self.subsections = set()            # of the last stream

    def verdict(self, data, guest=False, sections=None, image=None):
        """What is wrong with a stream: a list of sentences, empty when QEMU agrees."""
        try:
            given = Stream(data)
            q = self.bench.loaded(self.machine, data, self.capabilities)
        except (QemuError, StreamError) as error:
            return [f"refused: {error}"]
        self.subsections = subsection_names(given.description["devices"])
        with q:
            faults = []
            try:
                faults += self.memory_faults(q, given, image)
                if guest:
                    faults += self.guest_faults(q)
                else:
                    faults += self.section_faults(given, Stream(q.save("again")), sections)
            except (QemuError, StreamError) as error:
                faults.append(str(error))
            if q.process.poll() is None and q.complaints():
                faults.append(f"QEMU said: {q.complaints()}")
        return faults

    def memory_faults(self, q, given, image):
        blocks = {}
        for block, offset, address, size in MACHINES[self.machine].memory:
            if block not in given.blocks:
                return [f"the stream has no RAM block {block}"]
            blocks.setdefault(block, given.memory(block))
            seen = q.memory(address, size)
            if seen != blocks[block][offset:offset + size]:
                return [f"memory at {address:#x} differs from the stream's {block}"]
            if image is not None and seen != image[offset:offset + size]:
                return [f"memory at {address:#x} differs from the program's own"]
        return []

    def guest_faults(self, q):
        q.command_qmp("cont")
        q.wait_guest_rounds(3)
        good, seen = q.check_counters()
        return [] if good else [f"the guest's memory check failed: {seen}"]

    def section_faults(self, given, again, names):
        ours, theirs = given.full(), again.full()
        wanted = [k for k in ours if not names or k[0] in names]
        if names and {k[0] for k in wanted} != set(names):
            return [f"the stream lacks a section of {', '.join(sorted(names))}"]
        faults = []
        for key in wanted:
            if key not in theirs:
                faults.append(f"{key[0]}/{key[1]}: QEMU did not save it again")
                continue
            if self.compares_names and description(given, key) != description(again, key):
                faults.append(f"{key[0]}/{key[1]}: QEMU describes it otherwise")
            if again.body(theirs[key]) != given.body(ours[key]):
                faults += self.differences(given, again, ours[key], theirs[key])
        return faults

    def differences(self, given, again, ours, theirs):
        left, right = given.body(ours), again.body(theirs)
        fields, shape = given.fields(ours), again.fields(theirs)
        known = slice(0, 1) if self.compares_names else slice(1, 3)
        if [f[known] for f in fields] != [f[known] for f in shape]:
            odd = sorted({f[0] for f in fields} ^ {f[0] for f in shape})
            return [f"{ours}: QEMU saved other fields: {', '.join(odd[:6])}"]
        faults, covered = [], bytearray(len(left))
        for (path, a, size), (_, b, other) in zip(fields, shape):
            covered[a:a + size] = b"\1" * size
            if left[a:a + size] != right[b:b + other]:
                sentence = (f"{ours}: {path}: ours {left[a:a + size].hex()}, "
                            f"QEMU's {right[b:b + other].hex()}")
                why = reason(ours.idstr, path)
                if why and same_elsewhere(ours.idstr, path, left[a:a + size],
                                          right[b:b + other]):
                    self.notes[f"{ours.idstr} {path}"] = why
                else:
                    faults.append(sentence)
        if len(left) == len(right):         # subsection heads and the like
            faults += [f"{ours}: byte {i} differs" for i in range(len(left))
                       if not covered[i] and left[i] != right[i]]
        return faults


def description(stream, key):
    """The section's object in the JSON description."""
    return [d for d in stream.description["devices"] if (d["name"], d["instance_id"]) == key]


def subsection_names(value):
    """The names of all subsections in a part of a JSON description."""
    if isinstance(value, list):
        return set().union(*map(subsection_names, value))
    if not isinstance(value, dict):
        return set()
    names = {s["vmsd_name"] for s in value.get("subsections", [])}
    return names.union(*map(subsection_names, value.values()))


def filled(template, values):
    return [word.format(**values) for word in shlex.split(template)]


def made_by(command, path):
    """The stream that a command writes."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=COMMAND_SECONDS)
    if done.returncode:
        raise QemuError(f"{' '.join(command)}: status {done.returncode}: "
                        f"{done.stdout.decode(errors='replace').strip()}")
    with open(path, "rb") as f:
        return f.read()


class Tally:
    def __init__(self):
        self.passed = self.failed = 0
        self.notes = {}
        self.subsections = collections.Counter()

    def add(self, label, faults, judge):
        self.passed, self.failed = self.passed + (not faults), self.failed + bool(faults)
        print(f"{'ok  ' if not faults else 'FAIL'} {label}", flush=True)
        for fault in faults[:20]:
            print(f"       {fault}")
        self.notes.update(judge.notes)
        self.subsections.update(judge.subsections)

    def end(self):
        for field, why in sorted(self.notes.items()):
            print(f"recomputed by QEMU: {field}: {why}")
        total = self.passed + self.failed
        if total > 1:
            print(f"subsections, in how many of the {total} streams:", ", ".join(
                f"{name} {count}" for name, count in sorted(self.subsections.items())))
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


def identity(bench, options, tally):
    for machine in MACHINES:
        judge = Judge(bench, machine)
        data = bench.base(machine)
        tally.add(f"{bench.name} {machine}: unchanged", judge.verdict(data), judge)
        if MACHINES[machine].guest:
            tally.add(f"{bench.name} {machine}: guest runs on", judge.verdict(data, guest=True),
                      judge)


def edit(bench, options, tally):
    judge = Judge(bench, "pc")
    base = Stream(bench.base("pc"))
    key, path, value = ("i8254", 0), "channels[2].count", bytes.fromhex("0000abcd")
    if "channels[2].count" not in [f[0] for f in base.fields(base.full()[key])]:
        raise SystemExit("the i8254 section is not described as expected")
    data = base.with_field(key, path, value)
    faults = judge.verdict(data, sections=["i8254"])
    if data == base.data:
        faults.append("the edit changed nothing")
    tally.add(f"{bench.name} pc: i8254 {path} = {value.hex()}", faults, judge)
    # The judge itself must be able to say no: a stream that QEMU has to refuse.
    broken = bytearray(base.data)
    broken[base.full()[key].end] ^= 0xFF
    refused = judge_refuses(bench, bytes(broken))
    tally.add(f"{bench.name} pc: a damaged footer is refused",
              [] if refused else ["QEMU loaded it"], judge)


def judge_refuses(bench, data):
    try:
        bench.loaded("pc", data).quit()
        return False
    except QemuError:
        return True


def run(bench, options, tally):
    judge = Judge(bench, options.machine,
                  options.capabilities.split(",") if options.capabilities else ())
    names = options.sections.split(",") if options.sections else None
    base, out = bench.host("base.stream"), bench.host("ours.stream")
    if "{base}" in options.command:
        with open(base, "wb") as f:
            f.write(bench.base(options.machine))
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        values = {"base": base, "out": out, "seed": seed, "profile": bench.profile,
                  "machine": options.machine,
                  "type": "none" if options.machine == "none" else f"pc-i440fx-{bench.name}"}
        command = filled(options.command, values)
        try:
            data, image = made_by(command, out), None
            if options.memory:
                with open(options.memory.format(**values), "rb") as f:
                    image = f.read()
            faults = judge.verdict(data, options.guest, names, image)
        except (QemuError, OSError, subprocess.TimeoutExpired) as error:
            faults = [str(error)]
        tally.add(f"{bench.name} {options.machine}: seed {seed}: "
                  f"{' '.join(options.command.split()[:2])}", faults, judge)


def probe(bench, options, tally):
    """Random bytes in one field of each section at a time; says which do not come back."""
    generator = random.Random(options.first_seed)
    base = Stream(bench.base(options.machine))
    for name in options.sections.split(","):
        for key in [k for k in base.full() if k[0] == name]:
            for path, offset, size in base.fields(base.full()[key]):
                if not re.fullmatch(options.fields, path):
                    continue
                judge = Judge(bench, options.machine)
                data = base.with_field(key, path, generator.randbytes(size))
                print(f"{key[0]}/{key[1]} {path}: {judge.verdict(data) or 'comes back'}", flush=True)
    tally.passed += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", choices=("identity", "edit", "run", "probe"))
    parser.add_argument("--command", help="a program that writes a stream, as a template")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--machine", default="pc", choices=sorted(MACHINES))
    parser.add_argument("--sections", help="names, separated by commas; all without it")
    parser.add_argument("--fields", default=".*", help="probe: a pattern for field paths")
    parser.add_argument("--memory", help="a file with the memory that the program saved")
    parser.add_argument("--guest", action="store_true", help="let the guest run on")
    parser.add_argument("--capabilities", help="on at the destination, separated by commas")
    parser.add_argument("--only", help="judge with QEMUs of these versions only: a comma between")
    options = parser.parse_args()
    if options.mode == "run" and not options.command:
        parser.error("run needs --command")
    if options.mode == "probe" and not options.sections:
        parser.error("probe needs --sections")
    tally = Tally()
    for bench in benches():
        try:
            if options.only is None or bench.name in options.only.split(","):
                globals()[options.mode](bench, options, tally)
        finally:
            bench.close()
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
