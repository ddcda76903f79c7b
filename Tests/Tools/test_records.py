#!/usr/bin/env python3
"""The cutting of records: sections and commands are found, and cuts keep names and bytes."""
import unittest

import pack_records
from live_sections import Walk

HEAD = bytes.fromhex("5145564d00000003" "07" "00000002" "7063")


def word(offset, flags):
    return (offset | flags).to_bytes(8, "big")


def section(kind, body, name=None):
    start = bytes([kind]) + (5).to_bytes(4, "big")
    if name:
        start += bytes([len(name)]) + name + bytes(8)
    return start + body + b"\x7e" + (5).to_bytes(4, "big")


SETUP = word(0x2000, 4) + b"\x01a" + (0x2000).to_bytes(8, "big") + word(0, 0x10)
FIRST = word(0, 8) + b"\x01a" + bytes([1]) * 4096
SECOND = word(0x1000, 0x28) + bytes([2]) * 4096
DELTA = word(0x1000, 0x60) + bytes.fromhex("01 0003 000103")
STREAM = (HEAD + section(1, SETUP, b"ram") + section(2, FIRST + SECOND + word(0, 0x10))
          + bytes.fromhex("08 0002 0004 00000001") + section(3, DELTA + word(0, 0x10)) + b"\x00")


class WalkTests(unittest.TestCase):
    def test_finds_sections_records_and_commands(self):
        walk = Walk(STREAM)
        self.assertEqual([(s[0], s[1], len(s[4])) for s in walk.sections],
                         [("ram", 1, 1), ("ram", 2, 2), ("ram", 3, 1)])
        self.assertEqual([STREAM[a:b].hex() for a, b in walk.commands], ["080002000400000001"])
        self.assertEqual(walk.sections[2][4][0][2:], (0x60, 0x1000, "a"))

    def test_refuses_a_stream_without_footer(self):
        with self.assertRaises(SystemExit):
            Walk(STREAM.replace(b"\x7e", b"\x7d"))


class CutTests(unittest.TestCase):
    def test_keeps_the_full_page_before_a_delta_and_the_name_before_it(self):
        self.assertEqual(pack_records.xbzrle_pages(STREAM),
                         FIRST + SECOND + DELTA + word(0, 0x10))

    def test_a_package_gives_its_first_and_its_last_commands(self):
        package = bytes.fromhex("0800040000") + b"devices" + bytes.fromhex(
            "080002000400000003" "0800050000")
        stream = HEAD + bytes.fromhex("0800070004") + len(package).to_bytes(4, "big") + package
        self.assertEqual(
            pack_records.commands(stream + b"\x00").hex(),
            "0800070004" + len(package).to_bytes(4, "big").hex()
            + "0800040000" "080002000400000003" "0800050000")


if __name__ == "__main__":
    unittest.main()
