#!/usr/bin/env python3
"""mapped-ram files between this package and a real QEMU, their pages over several descriptors.

    mappedfiles.py --devices PATH [--ram MIB] [--seed N]

Each case is one file, written by `devices blank` and loaded by QEMU or the other way round, with
any number of channels on either side (0: the main descriptor alone) and with direct I/O. The
memory on the other side must be the source's, byte for byte, and the file sparse. Only a QEMU
from 9.0 on takes part: the installed one and those in the chroots that VMSTATE_QEMU_ROOT names
(with colons between).
Python 3.9 or later, standard library only.
"""
import argparse
import os
import random
import subprocess
import sys

from channels import SECONDS, difference, pages, read, start
from machines import MIB, benches
from qemu import QemuError

# (channels of the writer, of the reader, direct I/O of the writer, of the reader)
CASES = [(0, 0, False, False), (1, 0, False, False), (2, 2, False, False), (8, 0, False, False),
         (0, 2, False, False), (2, 8, False, False), (2, 2, True, True), (8, 0, True, False),
         (0, 2, False, True)]


def prepared(q, channels, direct):
    names = ["mapped-ram"] + (["multifd"] if channels else [])
    q.command_qmp("migrate-set-capabilities", capabilities=[
        {"capability": name, "state": True} for name in names])
    more = {"multifd_channels": channels} if channels else {}
    q.command_qmp("migrate-set-parameters", max_bandwidth=1 << 40, direct_io=direct, **more)


def ours(options, bench, words, channels, direct):
    command = [options.devices, *words, "--machine", "none", "--ram", str(options.ram), "--qemu",
               bench.profile, "--form", "mapped-ram", "--channels", str(channels)]
    done = subprocess.run(command + (["--direct"] if direct else []), capture_output=True,
                          text=True, timeout=SECONDS)
    return f"devices: {(done.stdout + done.stderr).strip()[-300:]}" if done.returncode else None


def sparse(path, content):
    """Pages of zeros take no room: a complaint, or None."""
    used = sum(any(content[i:i + 4096]) for i in range(0, len(content), 4096)) * 4096
    blocks = os.stat(path).st_blocks * 512
    return None if blocks <= used + 2 * MIB else f"{blocks} bytes on the disk for {used}"


def to_qemu(options, bench, case, seed, live):
    writer, reader, direct, reader_direct = case
    state = bench.host("state")
    fault = ours(options, bench, ["blank", "-o", state, "--seed", str(seed)]
                 + (["--live"] if live else []), writer, direct)
    if fault:
        return fault
    path = bench.host("memory")
    with open(path, "wb") as f:
        f.truncate(options.ram * MIB)
    content = read(state + ".mem")
    with start(bench, "memory", options.ram, True) as q:
        prepared(q, reader, reader_direct)
        q.command_qmp("migrate-incoming", uri=f"file:{bench.work}/state")
        q._wait("loading")
        if q.complaints():
            return f"QEMU said: {q.complaints()}"
        return difference(content, read(path)) or (None if live else sparse(state, content))


def from_qemu(options, bench, case, seed):
    writer, reader, direct, reader_direct = case
    content = pages(options.ram, seed)
    with open(bench.host("memory"), "wb") as f:
        f.write(content)
    state, out = bench.host("state"), bench.host("ours")
    with start(bench, "memory", options.ram, False) as q:
        prepared(q, writer, direct)
        q.command_qmp("migrate", uri=f"file:{bench.work}/state")
        q._wait("saving")
    return ours(options, bench, ["receive", "--from", state, "-o", out], reader,
                reader_direct) or difference(read(out), content)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", required=True)
    parser.add_argument("--ram", type=int, default=16)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    passed = failed = 0
    for bench in benches():
        try:
            for case in CASES if bench.version >= (9,) else []:
                for way in ("to QEMU", "to QEMU, live", "from QEMU"):
                    try:
                        if way == "from QEMU":
                            fault = from_qemu(options, bench, case, options.seed)
                        else:
                            fault = to_qemu(options, bench, case, options.seed, "live" in way)
                    except (QemuError, subprocess.TimeoutExpired, OSError) as error:
                        fault = str(error)
                    passed, failed = (passed, failed + 1) if fault else (passed + 1, failed)
                    if fault:
                        print(f"FAIL {bench.name} {way}, (writer, reader, direct) {case}: "
                              f"{fault}")
        finally:
            bench.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
