"""Forms with one file, as browsers send them: bounded in size, in time and in number, and kept in memory only.

A route that takes one calls `Forms.received`; to all others the guard of `http` refuses them.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from services.runtime.http import UNREAD, Problem
from services.runtime.message import Unavailable

M = TypeVar("M", bound=BaseModel)

logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # it warns of what the caller is told anyway

FILE = "file"
AROUND_THE_FILE = 64 * 1024
"""For the other fields and the lines between them."""
MAX_PARTS, MAX_FIELD_BYTES = 20, 2000
WAITING_SECONDS = 10.0
"""For a turn; whoever waits has sent little more than headers."""


@dataclass(frozen=True, slots=True)
class Form:
    fields: Mapping[str, str]
    file: bytes | None

    def read(self, model: type[M]) -> M:
        """The fields as a command. Raises RequestValidationError, which names the wrong ones."""
        try:
            return model.model_validate(dict(self.fields))
        except ValidationError as error:
            raise RequestValidationError(error.errors(include_input=False, include_url=False)) from None


class Forms:
    """At most `at_once` forms are held at any time, each with a file of at most `file_bytes`."""

    def __init__(self, *, file_bytes: int, at_once: int, seconds: float) -> None:
        self._file_bytes, self._seconds = file_bytes, seconds
        self._turns = asyncio.Semaphore(at_once)

    @asynccontextmanager
    async def received(self, request: Request) -> AsyncIterator[Form]:
        """The form of this request, held until the block ends.

        Raises Problem (408, 413, 415, 400), the largest before it is read, and Unavailable when there is no turn.
        """
        boundary = _boundary(request)
        most = self._file_bytes + AROUND_THE_FILE
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdigit() and (len(length) > 15 or int(length) > most):
            raise self._too_large()
        try:
            async with asyncio.timeout(WAITING_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise Unavailable("too many uploads at once", retry_after=5) from None
        try:
            request.scope[UNREAD] = True
            yield await self._read(request, boundary, most)
        finally:
            self._turns.release()

    async def _read(self, request: Request, boundary: bytes, most: int) -> Form:
        parts, taken = _Parts(self._file_bytes), 0
        try:
            parser = MultipartParser(boundary, parts.callbacks())
            async with asyncio.timeout(self._seconds):
                async for piece in request.stream():
                    taken += len(piece)
                    if taken > most:
                        raise self._too_large()
                    parser.write(piece)
            parser.finalize()
        except TimeoutError:
            raise Problem("TOO_SLOW", 408, "the upload took too long", headers={"Connection": "close"}) from None
        except (FormParserError, UnicodeDecodeError, ClientDisconnect):
            raise _malformed("the body is no complete multipart/form-data") from None
        except _FileTooLarge:
            raise self._too_large() from None
        return parts.form()

    def _too_large(self) -> Problem:
        detail = f"پرونده بزرگ‌تر از اندازهٔ مجاز است — the file is larger than {self._file_bytes} bytes"
        return Problem("TOO_LARGE", 413, detail, headers={"Connection": "close"})


class _FileTooLarge(Exception):
    pass


class _Parts:
    """Puts the parts of one form together as the parser meets them. Raises Problem, _FileTooLarge."""

    def __init__(self, file_bytes: int) -> None:
        self._file_bytes = file_bytes
        self._fields: dict[str, str] = {}
        self._file: bytearray | None = None
        self._header, self._value = bytearray(), bytearray()
        self._name: str | None = None
        self._data = bytearray()
        self._parts, self._complete = 0, False

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_part_data": self._part_data,
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def form(self) -> Form:
        if not self._complete:
            raise _malformed("the body ends within a part")
        return Form(self._fields, None if self._file is None else bytes(self._file))

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _malformed("too many parts")
        self._name, self._data = None, bytearray()

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value.decode("latin-1"))
            self._name = options.get(b"name", b"").decode()
        self._header, self._value = bytearray(), bytearray()

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE:
            if len(self._data) + end - start > self._file_bytes:
                raise _FileTooLarge
        elif len(self._data) + end - start > MAX_FIELD_BYTES:
            raise _malformed("a field is too long")
        self._data.extend(memoryview(data)[start:end])

    def _end(self) -> None:
        if not self._name or self._name in self._fields or (self._name == FILE and self._file is not None):
            raise _malformed("a part without a name, or with that of another")
        if self._name == FILE:
            self._file = self._data
        else:
            self._fields[self._name] = self._data.decode()
        self._data = bytearray()

    def _all(self) -> None:
        self._complete = True


def _boundary(request: Request) -> bytes:
    """Raises Problem UNSUPPORTED_MEDIA_TYPE, MALFORMED_MULTIPART."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise Problem("UNSUPPORTED_MEDIA_TYPE", 415, "the body must be multipart/form-data")
    boundary = options.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 70:  # RFC 2046
        raise _malformed("a boundary of 1 to 70 characters is needed")
    return boundary


def _malformed(detail: str) -> Problem:
    return Problem("MALFORMED_MULTIPART", 400, detail)
