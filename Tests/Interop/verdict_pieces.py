"""A stream in pieces that can be changed and put together again, for verdict_edits.py."""
import copy
import json
import struct

from stream import DESCRIPTION, FULL, START


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
