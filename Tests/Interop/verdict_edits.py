"""Streams with one thing edited in their bytes, for verdicts.py.

`edits(stream)` names every edit of a stream: each kind of edit at each place where it can be
made. `apply(stream, name)` makes one of them. Where only values change, the JSON description
still fits the bytes; where lengths change it does not, unless the edit's name ends in `+json`:
those write the description anew, so that the result is a whole stream again.

Python 3.9 or later, standard library only.
"""
import copy
import json
import struct

from stream import (CONFIGURATION, DESCRIPTION, END, EOS, FOOTER, FULL, MEM_SIZE, NORMAL, PAGE,
                    START, ZERO, CONTINUE, Stream, leaves)

COMMANDS = {1: b"", 2: bytes(4), 3: b"", 4: b"", 6: bytes(20), 8: b"", 9: b"", 10: b"\3ram", 11: b"",
            12: b"", 0: b""}
CHECKED_TYPES = ("equal", "int32 le", "pci irq state", "pci config", "nullptr")


class Piece:
    """A part of the stream: bytes, and the section that it came from, if it is a FULL one."""

    def __init__(self, data, section=None, stream=None):
        self.data, self.section = data, section
        if section:
            self.head = stream.data[section.start:section.body]
            self.body = stream.body(section)
            self.foot = stream.data[section.end:section.end + 5]

    def bytes(self):
        return self.head + self.body + self.foot if self.section else self.data


def split(stream):
    """(everything before the first section, pieces, everything from the EOF byte on)."""
    starts, at = [], None
    for section in stream.sections:
        name = 9 + len(section.idstr.encode()) if section.kind in (START, FULL) else 0
        section.start = section.body - 5 - name
        starts.append(section)
    pieces, at = [], starts[0].start
    for section in starts:
        if section.start > at:
            pieces.append(Piece(stream.data[at:section.start]))
        if section.kind == FULL:
            pieces.append(Piece(None, section, stream))
        else:
            pieces.append(Piece(stream.data[section.start:section.end + 5]))
        at = section.end + 5
    tail = stream.data[at:]
    return stream.data[:starts[0].start], pieces, tail


def joined(head, pieces, tail):
    return head + b"".join(p.bytes() for p in pieces) + tail


def header(section, idstr=None, instance=None, version=None, number=None):
    name = (section.idstr if idstr is None else idstr).encode()
    return struct.pack(">BI", section.kind, section.section_id if number is None else number) + \
        bytes([len(name)]) + name + \
        struct.pack(">II", section.instance if instance is None else instance,
                    (section.version if version is None else version) & 0xFFFFFFFF)


def with_devices(stream, change):
    """The tail with the description's device list changed."""
    description = copy.deepcopy(stream.description)
    change(description["devices"])
    text = json.dumps(description).encode()
    return b"\0" + struct.pack(">BI", DESCRIPTION, len(text)) + text


# -- edits of a FULL section ------------------------------------------------------------------

def one_field(section, path):
    return next((o, s) for p, o, s in leaves(section.described, "", 0) if p == path)


def set_field(piece, path, change):
    offset, size = one_field(piece.section, path)
    old = piece.body[offset:offset + size]
    piece.body = piece.body[:offset] + change(old) + piece.body[offset + size:]


def plus_one(old):
    return ((int.from_bytes(old, "big") + 1) % (1 << 8 * len(old))).to_bytes(len(old), "big")


VALUES = {"plus": plus_one, "zero": lambda old: bytes(len(old)), "ones": lambda old: b"\xff" * len(old)}


def interesting_fields(section):
    """Paths worth an edit: every checked type, the first, the last and every ninth leaf."""
    types = {}

    def collect(described, path):
        for f in described.get("fields", ()):
            for k in range(f.get("array_len", 1)):
                name = f["name"] + (f"[{k}]" if f.get("array_len", 1) > 1 else
                                    f"[{f['index']}]" if "index" in f else "")
                inner = f.get("struct") or (f if "fields" in f else None)
                if inner:
                    collect(inner, f"{path}{name}.")
                else:
                    types[f"{path}{name}"] = f["type"]
        for s in described.get("subsections", ()):
            collect(s, f"{path}<{s['vmsd_name']}>.")
    collect(section.described, "")
    paths = [p for p, t in types.items() if any(c in t for c in CHECKED_TYPES)]
    plain = list(types)
    paths += plain[:1] + plain[-1:] + plain[4::9][:6]
    return list(dict.fromkeys(p for p in paths if one_field(section, p)[1] > 0))


