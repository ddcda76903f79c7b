"""What the real QEMU does with a stream: loads it or refuses it, in which words, and what is lost.

Python 3.9 or later, standard library only.
"""
import json
import os
import re
import shutil
import tempfile
import time

from machines import GUESTS
from qemu import Qemu, QemuError
from recomputed import reason, same_elsewhere
from stream import Stream, StreamError

LOAD_SECONDS = 20
PAUSE = 0.3                 # what a machine without our guest runs before its stream is saved


class Bench:
    """One QEMU: a work folder inside its root, and machines started in it."""

    def __init__(self, root=None):
        self.root = root.rstrip("/") if root else ""
        self.folder = tempfile.mkdtemp(prefix="vmstate-verdicts-", dir=(self.root or "") + "/tmp")
        self.work = self.folder[len(self.root):]
        for name in os.listdir(GUESTS):
            if name.endswith(".bin"):
                shutil.copy(os.path.join(GUESTS, name), self.folder)
        with Qemu(["-M", "none", "-S"], self.work, self.root) as q:
            self.version = "{}.{}".format(*q.version)

    def host(self, leaf):
        return os.path.join(self.folder, leaf)

    def start(self, configuration, more):
        if os.path.exists(self.host("shared")):
            os.unlink(self.host("shared"))
        q = Qemu(configuration.command(self.work) + more, self.work, self.root)
        try:
            for name in configuration.capabilities:
                q.command_qmp("migrate-set-capabilities",
                              capabilities=[{"capability": name, "state": True}])
        except QemuError:
            q.quit()
            raise
        return q

    def uri(self, configuration, leaf, write):
        path = f"{self.work}/{leaf}"
        if configuration.uri == "file":
            return f"file:{path}"
        return f"exec:cat > {path}" if write else f"exec:cat {path}"

    def saved(self, configuration, fresh):
        """A stream of a machine: paused since its start, or after its guest has run."""
        with self.start(configuration, ["-S"] if fresh else []) as q:
            if not fresh:
                if configuration.firmware:
                    q.wait_guest_ready()
                    q.wait_guest_rounds(3)
                else:
                    time.sleep(PAUSE)
                q.command_qmp("stop")
            return self.save(q, configuration, "saved")

    def save(self, q, configuration, leaf):
        path = self.host(leaf)
        if os.path.exists(path):
            os.unlink(path)
        q.command_qmp("migrate", uri=self.uri(configuration, leaf, True))
        q._wait("saving", LOAD_SECONDS)
        return q._settled(path)

    def dump_vmstate(self, configuration):
        """The `-dump-vmstate` file of this QEMU for a machine type."""
        import subprocess
        leaf = self.host("dump.json")
        command = (["chroot", self.root] if self.root else []) + \
            ["qemu-system-x86_64", "-M", configuration.machine, "-display", "none", "-nodefaults",
             "-dump-vmstate", f"{self.work}/dump.json"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60)
        with open(leaf, "rb") as f:
            return f.read()

    def load(self, configuration, data):
        """What QEMU does with a stream: a dictionary with `outcome` (loaded, refused, aborted,
        hung, unstarted), `said`, and the stream it saved right after a load, under `again`."""
        with open(self.host("incoming"), "wb") as f:
            f.write(data)
        try:
            q = self.start(configuration, ["-S", "-incoming", "defer"])
        except QemuError as error:
            return {"outcome": "unstarted", "said": str(error)}
        try:
            return self.attempt(q, configuration)
        finally:
            q.quit()

    def attempt(self, q, configuration):
        try:
            q.command_qmp("migrate-incoming", uri=self.uri(configuration, "incoming", False))
            q._wait("loading", LOAD_SECONDS)
        except QemuError as error:
            said = q.complaints()
            code = q.process.poll()
            if code is None:
                time.sleep(0.1)
                code = q.process.poll()
            if code is None and "still" in str(error):
                return {"outcome": "hung", "said": said}
            aborted = code is not None and (code < 0 or code > 128)
            return {"outcome": "aborted" if aborted else "refused", "said": said or str(error)}
        result = {"outcome": "loaded", "said": q.complaints()}
        try:
            result["again"] = self.save(q, configuration, "again")
        except QemuError as error:
            result["said"] += f"\nsaving again: {error}"
        return result

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


# -- what is lost -------------------------------------------------------------------------------

def parsed(data):
    try:
        return Stream(data)
    except (StreamError, KeyError, IndexError, ValueError, UnicodeDecodeError):
        return None


def losses(given, again, removed=()):
    """What differs between a stream and the one saved right after it was loaded: sentences that
    begin with the section or block. `removed`: sections of `given` that were taken out."""
    ours, theirs = given.full(), again.full()
    ours = {key: section for key, section in ours.items() if key not in removed}
    out = [f"{k[0]}/{k[1]}: gone" for k in ours if k not in theirs]
    out += [f"{k[0]}/{k[1]}: added" for k in theirs if k not in ours]
    for key in ours:
        if key in theirs:
            out += differences(given, again, ours[key], theirs[key])
    return out + memory_losses(given, again)


