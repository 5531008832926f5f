"""PDF: laid out as one, opened within bounds, and nothing in it that does something by itself.

Readers differ in how they find an object, and repair much. So nothing is followed here: every byte is looked at, as it
stands and once more in each packed stream, wherever a reader might come upon it.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from services.intake.documents.packing import Budget, from_text, inflated, pieces
from services.intake.documents.pdf_objects import Stream, Tokens, objects, stream_of, stream_words
from services.intake.documents.pdf_words import Words
from services.intake.documents.pictures import jpeg_size
from services.intake.documents.verdict import MAX_PIXELS, Fault, Unacceptable

HEADER = b"%PDF-"
MAX_OPENED = 256 * 1024 * 1024
"""Bytes of all streams of a document together, opened: ten pages scanned in colour at 300 dpi."""
MAX_FILTERS = 3
"""One within another."""
MAX_MARKED = 200_000
"""Bytes of the markers that stand before the sizes of all JPEGs of a document; a scanner writes about 20 for a page."""
HEAD = 64
"""Pieces of a packed JPEG within which its size stands."""
TAIL = 2048
OVERLAP = 128
"""A word may lie across two pieces."""

_VERSION = re.compile(rb"%PDF-(?:1\.[0-7]|2\.0)[\r\n \t%]")
_END = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\s\0]*\Z")
_TABLE = re.compile(rb"\s*(?:xref\s|\d{1,10}\s+\d{1,5}\s+obj\b)")
_TEXT_FILTERS = {b"/ASCIIHexDecode": b">", b"/AHx": b">", b"/ASCII85Decode": b"~>", b"/A85": b"~>"}
_DEFLATE = frozenset({b"/FlateDecode", b"/Fl"})
_JPEG = frozenset({b"/DCTDecode", b"/DCT"})
_PICTURES = _JPEG | {b"/JPXDecode", b"/CCITTFaxDecode", b"/CCF", b"/JBIG2Decode"}
"""The last filter of a picture: its data is not opened here, its size is looked at."""


def examine(content: bytes, forbidden: bytes) -> None:
    """Raises Unacceptable. `forbidden` must not stand in any stream either."""
    _laid_out(content)
    words, opened, marked = Words(), Budget(MAX_OPENED), Budget(MAX_MARKED)
    words.look([content])
    for stream in _streams(content):
        _small_enough(stream.size(b"/Width", b"/W"), stream.size(b"/Height", b"/H"))
        words.look(_without(forbidden, _opened(content, stream, opened)))
        if _JPEG.intersection(stream.filters()):
            _small_enough(*_jpeg_size(content, stream, opened, marked))
    words.judge()


def _laid_out(content: bytes) -> None:
    """A version, and at the very end a pointer to a table of objects; nothing behind it."""
    if not _VERSION.match(content):
        raise Unacceptable(Fault.DAMAGED, "version")
    end = _END.search(content, max(0, len(content) - TAIL))
    if end is None:
        raise Unacceptable(Fault.DAMAGED, "the end is missing, or something stands behind it")
    if not _TABLE.match(content, int(end[1])):
        raise Unacceptable(Fault.DAMAGED, "no table of objects where the end points")


def _streams(content: bytes) -> Iterator[Stream]:
    """Every stream of the file, also of an object within another's data. Raises Unacceptable for one without object."""
    tokens, found = Tokens(content), set()
    for place in objects(content):
        stream = stream_of(content, place, tokens)
        if stream is not None:
            found.add(stream.keyword)
            yield stream
    if not found.issuperset(stream_words(content)):
        raise Unacceptable(Fault.DAMAGED, "a stream that belongs to no object")


def _opened(content: bytes, stream: Stream, budget: Budget) -> Iterator[bytes]:
    """What a stream holds, as far as it is packed. What is not has been looked at with the file itself."""
    filters = stream.filters()
    if len(filters) > MAX_FILTERS:
        raise Unacceptable(Fault.DECOMPRESSION_BOMB, "filters")
    if stream.holds_objects() and (stream.has(b"/DecodeParms") or _PICTURES.intersection(filters)):
        raise Unacceptable(Fault.DAMAGED, "objects that cannot be read plainly")
    if filters and filters[-1] in _PICTURES:
        filters = filters[:-1]
    data: Iterable[bytes | memoryview] = pieces(content, stream.data)
    for place, name in enumerate(filters):
        if place == 0 and name in _TEXT_FILTERS:
            data = [from_text(content, stream.data, _TEXT_FILTERS[name], budget)]
        elif name in _DEFLATE:
            data = inflated(data, budget)
        else:
            raise Unacceptable(Fault.NOT_ALLOWED_TYPE, "a way of packing that is not known here")
    if filters:
        yield from (bytes(piece) for piece in data)


def _without(forbidden: bytes, data: Iterable[bytes]) -> Iterator[bytes]:
    """The same in pieces that overlap. Raises Unacceptable EICAR."""
    kept = b""
    for piece in data:
        window = kept + piece
        if forbidden in window:
            raise Unacceptable(Fault.EICAR)
        yield window
        kept = window[-OVERLAP:]


def _jpeg_size(content: bytes, stream: Stream, opened: Budget, marked: Budget) -> tuple[int, int]:
    """What a JPEG says of itself: readers open that, whatever is written around it. Raises Unacceptable."""
    if len(stream.filters()) == 1:
        return jpeg_size(content, stream.data, marked)
    return jpeg_size(b"".join(islice(_opened(content, stream, opened), HEAD)), 0, marked)


def _small_enough(width: float, height: float) -> None:
    if width * height > MAX_PIXELS:
        raise Unacceptable(Fault.TOO_MANY_PIXELS)
