"""Signatures in the first bytes of a file, for the formats that libmagic confuses or does not know."""

from __future__ import annotations

import codecs

from roughy_box.media import atoms

# This many bytes without a control character are text. No accepted format gets that far: the fixed
# fields of every header contain zeros.
_TEXT_SAMPLE = 4096
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CONTROLS = frozenset(map(chr, [*range(0x20), *range(0x7F, 0xA0)])) - frozenset("\t\n\v\f\r\x1b\x85")

_IMAGE_BRANDS = frozenset(
    brand.ljust(4)
    for brand in b"avif avis heic heix heim heis hevc hevx hevm hevs mif1 msf1 miaf crx jp2 jpx jpm jxl".split()
)
_BRANDS = {b"M4A": "m4a", b"M4B": "m4a", b"M4P": "m4a", b"M4V": "m4v", b"qt ": "mov", b"3gp": "3gp", b"3g2": "3g2"}
IMAGE = "image"
ID3_HEADER = 10  # bytes
# Formats that libmagic 5.41 does not know.
_MAGICS = {
    **{b"caff\x00\x01": "caf", b"DSD \x1c\x00\x00\x00": "dsf", b"TTA1": "tta", b"wvpk": "wv", b"MAC ": "ape"},
    **{b"\x7f\xfe\x80\x01": "dts", b"\xfe\x7f\x01\x80": "dts", b"DTSHDHDR": "dts"},
}
# The types that begin a QuickTime movie of the time before ``ftyp``, which cameras and phones still write.
_QUICKTIME = frozenset(b"moov mdat wide skip free pnot junk uuid PICT pict udta prfl".split())
_FIRST_TABLES = (b"\x40\x00", b"\x40\x11")


def skip_id3(head: bytes) -> bytes | None:
    """Return ``head`` without its leading ID3v2 tags; ``None`` when a tag is longer than the head."""
    start = 0
    while size := id3_size(head[start : start + ID3_HEADER]):
        start += size
    return head[start:] if start < len(head) or not start else None


def id3_size(header: bytes) -> int:
    """Return the size of the ID3v2 tag that starts with ``header``, 0 if none does. Source: ID3v2.4.0, 3.1."""
    if not header.startswith(b"ID3") or len(header) < ID3_HEADER:
        return 0
    size = 0
    for byte in header[6:]:
        size = size << 7 | byte & 0x7F
    has_footer = header[5] & 0x10
    return (2 if has_footer else 1) * ID3_HEADER + size


def is_text(head: bytes) -> bool:
    """Return whether ``head`` is text in UTF-8 or, after a byte order mark, in UTF-16."""
    sample = head[:_TEXT_SAMPLE]
    bom = next((mark for mark in _BOMS if sample.startswith(mark)), b"")
    decoder = codecs.getincrementaldecoder(_BOMS.get(bom, "utf-8"))()
    try:
        text = decoder.decode(sample[len(bom) :])
    except UnicodeDecodeError:
        return False
    return bool(text) and not _CONTROLS.intersection(text)


def claimed_family(head: bytes) -> str | None:
    """Return the name of the family that ``head`` claims to be, :data:`IMAGE`, or ``None`` if it is not clear."""
    if head[4:8] == b"ftyp":
        return _brand(head[8:12])
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "webm" if b"webm" in head[:96] else "mkv"
    by_magic = (name for magic, name in _MAGICS.items() if head.startswith(magic))
    return next(by_magic, None) or _transport_stream(head) or _quicktime(head)


def _brand(brand: bytes) -> str:
    if brand in _IMAGE_BRANDS:
        return IMAGE
    return _BRANDS.get(brand[:3], "mp4")


def _quicktime(head: bytes) -> str | None:
    """Return the family of a file that begins with another atom than ``ftyp``.

    Data after the index or the media may be anything; before them every atom must be known.
    """
    seen: set[bytes] = set()
    for atom in atoms.walk(lambda start, size: head[start : start + size], 0, len(head)):
        if atom.type == b"ftyp":
            return _brand(head[atom.start : atom.start + 4])
        if atom.type not in _QUICKTIME:
            return "mov" if seen & {b"moov", b"mdat"} else None
        seen.add(atom.type)
    return "mov" if seen else None


def _transport_stream(head: bytes) -> str | None:
    """Return the family of a transport stream: packets of 188 bytes begin with 0x47, those of 192 have a
    timestamp of four bytes before it.

    A head too short for three packets must start with one of the two tables that begin a stream.
    """
    for name, start, stride in (("ts", 0, 188), ("m2ts", 4, 192)):
        syncs = head[start : start + 8 * stride : stride]
        if set(syncs) == {0x47} and (len(syncs) >= 3 or head[start + 1 : start + 3] in _FIRST_TABLES):
            return name
    return None
