#!/usr/bin/env python3
"""The harness's own tests; no QEMU needed.

    python3 -m unittest discover -s Tests/Interop -p 'test_*.py'
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "Tools"))

import pack_fixtures  # noqa: E402
import recomputed  # noqa: E402
from qemu import PAGE, check_counters  # noqa: E402
from stream import Stream, StreamError  # noqa: E402


class StreamTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stream = Stream(pack_fixtures.fixture("10.0/pc"))

    def test_covers_every_section_to_its_footer(self):
        for name in ("7.2/none", "7.2/q35", "10.0/pc-rich", "10.0/pc-smp2", "10.0/ignore-shared"):
            stream = Stream(pack_fixtures.fixture(name))
            for section in stream.full().values():
                fields = stream.fields(section)
                self.assertLessEqual(sum(f[2] for f in fields), section.end - section.body)

    def test_reads_known_fields(self):
        section = self.stream.full()["i8254", 0]
        fields = {p: (o, s) for p, o, s in self.stream.fields(section)}
        self.assertEqual(fields["channels[0].irq_disabled"], (0, 4))
        self.assertEqual(fields["channels[0].count"], (4, 4))
        body = self.stream.body(section)
        self.assertEqual(int.from_bytes(body[4:8], "big"), 11932)   # the guest's 100 Hz

    def test_replaces_a_field_and_nothing_else(self):
        data = self.stream.with_field(("i8254", 0), "channels[2].count", b"\0\0\xab\xcd")
        again = Stream(data)
        changed = [k for k, s in again.full().items()
                   if again.body(s) != self.stream.body(self.stream.full()[k])]
        self.assertEqual(changed, [("i8254", 0)])
        self.assertEqual(sum(a != b for a, b in zip(data, self.stream.data)), 2)

    def test_refuses_a_damaged_footer_and_a_cut(self):
        data = bytearray(self.stream.data)
        data[self.stream.full()["i8254", 0].end] = 0
        for bad in (bytes(data), self.stream.data[:-1], self.stream.data[:5000]):
            with self.assertRaises(StreamError):
                Stream(bad)

    def test_rebuilds_the_guests_memory(self):
        memory = self.stream.memory("pc.ram")
        self.assertEqual(int.from_bytes(memory[0x500:0x504], "little"), 0x600DF00D)
        self.assertTrue(check_counters(memory[0x100000:0x180000])[0])


class CounterTests(unittest.TestCase):
    def pages(self, *values):
        return b"".join(bytes([v]) + bytes(PAGE - 1) for v in values)

    def test_accepts_one_step_down_by_one_and_refuses_others(self):
        for values, good in (((5, 5, 5), True), ((6, 5, 5), True), ((0, 255), True),
                             ((5, 6), False), ((7, 5), False), ((6, 5, 6), False)):
            self.assertEqual(check_counters(self.pages(*values))[0], good, values)


class RecomputedTests(unittest.TestCase):
    def test_matches_whole_names_only(self):
        self.assertIsNotNone(recomputed.reason("globalstate", "runstate"))
        self.assertIsNone(recomputed.reason("globalstate", "runstate2"))
        self.assertIsNone(recomputed.reason("i8254", "size"))

    def test_frees_only_the_time_registers(self):
        left, right = bytes(128), bytearray(128)
        right[0x32] = 1
        self.assertTrue(recomputed.same_elsewhere("mc146818rtc", "cmos_data", left, right))
        right[0x33] = 1
        self.assertFalse(recomputed.same_elsewhere("mc146818rtc", "cmos_data", left, right))


class KillSweepTests(unittest.TestCase):
    def sweep(self, script):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "state")
            return subprocess.run(
                [sys.executable, os.path.join(HERE, "killsweep.py"), "--path", path, "--limit",
                 "60", "--check", "grep -q END {path}", "--", "sh", "-c",
                 script.replace("FILE", path)], stdout=subprocess.PIPE, text=True)

    def test_passes_a_save_that_renames_and_clears(self):
        done = self.sweep("rm -f FILE.*; echo $$ > FILE.$$; echo END >> FILE.$$; mv FILE.$$ FILE")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_sees_a_save_in_place(self):
        done = self.sweep("echo $$ > FILE; echo END >> FILE")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("neither", done.stdout)

    def test_sees_leftovers_that_stay(self):
        done = self.sweep("echo $$ > FILE.$$; echo END >> FILE.$$; mv FILE.$$ FILE")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("survived", done.stdout)


@unittest.skipUnless(shutil.which("strace"), "needs strace")
class FaultSweepTests(unittest.TestCase):
    # Looks at the file first, as a save does, then writes: in place, or beside and renamed.
    HEAD = "import os, sys\npath, text = sys.argv[1], sys.argv[2] * 1000\nos.path.exists(path)\n"

    def sweep(self, script):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "state")
            return subprocess.run(
                [sys.executable, os.path.join(HERE, "faultsweep.py"), "--path", path, "--faults",
                 "KILL,EIO", "--", sys.executable, "-S", "-E", "-c", self.HEAD + script,
                 "{path}", "{seed}"], stdout=subprocess.PIPE, text=True)

    def test_passes_a_save_that_renames_and_clears(self):
        done = self.sweep(
            "new = path + '.new'\n"
            "try:\n  with open(new, 'w') as f: f.write(text)\n  os.rename(new, path)\n"
            "except OSError:\n  os.unlink(new)\n  sys.exit(1)\n")
        self.assertIn("0 problems", done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_sees_a_save_in_place(self):
        done = self.sweep("with open(path, 'w') as f: f.write(text)\n")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("the file is neither", done.stdout)


if __name__ == "__main__":
    unittest.main()
