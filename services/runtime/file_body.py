"""A file that is the whole body of a request: kept on disk as it comes, within a bound and a time."""

import asyncio
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import IO

from fastapi import Request

from services.runtime.http import UNREAD, Problem

FILE_SECONDS = 120.0
"""For a file to arrive: 24 MiB at 1.6 Mbit/s."""


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file that came as the body of a request: it has no name, and is gone when it is closed."""

    content: IO[bytes]
    size: int
    sha256: str


async def takes_file(request: Request, most: int) -> TakenFile:
    """Keeps the body of a request on disk as it comes. Whoever calls closes it.

    Raises Problem OVERSIZE (413) past so many bytes, EMPTY (422), TOO_SLOW (408).
    """
    request.scope[UNREAD] = True
    size, digest = 0, sha256()
    with ExitStack() as unless_taken:
        file = unless_taken.enter_context(tempfile.TemporaryFile())
        try:
            async with asyncio.timeout(FILE_SECONDS):
                async for piece in request.stream():
                    size += len(piece)
                    if size > most:
                        raise Problem("OVERSIZE", 413, f"the file is larger than {most} bytes")
                    digest.update(piece)
                    file.write(piece)
        except TimeoutError:
            raise Problem("TOO_SLOW", 408, f"the file did not come within {FILE_SECONDS:.0f} seconds") from None
        if not size:
            raise Problem("EMPTY", 422, "the file is empty")
        file.seek(0)
        unless_taken.pop_all()  # the caller's to close from here on
    return TakenFile(file, size, digest.hexdigest())
