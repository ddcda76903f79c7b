"""Streams with one thing edited in their bytes, for verdicts.py.

`edits(stream)` names every edit of a stream: each kind of edit at each place where it can be
made. `apply(stream, name)` makes one of them. Where only values change, the JSON description
still fits the bytes; where lengths change it does not, unless the edit's name ends in `+json`:
those write the description anew, so that the result is a whole stream again.

Python 3.9 or later, standard library only.
"""
import struct

from stream import FOOTER, FULL, leaves
from verdict_heads import COMMANDS, HEADER_EDITS, RAM_EDITS, command_edit, header_edit
from verdict_pieces import Piece, header, joined, split, with_devices

CHECKED_TYPES = ("equal", "int32 le", "pci irq state", "pci config", "nullptr")


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
