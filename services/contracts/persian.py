"""Persian text: one form to show, one form to find, and what it costs as an SMS (domain 8, 9).

Tables are written as code points: many of these characters are invisible, and some reorder the line they stand in.
"""

import re
import unicodedata
from typing import Literal, NamedTuple

_ZERO_PERSIAN, _ZERO_ARABIC = 0x06F0, 0x0660
_TO_ASCII = {zero + value: chr(0x30 + value) for zero in (_ZERO_PERSIAN, _ZERO_ARABIC) for value in range(10)}
_TO_PERSIAN = {zero + value: chr(_ZERO_PERSIAN + value) for zero in (0x30, _ZERO_ARABIC) for value in range(10)}

YEH, KEHEH, HEH, ALEF = "\u06cc", "\u06a9", "\u0647", "\u0627"
_LETTERS = {0x064A: YEH, 0x0649: YEH, 0x0643: KEHEH}
"""Arabic yeh, alef maksura and kaf look like Persian letters and compare as others; NFKC leaves them alone."""

_BIDI_CONTROLS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
INVISIBLE: dict[int, None] = dict.fromkeys(_BIDI_CONTROLS)

_SEARCH = _LETTERS | _TO_ASCII
_SEARCH |= {0x0622: ALEF, 0x0623: ALEF, 0x0625: ALEF, 0x0629: HEH, 0x06C0: HEH}
_SEARCH |= {0x200C: " "}
_TATWEEL = "\u0640"
_WHITE_SPACE = re.compile("[^\\S\u00a0]+")


def fold_digits(text: str) -> str:
    """Persian and Arabic-Indic digits as ASCII; the rest untouched. Do this before any `[0-9]` (domain 9)."""
    return text if text.isascii() else text.translate(_TO_ASCII)


def persian_digits(text: str) -> str:
    """Every digit as people here read it."""
    return text.translate(_TO_PERSIAN)


def rials(amount: int) -> str:
    """A sum of money as it is read on paper."""
    return f"{persian_digits(f'{amount:,}').replace(',', '٬')} ریال"


def display(text: str) -> str:
    """The form that is stored and shown: composed, Persian yeh and kaf, ZWNJ kept, bidi controls gone (domain 9)."""
    return unicodedata.normalize("NFC", text.translate(INVISIBLE)).translate(_LETTERS)


def in_one_line(text: str) -> str:
    """White space is one space; no-break spaces stay: among Persian letters they keep a code's groups in order."""
    return _WHITE_SPACE.sub(" ", text).strip()


def search_key(text: str) -> str:
    """The form that is compared: two spellings of one name have one key (domain 9). Never shown.

    No diacritics, tatweel or invisible characters; alef and heh in one form; ASCII digits; ZWNJ, NBSP and any run of
    white space are one space, none at the ends. Upper and lower case stay apart.
    """
    folded = unicodedata.normalize("NFKC", text.translate(INVISIBLE)).translate(_SEARCH)
    kept = "".join(char for char in folded if char != _TATWEEL and unicodedata.category(char) not in ("Mn", "Cf"))
    return " ".join(unicodedata.normalize("NFKC", kept).split())


# --- SMS (domain 8) -------------------------------------------------------------------------------------------------

_GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Written with an escape: two units each."""


def sms_units(text: str) -> int:
    """The length as a handset counts Persian: UTF-16 units, a ZWNJ costs one, an emoji two."""
    return len(text) + sum(char > "\uffff" for char in text)


class SmsCost(NamedTuple):
    """What a text costs as an SMS: `units` are those of its coding."""

    coding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int


def sms_cost(text: str) -> SmsCost:
    """UCS-2: 70 units alone, 67 a part; GSM-7 (no Persian letter): 160, 153. No text costs nothing.

    A character of two units is never split between parts.
    """
    if set(text) <= _GSM_BASIC | _GSM_EXTENDED:
        costs = [1 + (char in _GSM_EXTENDED) for char in text]
        return SmsCost("GSM-7", sum(costs), _parts(costs, alone=160, joined=153))
    costs = [1 + (char > "\uffff") for char in text]
    return SmsCost("UCS-2", sum(costs), _parts(costs, alone=70, joined=67))


def sms_parts(text: str) -> int:
    """How many messages are paid for; 0 for no text."""
    return sms_cost(text).parts


def _parts(costs: list[int], *, alone: int, joined: int) -> int:
    if sum(costs) <= alone:
        return 1 if costs else 0
    parts, room = 1, joined
    for cost in costs:
        if cost > room:
            parts, room = parts + 1, joined
        room -= cost
    return parts
