"""Streams of large guests, made of a small recorded one: another RAM block, and pages for it.

Python 3.9 or later, standard library only.
"""
import struct
import sys
from array import array

import pack_fixtures

PAGE = 4096
ZERO, MEMORY_SIZE, FULL_PAGE, END, CONTINUE = 2, 4, 8, 0x10, 0x20
NAME = b"\x03ram"


def parts(stream):
    """Before the START section of RAM, and behind its END section; the section's id."""
    head = stream.index(b"\x01" + bytes(3), 8)
    section = stream[head + 1:head + 5]
    footer = b"\x7e" + section
    end = stream.index(b"\x03" + section, stream.index(footer))
    return stream[:head], stream[stream.index(footer, end) + 5:], section


def start(section, size):
    """The START section with one block."""
    return b"\x01" + section + NAME + struct.pack(">II", 0, 4) \
        + struct.pack(">Q", size | MEMORY_SIZE) + NAME + struct.pack(">Q", size) \
        + struct.pack(">Q", END) + b"\x7e" + section


def tail(section):
    return struct.pack(">Q", END) + b"\x7e" + section \
        + b"\x03" + section + struct.pack(">Q", END) + b"\x7e" + section


def zero_pages(first, count):
    """Records of zero pages, each 9 bytes, for a block that has been named."""
    words = array("Q", range(first * PAGE | ZERO | CONTINUE, (first + count) * PAGE, PAGE))
    if sys.byteorder == "little":
        words.byteswap()
    raw, out = words.tobytes(), bytearray(9 * count)
    for i in range(8):
        out[i::9] = raw[i::8]
    return bytes(out)


def sparse(path, size, every):
    """A guest of which one page in `every` is not zero; returns the number of those."""
    before, behind, section = parts(pack_fixtures.fixture("10.0/none"))
    content, normal = bytes(range(256)) * 16, 0
    with open(path, "wb") as f:
        f.write(before + start(section, size) + b"\x02" + section)
        f.write(struct.pack(">Q", FULL_PAGE) + NAME + content)
        page = 1
        while page < size // PAGE:
            count = min(every - 1, size // PAGE - page)
            f.write(zero_pages(page, count))
            page, normal = page + count, normal + 1
            if page < size // PAGE:
                f.write(struct.pack(">Q", page * PAGE | FULL_PAGE | CONTINUE) + content)
                page += 1
        f.write(tail(section) + behind)
    return normal


def full(path, size):
    """A guest without a zero page."""
    before, behind, section = parts(pack_fixtures.fixture("10.0/none"))
    content = bytes(range(1, 251)) * 16 + b"last" * 24
    with open(path, "wb") as f:
        f.write(before + start(section, size) + b"\x02" + section)
        f.write(struct.pack(">Q", FULL_PAGE) + NAME + content)
        for base in range(PAGE, size, 256 * PAGE):
            f.write(b"".join(
                struct.pack(">Q", place | FULL_PAGE | CONTINUE) + content
                for place in range(base, min(base + 256 * PAGE, size), PAGE)))
        f.write(tail(section) + behind)


def mapped(path, size, every):
    """A mapped-ram file of such a guest; what is zero is a hole."""
    _, behind, section = parts(pack_fixtures.fixture("10.0/none"))
    name, capability = b"none", b"mapped-ram"
    part = b"configuration/capabilities"
    head = b"QEVM" + struct.pack(">I", 3) + b"\7" + struct.pack(">I", len(name)) + name \
        + b"\5" + bytes([len(part)]) + part + struct.pack(">II", 1, 1) \
        + bytes([len(capability)]) + capability
    head += b"\1" + section + NAME + struct.pack(">II", 0, 4) \
        + struct.pack(">Q", size | MEMORY_SIZE) + NAME + struct.pack(">Q", size)
    bitmap = bytearray(size // PAGE // 8)
    for page in range(0, size // PAGE, every):
        bitmap[page >> 3] |= 1 << (page & 7)
    place = len(head) + 28
    pages = (place + len(bitmap) + (1 << 20) - 1) >> 20 << 20
    head += struct.pack(">IQQQ", 1, PAGE, place, pages) + bitmap
    end = struct.pack(">Q", END) + b"\x7e" + section
    with open(path, "wb") as f:
        f.write(head)
        for page in range(0, size // PAGE, every):
            f.seek(pages + page * PAGE)
            f.write(bytes(range(256)) * 16)
        f.seek(pages + size)
        f.write(end + b"\2" + section + end + b"\3" + section + end + behind)
