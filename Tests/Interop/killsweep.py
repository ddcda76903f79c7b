#!/usr/bin/env python3
"""Kill a program that saves a file at each of its system calls; the earlier file must stay whole.

    killsweep.py --path FILE [--check TEMPLATE] [--limit N] -- COMMAND...

COMMAND writes FILE. It is run once to the end, and that file becomes the earlier one. Then it is
run again and again and killed (SIGKILL, by ptrace) when it enters or leaves its N-th system call,
for N = 1, 2, ... until a run completes; with more than --limit stops the N are spread evenly.
After each kill FILE must have its earlier content, or be a complete new file, which --check
decides ({path} is filled in; status 0 means good; without --check only the earlier content is
good until the run that completes). Whatever else the killed run left in FILE's folder must be
gone after the next complete run.

Linux on x86-64 or arm64; Python 3.9 or later, standard library only.
"""
import argparse
import ctypes
import hashlib
import os
import shlex
import signal
import subprocess
import sys

TRACEME, CONT, SYSCALL, SETOPTIONS = 0, 7, 24, 0x4200
SYSGOOD, FORK, VFORK, CLONE, EXEC, EXITKILL = 0x1, 0x2, 0x4, 0x8, 0x10, 0x100000
WALL = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long


def ptrace(request, pid, data=0):
    if LIBC.ptrace(request, pid, None, ctypes.c_void_p(data)) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def spawn(command):
    pid = os.fork()
    if pid == 0:
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for target in (0, 1, 2):
                os.dup2(null, target)
            ptrace(TRACEME, 0)
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    os.waitpid(pid, 0)                              # stopped at its exec
    ptrace(SETOPTIONS, pid, SYSGOOD | FORK | VFORK | CLONE | EXEC | EXITKILL)
    return pid


def run(command, stop_at=0):
    """Runs a command, killed at its stop number `stop_at` (0: never).

    Returns (stops seen, exit status or None if it was killed).
    """
    pid, stops, status = spawn(command), 0, None
    pending = [(pid, 0)]
    while True:
        for task, passed_on in pending:
            try:
                ptrace(SYSCALL, task, passed_on)
            except OSError:                         # it ended meanwhile
                pass
        try:
            task, state = os.waitpid(-1, WALL)
        except ChildProcessError:
            return stops, status
        pending = []
        if not os.WIFSTOPPED(state):
            if task == pid:
                status = os.WEXITSTATUS(state) if os.WIFEXITED(state) else None
            continue
        sig, passed_on = os.WSTOPSIG(state), 0
        if sig == signal.SIGTRAP | 0x80:
            stops += 1
            if stops == stop_at:
                os.kill(pid, signal.SIGKILL)
        elif sig not in (signal.SIGTRAP, signal.SIGSTOP):
            passed_on = sig
        pending = [(task, passed_on)]


def digest(path):
    try:
        with open(path, "rb") as f:
            return hashlib.sha256(f.read()).hexdigest()
    except OSError:
        return None


class Sweep:
    def __init__(self, command, path, check):
        self.command, self.path, self.check = command, path, check
        self.folder = os.path.dirname(os.path.abspath(path))
        self.faults, self.kills, self.left = [], 0, 0

    def complete(self):
        stops, status = run(self.command)
        if status != 0 or digest(self.path) is None:
            raise SystemExit(f"The command does not save {self.path}: status {status}.")
        return stops

    def others(self):
        return sorted(set(os.listdir(self.folder)) - {os.path.basename(self.path)} - self.known)

    def is_complete(self):
        if not self.check:
            return False
        words = [w.format(path=self.path) for w in shlex.split(self.check)]
        return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0

    def all(self, limit):
        self.known = set(os.listdir(self.folder)) - {os.path.basename(self.path)}
        total = self.complete()
        if self.others():
            raise SystemExit(f"A complete save leaves {self.others()} behind.")
        if self.check and not self.is_complete():
            raise SystemExit("The check refuses a completely saved file.")
        earlier = digest(self.path)
        step = max(1, -(-total // limit))
        for stop in range(1, total * 2 + step, step):
            _, status = run(self.command, stop)
            if status is not None:
                break
            self.kills += 1
            earlier = self.judge(stop, earlier)
        else:
            raise SystemExit("The command never ran to its end.")
        self.complete()
        if self.others():
            self.faults.append(f"after a complete save there is still {self.others()}")
        return total

    def judge(self, stop, earlier):
        """Looks at what the kill left; the digest of the file that is now the earlier one."""
        now = digest(self.path)
        if now != earlier and not self.is_complete():
            self.faults.append(f"killed at stop {stop}: the file is neither the earlier one nor "
                               "complete")
        if self.others():
            self.left += 1
            self.complete()
            if self.others():
                self.faults.append(f"killed at stop {stop}: {self.others()} survived the next save")
            now = digest(self.path)
        return now


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--path", required=True)
    parser.add_argument("--check")
    parser.add_argument("--limit", type=int, default=400)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    sweep = Sweep(options.command, options.path, options.check)
    total = sweep.all(options.limit)
    for fault in sweep.faults[:20]:
        print(fault)
    print(f"killed {sweep.kills} times over {total} stops; {sweep.left} left something behind; "
          f"{len(sweep.faults)} faults")
    return 1 if sweep.faults or not sweep.kills else 0


if __name__ == "__main__":
    sys.exit(main())
