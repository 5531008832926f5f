"""The marks of viruses: sought in a document as it stands, and in all that comes out of its packed parts."""

from collections.abc import Iterable, Iterator
from typing import Final

from services.intake.documents.verdict import Fault, Unacceptable

EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"
"""The test of virus scanners. In parts, so that one does not take this file for the test itself."""
OVERLAP: Final = len(EICAR) - 1
"""So much of a piece is looked at again with the next one, or a mark across both would be missed."""


def looked_through(data: Iterable[bytes]) -> Iterator[bytes]:
    """The same, piece by piece. Raises Unacceptable EICAR."""
    kept = b""
    for piece in data:
        window = kept + piece
        look(window)
        yield piece
        kept = window[-OVERLAP:]


def look(data: bytes) -> None:
    """Raises Unacceptable EICAR."""
    if EICAR in data:
        raise Unacceptable(Fault.EICAR)
