#!/usr/bin/env python3
"""The numbers of a save beside QEMU's own `query-migrate` on the same memory.

    migration_numbers.py --devices PATH [--ram MIB]

Each case: a stopped QEMU saves a machine with known memory in one form and tells its numbers;
`devices splice --statistics` loads a plain stream of that machine, saves it in the same form, and
writes its own. Every member must be there, and all but those that measure time must be equal.
Where QEMU itself counts otherwise from run to run, `settle` says why and what must hold instead.
A save that took longer than a round (50 ms) may have had another one, with another end record
and look at the dirty log: such a case is done again.
The installed QEMU takes part, and those in the chroots that VMSTATE_QEMU_ROOT names (with colons
between).
Python 3.9 or later, standard library only.
"""
import argparse
import json
import os
import random
import socket
import subprocess
import sys
import threading

from machines import MIB, benches
from qemu import PAGE, Qemu, QemuError

SECONDS = 120
ROUND = 50
TRIES = 20
# What depends on the time that a save takes.
TIMED = {"mbps", "pages-per-second", "total-time", "setup-time", "downtime"}
CONTENTS = ("zero", "random", "half")
QUICK = ("plain", "xbzrle", "mapped-ram", "multifd")
SLOW = ("compress",)
CHANNELS = 2
INITIAL_PACKET = 64


def content(kind, ram):
    """Memory: all zero, all random, or 16 pages of each in turn."""
    source = random.Random(len(kind))
    pages = ram // PAGE
    return b"".join(
        bytes(PAGE) if kind == "zero" or kind == "half" and page // 16 % 2 == 0
        else source.randbytes(PAGE) for page in range(pages))


