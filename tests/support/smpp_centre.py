"""A message centre that speaks SMPP 3.4, as far as a gateway needs one: it takes messages and tells their fate.

Only what Kannel says to it: bind, submit_sm, enquire_link, unbind. `fate` is what becomes of the next messages:
DELIVRD, UNDELIV, or REFUSED (not taken at all).
"""

import asyncio
import contextlib
import itertools
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

HEADER: Final = struct.Struct(">IIII")
SUBMIT, DELIVER, UNBIND, ENQUIRE = 0x4, 0x5, 0x6, 0x15
BINDS: Final = frozenset({0x1, 0x2, 0x9})
ANSWER: Final = 0x80000000
OK, REFUSED = 0x0, 0x45
UCS_2: Final = 8
HAS_HEADER, IS_RECEIPT = 0x40, 0x04
WANTS_RECEIPT: Final = 0x01


@dataclass(frozen=True)
class Part:
    """One short message, or one part of a longer one."""

    id: str
    to: str
    text: str
    of: tuple[int, int, int]
    """The reference of the whole, how many parts it has, and which this is; (0, 1, 1) of one alone."""


class Centre:
    """`parts`: everything taken, in order."""

    def __init__(self) -> None:
        self.fate = "DELIVRD"
        self.parts: list[Part] = []
        self._ids, self._sequence = itertools.count(1), itertools.count(1)
        self._bound: set[asyncio.StreamWriter] = set()
        self._ends: set[asyncio.Task[None]] = set()

    def texts(self) -> list[tuple[str, str]]:
        """To whom, and the whole words, of the messages of which every part has come."""
        whole: dict[tuple[str, int], dict[int, Part]] = {}
        for number, part in enumerate(self.parts):
            reference = part.of[0] if part.of[1] > 1 else -number - 1
            whole.setdefault((part.to, reference), {})[part.of[2]] = part
        return [
            (to, "".join(parts[number].text for number in sorted(parts)))
            for (to, _), parts in whole.items()
            if len(parts) == next(iter(parts.values())).of[1]
        ]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._bound.add(writer)
        try:
            while True:
                length, command, _, sequence = HEADER.unpack(await reader.readexactly(HEADER.size))
                body = await reader.readexactly(length - HEADER.size)
                if command in BINDS:
                    _say(writer, command | ANSWER, sequence, b"centre\0")
                elif command == SUBMIT:
                    self._taken(writer, sequence, body)
                elif command in (ENQUIRE, UNBIND):
                    _say(writer, command | ANSWER, sequence)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._bound.discard(writer)
            writer.close()

    async def stop(self) -> None:
        for writer in tuple(self._bound):
            writer.close()
        for end in tuple(self._ends):
            end.cancel()
        await asyncio.sleep(0)

    def _taken(self, writer: asyncio.StreamWriter, sequence: int, body: bytes) -> None:
        if self.fate == "REFUSED":
            _say(writer, SUBMIT | ANSWER, sequence, b"\0", REFUSED)
            return
        id = f"{next(self._ids):010d}"
        part, sender, receipt = _read(body, id)
        self.parts.append(part)
        _say(writer, SUBMIT | ANSWER, sequence, id.encode() + b"\0")
        if receipt:
            report = asyncio.create_task(self._report(writer, part, sender, self.fate))
            self._ends.add(report)
            report.add_done_callback(self._ends.discard)

    async def _report(self, writer: asyncio.StreamWriter, part: Part, sender: str, stat: str) -> None:
        await asyncio.sleep(0.05)
        delivered = int(stat == "DELIVRD")
        words = (
            f"id:{part.id} sub:001 dlvrd:00{delivered} submit date:2611230930 done date:2611230931"
            f" stat:{stat} err:000 text:"
        ).encode()
        body = b"\0" + b"\x01\x01" + part.to.encode() + b"\0" + b"\x01\x01" + sender.encode() + b"\0"
        body += bytes([IS_RECEIPT, 0, 0]) + b"\0\0" + bytes([0, 0, 0, 0, len(words)]) + words
        with contextlib.suppress(ConnectionError):
            _say(writer, DELIVER, next(self._sequence), body)
            await writer.drain()


@asynccontextmanager
async def a_centre(centre: Centre, port: int) -> AsyncIterator[None]:
    """It listens while the block runs."""
    server = await asyncio.start_server(centre.serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        await centre.stop()


def _say(writer: asyncio.StreamWriter, command: int, sequence: int, body: bytes = b"", status: int = OK) -> None:
    writer.write(HEADER.pack(HEADER.size + len(body), command, status, sequence) + body)


def _read(body: bytes, id: str) -> tuple[Part, str, bool]:
    """The part, who has sent it, and whether a receipt is wanted."""
    _, rest = _text(body)
    sender, rest = _text(rest[2:])
    to, rest = _text(rest[2:])
    kind, rest = rest[0], rest[3:]
    _, rest = _text(rest)
    _, rest = _text(rest)
    receipt, coding, length = rest[0], rest[2], rest[4]
    words, of = rest[5 : 5 + length], (0, 1, 1)
    if kind & HAS_HEADER:
        header, words = words[1 : 1 + words[0]], words[1 + words[0] :]
        of = (header[-3], header[-2], header[-1])
    text = words.decode("utf-16-be" if coding == UCS_2 else "latin-1")
    return Part(id, to, text, of), sender, bool(receipt & WANTS_RECEIPT)


def _text(body: bytes) -> tuple[str, bytes]:
    words, _, rest = body.partition(b"\0")
    return words.decode(), rest
