"""Writers of libvirt save images and Proxmox archives, from the formats' descriptions alone.

Independent of the Swift sources. Python 3.9 or later, standard library only.
"""
import hashlib
import struct

RAW, GZIP, BZIP2, XZ, LZOP, ZSTD, SPARSE = range(7)
XML = (b"<domain type='qemu'>\n  <name>guest</name>\n  <memory unit='KiB'>8192</memory>\n"
       b"</domain>\n")
COOKIE = b"<qemu saveimage='1'>\n  <slirpHelper/>\n</qemu>\n"
PADDING = 65536
VMA_CLUSTER, VMA_BLOCK, VMA_BLOCKS_AN_EXTENT = 65536, 4096, 59 * 16


def libvirt(stream, form=RAW, *, version=2, order="<", partial=False, was_running=1,
            cookie=COOKIE, xml=XML, padding=PADDING):
    """A save image: 92 bytes of header, XML and cookie with their zeros, then `stream` as given.

    A sparse stream must know its own place: `start` says it.
    """
    data = xml + b"\0"
    at = len(data) if cookie else 0
    data += cookie + b"\0" if cookie else b""
    data += bytes(padding)
    magic = b"LibvirtQemudPart" if partial else b"LibvirtQemudSave"
    header = struct.pack(order + "16s5I56x", magic, version, len(data), was_running, form, at)
    gap = bytes(start(form, xml, cookie, padding) - len(header) - len(data))
    return header + data + gap + stream


def start(form=RAW, xml=XML, cookie=COOKIE, padding=PADDING):
    """Where the stream begins: a sparse one at the next MiB."""
    end = 92 + len(xml) + 1 + (len(cookie) + 1 if cookie else 0) + padding
    return (end + 0xFFFFF) // 0x100000 * 0x100000 if form == SPARSE else end


def vma(devices, order=lambda extents: extents):
    """An archive of `devices`, pairs of name and bytes with ids from 1.

    order    of the clusters: they may come in any
    """
    blobs = bytearray(b"\0")

    def blob(text):
        at = len(blobs)
        blobs.extend(struct.pack("<H", len(text) + 1) + text + b"\0")
        return at

    table = bytearray(32)
    for name, data in devices:
        table += struct.pack(">IIQQQ", blob(name.encode()), 0, len(data), 0, 0)
    table += bytes(256 * 32 - len(table))
    size = (12288 + len(blobs) + 511) // 512 * 512
    uuid = bytes(range(16))
    header = bytearray(size)
    struct.pack_into(">4sI16sq16sIII", header, 0, b"VMA\0", 1, uuid, 1234567890, bytes(16), 12288,
                     len(blobs), size)
    header[4096:12288] = table
    header[12288:12288 + len(blobs)] = blobs
    header[32:48] = hashlib.md5(header).digest()
    clusters = order([(number + 1, at // VMA_CLUSTER, data[at:at + VMA_CLUSTER])
                      for number, (_, data) in enumerate(devices)
                      for at in range(0, len(data), VMA_CLUSTER)])
    return bytes(header) + b"".join(
        _extent(clusters[i:i + 59], uuid) for i in range(0, len(clusters), 59))


def _extent(clusters, uuid):
    words, blocks = [], []
    for device, number, data in clusters:
        data += bytes(VMA_CLUSTER - len(data))
        mask = 0
        for index in range(16):
            block = data[index * VMA_BLOCK:(index + 1) * VMA_BLOCK]
            if any(block):
                mask |= 1 << index
                blocks.append(block)
        words.append(mask << 48 | device << 32 | number)
    words += [0] * (59 - len(words))
    header = bytearray(struct.pack(">4sHH16s16s59Q", b"VMAE", 0, len(blocks), uuid, bytes(16),
                                   *words))
    header[24:40] = hashlib.md5(header).digest()
    return bytes(header) + b"".join(blocks)
