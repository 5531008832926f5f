"""JPEG 2000: how large the picture is by its own word, without opening it.

It may come as it is (a codestream) or in boxes. Readers find it in their own ways: by the boxes, or by its first words.
Here both must lead to the same place.
"""

from services.intake.documents.packing import Budget
from services.intake.documents.verdict import Fault, Unacceptable

SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
START = b"\xff\x4f\xff\x51"
"""Start of a codestream, and of its size."""
COLOURS = 4
"""Of a picture as others count its pixels; each further layer takes as much again as one of these."""
_SIZE_BYTES, _LAYER_BYTES = 38, 3


def jpeg2000_size(content: bytes, place: int, marked: Budget) -> tuple[float, int]:
    """Width and height of the picture that begins there, counted wider for more layers than colours need.

    Raises Unacceptable.
    """
    start = place if content.startswith(START, place) else _in_boxes(content, place, marked)
    if content.find(START, place, start + len(START)) != start:
        raise Unacceptable(Fault.DAMAGED, "no JPEG 2000, or several")
    said = start + len(START)
    length, right, bottom = _number(content, said, 2), _number(content, said + 4, 4), _number(content, said + 8, 4)
    left, top, layers = (_number(content, said + at, size) for at, size in ((12, 4), (16, 4), (36, 2)))
    if length != _SIZE_BYTES + _LAYER_BYTES * layers or not (left < right and top < bottom):
        raise Unacceptable(Fault.DAMAGED, "a picture without its size")
    return (right - left) * max(1, layers / COLOURS), bottom - top


def _in_boxes(content: bytes, place: int, marked: Budget) -> int:
    """Where the codestream stands in a file of boxes."""
    if not content.startswith(SIGNATURE, place):
        raise Unacceptable(Fault.DAMAGED, "no JPEG 2000")
    while True:
        marked.spend(8)
        length, kind, head = _number(content, place, 4), content[place + 4 : place + 8], 8
        if length == 1:
            length, head = _number(content, place + 8, 8), 16
        if kind == b"jp2c":
            return place + head
        if length < head:
            raise Unacceptable(Fault.DAMAGED, "a box without length")
        place += length


def _number(content: bytes, place: int, size: int) -> int:
    if place + size > len(content):
        raise Unacceptable(Fault.DAMAGED, "cut short")
    return int.from_bytes(content[place : place + size], "big")