def subsections(described, path=()):
    """(path of indexes, vmsd name, offset, length, offset of the version) of subsections that
    stand in plain structures."""
    at = 0
    for index, f in enumerate(described.get("fields", ())):
        inner = f.get("struct")
        if inner and f.get("array_len", 1) == 1:
            for p, n, o, size in subsections(inner, path + (("f", index),)):
                yield p, n, at + o, size
        at += f["size"] * f.get("array_len", 1)
    for index, s in enumerate(described.get("subsections", ())):
        size = subsection_size(s)
        yield path + (("s", index),), s["vmsd_name"], at, size
        at += size


def subsection_size(s):
    total = 6 + len(s["vmsd_name"].encode())
    total += sum(f["size"] * f.get("array_len", 1) for f in s.get("fields", ()))
    return total + sum(subsection_size(t) for t in s.get("subsections", ()))


def config_bytes(section):
    """Offsets in a PCI configuration space worth an edit."""
    return (0x00, 0x02, 0x04, 0x06, 0x08, 0x0A, 0x0E, 0x10, 0x14, 0x2C, 0x34, 0x3C, 0x3D, 0x40)


def pci_config(section):
    for path, offset, size in leaves(section.described, "", 0):
        if path.endswith("config[0]") or path.endswith("config[1]"):
            return offset
    return None


SECTION_EDITS = ("footer-id", "footer-gone", "footer-type", "version-plus", "version-minus",
                 "version-zero", "version-huge", "instance-plus", "name-longer", "name-shorter",
                 "name-empty", "dropped", "dropped+json", "doubled", "last", "eof-before",
                 "type-before", "subsection-before", "cut", "byte-added", "byte-lost", "foreign",
                 "unknown-subsection", "id-zero", "as-start")


