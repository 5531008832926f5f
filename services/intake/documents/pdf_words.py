"""The words by which a PDF does something, is locked, or carries files along."""

import re
from collections.abc import Iterable

from services.intake.documents.packing import Budget
from services.intake.documents.verdict import Fault, Unacceptable

SPACE = rb"[\x00\t\n\f\r ]"

RUNS = (
    *("JavaScript", "Launch", "SubmitForm", "ImportData", "GoToE", "Rendition"),
    *("RichMedia", "EmbeddedFile", "EmbeddedFiles", "FileAttachment"),
)
"""Programs, sending what is typed, attachments: never in a paper that a citizen brings. A rendition may bear a script
without that name."""
STARTS, FORM, OPENS = ("AA", "EF"), "XFA", "OpenAction"
"""Actions that an event starts and files that are carried along, forms with programs of their own, and what is done on
being opened. Packed data may hold such short words by chance: what follows tells."""
ACTS = ("URI", "GoToR", "Named", "Hide", "Thread", "ResetForm", "SetOCGState", "Movie", "Sound", "Trans")
"""Harmless where somebody clicks on them, not where the document does so itself, on being opened."""
MAX_BETWEEN = 10 * 1024 * 1024
"""Bytes of white space, comments and numbers between short words and what follows them, in a whole document."""
OVERLAP = 128
"""A word may lie across two pieces, each letter of it as #xx."""


def _name(word: str) -> bytes:
    """A name of PDF, of which any letter may be written as #xx."""
    letters = (
        b"(?:" + letter.encode() + b"|#" + b"".join(f"[{d}{d.upper()}]".encode() for d in f"{ord(letter):02x}") + b")"
        for letter in word
    )
    return b"".join(letters)


def _any(*words: str) -> bytes:
    return b"(?:" + b"|".join(map(_name, words)) + rb")(?=" + _APART + rb"|\Z)"


_APART = rb"[\x00\t\n\f\r ()<>\[\]{}/%]"
_WORDS = re.compile(
    rb"/(?:(?P<runs>" + _any(*RUNS) + rb")|(?P<starts>" + _any(*STARTS) + rb")|(?P<form>" + _any(FORM) + rb")"
    rb"|(?P<locked>" + _any("Encrypt") + rb")|(?P<opens>" + _any(OPENS) + rb")|(?P<acts>" + _any(*ACTS) + rb")"
    rb"|(?P<root>" + _any("Root") + rb"))"
)
_FOLLOWING = re.compile(
    rb"(?:[\x00\t\n\f\r \d+\-.eE]++|%[^\r\n]*+)*+(?P<value><<|\[|R(?=" + _APART + rb"|\Z)|(?P<cut><?\Z))?"
)
"""A dictionary, a list, or the R of a reference. A comment is white space too, also within the reference, and readers
take more for a number than is one."""
_FOLLOWED_BY = {"starts": (b"<<", b"R"), "form": (b"<<", b"R", b"["), "opens": (b"<<", b"R")}
"""What must follow; a list behind OpenAction is the page to begin with."""
_REFUSED = {"locked": "locked"} | dict.fromkeys(("runs", "starts", "form"), "it runs something or carries files")


class Words:
    """What was met so far."""

    def __init__(self) -> None:
        self._met: set[str] = set()
        self._between = Budget(MAX_BETWEEN)

    def look(self, pieces: Iterable[bytes]) -> None:
        """Raises Unacceptable at the first word that is not taken wherever it stands."""
        kept = b""
        for piece in pieces:
            text = kept + piece
            kept = text[min(self._look(text), max(0, len(text) - OVERLAP)) :]

    def _look(self, text: bytes) -> int:
        """Where the first word stands of which it is not seen yet what follows it; the end, where there is none."""
        unseen = len(text)
        for found in _WORDS.finditer(text):
            word = str(found.lastgroup)
            if word in _FOLLOWED_BY:
                following = self._following(text, found.end())
                if following["cut"] is not None:
                    unseen = min(unseen, found.start())
                if following["value"] not in _FOLLOWED_BY[word]:
                    continue
            if word in _REFUSED:
                raise Unacceptable(Fault.ACTIVE_CONTENT, _REFUSED[word])
            self._met.add(word)
        return unseen

    def _following(self, text: bytes, place: int) -> re.Match[bytes]:
        """What stands behind a word. Only so much is read of it in all that nobody waits for it."""
        found = _FOLLOWING.match(text, place, place + MAX_BETWEEN + 1)
        assert found is not None, "it may be nothing"
        self._between.spend(found.end() - place)
        return found

    def judge(self) -> None:
        """After all of it was looked at. Raises Unacceptable.

        A document may say at which page it is opened. If it names an action for that, none but going to a page may
        stand anywhere in it: which one it is cannot be told without following references, as each reader does its way.
        """
        if {"opens", "acts"} <= self._met:
            raise Unacceptable(Fault.ACTIVE_CONTENT, "it acts on being opened")
        if "root" not in self._met:
            raise Unacceptable(Fault.DAMAGED, "no root")
