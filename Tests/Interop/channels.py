#!/usr/bin/env python3
"""Migration over sockets between this package and a real QEMU, at either end.

    channels.py --devices PATH [--channels 1,2,8] [--compressions none,zlib,zstd] [--ram MIB]

Each case is one migration of a machine with known memory: `devices send` to a QEMU that waits
with -incoming, or a QEMU that migrates to `devices receive`; 0 channels is a plain stream. The
memory on the other side must be the source's, byte for byte. The installed QEMU takes part, and
those in the chroots that VMSTATE_QEMU_ROOT names (with colons between).
Python 3.9 or later, standard library only.
"""
import argparse
import os
import random
import subprocess
import sys

from machines import MIB, benches
from qemu import PAGE, Qemu, QemuError

SECONDS = 120


def prepared(q, channels, compression):
    """Sets what both sides must have in common."""
    if channels:
        q.command_qmp("migrate-set-capabilities",
                      capabilities=[{"capability": "multifd", "state": True}])
        q.command_qmp("migrate-set-parameters", multifd_channels=channels,
                      multifd_compression=compression)
    q.command_qmp("migrate-set-parameters", max_bandwidth=1 << 40)


def start(bench, leaf, ram, incoming):
    """A machine without devices whose memory is a file."""
    memory = f"memory-backend-file,id=ram,mem-path={bench.work}/{leaf},share=on,size={ram}M"
    arguments = ["-M", "none,memory-backend=ram", "-nodefaults", "-object", memory, "-m", str(ram),
                 "-S", "-accel", "tcg"] + (["-incoming", "defer"] if incoming else [])
    return Qemu(arguments, bench.work, bench.root)


def pages(ram, seed):
    """Random, equal and zero pages."""
    source = random.Random(seed)
    out = bytearray()
    for _ in range(ram * MIB // PAGE):
        kind = source.randrange(4)
        if kind == 0:
            out += source.randbytes(PAGE)
        elif kind == 1:
            out += bytes([source.randrange(1, 256)]) * PAGE
        elif kind == 2:
            word = source.randrange(PAGE)
            out += bytes(word) + b"\1" + bytes(PAGE - word - 1)
        else:
            out += bytes(PAGE)
    return bytes(out)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def difference(ours, theirs):
    if ours == theirs:
        return None
    count = sum(ours[i:i + PAGE] != theirs[i:i + PAGE] for i in range(0, len(ours), PAGE))
    return f"{count} pages differ ({len(ours)} and {len(theirs)} bytes)"


def words(options, channels, compression, bench, ram):
    return [options.devices, *options.verb, "--machine", "none", "--ram", str(ram), "--qemu",
            bench.profile, "--channels", str(channels), "--compression", compression]


def sending(options, bench, channels, compression, seed, live):
    """Our machine to QEMU."""
    path = bench.host("memory")
    with open(path, "wb") as f:
        f.truncate(options.ram * MIB)
    with start(bench, "memory", options.ram, True) as q:
        prepared(q, channels, compression)
        q.command_qmp("migrate-incoming", uri=f"unix:{bench.work}/socket")
        options.verb = ["send", "--to", bench.host("socket"), "--seed", str(seed), "-o",
                        bench.host("ours")] + (["--live"] if live else [])
        done = subprocess.run(words(options, channels, compression, bench, options.ram),
                              capture_output=True, text=True, timeout=SECONDS)
        if done.returncode:
            return f"devices: {(done.stdout + done.stderr).strip()[-300:]} {q.complaints()}"
        q._wait("loading")
        if q.complaints():
            return f"QEMU said: {q.complaints()}"
        return difference(read(bench.host("ours")), read(path))


def receiving(options, bench, channels, compression, seed):
    """QEMU's machine to us."""
    path = bench.host("memory")
    content = pages(options.ram, seed)
    with open(path, "wb") as f:
        f.write(content)
    socket = bench.host("socket")
    options.verb = ["receive", "--from", socket, "-o", bench.host("ours")]
    process = subprocess.Popen(words(options, channels, compression, bench, options.ram),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()
        with start(bench, "memory", options.ram, False) as q:
            prepared(q, channels, compression)
            q.command_qmp("migrate", uri=f"unix:{bench.work}/socket")
            output, errors = process.communicate(timeout=SECONDS)
            if process.returncode:
                return f"devices: {(output + errors).strip()[-300:]} {q.complaints()}"
            q._wait("saving")
        return difference(read(bench.host("ours")), content)
    finally:
        if process.poll() is None:
            process.kill()


def cases(options, bench):
    known = compressions(bench)
    for compression in options.compressions:
        if compression not in known:
            print(f"{bench.name} has no {compression}: left out")
    for channels in [0] + options.channels:
        for compression in options.compressions if channels else ["none"]:
            if compression in known:
                yield channels, compression


def compressions(bench):
    """What this build of QEMU can compress channels by."""
    known = ["none"]
    with Qemu(["-M", "none", "-nodefaults", "-S"], bench.work, bench.root) as q:
        for name in ("zlib", "zstd"):
            try:
                q.command_qmp("migrate-set-parameters", multifd_compression=name)
                known.append(name)
            except QemuError:
                pass
    return known


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", required=True)
    parser.add_argument("--channels", default="1,2,8")
    parser.add_argument("--compressions", default="none,zlib,zstd")
    parser.add_argument("--ram", type=int, default=16)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    options.channels = [int(n) for n in options.channels.split(",")]
    options.compressions = options.compressions.split(",")
    print(f"seed {options.seed}")
    passed = failed = 0
    for bench in benches(least=(5,)):       # whose machine without devices takes a backend
        try:
            for channels, compression in cases(options, bench):
                for way in ("to QEMU", "to QEMU, live", "from QEMU"):
                    name = f"{bench.name} {way}, {channels} channels, {compression}"
                    try:
                        if way == "from QEMU":
                            fault = receiving(options, bench, channels, compression, options.seed)
                        else:
                            fault = sending(options, bench, channels, compression, options.seed,
                                            way.endswith("live"))
                    except (QemuError, subprocess.TimeoutExpired, OSError) as error:
                        fault = str(error)
                    if os.path.exists(bench.host("socket")):
                        os.unlink(bench.host("socket"))
                    passed, failed = (passed, failed + 1) if fault else (passed + 1, failed)
                    if fault:
                        print(f"FAIL {name}: {fault}")
        finally:
            bench.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