def section_edit(stream, index, kind):
    head, pieces, tail = split(stream)
    full = [p for p in pieces if p.section]
    piece = full[index]
    section = piece.section
    at = pieces.index(piece)
    if kind == "footer-id":
        piece.foot = plus_one(piece.foot)
    elif kind == "footer-gone":
        piece.foot = b""
    elif kind == "footer-type":
        piece.foot = b"\x7d" + piece.foot[1:]
    elif kind.startswith("version-"):
        version = {"plus": section.version + 1, "minus": section.version - 1, "zero": 0,
                   "huge": 0xFFFFFFFF}[kind[8:]]
        piece.head = header(section, version=version)
    elif kind == "instance-plus":
        piece.head = header(section, instance=section.instance + 1)
    elif kind == "name-longer":
        piece.head = header(section, idstr=section.idstr + "x")
    elif kind == "name-shorter":
        piece.head = header(section, idstr=section.idstr.rsplit("/", 1)[-1]
                            if "/" in section.idstr else section.idstr[:-1])
    elif kind == "name-empty":
        piece.head = header(section, idstr="")
    elif kind == "dropped":
        pieces.remove(piece)
    elif kind == "dropped+json":
        pieces.remove(piece)
        tail = with_devices(stream, lambda devices: devices.pop(index))
    elif kind == "doubled":
        pieces.insert(at, Piece(piece.bytes()))
    elif kind == "last":
        pieces.remove(piece)
        pieces.append(piece)
    elif kind == "eof-before":
        pieces.insert(at, Piece(b"\0"))
    elif kind == "type-before":
        pieces.insert(at, Piece(b"\x09"))
    elif kind == "subsection-before":
        pieces.insert(at, Piece(b"\x05"))
    elif kind == "cut":
        return joined(head, pieces[:at], b"") + piece.head + piece.body[:len(piece.body) // 2]
    elif kind == "byte-added":
        piece.body += b"\0"
    elif kind == "byte-lost":
        piece.body = piece.body[:-1]
    elif kind in ("foreign", "unknown-subsection"):
        owner = "foreign" if kind == "foreign" else section.described.get("vmsd_name", section.idstr)
        name = (owner + "/unheard-of").encode()
        piece.body += b"\5" + bytes([len(name)]) + name + bytes(4)
    elif kind == "id-zero":
        piece.head = header(section, number=0)
        piece.foot = bytes([FOOTER]) + bytes(4)
    elif kind == "as-start":
        piece.head = b"\1" + piece.head[1:]
    else:
        raise ValueError(kind)
    return joined(head, pieces, tail)


def subsection_edit(stream, index, which, kind):
    head, pieces, tail = split(stream)
    piece = [p for p in pieces if p.section][index]
    path, name, at, size = list(subsections(piece.section.described))[which]
    body, version_at = piece.body, at + 2 + len(name.encode())
    version = int.from_bytes(body[version_at:version_at + 4], "big")
    one = body[at:at + size]
    if kind == "dropped":
        piece.body = body[:at] + body[at + size:]
        tail = with_devices(stream, lambda devices: without(devices[index], path, size))
    elif kind == "doubled":
        piece.body = body[:at] + one + body[at:]
    elif kind.startswith("version-"):
        new = {"plus": version + 1, "minus": version - 1, "high": version + 256}[kind[8:]]
        piece.body = body[:version_at] + struct.pack(">I", new & 0xFFFFFFFF) + body[version_at + 4:]
    elif kind == "renamed":
        piece.body = body[:version_at - 1] + b"x" + body[version_at:]
    elif kind == "shorter":
        piece.body = body[:at + size - 1] + body[at + size:]
    else:
        raise ValueError(kind)
    return joined(head, pieces, tail)


def without(described, path, size):
    """Takes a subsection out of a description; the structures around it become smaller."""
    for kind, index in path[:-1]:
        if kind == "f":
            described["fields"][index]["size"] -= size
            described = described["fields"][index]["struct"]
        else:
            described = described["subsections"][index]
    described["subsections"].pop(path[-1][1])


SUBSECTION_EDITS = ("dropped", "doubled", "version-plus", "version-minus", "version-high",
                    "renamed", "shorter")


# -- header, commands, RAM ---------------------------------------------------------------------

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


# -- all of them --------------------------------------------------------------------------------

def edits(stream):
    """The names of all edits of a stream."""
    full = [s for s in stream.sections if s.kind == FULL]
    out = [f"header/{kind}" for kind in HEADER_EDITS]
    out += [f"ram/{kind}" for kind in RAM_EDITS
            if not kind.startswith("block-") or int(kind.split("-")[1]) < len(stream.blocks)]
    for number in COMMANDS:
        for length in (None, 1, 16):
            for index in (-1, 0, len(full) - 1):
                out.append(f"command/{number}/{'right' if length is None else length}/{index}")
    out += ["tail/description-gone", "tail/description-cut", "tail/eof-gone", "tail/bytes-added",
            "tail/other-type"]
    for index, section in enumerate(full):
        out += [f"section/{index}/{kind}" for kind in SECTION_EDITS]
        for which in range(len(list(subsections(section.described)))):
            out += [f"subsection/{index}/{which}/{kind}" for kind in SUBSECTION_EDITS]
        for path in interesting_fields(section):
            out += [f"field/{index}/{kind}/{path}" for kind in VALUES]
        if pci_config(section) is not None:
            out += [f"pci/{index}/{byte:#x}/{mask:#x}" for byte in config_bytes(section)
                    for mask in (0x01, 0xFF)]
    return out


def removed(stream, name):
    """The sections that an edit takes out of what a destination reads, by (idstr, instance)."""
    kind, *rest = name.split("/", 3)
    full = [s for s in stream.sections if s.kind == FULL]
    if kind == "section" and rest[1].startswith("dropped"):
        return {full[int(rest[0])].key}
    if kind == "section" and rest[1] == "eof-before":
        return {s.key for s in full[int(rest[0]):]}
    return set()


def reads_otherwise(name):
    """Whether the streams' reader cannot say what an edited stream holds."""
    return name == "ram/zero-nonzero"


def tail_edit(stream, kind):
    at = stream.description_at - 6
    return {
        "description-gone": stream.data[:at + 1],
        "description-cut": stream.data[:at + 100],
        "eof-gone": stream.data[:at] + stream.data[at + 1:],
        "bytes-added": stream.data + b"abcd",
        "other-type": stream.data[:at + 1] + b"\4" + stream.data[at + 2:],
    }[kind]


def apply(stream, name):
    """The bytes of a stream with one edit made."""
    kind, *rest = name.split("/", 3)
    if kind == "header":
        return header_edit(stream, rest[0])
    if kind == "ram":
        return RAM_EDITS[rest[0]](stream)
    if kind == "tail":
        return tail_edit(stream, rest[0])
    if kind == "command":
        return command_edit(stream, int(rest[0]), None if rest[1] == "right" else int(rest[1]),
                            int(rest[2]))
    if kind == "section":
        return section_edit(stream, int(rest[0]), rest[1])
    if kind == "subsection":
        return subsection_edit(stream, int(rest[0]), int(rest[1]), rest[2])
    head, pieces, tail = split(stream)
    piece = [p for p in pieces if p.section][int(rest[0])]
    if kind == "field":
        set_field(piece, rest[2], VALUES[rest[1]])
    else:
        byte, mask = int(rest[1], 16), int(rest[2], 16)
        at = pci_config(piece.section) + byte
        piece.body = piece.body[:at] + bytes([piece.body[at] ^ mask]) + piece.body[at + 1:]
    return joined(head, pieces, tail)
