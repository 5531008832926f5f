"""Objects of a PDF as they are written: enough of the language to read the dictionary of a stream."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.documents.packing import Budget
from services.intake.documents.pdf_words import SPACE
from services.intake.documents.verdict import Fault, Unacceptable

MAX_TOKENS = 3_000_000
"""Of a whole document: a longer one takes longer to read than anybody waits."""
ENTRIES_OF_STREAMS = frozenset(
    {b"/Length", b"/Filter", b"/DecodeParms", b"/DP", b"/Type", b"/First", b"/Width", b"/Height"}
)

_OBJECT = re.compile(rb"(?<![A-Za-z])obj(?![A-Za-z0-9])")
_NUMBERED = re.compile(rb"(\d+)" + SPACE + rb"+\d{1,5}" + SPACE + rb"*\Z")
_STREAM = re.compile(rb"(?<![A-Za-z0-9])stream(?![A-Za-z0-9])")
_WHITE = b"\0\t\n\f\r "
_SPACE = re.compile(rb"(?:[\x00\t\n\f\r ]+|%[^\r\n]*)*")
BEFORE = 64
"""So far before a word it is looked what stands there."""
_TOKEN = re.compile(
    rb"<<|>>|[\[\]]|/[^\x00\t\n\f\r ()<>\[\]{}/%]*|<[^<>]*>|\(|[^\x00\t\n\f\r ()<>\[\]{}/%]+",
)
_IN_TEXT = re.compile(rb"[()\\]")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_NUMBER = re.compile(rb"\+?(?:\d+\.?\d*|\.\d+)")
_DATA = re.compile(rb"stream(?:\r\n|\n|\r)?")


def objects(content: bytes) -> Iterator[tuple[int, int]]:
    """The number of each object, and where it begins behind that; also one that stands within the data of another."""
    for word in _OBJECT.finditer(content):
        numbered = _NUMBERED.search(content, max(0, word.start() - BEFORE), word.start())
        if numbered:
            yield int(numbered[1]), word.end()


def stream_words(content: bytes) -> Iterator[int]:
    """Where the word `stream` stands as a reader would take it: behind a dictionary, or first in its line."""
    for word in _STREAM.finditer(content):
        before = content[max(0, word.start() - BEFORE) : word.start()]
        text = before.rstrip(_WHITE)
        if not text or text.endswith(b">>") or not {*b"\r\n"}.isdisjoint(before[len(text) :]):
            yield word.start()


class Tokens:
    """Reads tokens one by one, as many as a document may have."""

    def __init__(self, content: bytes) -> None:
        self._content, self._budget = content, Budget(MAX_TOKENS)

    def next(self, place: int) -> tuple[bytes, int]:
        """The token there, and where it ends. Raises Unacceptable."""
        self._budget.spend(1)
        found = _TOKEN.match(self._content, skip_space(self._content, place))
        if found is None:
            raise Unacceptable(Fault.DAMAGED, "not the language of PDF")
        token = found[0]
        if token == b"(":
            return token, self._end_of_text(found.end())
        if token.startswith(b"/") and b"#" in token:
            token = _ESCAPED.sub(lambda escaped: bytes([int(escaped[1], 16)]), token)
        return token, found.end()

    def _end_of_text(self, place: int) -> int:
        depth = 1
        while depth:
            self._budget.spend(1)
            found = _IN_TEXT.search(self._content, place)
            if found is None:
                raise Unacceptable(Fault.DAMAGED, "text without its end")
            place = found.end() + (found[0] == b"\\")
            depth += {b"(": 1, b")": -1}.get(found[0], 0)
        return place


def number_in(value: list[bytes]) -> float:
    """Raises Unacceptable where it is no number, or does not stand in place."""
    if len(value) != 1 or not _NUMBER.fullmatch(value[0]):
        raise Unacceptable(Fault.DAMAGED, "a size that is not written in place")
    return float(value[0])


def numbers_said(tokens: list[bytes], name: bytes) -> list[float]:
    """All that are said under that name. Raises Unacceptable as number_in does."""
    return [number_in(tokens[at + 1 : at + 2]) for at, each in enumerate(tokens) if each == name]


def skip_space(content: bytes, place: int) -> int:
    found = _SPACE.match(content, place)
    return found.end() if found else place


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream with its dictionary: entry -> the tokens of its value."""

    number: int
    """Of its object."""
    keyword: int
    """Where the word `stream` stands."""
    data: int
    entries: dict[bytes, list[bytes]]

    def has(self, name: bytes) -> bool:
        return self.entries.get(name, [b"null"]) != [b"null"]

    def holds_objects(self) -> bool:
        return b"/First" in self.entries

    def size(self, name: bytes, short: bytes) -> float:
        """The larger number under the two names, since readers differ; 0 where there is none.

        Raises Unacceptable where it does not stand in place: what it refers to, each reader finds its own way.
        """
        values = [self.entries[name] for name in (name, short) if self.has(name)]
        values = [value for value in values if value[:1] != [b"["]]  # of a table of objects: how wide its columns are
        return max((number_in(value) for value in values), default=0)

    def length(self) -> int:
        """How long its data is said to be; 0 where that is not written in place."""
        value = self.entries.get(b"/Length", [])
        return int(value[0]) if len(value) == 1 and value[0].isdigit() else 0

    def parameters(self) -> list[bytes]:
        """How its data is packed, as tokens, under either of the names that readers know."""
        return [*self.entries.get(b"/DecodeParms", []), *self.entries.get(b"/DP", [])]

    def has_parameters(self) -> bool:
        return self.has(b"/DecodeParms") or self.has(b"/DP")

    def filters(self) -> list[bytes]:
        """Raises Unacceptable where they are not written in place, or the data stands in another file."""
        if self.has(b"/F") or self.has(b"/FFilter"):
            raise Unacceptable(Fault.ACTIVE_CONTENT, "data in another file")
        value = self.entries.get(b"/Filter", [])
        if value[:1] == [b"["] and value[-1:] == [b"]"]:
            value = value[1:-1]
        if value == [b"null"]:
            return []
        if not all(token.startswith(b"/") for token in value):
            raise Unacceptable(Fault.DAMAGED, "filters that are not written in place")
        return value


def stream_of(content: bytes, number: int, place: int, tokens: Tokens) -> Stream | None:
    """The stream of the object that begins there; None where it has none. Raises Unacceptable."""
    place = skip_space(content, place)
    if not content.startswith(b"<<", place):
        return None
    entries, place = _dictionary(place + 2, tokens)
    keyword = skip_space(content, place)
    begin = _DATA.match(content, keyword)
    return Stream(number, keyword, begin.end(), entries) if begin else None


def _dictionary(place: int, tokens: Tokens) -> tuple[dict[bytes, list[bytes]], int]:
    """The entries of the outermost dictionary, and where it ends."""
    entries: dict[bytes, list[bytes]] = {}
    value: list[bytes] | None = None
    depth = 0
    while True:
        token, place = tokens.next(place)
        if token == b">>" and depth == 0:
            return entries, place
        if depth == 0 and token.startswith(b"/") and (value is None or value):
            if token in ENTRIES_OF_STREAMS and token in entries:
                raise Unacceptable(Fault.DAMAGED, "an entry that stands twice")
            value = entries[token] = []
            continue
        if value is None:
            raise Unacceptable(Fault.DAMAGED, "a value without a name")
        depth += {b"<<": 1, b"[": 1, b">>": -1, b"]": -1}.get(token, 0)
        if depth < 0:
            raise Unacceptable(Fault.DAMAGED, "not the language of PDF")
        value.append(token)
