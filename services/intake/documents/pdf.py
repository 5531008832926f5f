"""PDF: laid out as one, opened within bounds, and nothing in it that does something by itself.

Readers differ in how they find an object, and repair much. So nothing is followed here: every byte is looked at, as it
stands and once more in each packed stream, wherever a reader might come upon it.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from services.intake.documents import marks
from services.intake.documents.packing import Budget, from_text, inflated, pieces
from services.intake.documents.pdf_objects import Stream, Tokens, objects, stream_of, stream_words
from services.intake.documents.pdf_pictures import PICTURES, Data, own_sizes, shared_by, shared_sizes
from services.intake.documents.pdf_words import Words
from services.intake.documents.predictors import DEFLATE, predictor_of, undone
from services.intake.documents.verdict import MAX_PIXELS, Fault, Unacceptable

HEADER = b"%PDF-"
MAX_OPENED = 256 * 1024 * 1024
"""Bytes of all streams of a document together, opened: ten pages scanned in colour at 300 dpi."""
MAX_FILTERS = 3
"""One within another."""
MAX_MARKED = 200_000
"""Bytes of all that stands before the sizes of the pictures of a document; a scanner writes about 100 for a page."""
HEAD = 64
"""Pieces of a packed picture within which its size stands."""
TAIL = 2048

_VERSION = re.compile(rb"%PDF-(?:1\.[0-7]|2\.0)[\r\n \t%]")
_END = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\s\0]*\Z")
_TABLE = re.compile(rb"\s*(?:xref\s|\d{1,10}\s+\d{1,5}\s+obj\b)")
_TEXT_FILTERS = {b"/ASCIIHexDecode": b">", b"/AHx": b">", b"/ASCII85Decode": b"~>", b"/A85": b"~>"}


def examine(content: bytes) -> None:
    """Raises Unacceptable, for the mark of a virus in a packed stream too."""
    _laid_out(content)
    words, opened, marked = Words(), Budget(MAX_OPENED), Budget(MAX_MARKED)
    words.look([content])
    shared: set[int] = set()
    for stream in _streams(content):
        _small_enough([(stream.size(b"/Width", b"/W"), stream.size(b"/Height", b"/H"))])
        words.look(_opened(content, stream, opened))
        if PICTURES.intersection(stream.filters()):
            _small_enough(own_sizes(stream, _data(content, stream, opened), marked))
            shared |= shared_by(stream)
    for stream in _streams(content) if shared else ():
        if stream.number in shared:
            _small_enough(shared_sizes(_data(content, stream, opened), marked))
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
    for number, place in objects(content):
        stream = stream_of(content, number, place, tokens)
        if stream is not None:
            found.add(stream.keyword)
            yield stream
    if not found.issuperset(stream_words(content)):
        raise Unacceptable(Fault.DAMAGED, "a stream that belongs to no object")


def _opened(content: bytes, stream: Stream, budget: Budget) -> Iterable[bytes]:
    """What a stream holds, as far as it is packed. What is not has been looked at with the file itself.

    Raises Unacceptable, for the mark of a virus in what comes out at any step too.
    """
    filters = stream.filters()
    if len(filters) > MAX_FILTERS:
        raise Unacceptable(Fault.DECOMPRESSION_BOMB, "filters")
    if stream.holds_objects() and (stream.has_parameters() or PICTURES.intersection(filters)):
        raise Unacceptable(Fault.DAMAGED, "objects that cannot be read plainly")
    if filters and filters[-1] in PICTURES:
        filters = filters[:-1]
    packed: Iterable[bytes | memoryview] = pieces(content, stream.data)
    opened: Iterable[bytes] = ()
    for place, name in enumerate(filters):
        if place == 0 and name in _TEXT_FILTERS:
            opened = [from_text(content, stream.data, _TEXT_FILTERS[name], budget)]
        elif name in DEFLATE:
            opened = inflated(packed, budget)
        else:
            raise Unacceptable(Fault.UNKNOWN_PACKING, "a way of packing that is not known here")
        packed = opened = marks.looked_through(opened)
    predictor = None if DEFLATE.isdisjoint(filters) else predictor_of(stream)
    return marks.looked_through(undone(opened, predictor)) if predictor else opened


def _data(content: bytes, stream: Stream, budget: Budget) -> Data:
    """What a picture says of itself, as it stands or opened. Raises Unacceptable."""
    filters = [name for name in stream.filters() if name not in PICTURES]
    if not filters:
        return Data(content, stream.data, stream.data + stream.length())
    opened = b"".join(islice(_opened(content, stream, budget), HEAD))
    return Data(opened, 0, len(opened))


def _small_enough(sizes: Iterable[tuple[float, float]]) -> None:
    for width, height in sizes:
        if width * height > MAX_PIXELS:
            raise Unacceptable(Fault.TOO_MANY_PIXELS)
