"""The words by which a PDF does something, is locked, or carries files along."""

import re
from collections.abc import Iterable

from services.intake.documents.verdict import Fault, Unacceptable

SPACE = rb"[\x00\t\n\f\r ]"
_GAP = rb"(?:" + SPACE + rb"|%[^\r\n]{0,1000}[\r\n])*"
"""A comment is white space too."""
_REFERENCE = rb"\d+" + SPACE + rb"+\d+" + SPACE + rb"+R"

RUNS = ("JavaScript", "Launch", "SubmitForm", "ImportData", "RichMedia", "EmbeddedFile", "EmbeddedFiles", "GoToE")
"""Programs, sending what is typed, attachments: never in a paper that a citizen brings."""
EVENTS, FORMS = "AA", "XFA"
"""Actions that an event starts, and forms with programs of their own. Short words, which packed data may hold by
chance: only where such a value follows. A form is mostly a list of its parts."""
ACTS = ("URI", "GoToR", "Named", "Hide", "Thread", "ResetForm", "SetOCGState", "Movie", "Sound", "Rendition", "Trans")
"""Harmless where somebody clicks on them, not where the document does so itself, on being opened."""


def _name(word: str) -> bytes:
    """A name of PDF, of which any letter may be written as #xx."""
    letters = (
        b"(?:" + letter.encode() + b"|#" + b"".join(f"[{d}{d.upper()}]".encode() for d in f"{ord(letter):02x}") + b")"
        for letter in word
    )
    return b"".join(letters)


def _any(words: Iterable[str]) -> bytes:
    return b"(?:" + b"|".join(map(_name, words)) + rb")(?=[\x00\t\n\f\r ()<>\[\]{}/%]|\Z)"


_WORDS = re.compile(
    rb"/(?:(?P<runs>" + _any(RUNS) + rb"|" + _any([EVENTS, FORMS]) + _GAP + rb"(?:<<|" + _REFERENCE + rb")"
    rb"|" + _any([FORMS]) + _GAP + rb"\[)"
    rb"|(?P<locked>" + _any(["Encrypt"]) + rb")"
    rb"|(?P<opens>" + _any(["OpenAction"]) + _GAP + rb"(?:<<|\[|" + _REFERENCE + rb"))"
    rb"|(?P<acts>" + _any(ACTS) + rb")"
    rb"|(?P<root>" + _any(["Root"]) + rb"))"
)


class Words:
    """What was met so far."""

    def __init__(self) -> None:
        self._met: set[str] = set()

    def look(self, texts: Iterable[bytes]) -> None:
        """Raises Unacceptable at the first word that is not taken wherever it stands."""
        for text in texts:
            for found in _WORDS.finditer(text):
                if found["locked"]:
                    raise Unacceptable(Fault.ACTIVE_CONTENT, "locked")
                if found["runs"]:
                    raise Unacceptable(Fault.ACTIVE_CONTENT, "it runs something or carries files")
                if found["opens"] and found["opens"].endswith(b"["):
                    continue  # the page to begin with
                self._met.add(str(found.lastgroup))

    def judge(self) -> None:
        """After all of it was looked at. Raises Unacceptable.

        A document may say at which page it is opened. If it names an action for that, none but going to a page may
        stand anywhere in it: which one it is cannot be told without following references, as each reader does its way.
        """
        if {"opens", "acts"} <= self._met:
            raise Unacceptable(Fault.ACTIVE_CONTENT, "it acts on being opened")
        if "root" not in self._met:
            raise Unacceptable(Fault.DAMAGED, "no root")
