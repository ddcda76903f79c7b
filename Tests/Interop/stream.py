"""A small independent reader of migration streams, for judging: framing, RAM, fields by JSON.

Sections have no length, so a FULL section's end comes from the JSON description behind the
stream, and the `ram` section's from its records. Every footer is checked. Nothing here is shared
with the package under test.

Python 3.9 or later, standard library only.
"""
import json
import struct
import zlib

PAGE = 4096
EOF, START, PART, END, FULL, SUBSECTION, DESCRIPTION, CONFIGURATION, COMMAND = range(9)
FOOTER = 0x7E
ZERO, MEM_SIZE, NORMAL, EOS, CONTINUE = 0x02, 0x04, 0x08, 0x10, 0x20
XBZRLE, COMPRESSED = 0x40, 0x100
IGNORE_SHARED, MAPPED_RAM = "x-ignore-shared", "mapped-ram"


class StreamError(Exception):
    """The bytes are no stream of the kind this reader knows."""


class Section:
    """One section's place in the stream."""

    def __init__(self, kind, section_id, idstr, instance, version, body):
        self.kind, self.section_id = kind, section_id
        self.idstr, self.instance, self.version = idstr, instance, version
        self.body = self.end = body         # offsets of the body's first byte and its end

    @property
    def key(self):
        return self.idstr, self.instance

    def __repr__(self):
        return f"{self.idstr}/{self.instance}"


