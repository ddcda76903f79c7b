#!/usr/bin/env python3
"""Let each system call of a program that saves a file fail, or be its last one.

    faultsweep.py --path FILE [--faults KILL,EIO,ENOSPC,EINTR] -- COMMAND...

COMMAND saves FILE; a word {path} in it becomes FILE and {seed} a number: two numbers must give
two contents, one number always the same. The command is run once under strace; from its first
look at FILE on, every call is taken in turn. For each call and fault, FILE gets the content of
seed 1, and COMMAND is run with seed 2 while strace injects the fault there. Afterwards FILE must
hold one of the two contents, whole; the second one if the command said that it has succeeded.
A failure leaves nothing else in the folder, a kill may; the next save clears that away.

Linux with strace; Python 3.9 or later, standard library only.
"""
import argparse
import collections
import os
import re
import subprocess
import sys

# Calls on files. That others fail (memory, threads) is not the save's matter; a kill may come at
# any of them.
FILE_CALLS = {
    "access", "chmod", "close", "fallocate", "fchmod", "fchown", "fcntl", "fdatasync", "flock",
    "fstat", "fsync", "ftruncate", "getdents64", "ioctl", "linkat", "lseek", "newfstatat",
    "openat", "poll", "ppoll", "pwrite64", "pwritev", "readlink", "readlinkat", "rename",
    "renameat", "renameat2", "statx", "sync_file_range", "unlink", "unlinkat", "write", "writev",
}
# What a call that was to clear up has failed to do stays until the next save.
CLEARING = {"unlink", "unlinkat"}


class Sweep:
    def __init__(self, command, path, faults):
        self.path, self.folder = path, os.path.dirname(os.path.abspath(path))
        self.command, self.faults = command, faults
        self.problems, self.outcomes = [], collections.Counter()

    def words(self, seed):
        return [w.replace("{path}", self.path).replace("{seed}", str(seed)) for w in self.command]

    def run(self, seed, *strace):
        return subprocess.run([*strace, *self.words(seed)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=60)

    def content(self):
        try:
            with open(self.path, "rb") as file:
                return file.read()
        except OSError:
            return None

    def save(self, seed):
        done = self.run(seed)
        if done.returncode != 0:
            raise SystemExit(f"The command does not save {self.path}: {done.stdout!r}")
        return self.content()

    def others(self):
        return sorted(set(os.listdir(self.folder)) - {os.path.basename(self.path)})

    def points(self):
        """(name, how many of that name before it and itself) of each call that matters."""
        trace = self.path + ".trace"
        if self.run(2, "strace", "-o", trace).returncode != 0:
            raise SystemExit("The command does not run under strace.")
        seen, points, begun = collections.Counter(), [], False
        with open(trace, errors="replace") as lines:
            for line in lines:
                call = re.match(r"(\w+)\(", line)
                if not call:
                    continue
                name = call[1]
                seen[name] += 1
                begun = begun or (f'"{self.path}"' in line and "stat" in name)
                if begun:
                    points.append((name, seen[name]))
        os.unlink(trace)
        if not points:
            raise SystemExit(f"The command never looks at {self.path}.")
        return points

    def sweep(self):
        self.old, self.new = self.save(1), self.save(2)
        if self.old == self.new or self.save(1) != self.old:
            raise SystemExit("The seed does not decide the content.")
        if self.others():
            raise SystemExit(f"There is something else in the folder: {self.others()}")
        points = self.points()
        for name, number in points:
            for fault in self.faults:
                if fault == "KILL" or name in FILE_CALLS:
                    self.inject(name, number, fault)
        return len(points)

    def inject(self, name, number, fault):
        with open(self.path, "wb") as file:
            file.write(self.old)
        kind = "signal=KILL" if fault == "KILL" else f"error={fault}"
        rule = f"inject={name}:{kind}:when={number}"
        status = self.run(2, "strace", "-o", os.devnull, "-e", rule).returncode
        now, left = self.content(), self.others()
        state = {self.old: "old", self.new: "new"}.get(now, "neither")
        self.outcomes[fault, "good" if status == 0 else "bad", state] += 1
        if state == "neither" or (status == 0 and state != "new"):
            self.problem(name, number, fault, f"status {status}, the file is {state}")
        if left and fault != "KILL" and name not in CLEARING:
            self.problem(name, number, fault, f"leaves {left}")
        if fault == "KILL" and status == 0:
            self.problem(name, number, fault, "the command was not killed")
        if self.save(2) != self.new or self.others():
            self.problem(name, number, fault, f"after the next save there is {self.others()}")

    def problem(self, name, number, fault, what):
        self.problems.append(f"{fault} at {name} number {number}: {what}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--path", required=True)
    parser.add_argument("--faults", default="KILL,EIO,ENOSPC,EINTR")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    sweep = Sweep(options.command, options.path, options.faults.split(","))
    calls = sweep.sweep()
    for problem in sweep.problems[:20]:
        print(problem)
    for (fault, status, state), count in sorted(sweep.outcomes.items()):
        print(f"{fault}: {count} times status {status} and the {state} file")
    total = sum(sweep.outcomes.values())
    print(f"{total} faults at {calls} system calls, {len(sweep.problems)} problems")
    return 1 if sweep.problems else 0


if __name__ == "__main__":
    sys.exit(main())
