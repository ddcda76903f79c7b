"""qcow2 images as far as a VM's state needs them: a reader, and a writer from nothing.

Written from the format's description and independent of the Swift sources, so that the two can
judge each other. Numbers are big-endian. Python 3.9 or later, standard library only.
"""
import struct
import subprocess
import zlib
from collections import namedtuple

MAGIC = b"QFI\xfb"
COMPRESSED = 1 << 62
OFFSET = 0x00FFFFFFFFFFFE00
Snapshot = namedtuple("Snapshot", "id name l1 size disk date nanoseconds clock icount")


def zstd(data, *options):
    """Through the system's program."""
    return subprocess.run(["zstd", "-q", "-c", *options], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def align(value, unit):
    return (value + unit - 1) // unit * unit


class Reader:
    """An image in memory; bytes behind its end are zeros."""

    def __init__(self, data):
        self.data = data
        (magic, self.version, _, _, bits, self.disk, _, l1_count, l1, _, _, count, table) = \
            struct.unpack_from(">4sIQIIQIIQQIIQ", data)
        assert magic == MAGIC and self.version in (2, 3)
        self.cluster = 1 << bits
        self.bits = bits
        length = self.word(100, 4) if self.version == 3 else 72
        features = self.word(72, 8) if self.version == 3 else 0
        self.entry = 16 if features & 16 else 8
        self.zstd = length > 104 and data[104] == 1
        self.entries = self.cluster // self.entry
        self.active = self.l1_table(l1, l1_count)
        self.snapshots = self.read_snapshots(table, count)

    def word(self, at, size):
        return int.from_bytes(self.bytes(at, size), "big")

    def bytes(self, at, size):
        piece = self.data[at:at + size]
        return piece + bytes(size - len(piece))

    def l1_table(self, at, count):
        return struct.unpack(f">{count}Q", self.bytes(at, 8 * count))

    def read_snapshots(self, at, count):
        found = []
        for _ in range(count):
            l1, l1_count, id_length, name_length, date, nanoseconds, clock, size, extra = \
                struct.unpack(">QIHHIIQII", self.bytes(at, 40))
            place = at + 40 + extra
            ident = self.bytes(place, id_length).decode()
            name = self.bytes(place + id_length, name_length).decode()
            found.append(Snapshot(
                ident, name, self.l1_table(l1, l1_count),
                self.word(at + 40, 8) if extra >= 8 else size,
                self.word(at + 48, 8) if extra >= 16 else self.disk, date, nanoseconds, clock,
                self.word(at + 56, 8) if extra >= 24 else (1 << 64) - 1))
            at = align(place + id_length + name_length, 8)
        return found

    def guest_cluster(self, l1, index):
        """The content of one cluster; None if nothing maps it."""
        first, second = divmod(index, self.entries)
        table = l1[first] & OFFSET if first < len(l1) else 0
        if not table:
            return None
        word = self.word(table + second * self.entry, 8)
        if word & COMPRESSED:
            return self.inflate(word)
        host = word & OFFSET
        if self.entry == 16:
            return self.subclusters(host, self.word(table + second * 16 + 8, 8))
        if word & 1:
            return bytes(self.cluster)
        return self.bytes(host, self.cluster) if host else None

    def subclusters(self, host, bitmap):
        if not bitmap:
            return None
        size = self.cluster // 32
        pieces = []
        for index in range(32):
            has_data = bitmap >> index & 1 and not bitmap >> (32 + index) & 1
            pieces.append(self.bytes(host + index * size, size) if has_data else bytes(size))
        return b"".join(pieces)

    def inflate(self, word):
        width = 62 - (self.bits - 8)
        host = word & (1 << width) - 1
        sectors = (word >> width & (1 << 62 - width) - 1) + 1
        packed = self.data[host:host + sectors * 512 - host % 512]
        if self.zstd:
            run = subprocess.run(["zstd", "-q", "-d", "-c"], input=packed,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            return run.stdout[:self.cluster]
        return zlib.decompressobj(-12).decompress(packed, self.cluster)

    def read(self, l1, start, size):
        out = bytearray()
        while len(out) < size:
            index, skip = divmod(start + len(out), self.cluster)
            piece = self.guest_cluster(l1, index) or bytes(self.cluster)
            out += piece[skip:skip + size - len(out)]
        return bytes(out)

    def base(self, snapshot):
        """The guest offset where the snapshot's VM state begins."""
        return align(snapshot.disk, self.cluster * self.entries)

    def vm_state(self, snapshot, size=None):
        return self.read(snapshot.l1, self.base(snapshot), snapshot.size if size is None else size)

    def mapped_size(self, snapshot):
        """Bytes of VM state up to the end of the last cluster that is mapped."""
        first = self.base(snapshot) // self.cluster
        last = first - 1
        for index in range(first, len(snapshot.l1) * self.entries):
            if self.guest_cluster(snapshot.l1, index) is not None:
                last = index
        return (last + 1 - first) * self.cluster

    def disk_content(self):
        return self.read(self.active, 0, self.disk)


class Writer:
    """Makes an image whose only content is the VM state of one snapshot.

    state        the bytes; clusters of zeros are not stored, or stored in an odd way (`holes`)
    size         the VM state size in the snapshot table, if it is to differ
    compression  None, "deflate" or "zstd"
    extra        bytes of extra data in the table: 0 and 16 are what old QEMUs wrote
    holes        zeros alternate between no mapping, the zero flag alone, and the zero flag over
                 a cluster that holds other bytes
    """

    def __init__(self, state, *, bits=16, version=3, extended=False, compression=None,
                 disk=1 << 20, size=None, extra=24, holes=False, ident="1", name="written"):
        self.bits, self.cluster, self.version = bits, 1 << bits, version
        self.extended, self.compression, self.holes = extended, compression, holes
        self.entry = 16 if extended else 8
        self.disk = disk
        self.entries = self.cluster // self.entry
        self.size = len(state) if size is None else size
        self.extra, self.ident, self.name = extra, ident, name
        self.state = state
        self.clusters = []
        self.references = []
        self.packed = None
        self.turn = 0

    def take(self, count):
        """Appends empty clusters; returns the offset of the first."""
        first = len(self.clusters)
        self.clusters += [bytearray(self.cluster) for _ in range(count)]
        self.references += [1] * count
        return first * self.cluster

    def put(self, at, data):
        while data:
            index, skip = divmod(at, self.cluster)
            piece = data[:self.cluster - skip]
            self.clusters[index][skip:skip + len(piece)] = piece
            at += len(piece)
            data = data[len(piece):]

    def image(self):
        span = self.cluster * self.entries
        base = align(self.disk, span)
        l1_count = (base + len(self.state) + span - 1) // span
        self.take(1)
        # More refcounts than there can be clusters; each block has 16 bits a cluster.
        need = (l1_count * 16 + len(self.state) * 2) // self.cluster + 64
        blocks = need * 2 // self.cluster + 1
        table = self.take((blocks * 8 + self.cluster - 1) // self.cluster)
        first_block = self.take(blocks)
        active_count = (self.disk + span - 1) // span
        active = self.take((active_count * 8 + self.cluster - 1) // self.cluster)
        l1 = self.take((l1_count * 8 + self.cluster - 1) // self.cluster)
        entry = self.snapshot(l1, l1_count)
        snapshots = self.take((len(entry) + self.cluster - 1) // self.cluster)
        self.put(snapshots, entry)
        self.put_state(base, l1)
        for index in range(blocks):
            self.put(table + 8 * index, (first_block + index * self.cluster).to_bytes(8, "big"))
        for index, count in enumerate(self.references):
            self.put(first_block + 2 * index, count.to_bytes(2, "big"))
        assert len(self.references) * 2 <= blocks * self.cluster
        self.put(0, self.header(active_count, active, table, snapshots))
        return b"".join(self.clusters)

    def header(self, active_count, active, table, snapshots):
        first = struct.pack(">4sIQIIQIIQQIIQ", MAGIC, self.version, 0, 0, self.bits, self.disk, 0,
                            active_count, active, table, 1, 1, snapshots)
        if self.version == 2:
            return first
        features = (16 if self.extended else 0) | (8 if self.compression == "zstd" else 0)
        kind = 1 if self.compression == "zstd" else 0
        return first + struct.pack(">QQQIIB7x", features, 0, 0, 4, 112, kind)

    def snapshot(self, l1, l1_count):
        extra = struct.pack(">QQQ", self.size, self.disk, (1 << 64) - 1)
        extra = (extra + bytes(range(1, 256)) * 5)[:self.extra]
        ident, name = self.ident.encode(), self.name.encode()
        short = self.size if self.extra < 8 else 0
        entry = struct.pack(">QIHHIIQII", l1, l1_count, len(ident), len(name), 1234567890,
                            500000000, 7000000001, short, len(extra)) + extra + ident + name
        return entry + bytes(-len(entry) % 8)

    def put_state(self, base, l1):
        tables = {}
        for at in range(0, len(self.state), self.cluster):
            words = self.mapping(self.state[at:at + self.cluster])
            if not any(words):
                continue
            first, second = divmod((base + at) // self.cluster, self.entries)
            if first not in tables:
                tables[first] = self.take(1)
                self.put(l1 + 8 * first, tables[first].to_bytes(8, "big"))
            self.put(tables[first] + second * self.entry,
                     b"".join(w.to_bytes(8, "big") for w in words))

    def mapping(self, data):
        """The words of the L2 entry of a cluster's content, which is stored."""
        data += bytes(self.cluster - len(data))
        if self.extended:
            return self.extended_mapping(data)
        if not any(data):
            return [self.hole()]
        if self.compression:
            return [self.compressed(data) or self.plain(data)]
        return [self.plain(data)]

    def plain(self, data):
        at = self.take(1)
        self.put(at, data)
        return at

    def hole(self):
        self.turn += 1
        if not self.holes or self.turn % 3 == 0:
            return 0
        return 1 if self.turn % 3 == 1 else self.plain(b"\xAA" * self.cluster) | 1

    def extended_mapping(self, data):
        if self.compression and any(data):
            word = self.compressed(data)
            if word:
                return [word, 0]
        size = self.cluster // 32
        bitmap, stored = 0, bytearray(b"\xBB" * self.cluster)
        for index in range(32):
            piece = data[index * size:(index + 1) * size]
            if any(piece):
                bitmap |= 1 << index
                stored[index * size:(index + 1) * size] = piece
            else:
                self.turn += 1
                # Neither bit, or "reads as zeros" over other bytes.
                bitmap |= (1 << 32 + index) if self.holes and self.turn % 2 else 0
        if not bitmap:
            return [0, 0]
        if not bitmap & 0xFFFFFFFF:
            return [0, bitmap]
        return [self.plain(bytes(stored)), bitmap]

    def compressed(self, data):
        """An L2 word; the bytes follow the compressed cluster before, at any offset."""
        if self.compression == "zstd":
            packed = zstd(data, "-3")
        else:
            coder = zlib.compressobj(6, zlib.DEFLATED, -12)
            packed = coder.compress(data) + coder.flush()
        if len(packed) >= self.cluster:
            return None
        at = self.packed
        if at is None or at % self.cluster == 0 or at // self.cluster != len(self.clusters) - 1:
            at = self.take(1)
            self.references[-1] = 0
        if at + len(packed) > len(self.clusters) * self.cluster:
            self.take(1)
            self.references[-1] = 0
        self.put(at, packed)
        self.packed = at + len(packed)
        sectors = (at + len(packed) - 1) // 512 - at // 512
        for index in range(at // 512 * 512 // self.cluster,
                           (at // 512 + sectors) * 512 // self.cluster + 1):
            self.references[index] += 1
        return COMPRESSED | sectors << 62 - (self.bits - 8) | at