class Stream:
    def __init__(self, data):
        self.data = data
        self.sections, self.commands = [], []
        self.blocks = {}                    # RAM: name -> size
        # RAM: (name, offset) -> offset in the data, or None, or the page's bytes.
        self.pages = {}
        self.kinds = {}                     # RAM: flag -> number of page records
        self.capabilities = []
        self._block = None
        self._ids = {}
        self.description, self.description_at = self._find_description()
        self._described = [d for d in self.description["devices"]]
        self._read()

    # -- values ------------------------------------------------------------------
    def _take(self, layout):
        size = struct.calcsize(layout)
        if self._at + size > len(self.data):
            raise StreamError(f"the stream ends inside a value at {self._at}")
        values = struct.unpack_from(layout, self.data, self._at)
        self._at += size
        return values[0] if len(values) == 1 else values

    def _name(self):
        size = self._take(">B")
        name = self.data[self._at:self._at + size]
        self._at += size
        return name.decode("utf-8")

    def _find_description(self):
        for opening in (b'{"configuration"', b'{"page_size"', b'{ "page_size"'):
            at = self.data.rfind(opening)
            if at > 5 and self.data[at - 5] == DESCRIPTION and \
                    struct.unpack_from(">I", self.data, at - 4)[0] == len(self.data) - at:
                return json.loads(self.data[at:]), at
        raise StreamError("no JSON description at the end")

    # -- framing -----------------------------------------------------------------
    def _read(self):
        self._at = 0
        if self._take(">II") != (0x5145564D, 3):
            raise StreamError("not a stream of version 3")
        if self.data[self._at] == CONFIGURATION:
            self._configuration()
        while True:
            kind = self._take(">B")
            if kind == EOF:
                break
            if kind == COMMAND:
                number, size = self._take(">HH")
                self.commands.append((number, self.data[self._at:self._at + size]))
                self._at += size
            elif START <= kind <= FULL:
                self._section(kind)
            else:
                raise StreamError(f"section type {kind} at {self._at - 1}")
        if self._described:
            raise StreamError(f"described, but not in the stream: {self._described[0]['name']}")
        if self._at + 5 != self.description_at:
            raise StreamError("bytes between the end and the description")

    def _configuration(self):
        self._at += 1
        size = self._take(">I")
        self.machine = self.data[self._at:self._at + size].decode()
        self._at += size
        while self.data[self._at] == SUBSECTION:
            self._at += 1
            name, _ = self._name(), self._take(">I")
            if name == "configuration/capabilities":
                self.capabilities = [self._name() for _ in range(self._take(">I"))]
            else:
                self._at += {"configuration/uuid": 16, "configuration/target-page-bits": 4}[name]

    def _section(self, kind):
        number = self._take(">I")
        if kind in (START, FULL):
            self._ids[number] = (self._name(), *self._take(">II"))
        if number not in self._ids:
            raise StreamError(f"section {number} was never started")
        section = Section(kind, number, *self._ids[number], self._at)
        if kind == FULL:
            self._full(section)
        elif section.idstr == "ram":
            self._ram(section)
        else:
            raise StreamError(f"no reader for the live section {section.idstr}")
        section.end = self._at
        if self._take(">BI") != (FOOTER, number):
            raise StreamError(f"{section}: no footer at {section.end}")
        self.sections.append(section)

    def _full(self, section):
        if not self._described:
            raise StreamError(f"{section}: not described")
        described = self._described.pop(0)
        if (described["name"], described["instance_id"]) != section.key:
            raise StreamError(f"{section}: described as {described['name']}")
        section.described = described
        self._at += body_size(described)

    # -- RAM ---------------------------------------------------------------------
    def _ram(self, section):
        while True:
            word = self._take(">Q")
            flags, offset = word & (PAGE - 1), word & ~(PAGE - 1)
            if flags == MEM_SIZE:
                self._block_list(offset)
            elif flags == EOS:
                return
            elif flags & ~CONTINUE in (ZERO, NORMAL, XBZRLE, COMPRESSED):
                self._page(flags, offset)
            else:
                raise StreamError(f"RAM flags {flags:#x} at {self._at - 8}")

    def _block_list(self, left):
        while left > 0:
            name = self._name()
            self.blocks[name] = self._take(">Q")
            left -= self.blocks[name]
            if IGNORE_SHARED in self.capabilities:
                self._take(">Q")
            if MAPPED_RAM in self.capabilities:
                self._mapped(name)

    def _mapped(self, name):
        """A block whose pages have fixed places; the stream goes on behind them."""
        _, page, bitmap, pages = self._take(">IQQQ")
        count = self.blocks[name] // page
        bits = int.from_bytes(self.data[bitmap:bitmap + (count + 63) // 64 * 8], "little")
        for k in range(count):
            if bits >> k & 1:
                self.pages[name, k * page] = pages + k * page
        self._at = pages + self.blocks[name]

    def _page(self, flags, offset):
        if not flags & CONTINUE:
            self._block = self._name()
        kind = flags & ~CONTINUE
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if kind == XBZRLE:
            self._delta(offset)
        elif kind == COMPRESSED:
            size = self._take(">I")
            page = zlib.decompress(self.data[self._at:self._at + size])
            if len(page) != PAGE:
                raise StreamError(f"a compressed page of {len(page)} bytes at {self._at}")
            self.pages[self._block, offset] = page
            self._at += size
        elif flags & ZERO:
            if self._take(">B"):
                raise StreamError(f"a zero page with a nonzero byte at {self._at - 1}")
            self.pages[self._block, offset] = None
        else:
            self.pages[self._block, offset] = self._at
            self._at += PAGE

    def _delta(self, offset):
        encoding, size = self._take(">BH")
        if encoding != 1:
            raise StreamError(f"a delta of encoding {encoding} at {self._at}")
        page, at, end = bytearray(self.page(self._block, offset)), 0, self._at + size
        while self._at < end:
            at += self._uleb()
            count = self._uleb()
            page[at:at + count] = self.data[self._at:self._at + count]
            at, self._at = at + count, self._at + count
        if self._at != end or len(page) != PAGE:
            raise StreamError(f"a bad delta before {self._at}")
        self.pages[self._block, offset] = bytes(page)

    def _uleb(self):
        value = self._take(">B")
        return value if value < 0x80 else value & 0x7F | self._take(">B") << 7

    def page(self, block, offset):
        """A page as a loader would have it."""
        at = self.pages.get((block, offset))
        return bytes(PAGE) if at is None else at if isinstance(at, bytes) else \
            self.data[at:at + PAGE]

    def memory(self, block):
        """A block's memory as a loader would have it."""
        out = bytearray(self.blocks[block])
        for name, offset in self.pages:
            if name == block:
                out[offset:offset + PAGE] = self.page(name, offset)
        return bytes(out)

    # -- device sections -----------------------------------------------------------
    def full(self):
        """The FULL sections, by (idstr, instance)."""
        return {s.key: s for s in self.sections if s.kind == FULL}

    def body(self, section):
        return self.data[section.body:section.end]

    def fields(self, section):
        """(path, offset in the body, size) of every field without inner structure."""
        return list(leaves(section.described, "", 0))

    def with_body(self, key, body):
        """The stream with one FULL section's body replaced; its size must stay, or the JSON
        description no longer fits."""
        section = self.full()[key]
        if len(body) != section.end - section.body:
            raise StreamError(f"{section}: the new body has another size")
        return self.data[:section.body] + body + self.data[section.end:]

    def with_field(self, key, path, value):
        """The stream with one field's bytes replaced."""
        section = self.full()[key]
        body = bytearray(self.body(section))
        offset, size = next((o, s) for p, o, s in self.fields(section) if p == path)
        body[offset:offset + size] = value
        return self.with_body(key, bytes(body))


def body_size(described):
    """Bytes of a description's body, from the sizes that its JSON gives."""
    total = sum(f["size"] * f.get("array_len", 1) for f in described.get("fields", ()))
    return total + sum(subsection_head(s) + body_size(s) for s in described.get("subsections", ()))


def subsection_head(described):
    """Type byte, counted name, version."""
    return 1 + 1 + len(described["vmsd_name"].encode()) + 4


def leaves(described, path, at):
    for field in described.get("fields", ()):
        count = field.get("array_len", 1)
        for k in range(count):
            name = field["name"] + (f"[{k}]" if count > 1 else
                                    f"[{field['index']}]" if "index" in field else "")
            inner = field.get("struct") or (field if "fields" in field else None)
            if inner:
                yield from leaves(inner, f"{path}{name}.", at)
            else:
                yield f"{path}{name}", at, field["size"]
            at += field["size"]
    for inner in described.get("subsections", ()):
        yield from leaves(inner, f"{path}<{inner['vmsd_name']}>.", at + subsection_head(inner))
        at += subsection_head(inner) + body_size(inner)
