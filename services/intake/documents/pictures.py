"""JPEG and PNG: where the picture ends, and that all of it can be opened."""

import re
import warnings
import zlib
from io import BytesIO

from PIL import Image

from services.intake.documents import marks
from services.intake.documents.packing import Budget, inflated
from services.intake.documents.verdict import MAX_PIXELS, Fault, Kind, Unacceptable

JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"

MAX_SCANS = 100
"""Passes over a progressive JPEG. Cameras write about ten; each costs as much as the whole picture."""
MAX_TEXT_BYTES = 1024 * 1024
"""Packed texts and colour profiles of one PNG, opened."""
_MARKER = re.compile(rb"\xff(?=[^\x00\xd0-\xd7\xff])")
"""The end of entropy-coded data: what is neither a stuffed byte nor a restart."""
_END_OF_IMAGE, _START_OF_SCAN, _STANDING_ALONE = 0xD9, 0xDA, frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MOST_LINES = 65_535
_ANIMATION = frozenset({b"acTL", b"fcTL", b"fdAT"})


def jpeg_end(content: bytes) -> int:
    """The place behind EOI, by the markers: a small picture within a segment has an EOI of its own."""
    place, scans = 2, 0
    while True:
        marker, place = _marker(content, place)
        if marker == _END_OF_IMAGE:
            return place
        place = _behind_segment(content, place, marker)
        if marker == _START_OF_SCAN:
            scans += 1
            if scans > MAX_SCANS:
                raise Unacceptable(Fault.DECOMPRESSION_BOMB, "passes")
            found = _MARKER.search(content, place)
            if found is None:
                raise Unacceptable(Fault.DAMAGED, "cut short")
            place = found.start()


def jpeg_size(content: bytes, place: int, marked: Budget) -> tuple[int, int]:
    """Width and height as the JPEG that begins there says itself. Where the height is told behind the lines (0), it
    may be any. Raises Unacceptable."""
    if content[place : place + 2] != JPEG[:2]:
        raise Unacceptable(Fault.DAMAGED, "no JPEG")
    place += 2
    while True:
        before = place
        marker, place = _marker(content, place)
        marked.spend(place - before)
        if marker in _FRAMES:
            _byte(content, place + 6)
            height, width = (int.from_bytes(content[at : at + 2], "big") for at in (place + 3, place + 5))
            return width, height or _MOST_LINES
        if marker in (_START_OF_SCAN, _END_OF_IMAGE):
            raise Unacceptable(Fault.DAMAGED, "a picture without its size")
        place = _behind_segment(content, place, marker)


def png_end(content: bytes) -> int:
    """The place behind IEND, every chunk with a true checksum; packed texts are opened, within a bound."""
    place, view, budget = len(PNG), memoryview(content), Budget(MAX_TEXT_BYTES)
    while True:
        length, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        data, end = place + 8, place + 12 + length
        if end > len(content):
            raise Unacceptable(Fault.DAMAGED, "cut short")
        if zlib.crc32(view[place + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
            raise Unacceptable(Fault.DAMAGED, "a wrong checksum")
        if kind in _ANIMATION:
            raise Unacceptable(Fault.NOT_ALLOWED_TYPE, "a moving picture")
        packed = _packed_text(kind, content[data : end - 4])
        if packed:
            marks.look(b"".join(inflated([packed], budget)))
        if kind == b"IEND":
            return end
        place = end


def decode(content: bytes, kind: Kind) -> tuple[int, int]:
    """Width and height, after all of it was opened. The size is known, and judged, before anything is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of many pixels: they are counted here
            image = Image.open(BytesIO(content), formats=("JPEG", "PNG"))
    except Image.DecompressionBombError:
        raise Unacceptable(Fault.TOO_MANY_PIXELS) from None
    with image:
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise Unacceptable(Fault.TOO_MANY_PIXELS)
        if kind is Kind.JPEG:  # an eighth in each direction reads all of the data, and holds a 64th of the pixels
            image.draft("L", (max(1, width // 8), max(1, height // 8)))
        image.load()
    return width, height


def _marker(content: bytes, place: int) -> tuple[int, int]:
    """The marker there, and the place behind it."""
    if content[place : place + 1] != b"\xff":
        raise Unacceptable(Fault.DAMAGED, "no marker where one is due")
    while content[place : place + 1] == b"\xff":
        place += 1
    return _byte(content, place), place + 1


def _behind_segment(content: bytes, place: int, marker: int) -> int:
    if marker in _STANDING_ALONE:
        return place
    length = int.from_bytes(content[place : place + 2], "big")
    if length < 2:
        raise Unacceptable(Fault.DAMAGED, "a segment without length")
    return place + length


def _byte(content: bytes, place: int) -> int:
    if place >= len(content):
        raise Unacceptable(Fault.DAMAGED, "cut short")
    return content[place]


def _packed_text(kind: bytes, data: bytes) -> bytes:
    """The packed part of a text or a colour profile; empty where nothing is packed."""
    if kind in (b"zTXt", b"iCCP"):
        return data.partition(b"\0")[2][1:]
    if kind == b"iTXt":
        flags = data.partition(b"\0")[2]
        return flags[2:].partition(b"\0")[2].partition(b"\0")[2] if flags[:1] == b"\x01" else b""
    return b""
