#!/usr/bin/env python3
"""Memory saved and loaded by this package, by a real QEMU and by a bare C program, in turns.

    beside_qemu.py --benchmarks PATH [--size MIB] [--rounds N] [--only VERSION]

Equal terms: all save the same bytes, a file in memory that each has mapped and touched before; QEMU's
machine has no devices and is stopped, its bandwidth limit is off. A save's time is QEMU's own
`total-time`; a load's goes from the state `active` to `completed` by the stamps of its events, into
fresh memory on every side. Pipes are emptied and filled by the same program. Printed are the
medians in GB/s of guest memory with their spread, this package's ratio to each of the others, and
the most memory that each process had.

The installed QEMU takes part, and those in the chroots that VMSTATE_QEMU_ROOT names, with colons
between (the file system in memory is mounted there for the time of the run). Python 3.9 or later; Linux, root.
"""
import argparse
import array
import contextlib
import json
import mmap
import os
import socket
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Interop"))
from machines import roots  # noqa: E402
from qemu import PAGE, Qemu, QemuError  # noqa: E402

MIB = 1 << 20
CONTENTS = ("zero", "random", "half")
# What a transfer goes through: the forms that a QEMU knows are tried, others are left out.
ROUTES = ("file", "pipe", "null", "mapped-ram", "mapped-ram, 2 channels")


def fill(path, size, content):
    """The guest's memory."""
    with open(path, "wb") as f:
        if content == "zero":
            f.truncate(size)
            return
        for _ in range(size // MIB):
            f.write(os.urandom(MIB))
    if content == "half":
        with open(path, "r+b") as f, mmap.mmap(f.fileno(), size) as m:
            blank = bytes(PAGE)
            for at in range(0, size, 2 * PAGE):
                m[at:at + PAGE] = blank


class Theirs:
    """A QEMU of one version."""

    def __init__(self, folder, root, size):
        self.folder, self.root, self.size = folder, root, size
        with self.start([]) as q:
            self.version = q.version
        self.name = f"QEMU {self.version[0]}.{self.version[1]}"

    def start(self, more):
        arguments = ["-M", "none,memory-backend=ram", "-nodefaults", "-m", str(self.size // MIB), "-S",
                     "-accel", "tcg"] + (more or ["-object", f"memory-backend-ram,id=ram,size={self.size}"])
        return Qemu(arguments, self.folder, self.root)

    def source(self, path):
        q = self.start(["-object", f"memory-backend-file,id=ram,mem-path={path},share=on,"
                                   f"size={self.size}"])
        with contextlib.suppress(QemuError):    # as much as 7.2 and 10.0 take
            q.command_qmp("migrate-set-parameters", max_bandwidth=1 << 40)
        return q

    def knows(self, route):
        return self.version >= (9,) if route.startswith("mapped-ram") else True

    @staticmethod
    def prepare(q, route):
        if route.startswith("mapped-ram"):
            names = ["mapped-ram"] + (["multifd"] if "channels" in route else [])
            q.switch(names, True)
            if "channels" in route:
                q.command_qmp("migrate-set-parameters", multifd_channels=2)

    def save(self, q, route, path, descriptor):
        """Seconds. After a save the machine counts as migrated until it has run again."""
        q.command_qmp("cont")
        q.command_qmp("stop")
        if route == "file" and self.version < (8, 2) or route in ("pipe", "null"):
            send_descriptor(q, descriptor)
            uri = "fd:target"
        else:
            uri = f"file:{path}"
        q.command_qmp("migrate", uri=uri)
        q._wait("saving")
        return q.command_qmp("query-migrate")["total-time"] / 1000

    def load(self, route, path, descriptor):
        q = self.start(["-object", f"memory-backend-ram,id=ram,size={self.size}", "-incoming", "defer"])
        with q:
            self.prepare(q, route)
            q.switch(["events"], True)
            if descriptor is None:
                uri = f"file:{path}"
            else:
                send_descriptor(q, descriptor)
                uri = "fd:target"
            return loading_time(q, uri), peak(q.process.pid)


def send_descriptor(q, descriptor):
    """Gives QEMU a descriptor under the name `target`."""
    message = json.dumps({"execute": "getfd", "arguments": {"fdname": "target"}}).encode() + b"\n"
    q._socket.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))])
    while "return" not in (reply := q._read()):
        if "error" in reply:
            raise QemuError(reply["error"]["desc"])


def loading_time(q, uri):
    """Seconds between the events `active` and `completed` of a load."""
    q._file.write(json.dumps({"execute": "migrate-incoming", "arguments": {"uri": uri}}).encode() + b"\n")
    q._file.flush()
    began = None
    while True:
        message = q._read()
        if "error" in message:
            raise QemuError(message["error"]["desc"])
        if message.get("event") != "MIGRATION":
            continue
        stamp = message["timestamp"]["seconds"] + message["timestamp"]["microseconds"] / 1e6
        status = message["data"]["status"]
        if status == "active":
            began = stamp
        elif status == "completed":
            return stamp - began
        elif status == "failed":
            raise QemuError(f"loading failed: {q.stderr()}")


def peak(pid):
    """The most memory that a process had, in bytes."""
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