def start(bench, machine, ram):
    """A stopped machine whose memory is a file."""
    memory = f"memory-backend-file,id=mem,mem-path={bench.work}/memory,share=on,size={ram}"
    q = Qemu(["-M", f"{machine},memory-backend=mem", "-nodefaults", "-vga", "none", "-object",
              memory, "-m", str(ram // MIB), "-S", "-accel", "tcg"], bench.work, bench.root)
    q.command_qmp("migrate-set-parameters", max_bandwidth=1 << 40)
    return q


class Sink:
    """Takes connections at a UNIX socket, and counts the bytes that come on each."""

    def __init__(self, path, count):
        if os.path.exists(path):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(count)
        self.threads, self.bytes = [], []
        self.acceptor = threading.Thread(target=self._accept, args=(count,), daemon=True)
        self.acceptor.start()

    def _accept(self, count):
        for index in range(count):
            connection, _ = self.listener.accept()
            self.bytes.append(0)
            thread = threading.Thread(target=self._drain, args=(connection, index), daemon=True)
            thread.start()
            self.threads.append(thread)

    def _drain(self, connection, index):
        while True:
            count = len(connection.recv(1 << 18))
            self.bytes[index] += count
            if not count:
                return connection.close()

    def wait(self):
        for thread in [self.acceptor] + self.threads:
            thread.join(SECONDS)
        self.listener.close()


def theirs(bench, machine, ram, form):
    """QEMU's numbers, and the bytes that came on its multifd channels."""
    with start(bench, machine, ram) as q:
        if form != "plain":
            q.switch([form], True)
        if form == "multifd":
            q.command_qmp("migrate-set-parameters", multifd_channels=CHANNELS)
        if form == "mapped-ram":
            q.command_qmp("migrate", uri=f"file:{q.path('theirs')}")
            q._wait("saving")
            arrived = 0
        else:
            sink = Sink(bench.host("sink"), 1 + (CHANNELS if form == "multifd" else 0))
            q.command_qmp("migrate", uri=f"unix:{q.path('sink')}")
            q._wait("saving")
            sink.wait()
            # The main channel is connected first.
            arrived = sum(sink.bytes[1:])
        return q.command_qmp("query-migrate"), arrived


def ours(options, bench, form):
    """Our numbers, and the bytes of our multifd channels."""
    words = [options.devices, "splice", "--into", bench.host("base"), "-o", bench.host("ours"),
             "--profile", bench.profile, "--statistics", bench.host("numbers")]
    words += ["--channels", str(CHANNELS)] if form == "multifd" else ["--form", form]
    done = subprocess.run(words, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        raise QemuError(f"devices: {(done.stdout + done.stderr).strip()[-300:]}")
    with open(bench.host("numbers")) as f:
        numbers = json.load(f)
    channels = range(CHANNELS if form == "multifd" else 0)
    return numbers, sum(os.path.getsize(bench.host(f"ours.{i}")) for i in channels)


def differences(ours, theirs, path=""):
    """Sentences about members that are not the same."""
    faults = []
    for key in sorted(ours.keys() | theirs.keys()):
        name = path + key
        if key not in ours or key not in theirs:
            faults.append(f"{name} is only {'ours' if key in ours else 'theirs'}")
        elif isinstance(theirs[key], dict):
            faults += differences(ours[key], theirs[key], name + ".")
        elif key not in TIMED and ours[key] != theirs[key]:
            faults.append(f"{name}: ours {ours[key]}, theirs {theirs[key]}")
    return faults


def known(bench, form):
    """Forms that this QEMU has."""
    return {"compress": bench.version < (9, 1), "mapped-ram": bench.version >= (9,)}.get(form, True)


def settle(bench, form, numbers, arrived, model):
    """What is wrong with numbers that QEMU does not count alike in every run; those are then
    set to the other side's (`model`)."""
    ram, faults = numbers["ram"], []
    if form == "multifd" and bench.version < (8,):
        # A channel may join a synchronisation with a packet of pages and then send an empty
        # packet, and pages in batches of its own: what came on the channels is what counts.
        # The initial packets do not.
        if ram["multifd-bytes"] != arrived - CHANNELS * INITIAL_PACKET:
            faults.append(f"multifd-bytes {ram['multifd-bytes']}, but {arrived} arrived")
        records = ram["precopy-bytes"] + ram["downtime-bytes"] + ram["postcopy-bytes"]
        if ram["transferred"] != records + ram["multifd-bytes"]:
            faults.append("transferred is not the sum of its parts")
        for key in ("multifd-bytes", "transferred"):
            ram[key] = model["ram"][key]
    if form == "compress":
        # A thread's last result is counted again, with no bytes, when all threads are waited
        # for: each time as a page of length -8, or as one of zeros.
        packed, other = numbers["compression"], model["compression"]
        again = packed["pages"] - other["pages"]
        if again < 0 or ram["duplicate"] < model["ram"]["duplicate"]:
            faults.append("fewer pages than ours")
        if packed["compressed-size"] + 8 * again != other["compressed-size"]:
            faults.append(f"compressed-size {packed['compressed-size']} with {again} pages again, "
                          f"ours {other['compressed-size']}")
        packed.update(pages=other["pages"], **{"compressed-size": other["compressed-size"]})
        ram["duplicate"] = model["ram"]["duplicate"]
    return faults


def faults(options, bench, machine, form, ram):
    for _ in range(TRIES):
        (left, sent), (right, arrived) = ours(options, bench, form), theirs(
            bench, machine, ram, form)
        if max(left["total-time"], right["total-time"]) > ROUND:
            continue
        wrong = settle(bench, form, right, arrived, left)
        initial = CHANNELS * INITIAL_PACKET if form == "multifd" and bench.version < (8,) else 0
        if left["ram"]["multifd-bytes"] != sent - initial:
            wrong.append(f"our multifd-bytes {left['ram']['multifd-bytes']}, but {sent} were sent")
        return wrong + differences(left, right)
    return [f"no save within {ROUND} ms"]


def cases(options, bench):
    """A name and what is wrong, for each case."""
    for machine in ("none", "pc"):
        for kind in CONTENTS:
            for forms, ram in ((QUICK, options.ram * MIB), (SLOW, MIB)):
                forms = [form for form in forms if known(bench, form)]
                if not forms:
                    continue
                with open(bench.host("memory"), "wb") as f:
                    f.write(content(kind, ram))
                with start(bench, machine, ram) as q:
                    q.save("base")
                for form in forms:
                    name = f"{bench.name} {machine}, {kind} memory, {form}"
                    try:
                        yield name, faults(options, bench, machine, form, ram)
                    except (QemuError, subprocess.TimeoutExpired, OSError, ValueError) as error:
                        yield name, [str(error)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", required=True)
    parser.add_argument("--ram", type=int, default=4)
    options = parser.parse_args()
    passed = failed = 0
    for bench in benches(least=(5,)):     # whose machines take a backend
        try:
            for name, wrong in cases(options, bench):
                passed, failed = (passed, failed + 1) if wrong else (passed + 1, failed)
                for sentence in wrong:
                    print(f"FAIL {name}: {sentence}")
        finally:
            bench.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
