"""Identifiers of people, firms and cases: one written form each, or the reason why there is none (domain 9).

A checksum proves typing, never identity. No error and no message here repeats the value it is about (I12).
"""

import re
from enum import StrEnum

from services.contracts.kiosk import Scheme
from services.contracts.persian import INVISIBLE, fold_digits


class IdentifierFault(StrEnum):
    """What is wrong with an identifier: its form, or its check digit."""

    NATIONAL_ID_FORMAT = "NATIONAL_ID_FORMAT"
    NATIONAL_ID_CHECK = "NATIONAL_ID_CHECK"
    LEGAL_ID_FORMAT = "LEGAL_ID_FORMAT"
    LEGAL_ID_CHECK = "LEGAL_ID_CHECK"
    DOCUMENT_FORMAT = "DOCUMENT_FORMAT"
    MOBILE_FORMAT = "MOBILE_FORMAT"
    EMAIL_FORMAT = "EMAIL_FORMAT"
    TRACKING_CODE_FORMAT = "TRACKING_CODE_FORMAT"
    TRACKING_CODE_CHECK = "TRACKING_CODE_CHECK"


class InvalidIdentifier(ValueError):
    """Not an identifier of the kind that was asked for. `code` says why; the value itself is never repeated."""

    def __init__(self, code: IdentifierFault, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


_SPACES = dict.fromkeys(map(ord, " \t\r\n\f\v\u00a0\u202f\u2009\u200c\u200d\ufeff")) | INVISIBLE
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_NO_SEPARATORS = _SPACES | dict.fromkeys(map(ord, _DASHES))
_PLAIN_DASHES = _SPACES | dict.fromkeys(map(ord, _DASHES), "-")
_LONGEST = 64
"""Of what people type; anything longer is not an identifier with separators but something else."""


def national_id(text: str) -> str:
    """A person's national id, ten ASCII digits. Leading zeros that a spreadsheet ate are put back.

    Raises InvalidIdentifier NATIONAL_ID_FORMAT, NATIONAL_ID_CHECK.
    """
    digits = _digits(text)
    if digits is None or not 8 <= len(digits) <= 10:
        raise InvalidIdentifier(IdentifierFault.NATIONAL_ID_FORMAT, "a national id has ten digits")
    digits = digits.zfill(10)
    if not _is_national_id(digits):
        raise InvalidIdentifier(IdentifierFault.NATIONAL_ID_CHECK, "the check digit of the national id does not fit")
    return digits


def _is_national_id(digits: str) -> bool:
    d = digits.encode()
    total = d[0] * 10 + d[1] * 9 + d[2] * 8 + d[3] * 7 + d[4] * 6 + d[5] * 5 + d[6] * 4 + d[7] * 3 + d[8] * 2 - 48 * 54
    rest = total % 11
    return d[9] - 48 == (rest if rest < 2 else 11 - rest) and digits != digits[0] * 10


_LEGAL_WEIGHTS = (29, 27, 23, 19, 17, 29, 27, 23, 19, 17)


def legal_id(text: str) -> str:
    """A legal person's national id, eleven ASCII digits. Raises InvalidIdentifier LEGAL_ID_FORMAT, LEGAL_ID_CHECK."""
    digits = _digits(text)
    if digits is None or len(digits) != 11:
        raise InvalidIdentifier(IdentifierFault.LEGAL_ID_FORMAT, "a legal id has eleven digits")
    d = [int(digit) for digit in digits]
    shift = d[9] + 2
    rest = sum((value + shift) * weight for value, weight in zip(d, _LEGAL_WEIGHTS, strict=False)) % 11
    if rest % 10 != d[10]:
        raise InvalidIdentifier(IdentifierFault.LEGAL_ID_CHECK, "the check digit of the legal id does not fit")
    return digits


_MOBILE = re.compile(r"(?:0|98|0098|\+98)?(9[0-9]{9})", re.ASCII)


def mobile(text: str) -> str:
    """An Iranian mobile number as E.164 (`+989121234567`), from 09…, 9…, 989…, 00989… or +989….

    Operators come and go: no list of their prefixes is kept. Raises InvalidIdentifier MOBILE_FORMAT.
    """
    match = _MOBILE.fullmatch(fold_digits(text).translate(_NO_SEPARATORS)) if len(text) <= _LONGEST else None
    if match is None:
        raise InvalidIdentifier(IdentifierFault.MOBILE_FORMAT, "a mobile number looks like 09121234567")
    return f"+98{match[1]}"


_EMAIL = re.compile(
    r"[A-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Z0-9](?:[A-Z0-9-]{0,61}[A-Z0-9])?\.)+[A-Z]{2,63}",
    re.ASCII | re.IGNORECASE,
)
LONGEST_EMAIL = 254
_LONGEST_MAILBOX = 64


def email(text: str) -> str:
    """An e-mail address in ASCII, its domain in lower case. Raises InvalidIdentifier EMAIL_FORMAT.

    Whether somebody reads there only a letter tells.
    """
    typed = text.strip()
    mailbox, _, domain = typed.rpartition("@")
    if len(typed) > LONGEST_EMAIL or len(mailbox) > _LONGEST_MAILBOX or not _EMAIL.fullmatch(typed):
        raise InvalidIdentifier(IdentifierFault.EMAIL_FORMAT, "an e-mail address looks like name@example.ir")
    return f"{mailbox}@{domain.lower()}"


_DOCUMENT = re.compile(r"[A-Z0-9][A-Z0-9-]{3,19}", re.ASCII)


def applicant_value(scheme: Scheme, text: str) -> str:
    """An applicant's identifier in the form of its scheme. Raises InvalidIdentifier.

    Foreigners keep what their paper says, 4 to 20 ASCII capitals, digits and hyphens; no national id is forced on them.
    """
    if scheme is Scheme.NID:
        return national_id(text)
    if scheme is Scheme.LEGAL_ID:
        return legal_id(text)
    written = fold_digits(text).translate(_PLAIN_DASHES) if len(text) <= _LONGEST else ""
    document = written.upper() if written.isascii() else ""
    if not _DOCUMENT.fullmatch(document):
        raise InvalidIdentifier(IdentifierFault.DOCUMENT_FORMAT, "a document number has 4 to 20 letters or digits")
    return document


def compared(value: str) -> str:
    """An identifier in its form as it is told from others: one officer copies the hyphens of a paper, another does not.

    Shown it is as it was given.
    """
    return value.replace("-", "")


_LONG_RUN = re.compile(r"[0-9]{10,}", re.ASCII)
_PERSONAL_MOBILE = re.compile(r"09[0-9]{9}", re.ASCII)


def looks_personal(external_ref: str) -> bool:
    """Whether a run of digits in it is exactly a valid national id or a 09… mobile. It stands in record keys (I12)."""
    runs = _LONG_RUN.findall(fold_digits(external_ref))
    return any((len(run) == 10 and _is_national_id(run)) or _PERSONAL_MOBILE.fullmatch(run) for run in runs)


_TOKEN = re.compile(r"[0-9A-Fa-f]+", re.ASCII)


def key_looks_personal(key: str) -> bool:
    """The same of a key or an id that somebody else has made: digits within a UUID or a hash are nobody's number."""
    return any(token.isdecimal() and looks_personal(token) for token in _TOKEN.findall(fold_digits(key)))


_A_MOBILE = re.compile(r"(?:0|98|0098)?9[0-9]{9}", re.ASCII)


def bears_number(id: str) -> bool:
    """Whether an id of ours is, or holds, somebody's national id or mobile, however that is written (I12)."""
    return looks_personal(id) or any(_A_MOBILE.fullmatch(run) for run in _LONG_RUN.findall(fold_digits(id)))


_WITHIN_NUMBERS = _NO_SEPARATORS | dict.fromkeys(map(ord, ".()/\u066b\u066c"))
_MOBILE_IN_TEXT = re.compile(r"(?:\+98|0098|0)9[0-9]{9}|(?<![0-9])(?:98)?9[0-9]{9}(?![0-9])", re.ASCII)


def names_mobile(text: str) -> bool:
    """Whether a mobile number stands somewhere in a text, in digits of any script, however it is spaced."""
    return _MOBILE_IN_TEXT.search(fold_digits(text).translate(_WITHIN_NUMBERS)) is not None


# --- Tracking codes (domain 8) --------------------------------------------------------------------------------------

TRACKING_NUMBERS = 10**13
"""A tracking code is drawn from this many numbers (43 bits)."""

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
"""Damm's quasigroup: every wrong digit and every swap of neighbours is found. A whole code walks back to 0."""


def _damm(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][ord(digit) - 48]
    return interim


def tracking_code(number: int) -> str:
    """The code of a number: its 13 digits and a Damm check digit. Raises InvalidIdentifier TRACKING_CODE_FORMAT."""
    if not 0 <= number < TRACKING_NUMBERS:
        raise InvalidIdentifier(IdentifierFault.TRACKING_CODE_FORMAT, "a tracking number has at most thirteen digits")
    digits = f"{number:013d}"
    return f"{digits}{_damm(digits)}"


def normalise_tracking_code(text: str) -> str:
    """The stored form of a code as read from paper: any script's digits, spaces, hyphens.

    Raises InvalidIdentifier TRACKING_CODE_FORMAT, TRACKING_CODE_CHECK (a digit was mistyped).
    """
    digits = _digits(text)
    if digits is None or len(digits) != 14:
        raise InvalidIdentifier(IdentifierFault.TRACKING_CODE_FORMAT, "a tracking code has fourteen digits")
    if _damm(digits) != 0:
        raise InvalidIdentifier(IdentifierFault.TRACKING_CODE_CHECK, "a digit of the tracking code is wrong")
    return digits


def grouped(code: str) -> str:
    """For people: fours, then the last two, `1234 5678 9012 34`, joined by no-break spaces.

    A no-break space is a number separator to the bidi algorithm; with spaces or hyphens a Persian line would show the
    groups in reverse order.
    """
    return "\u00a0".join(code[start : start + 4] for start in range(0, len(code), 4))


def _digits(text: str) -> str | None:
    """ASCII digits without separators, or None when there is anything else."""
    digits = fold_digits(text).translate(_NO_SEPARATORS) if len(text) <= _LONGEST else ""
    return digits if digits.isascii() and digits.isdigit() else None