class Ours:
    """This package's program, or the bare C program inside it."""

    def __init__(self, program, side, size):
        self.program, self.side, self.size = program, side, size
        self.name = "VMState" if side == "ours" else "C floor"

    @staticmethod
    def knows(route):
        return True

    def run(self, kind, route, path, descriptor, memory):
        words = [self.program, "--transfer", kind, "--side", self.side, "--size", str(self.size // MIB),
                 "--memory", memory or "", "--target",
                 f"fd:{descriptor}" if descriptor is not None else f"file:{path}"]
        if route.startswith("mapped-ram"):
            words += ["--form", "mapped-ram"] + (["--channels", "2"] if "channels" in route else [])
        done = subprocess.run(words, pass_fds=[descriptor] if descriptor is not None else [],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()[-300:]}")
        time, memory = done.stdout.split()
        return int(time) / 1e9, int(memory)


@contextlib.contextmanager
def target(route, path):
    """A descriptor to write to, where one is needed, and what empties it."""
    if route == "null":
        descriptor = os.open("/dev/null", os.O_WRONLY)
        yield descriptor
        os.close(descriptor)
    elif route == "pipe":
        reader, writer = os.pipe()
        with subprocess.Popen(["cat"], stdin=reader, stdout=subprocess.DEVNULL):
            os.close(reader)
            yield writer
            os.close(writer)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        yield None


@contextlib.contextmanager
def origin(route, path):
    """A descriptor to read from, where one is needed, and what fills it."""
    if route != "pipe":
        yield None
        return
    reader, writer = os.pipe()
    with open(path, "rb") as f, subprocess.Popen(["cat"], stdin=f, stdout=writer) as feeder:
        os.close(writer)
        yield reader
        os.close(reader)
        feeder.wait()


class Run:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.size = options.size * MIB
        self.memory = os.path.join(folder, "memory")
        self.ours = [Ours(options.benchmarks, side, self.size) for side in ("floor", "ours")]
        self.theirs = []

    def path(self, name):
        return os.path.join(self.folder, name.replace(" ", "-"))

    def saves(self, route):
        """For each program the seconds of each round."""
        times, peaks = {}, {}
        sources = [(q, q.source(self.memory)) for q in self.theirs if q.knows(route)]
        try:
            for round in range(self.options.rounds + 1):
                for program in self.ours:
                    if program.knows(route):
                        path = self.path(program.name)
                        with target(route, path) as descriptor:
                            one, most = program.run("save", route, path, descriptor, self.memory)
                        note(times, peaks, program.name, round, one, most)
                for program, q in sources:
                    if round == 0:
                        program.prepare(q, route)
                    path = self.path(program.name)
                    with target(route, path) as descriptor:
                        if route == "file" and program.version < (8, 2):
                            descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
                        one = program.save(q, route, path, descriptor)
                        if route == "file" and descriptor is not None:
                            os.close(descriptor)
                    note(times, peaks, program.name, round, one, peak(q.process.pid))
        finally:
            for _, q in sources:
                q.quit()
        return times, peaks

    def loads(self, route):
        """The files are those of the saves of this route, or of the route `file`."""
        times, peaks = {}, {}
        for round in range(self.options.rounds + 1):
            for program in self.ours:
                if program.knows(route):
                    path = self.path(program.name)
                    with origin(route, path) as descriptor:
                        check = self.memory if program.side == "ours" and round == 0 else None
                        one, most = program.run("load", route, path, descriptor, check)
                    note(times, peaks, program.name, round, one, most)
            for program in self.theirs:
                if program.knows(route):
                    path = self.path(program.name)
                    with origin(route, path) as descriptor:
                        own = None
                        if descriptor is None and program.version < (8, 2):
                            own = descriptor = os.open(path, os.O_RDONLY)
                        one, most = program.load(route, path, descriptor)
                        if own is not None:
                            os.close(own)
                    note(times, peaks, program.name, round, one, most)
        return times, peaks

    def everything(self):
        for content in CONTENTS:
            fill(self.memory, self.size, content)
            for route in ROUTES:
                if route not in self.options.routes:
                    continue
                self.row(content, f"save, {route}", *self.saves(route))
                if route != "null":
                    self.row(content, f"load, {route}", *self.loads(route))

    def row(self, content, what, times, peaks):
        speeds = {name: self.size / 1e9 / statistics.median(t) for name, t in times.items()}
        own = speeds.get("VMState")
        cells = []
        for name, t in times.items():
            low, high = self.size / 1e9 / max(t), self.size / 1e9 / min(t)
            ratio = "" if name == "VMState" or own is None else f", x{own / speeds[name]:.2f}"
            cells.append(f"{name} {speeds[name]:.2f} ({low:.2f}..{high:.2f}{ratio}, "
                         f"{peaks[name] / MIB:.0f} MiB)")
        print(f"{content}, {what}: " + "; ".join(cells), flush=True)


def note(times, peaks, name, round, seconds, most):
    """The first round is not measured."""
    if round:
        times.setdefault(name, []).append(max(seconds, 0.0005))
        peaks[name] = max(peaks.get(name, 0), most)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--benchmarks", required=True, help="the program of Tests/Benchmarks")
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="with one QEMU, such as 10.0")
    parser.add_argument("--routes", default=";".join(ROUTES))
    options = parser.parse_args()
    options.routes = options.routes.split(";")
    folder = tempfile.mkdtemp(prefix="vmstate-beside-", dir="/dev/shm")
    mounted = []
    try:
        run = Run(options, folder)
        for root in map(lambda root: (root or "").rstrip("/"), roots()):
            if root:
                os.makedirs(root + folder, exist_ok=True)
                subprocess.run(["mount", "--bind", folder, root + folder], check=True)
                mounted.append(root + folder)
            theirs = Theirs(folder, root, run.size)
            if options.only in (None, theirs.name.removeprefix("QEMU ")):
                run.theirs.append(theirs)
        run.everything()
    finally:
        for place in mounted:
            subprocess.run(["umount", place], check=False)
            os.rmdir(place)
        subprocess.run(["rm", "-rf", folder], check=False)


if __name__ == "__main__":
    main()
