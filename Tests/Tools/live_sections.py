"""Finds the live sections and the commands of a recorded stream: what stands before the first
FULL section, and after a postcopy's package. Enough to cut records out; it checks nothing."""

NAMED = 0x08 | 0x02 | 0x40 | 0x100
ZERO, MEM_SIZE, PAGE, EOS, CONTINUE, XBZRLE, COMPRESS, FLUSH = (
    0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x100, 0x200)
PAGE_SIZE = 4096


class Walk:
    """`commands`: (start, end). `sections`: (name, type byte, start and end of the body,
    records), a record being (start, end, flags, page or value, block)."""

    def __init__(self, data):
        self.data, self.pos = data, 8
        self.commands, self.sections, self.packages = [], [], []
        self.block = None
        self.configuration()
        self.elements()

    def take(self, count):
        value = int.from_bytes(self.data[self.pos:self.pos + count], "big")
        self.pos += count
        return value

    def skip(self, count):
        self.pos += count

    def name(self):
        count = self.take(1)
        self.skip(count)
        return self.data[self.pos - count:self.pos].decode()

    def configuration(self):
        if self.data[self.pos] != 7:
            return
        self.pos += 1
        self.skip(self.take(4))
        while self.data[self.pos] == 5:
            self.pos += 1
            name = self.name()
            self.pos += 4
            if name == "configuration/capabilities":
                for _ in range(self.take(4)):
                    self.name()
            else:
                self.pos += {"configuration/target-page-bits": 4, "configuration/uuid": 16}[name]

    def elements(self):
        names = {}
        while self.data[self.pos] in (1, 2, 3, 8):
            start = self.pos
            kind = self.take(1)
            if kind == 8:
                self.command(start)
                continue
            section = self.take(4)
            if kind == 1:
                names[section] = self.name()
                self.pos += 8
            body = self.pos
            records = {"ram": self.ram, "dirty-bitmap": self.bitmaps,
                       "block": self.disks}[names[section]]()
            self.sections.append((names[section], kind, body, self.pos, records))
            if self.take(1) != 0x7E or self.take(4) != section:
                raise SystemExit(f"no footer at {self.pos - 5}")

    def command(self, start):
        number, length = self.take(2), self.take(2)
        if number == 7:
            size = self.take(4)
            self.commands.append((start, self.pos))
            self.packages.append((self.pos, self.pos + size))
            self.pos += size
        else:
            self.pos += length
            self.commands.append((start, self.pos))

    def ram(self):
        records = []
        while True:
            start = self.pos
            word = self.take(8)
            flags, offset = word % PAGE_SIZE, word - word % PAGE_SIZE
            if flags & NAMED and not flags & CONTINUE:
                self.block = self.name()
            kind = flags & ~CONTINUE
            if kind == EOS:
                return records
            if kind == MEM_SIZE:
                self.blocks(offset)
            elif kind == XBZRLE:
                self.pos += 1
                self.skip(self.take(2))
            elif kind == COMPRESS:
                self.skip(self.take(4))
            else:
                self.pos += {ZERO: 1, PAGE: PAGE_SIZE, FLUSH: 0}[kind]
            records.append((start, self.pos, flags, offset, self.block))

    def blocks(self, left):
        while left:
            self.name()
            left -= self.take(8)

    def bitmaps(self):
        records, flags = [], 0
        while not flags & 1:
            start = self.pos
            flags = self.take(1)
            for bit in (8, 4):
                if flags & bit:
                    self.name()
            if flags & 0x10:
                self.pos += 5
            elif flags & 0x40:
                self.pos += 12
                if not flags & 2:
                    self.skip(self.take(8))
            records.append((start, self.pos, flags, 0, None))
        return records

    def disks(self):
        records, flags = [], 0
        while flags != 2:
            start = self.pos
            word = self.take(8)
            flags = word % 512
            if flags & 1:
                self.name()
                self.pos += 0 if flags & 8 else 1 << 20
            records.append((start, self.pos, flags, word >> 9, None))
        return records
