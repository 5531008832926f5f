"""Predictors: data that was packed as differences to its neighbours, the way of PNG or of TIFF, is made whole again."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from PIL import Image

from services.intake.documents.pdf_objects import Stream, numbers_said
from services.intake.documents.pdf_pictures import JBIG2
from services.intake.documents.verdict import Fault, Unacceptable

DEFLATE: Final = frozenset({b"/FlateDecode", b"/Fl"})
"""The filters that know predictors. So does LZW, which is not opened here."""
MAX_LINE = 1024 * 1024
"""Bytes of one line: an A0 sheet scanned in colour at 600 dpi has not a tenth of it."""
MAX_COLOURS = 32
_NONE, _TIFF, _PNG = 1, 2, range(10, 16)
_BITS = frozenset({1, 2, 4, 8, 16})
_AS_IT_IS, _FROM_THE_LEFT = b"\0", b"\1"
"""How a line of PNG begins: with what its bytes are differences to."""


class Predictor(NamedTuple):
    """How many bytes a line has, and how far to the left of each its neighbour stands."""

    line: int
    step: int
    begins: bool
    """Each line with what its bytes are differences to."""


def predictor_of(stream: Stream) -> Predictor | None:
    """That of a deflated stream, None where it has none.

    Raises Unacceptable where it does not stand in place, or readers would not agree which data it is of: the stream
    must be deflated once, and last.
    """
    parameters, filters = stream.parameters(), stream.filters()
    if b"R" in parameters and JBIG2.isdisjoint(filters):  # what JBIG2 pictures share is judged with them
        raise Unacceptable(Fault.UNKNOWN_PACKING, "a way of packing that is not written in place")
    if set(numbers_said(parameters, b"/Predictor")) <= {_NONE}:
        return None
    if filters[-1] not in DEFLATE or not DEFLATE.isdisjoint(filters[:-1]):
        raise Unacceptable(Fault.UNKNOWN_PACKING, "a predictor of what is packed further")
    kind, columns = _said(parameters, b"/Predictor", _NONE), _said(parameters, b"/Columns", 1)
    colours, bits = _said(parameters, b"/Colors", 1), _said(parameters, b"/BitsPerComponent", 8)
    predictor = Predictor((columns * colours * bits + 7) // 8, (colours * bits + 7) // 8, kind in _PNG)
    known = kind in _PNG or (kind == _TIFF and bits == 8)
    if not (known and bits in _BITS and 0 < colours <= MAX_COLOURS and 0 < predictor.line <= MAX_LINE):
        raise Unacceptable(Fault.UNKNOWN_PACKING, "a predictor that is not known here")
    if predictor.line % predictor.step:
        raise Unacceptable(Fault.UNKNOWN_PACKING, "a predictor that is not known here")
    return predictor


def undone(data: Iterable[bytes], predictor: Predictor) -> Iterator[bytes]:
    """Line by line, also one that is cut short: readers show it. Raises Unacceptable."""
    length = predictor.line + predictor.begins
    above, kept = bytes(predictor.line), bytearray()
    for piece in data:
        kept += piece
        whole = len(kept) // length * length
        if whole:
            lines = _undone(bytes(kept[:whole]), above, predictor)
            yield lines
            above = lines[-predictor.line :]
            del kept[:whole]
    if len(kept) > predictor.begins:
        yield _begun(bytes(kept), above, predictor)


def _begun(rest: bytes, above: bytes, predictor: Predictor) -> bytes:
    """A line that is cut short; or what no reader takes for one, such as a line's end behind the last, as it is."""
    try:
        line = _undone(rest.ljust(predictor.line + predictor.begins, b"\0"), above, predictor)
    except Unacceptable:
        return rest
    return line[: len(rest) - predictor.begins]


def _undone(packed: bytes, above: bytes, predictor: Predictor) -> bytes:
    """Whole lines. Each byte of a dot has neighbours of its own: they are opened as so many grey pictures."""
    line, step, begins = predictor
    opened = bytearray(len(packed) // (line + begins) * line)
    starts = range(0, len(packed), line + begins)
    for first in range(step):
        grey = [_AS_IT_IS, above[first::step]]
        for start in starts:
            grey.append(packed[start : start + 1] if begins else _FROM_THE_LEFT)
            grey.append(packed[start + begins + first : start + begins + line : step])
        opened[first::step] = _grey(b"".join(grey), line // step, len(starts) + 1)[line // step :]
    return bytes(opened)


def _grey(lines: bytes, width: int, height: int) -> bytes:
    """The dots of a grey picture of which these are the lines, as PNG has them."""
    try:
        return Image.frombytes("L", (width, height), zlib.compress(lines, 0), "zip", "L", 0).tobytes()
    except ValueError:
        raise Unacceptable(Fault.DAMAGED, "a line of differences to nothing") from None


def _said(parameters: list[bytes], name: bytes, otherwise: int) -> int:
    """Raises Unacceptable where several are."""
    numbers = numbers_said(parameters, name) or [otherwise]
    if len(numbers) > 1:
        raise Unacceptable(Fault.DAMAGED, "an entry that stands twice")
    return int(numbers[0])
