"""Drive a QEMU binary over QMP: load and save migration streams, read guest memory.

Python 3.9 or later, standard library only; Linux.

A `Qemu` may run inside a chroot (`root=`), so that several versions can be used side by side.
Paths given to it are paths as QEMU sees them; `host()` turns one into this process's path.
"""
import json
import os
import signal
import socket
import subprocess
import time

READY_ADDRESS = 0x500           # the test guest's status words: guest/guest.S
READY_MAGIC = 0x600DF00D
PAGE = 4096


class QemuError(Exception):
    """A QMP error, a QEMU that died, or something that did not happen in time."""


class Qemu:
    _count = 0

    def __init__(self, args, workdir, root=None, binary="qemu-system-x86_64"):
        Qemu._count += 1
        self.root = root.rstrip("/") if root else ""
        self.workdir = workdir.rstrip("/")
        self.name = f"q{os.getpid()}-{Qemu._count}"
        self._socket = self._file = self.process = None
        os.makedirs(self.host(self.workdir), exist_ok=True)
        self._start([binary] + list(args))

    # -- the process -------------------------------------------------------------
    def host(self, path):
        """The path, outside the chroot, of a path as QEMU sees it."""
        return self.root + path

    def path(self, leaf):
        """A work file's path as QEMU sees it."""
        return f"{self.workdir}/{leaf}"

    def _start(self, command):
        qmp = self.path(self.name + ".qmp")
        self.command = (["chroot", self.root] if self.root else []) + command + \
            ["-display", "none", "-qmp", f"unix:{qmp},server=on,wait=off"]
        self._error_path = self.host(self.path(self.name + ".err"))
        with open(self._error_path, "wb") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=errors)
        try:
            self._connect(self.host(qmp), time.monotonic() + 30)
            version = self._read()["QMP"]["version"]["qemu"]
            self.version = (version["major"], version["minor"], version["micro"])
            self.command_qmp("qmp_capabilities")
            self._greeting = len(self.stderr())     # warnings about the command line
        except (QemuError, ValueError, KeyError):
            self.kill()
            raise

    def _connect(self, qmp, end):
        while True:
            self._socket = socket.socket(socket.AF_UNIX)
            try:
                self._socket.connect(qmp)
                break
            except OSError:
                self._socket.close()
            if self.process.poll() is not None:
                raise QemuError(f"QEMU ended at once: {self.stderr()}")
            if time.monotonic() > end:
                raise QemuError("no QMP socket in time")
            time.sleep(0.01)
        self._socket.settimeout(60)
        self._file = self._socket.makefile("rwb")

    def stderr(self):
        try:
            with open(self._error_path, errors="replace") as f:
                return f.read(4000).strip()
        except OSError:
            return ""

    def complaints(self):
        """What QEMU said on stderr since it was started."""
        return self.stderr()[self._greeting:].strip()

    def quit(self, timeout=5):
        """Asks QEMU to end; if it does not, kills it by its process id."""
        if self.process.poll() is None:
            try:
                self.command_qmp("quit")
                self.process.wait(timeout)
            except (QemuError, OSError, ValueError, subprocess.TimeoutExpired):
                pass
        self.kill()

    def kill(self):
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for f in (self._file, self._socket):
            try:
                if f:
                    f.close()
            except OSError:
                pass
        self._file = self._socket = None
        for suffix in (".qmp", ".err"):
            try:
                os.unlink(self.host(self.path(self.name + suffix)))
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.quit()

    # -- QMP -----------------------------------------------------------------------
    def _read(self):
        try:
            line = self._file.readline()
        except (OSError, ValueError) as error:
            raise QemuError(f"QMP: {error}; {self.stderr()}") from error
        if not line:
            self.process.wait(30)
            raise QemuError(f"QEMU ended (status {self.process.returncode}): {self.stderr()}")
        return json.loads(line)

    def command_qmp(self, execute, **arguments):
        """One QMP command; underscores in argument names become hyphens."""
        message = {"execute": execute}
        if arguments:
            message["arguments"] = {k.replace("_", "-"): v for k, v in arguments.items()}
        if not self._file:
            raise QemuError("QMP is closed")
        try:
            self._file.write(json.dumps(message).encode() + b"\n")
            self._file.flush()
        except OSError as error:
            raise QemuError(f"QMP: {error}; {self.stderr()}") from error
        while True:
            reply = self._read()
            if "error" in reply:
                raise QemuError(f"{execute}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]

    def monitor(self, line):
        return self.command_qmp("human-monitor-command", command_line=line)

    # -- migration -------------------------------------------------------------------
    def _wait(self, what, timeout=60):
        end = time.monotonic() + timeout
        while True:
            info = self.command_qmp("query-migrate")
            if info.get("status") == "completed":
                return
            if info.get("status") in ("failed", "cancelled"):
                raise QemuError(f"{what} {info['status']}: {info.get('error-desc', '')} "
                                f"{self.stderr()}")
            if time.monotonic() > end:
                raise QemuError(f"{what} still {info.get('status')!r} after {timeout} s")
            time.sleep(0.01)

    def save(self, leaf):
        """Migrates to a work file; returns its bytes. The machine is stopped afterwards."""
        self.command_qmp("migrate", uri=f"exec:cat > {self.path(leaf)}")
        self._wait("saving")
        return self._settled(self.host(self.path(leaf)))

    def _settled(self, path):
        """The file's bytes, once `cat` has written all of them."""
        size = -1
        while True:
            now = os.path.getsize(path)
            if now == size:
                break
            size = now
            time.sleep(0.03)
        with open(path, "rb") as f:
            return f.read()

    def load(self, leaf, capabilities=()):
        """Loads a work file into a QEMU started with `-incoming defer`. The capabilities are on
        for as long as that takes; pages with fixed places need the file itself."""
        self.switch(capabilities, True)
        uri = "file:" if "mapped-ram" in capabilities else "exec:cat "
        self.command_qmp("migrate-incoming", uri=uri + self.path(leaf))
        self._wait("loading")
        self.switch(capabilities, False)

    def switch(self, capabilities, state):
        """Switches migration capabilities on or off."""
        if capabilities:
            self.command_qmp("migrate-set-capabilities", capabilities=[
                {"capability": name, "state": state} for name in capabilities])
            # A warning that one of them is deprecated is none about a stream.
            self._greeting = max(self._greeting, len(self.stderr()))

    # -- the guest -------------------------------------------------------------------
    def memory(self, start, size):
        """Physical memory as bytes."""
        leaf = self.name + ".mem"
        self.command_qmp("pmemsave", val=start, size=size, filename=self.path(leaf))
        with open(self.host(self.path(leaf)), "rb") as f:
            data = f.read()
        os.unlink(self.host(self.path(leaf)))
        return data

    def words(self, address, count=1):
        data = self.memory(address, 4 * count)
        return [int.from_bytes(data[i:i + 4], "little") for i in range(0, len(data), 4)]

    def wait_guest_ready(self, timeout=60):
        end = time.monotonic() + timeout
        while self.words(READY_ADDRESS)[0] != READY_MAGIC:
            if time.monotonic() > end:
                raise QemuError("the guest did not become ready")
            time.sleep(0.02)

    def wait_guest_rounds(self, count, timeout=60):
        """Waits until the guest has done `count` more rounds than now."""
        first = self.words(READY_ADDRESS + 4)[0]
        end = time.monotonic() + timeout
        while (self.words(READY_ADDRESS + 4)[0] - first) & 0xFFFFFFFF < count:
            if time.monotonic() > end:
                raise QemuError("the guest does not run")
            time.sleep(0.02)

    def check_counters(self):
        """Stops the guest and checks its memory: (good, what was seen)."""
        self.command_qmp("stop")
        start, end = self.words(READY_ADDRESS + 0x10, 2)
        return check_counters(self.memory(start, end - start))


def check_counters(data):
    """Checks the counter bytes of the test guest's hot range.

    Going up, the pages' first bytes must be equal but for at most one place where they drop by
    exactly one, modulo 256.
    """
    counters = data[::PAGE]
    steps = [i for i in range(1, len(counters)) if counters[i] != counters[i - 1]]
    if not steps:
        return True, f"all {len(counters)} pages at {counters[0]}"
    at = steps[0]
    if len(steps) == 1 and (counters[at - 1] - counters[at]) & 0xFF == 1:
        return True, f"{counters[at - 1]} up to page {at - 1}, {counters[at]} from page {at}"
    return False, f"the counters change at {len(steps)} places, first at page {at}"
