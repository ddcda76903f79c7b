"""Edits of a stream's header, commands and RAM, for verdict_edits.py."""
import struct

from stream import (CONFIGURATION, CONTINUE, END, EOS, MEM_SIZE, NORMAL, PAGE, START, ZERO)
from verdict_pieces import Piece, joined, split

COMMANDS = {1: b"", 2: bytes(4), 3: b"", 4: b"", 6: bytes(20), 8: b"", 9: b"", 10: b"\3ram", 11: b"",
            12: b"", 0: b""}


def configuration(stream, name=None, more=b""):
    """The file header with another configuration section."""
    machine = stream.machine.encode() if name is None else name
    return stream.data[:8] + bytes([CONFIGURATION]) + struct.pack(">I", len(machine)) + machine + more


def subsection(name, body, version=1):
    return b"\5" + bytes([len(name)]) + name.encode() + struct.pack(">I", version) + body


def counted(*names):
    return struct.pack(">I", len(names)) + b"".join(bytes([len(n)]) + n.encode() for n in names)


HEADER_EDITS = {
    "magic": lambda s, h: b"XEVM" + h[4:],
    "version-2": lambda s, h: h[:4] + struct.pack(">I", 2) + h[8:],
    "version-4": lambda s, h: h[:4] + struct.pack(">I", 4) + h[8:],
    "no-configuration": lambda s, h: h[:8],
    "machine-prefix": lambda s, h: configuration(s, s.machine.encode()[:-2]),
    "machine-empty": lambda s, h: configuration(s, b""),
    "machine-longer": lambda s, h: configuration(s, s.machine.encode() + b"x"),
    "machine-other": lambda s, h: configuration(s, b"pc-i440fx-99.0"),
    "machine-length": lambda s, h: h[:9] + struct.pack(">I", len(s.machine) + 1) + h[13:],
    "page-bits-12": lambda s, h: configuration(
        s, more=subsection("configuration/target-page-bits", struct.pack(">I", 12))),
    "page-bits-13": lambda s, h: configuration(
        s, more=subsection("configuration/target-page-bits", struct.pack(">I", 13))),
    "uuid": lambda s, h: configuration(s, more=subsection("configuration/uuid", bytes(range(16)))),
    "unknown-capability": lambda s, h: configuration(
        s, more=subsection("configuration/capabilities", counted("no-such-thing"))),
    "capability-events": lambda s, h: configuration(
        s, more=subsection("configuration/capabilities", counted("events"))),
    "capability-shared": lambda s, h: configuration(
        s, more=subsection("configuration/capabilities", counted("x-ignore-shared"))),
    "capability-mapped": lambda s, h: configuration(
        s, more=subsection("configuration/capabilities", counted("mapped-ram"))),
    "capability-none": lambda s, h: configuration(
        s, more=subsection("configuration/capabilities", counted())),
    "unknown-subsection": lambda s, h: configuration(
        s, more=subsection("configuration/unheard-of", b"")),
    "subsection-version": lambda s, h: configuration(
        s, more=subsection("configuration/capabilities", counted(), version=2)),
}


def header_edit(stream, kind):
    head, pieces, tail = split(stream)
    return joined(HEADER_EDITS[kind](stream, head), pieces, tail)


def command_edit(stream, number, length, index):
    head, pieces, tail = split(stream)
    payload = bytes(length) if length is not None else COMMANDS[number]
    at = pieces.index([p for p in pieces if p.section][index]) if index >= 0 else 0
    pieces.insert(at, Piece(struct.pack(">BHH", 8, number, len(payload)) + payload))
    return joined(head, pieces, tail)


def record(stream, wanted):
    """The place of the first page record of a kind: (offset of its word, length)."""
    for (name, offset), at in stream.pages.items():
        if (at is None) == (wanted == "zero"):
            flag = ZERO if wanted == "zero" else NORMAL
            word = struct.pack(">Q", offset | flag | CONTINUE)
            spot = stream.data.rfind(word, 0, at) if at is not None else stream.data.find(word)
            if spot >= 0 and (at is None or spot + 8 == at):
                return spot, 8 + (1 if wanted == "zero" else PAGE)
    raise ValueError("no such record")


def word_edit(change):
    def edit(stream):
        at, _ = record(stream, "zero")
        word = int.from_bytes(stream.data[at:at + 8], "big")
        return stream.data[:at] + struct.pack(">Q", change(word)) + stream.data[at + 8:]
    return edit


def block_edit(which, change):
    """Changes the size of a block in the list; the total follows."""
    def edit(stream):
        name, size = sorted(stream.blocks.items())[which]
        entry = bytes([len(name)]) + name.encode() + struct.pack(">Q", size)
        at = stream.data.index(entry)
        total = struct.pack(">Q", sum(stream.blocks.values()) | MEM_SIZE)
        head = stream.data.index(total)
        new_name, new_size = change(name, size)
        data = stream.data[:at] + bytes([len(new_name)]) + new_name.encode() + \
            struct.pack(">Q", new_size) + stream.data[at + len(entry):]
        total = struct.pack(">Q", (sum(stream.blocks.values()) - size + new_size) | MEM_SIZE)
        return data[:head] + total + data[head + 8:]
    return edit


def lost_record(kind):
    def edit(stream):
        at, size = record(stream, kind)
        return stream.data[:at] + stream.data[at + size:]
    return edit


def nonzero_zero(stream):
    at, _ = record(stream, "zero")
    return stream.data[:at + 8] + b"\x55" + stream.data[at + 9:]


def no_end(stream):
    end = next(s for s in stream.sections if s.kind == END)
    return stream.data[:end.body - 5] + stream.data[end.end + 5:]


def ram_version(change):
    def edit(stream):
        start = next(s for s in stream.sections if s.kind == START)
        return stream.data[:start.body - 4] + struct.pack(">I", start.version + change) + \
            stream.data[start.body:]
    return edit


def wrong_total(stream):
    total = sum(stream.blocks.values())
    return stream.data.replace(struct.pack(">Q", total | MEM_SIZE),
                               struct.pack(">Q", (total + PAGE) | MEM_SIZE), 1)


RAM_EDITS = {
    "record-lost-zero": lost_record("zero"), "record-lost-normal": lost_record("normal"),
    "zero-nonzero": nonzero_zero, "no-end": no_end, "version-plus": ram_version(1),
    "version-minus": ram_version(-1), "total": wrong_total,
    "word-full": word_edit(lambda w: w | 1), "word-none": word_edit(lambda w: w & ~0xFFF),
    "word-both": word_edit(lambda w: w | NORMAL), "word-hook": word_edit(lambda w: w & ~0xFFF | 0x80),
    "word-compressed": word_edit(lambda w: w & ~0xFFF | 0x120),
    "word-flush": word_edit(lambda w: 0x200), "word-beyond": word_edit(lambda w: w | 1 << 40),
    "word-eos": word_edit(lambda w: EOS),
}
for _i in range(6):
    RAM_EDITS[f"block-{_i}-larger"] = block_edit(_i, lambda n, s: (n, s + PAGE))
    RAM_EDITS[f"block-{_i}-much-larger"] = block_edit(_i, lambda n, s: (n, s * 1024))
    RAM_EDITS[f"block-{_i}-smaller"] = block_edit(_i, lambda n, s: (n, max(s - PAGE, PAGE)))
    RAM_EDITS[f"block-{_i}-odd"] = block_edit(_i, lambda n, s: (n, s + 0x1000 - 0x800))
    RAM_EDITS[f"block-{_i}-renamed"] = block_edit(_i, lambda n, s: (n + "x", s))
