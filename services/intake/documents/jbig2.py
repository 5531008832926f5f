"""JBIG2 within a PDF: how large the page and its parts are by their own word, segment by segment, without opening any.

The page says its size; each part of it has dots of its own, whatever the page says, and so has a set of patterns. How
large single letters are is known only to who opens them.
"""

import re
from collections.abc import Iterator

from services.intake.documents.packing import Budget
from services.intake.documents.verdict import Fault, Unacceptable

_PAGE, _PATTERNS = 48, 16
_PARTS = frozenset({4, 6, 7, 20, 22, 23, 36, 38, 39, 40, 42, 43})
_UNKNOWN = 0xFFFFFFFF
_END = re.compile(rb"([\0\t\n\f\r ]{0,16})(?:endstream|\Z)")


def jbig2_sizes(content: bytes, place: int, least: int, marked: Budget, *, of_page: bool) -> Iterator[tuple[int, int]]:
    """Widths and heights of all that is told from there to the end of the stream, which is not before `least`: some
    readers go by its length.

    Where a page does not say how high it is, it is as high as its lowest part. `of_page`: it must say its width. Raises
    Unacceptable.
    """
    widest, lowest = 0, 0
    while not _ends(content, place, least):
        kind, data, place = _segment(content, place, marked)
        if kind == _PAGE:
            width, height = _numbers(content, data, place, 2)
            widest = max(widest, width)
            lowest = max(lowest, height if height != _UNKNOWN else 1)
        elif kind in _PARTS:
            width, height, _, top = _numbers(content, data, place, 4)
            yield width, height
            lowest = max(lowest, top + height)
        elif kind == _PATTERNS:
            yield _byte(content, data + 1) * (_number(content, data + 3) + 1), _byte(content, data + 2)
    if of_page and not widest:
        raise Unacceptable(Fault.DAMAGED, "a picture without its size")
    yield widest, lowest


def _ends(content: bytes, place: int, least: int) -> bool:
    found = _END.match(content, place)
    return found is not None and found.end(1) >= least


def _segment(content: bytes, place: int, marked: Budget) -> tuple[int, int, int]:
    """What the segment there is, and where its data begins and ends."""
    number, flags, counted = _number(content, place), _byte(content, place + 4), _byte(content, place + 5) >> 5
    data = place + 6
    if counted == 7:
        counted = _number(content, place + 5) & 0x1FFFFFFF
        data = place + 9 + (counted + 8) // 8
    data += counted * (1 if number <= 256 else 2 if number <= 65_536 else 4)
    data += 4 if flags & 0x40 else 1
    marked.spend(data + 4 - place)
    length = _number(content, data)
    if length == _UNKNOWN:
        raise Unacceptable(Fault.DAMAGED, "a segment without length")
    if data + 4 + length > len(content):
        raise Unacceptable(Fault.DAMAGED, "cut short")
    return flags & 0x3F, data + 4, data + 4 + length


def _numbers(content: bytes, data: int, end: int, count: int) -> list[int]:
    """The first numbers of a segment's data, of four bytes each."""
    if data + 4 * count > end:
        raise Unacceptable(Fault.DAMAGED, "a segment that says too little")
    return [_number(content, data + 4 * each) for each in range(count)]


def _number(content: bytes, place: int) -> int:
    if place + 4 > len(content):
        raise Unacceptable(Fault.DAMAGED, "cut short")
    return int.from_bytes(content[place : place + 4], "big")


def _byte(content: bytes, place: int) -> int:
    if place >= len(content):
        raise Unacceptable(Fault.DAMAGED, "cut short")
    return content[place]
