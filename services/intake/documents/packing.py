"""Opens packed data piece by piece, and never more of it than was agreed."""

import base64
import binascii
import zlib
from collections.abc import Iterable, Iterator

from services.intake.documents.verdict import Fault, Unacceptable

PIECE = 64 * 1024


class Budget:
    """How much may still be spent; one that is used up is a bomb."""

    def __init__(self, amount: int) -> None:
        self._left = amount

    def spend(self, amount: int) -> None:
        """Raises Unacceptable DECOMPRESSION_BOMB."""
        self._left -= amount
        if self._left < 0:
            raise Unacceptable(Fault.DECOMPRESSION_BOMB, "size")


def pieces(content: bytes, start: int) -> Iterator[memoryview]:
    """From there to the end of the file, however long the part that is wanted is."""
    view = memoryview(content)
    for place in range(start, len(content), PIECE):
        yield view[place : place + PIECE]


def inflated(packed: Iterable[bytes | memoryview], budget: Budget) -> Iterator[bytes]:
    """Deflated data opened, up to the end that it names itself. Raises Unacceptable."""
    opener = zlib.decompressobj()
    try:
        for piece in packed:
            rest: bytes | memoryview = piece
            while not opener.eof:
                opened = opener.decompress(rest, PIECE)
                rest = opener.unconsumed_tail
                if opened:
                    budget.spend(len(opened))
                    yield opened
                elif not rest:
                    break
            if opener.eof:
                return
    except zlib.error:
        raise Unacceptable(Fault.DAMAGED, "packed data") from None
    raise Unacceptable(Fault.DAMAGED, "packed data is cut short")


def from_text(content: bytes, start: int, end_mark: bytes, budget: Budget) -> bytes:
    """Data written as hexadecimal digits (up to `>`) or in base 85 (up to `~>`). Raises Unacceptable."""
    end = content.find(end_mark, start)
    if end < 0:
        raise Unacceptable(Fault.DAMAGED, "text without its end")
    text = b"".join(content[start:end].split()).replace(b"\0", b"")
    budget.spend(len(text))
    try:
        if end_mark == b">":
            return binascii.unhexlify(text + b"0" * (len(text) % 2))
        return base64.a85decode(text.removeprefix(b"<~"))
    except ValueError:  # also binascii.Error
        raise Unacceptable(Fault.DAMAGED, "packed as text") from None
