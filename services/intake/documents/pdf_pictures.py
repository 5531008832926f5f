"""Pictures within a PDF are not opened here: each says itself how large it is, whatever the document says of it.

Readers go by either, so both count. What stands elsewhere, each reader finds in its own way: it is taken only where it
is written in place, or, of what several JBIG2 pictures share, where it stands under the number that they name.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from services.intake.documents.jbig2 import jbig2_sizes
from services.intake.documents.jpeg2000 import jpeg2000_size
from services.intake.documents.packing import Budget
from services.intake.documents.pdf_objects import Stream, numbers_said
from services.intake.documents.pictures import jpeg_size
from services.intake.documents.verdict import Fault, Unacceptable

JPEG, JPEG_2000 = frozenset({b"/DCTDecode", b"/DCT"}), frozenset({b"/JPXDecode"})
FAX, JBIG2 = frozenset({b"/CCITTFaxDecode", b"/CCF"}), frozenset({b"/JBIG2Decode"})
PICTURES: Final = JPEG | JPEG_2000 | FAX | JBIG2
"""The last filter of a picture."""
DOTS_OF_A_LINE = 1728
"""Of a fax that does not say how many it has."""
_SHARED = b"/JBIG2Globals"

Size = tuple[float, float]


class Data(NamedTuple):
    """Where a picture begins, and where it ends at the least, as the document says."""

    content: bytes
    place: int
    least: int


def own_sizes(stream: Stream, data: Data, marked: Budget) -> Iterator[Size]:
    """All widths and heights by which somebody may open the picture. Raises Unacceptable."""
    kind = stream.filters()[-1]
    if kind in JPEG:
        yield jpeg_size(data.content, data.place, marked)
    elif kind in JPEG_2000:
        yield jpeg2000_size(data.content, data.place, marked)
    elif kind in JBIG2:
        yield from jbig2_sizes(*data, marked, of_page=True)
    else:
        yield _of_fax(stream)


def shared_sizes(data: Data, marked: Budget) -> Iterator[Size]:
    """Of what several JBIG2 pictures share."""
    return jbig2_sizes(*data, marked, of_page=False)


def shared_by(stream: Stream) -> frozenset[int]:
    """The numbers of the objects that a JBIG2 picture shares with others. Raises Unacceptable."""
    if JBIG2.isdisjoint(stream.filters()):
        return frozenset()
    tokens, numbers = stream.parameters(), set()
    while _SHARED in tokens:
        at = tokens.index(_SHARED)
        number, generation, refers = (*tokens[at + 1 : at + 4], b"", b"", b"")[:3]
        if not (number.isdigit() and generation.isdigit() and refers == b"R"):
            raise Unacceptable(Fault.DAMAGED, "shared data that is not named in place")
        numbers.add(int(number))
        del tokens[at : at + 4]
    _in_place(tokens)
    return frozenset(numbers)


def _of_fax(stream: Stream) -> Size:
    """The larger of what the document says and what the entries of the fax do."""
    parameters = stream.parameters()
    _in_place(parameters)
    columns, rows = numbers_said(parameters, b"/Columns") or [DOTS_OF_A_LINE], numbers_said(parameters, b"/Rows")
    return max(stream.size(b"/Width", b"/W"), *columns), max(stream.size(b"/Height", b"/H"), *rows, 0)


def _in_place(parameters: list[bytes]) -> None:
    if b"R" in parameters:
        raise Unacceptable(Fault.DAMAGED, "a way of packing that is not written in place")