def differences(given, again, ours, theirs):
    left, right = given.body(ours), again.body(theirs)
    if left == right:
        return []
    try:
        fields, shape = given.fields(ours), again.fields(theirs)
    except (KeyError, TypeError):
        return [f"{ours}: bytes"]
    if len(left) == len(right):         # releases number elements in their own ways
        shape = fields
    mine = {path: left[at:at + size] for path, at, size in fields}
    other = {path: right[at:at + size] for path, at, size in shape}
    out = [f"{ours}: {path}: {'gone' if path in mine else 'added'}"
           for path in sorted(set(mine) ^ set(other))]
    for path in mine:
        if path in other and mine[path] != other[path]:
            if not (reason(ours.idstr, path) and
                    same_elsewhere(ours.idstr, path, mine[path], other[path])):
                out.append(f"{ours}: {path}: {short(mine[path])} became {short(other[path])}")
    return out


# Differences that are no loss, beside those of recomputed.py: (pattern for the sentence, reason).
NO_LOSS = [
    (r"globalstate/0: (<.*>|has_vm_was_suspended|vm_was_suspended|unused|runstate|size)\b.*: "
     r"(added|gone)|globalstate/0: .* became .*",
     "the run state at the time of the save; 9.0 divided its field"),
    (r"globalstate/0: (gone|added)", "sent where the machine stores its run state, or is not paused"),
    (r"i8259/\d: last_irr: .*", "KVM's own interrupt controller computes it"),
    (r"cpu/\d+: <cpu/poll_control_msr>.*: gone", "1 is what a stream without it means"),
    (r"kvmclock/0: clock: .*", "the host's clock at the time of the save"),
    (r".*/ide/0: bmdma.*migration_retry_.*", "kept only while a request is to be tried again"),
    (r"apic/\d+: (count_shift|initial_count_load_time): .*", "KVM's own APIC computes them"),
    (r"cpu/\d+: env.mp_state: .*", "KVM's word for the halted CPU that cpu_common has, too"),
    (r".*/e1000e/0: core.(rx_desc_len|rx_desc_buf_size|rxbuf_sizes\[\d\]): .*",
     "computed from the registers"),
]


# A CPU that waited in HLT is awake where KVM's own interrupt controller keeps that, and the source
# had none: it goes on behind the instruction, as after any interrupt. No stream shows which of
# the two a KVM machine has.
WOKEN = r"cpu_common/\d+: halted: 00000001 became 00000000"


def real(lines, wakes=False):
    """The lines of losses() that are losses.

    `wakes`: from KVM with QEMU's interrupt controllers to KVM with its own.
    """
    known = [p for p, _ in NO_LOSS] + ([WOKEN] if wakes else [])
    return [line for line in lines if not any(re.fullmatch(p, line) for p in known)]


def short(data):
    return data.hex() if len(data) <= 16 else f"{data[:16].hex()}... ({len(data)} bytes)"


def memory_losses(given, again):
    out = [f"block {name}: gone" for name in given.blocks if name not in again.blocks]
    out += [f"block {name}: added" for name in again.blocks if name not in given.blocks]
    if "x-ignore-shared" in given.capabilities or "mapped-ram" in given.capabilities:
        return out
    for name in given.blocks:
        if name not in again.blocks:
            continue
        left, right = given.memory(name), again.memory(name)
        if len(left) != len(right):
            out.append(f"block {name}: {len(left)} bytes became {len(right)}")
        elif left != right:
            out.append(f"block {name}: memory differs")
    missing = {name for name in given.blocks if not any(n == name for n, _ in given.pages)}
    return out + [f"block {name}: no page in the stream" for name in sorted(missing)]


class Store:
    """Results by pair, in a JSON file; streams in a folder beside it."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, "facts.json")
        self.facts = {}
        if os.path.exists(self.path):
            with open(self.path) as f:
                self.facts = json.load(f)
        self.unsaved = 0

    def put(self, key, fact):
        self.facts[key] = fact
        self.unsaved += 1
        if self.unsaved >= 20:
            self.flush()

    def flush(self):
        with open(self.path + ".new", "w") as f:
            json.dump(self.facts, f, indent=0)
        os.replace(self.path + ".new", self.path)
        self.unsaved = 0

    def file(self, leaf):
        return os.path.join(self.folder, leaf)

    def stream(self, leaf, make):
        """A stream from the folder, made if it is not there; None if it cannot be made."""
        path = self.file(leaf)
        if os.path.exists(path + ".none"):
            return None
        if not os.path.exists(path):
            try:
                data = make()
            except (QemuError, OSError) as error:
                with open(path + ".none", "w") as f:
                    f.write(str(error))
                return None
            with open(path + ".new", "wb") as f:
                f.write(data)
            os.replace(path + ".new", path)
        with open(path, "rb") as f:
            return f.read()
