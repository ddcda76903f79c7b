#!/usr/bin/env python3
"""The writers and readers of containers, on small states; no QEMU is needed."""
import struct
import unittest

import qcow2_image
import save_images
from qcow2_image import Reader, Writer

STATE = b"QEVM" + bytes(range(256)) * 40 + bytes(20000) + b"the end}"


class Qcow2Tests(unittest.TestCase):
    def read_back(self, **how):
        image = Reader(Writer(STATE, **how).image())
        self.assertEqual(image.vm_state(image.snapshots[0], len(STATE)), STATE)
        return image

    def test_the_state_comes_back_from_every_kind_of_mapping(self):
        for bits in (9, 12, 16):
            for holes in (False, True):
                self.read_back(bits=bits, holes=holes)
                self.read_back(bits=bits, holes=holes, compression="deflate")
        self.read_back(bits=14, extended=True)
        self.read_back(bits=14, extended=True, holes=True)
        self.read_back(bits=14, extended=True, compression="deflate")

    def test_old_entries_take_size_and_place_from_elsewhere(self):
        image = self.read_back(version=2, extra=0, disk=5 << 20)
        self.assertEqual(image.snapshots[0].size, len(STATE))
        self.assertEqual(image.snapshots[0].disk, 5 << 20)
        self.assertEqual(image.snapshots[0].icount, (1 << 64) - 1)

    def test_a_table_that_says_less_than_is_mapped(self):
        image = self.read_back(size=100)
        self.assertEqual(image.snapshots[0].size, 100)
        self.assertEqual(image.mapped_size(image.snapshots[0]) % image.cluster, 0)
        self.assertGreaterEqual(image.mapped_size(image.snapshots[0]), len(STATE))

    def test_the_state_lies_behind_the_disk_at_a_whole_table(self):
        image = self.read_back(bits=12, disk=(2 << 20) + 512)
        self.assertEqual(image.base(image.snapshots[0]), 4 << 20)

    def test_compressed_clusters_follow_each_other_without_gaps(self):
        data = Writer(STATE, bits=12, compression="deflate").image()
        reader = Reader(data)
        base = reader.base(reader.snapshots[0]) // reader.cluster
        words = []
        for index in range(base, base + 3):
            first, second = divmod(index, reader.entries)
            table = reader.snapshots[0].l1[first] & qcow2_image.OFFSET
            words.append(reader.word(table + 8 * second, 8))
        self.assertTrue(all(w & qcow2_image.COMPRESSED for w in words))
        self.assertTrue(any((w & 0xFFFFF) % 512 for w in words))


class SaveImageTests(unittest.TestCase):
    def test_the_stream_stands_behind_the_texts(self):
        for order in "<>":
            image = save_images.libvirt(STATE, order=order)
            magic, version, length, running, form, cookie = struct.unpack_from(
                order + "16s5I", image)
            self.assertEqual((magic, version, running, form), (b"LibvirtQemudSave", 2, 1, 0))
            self.assertEqual(image[92 + length:], STATE)
            self.assertTrue(image[92 + cookie:].startswith(save_images.COOKIE + b"\0"))

    def test_a_sparse_stream_stands_at_a_whole_mebibyte(self):
        image = save_images.libvirt(STATE, save_images.SPARSE)
        self.assertEqual(image.index(b"QEVM"), 1 << 20)

    def test_an_archive_maps_every_block_that_is_not_zeros(self):
        image = save_images.vma([("disk", b"\1" * 70000), ("vmstate", STATE)])
        self.assertEqual(struct.unpack_from(">III", image, 48)[0], 12288)
        size = struct.unpack_from(">I", image, 56)[0]
        extent = struct.unpack_from(">4sHH", image, size)
        self.assertEqual(extent[0], b"VMAE")
        self.assertEqual(len(image), size + 512 + 4096 * extent[2])
        self.assertEqual(struct.unpack_from(">IIQ", image, 4096 + 64)[2], len(STATE))


if __name__ == "__main__":
    unittest.main()
