"""What may stand in a cell, and how it is written there: texts, words, numbers, days, lists and records.

A list is one line each; a record's parts stand between bars. What a line, a bar or a spreadsheet would spoil is written
with a backslash, so that whatever was written out is read in again as it was:

    \\|  \\,  a bar, a comma in the text      \\s  a space at its edge      \\\\  a backslash
    \\n  \\r  \\t  a line's end, a tab          \\e  a text that is blank on purpose
    \\u200d  any other character, by its number
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Protocol
from unicodedata import category

from services.contracts.persian import fold_digits, search_key
from services.worktime.jalali import FIRST_YEAR, LAST_YEAR, jalali_date, parse_jalali


class BadCell(ValueError):
    """A cell that cannot be read: why, in Persian and in English. `part`: where in it (`.2.amount`)."""

    def __init__(self, fa: str, en: str, part: str = "") -> None:
        super().__init__(en)
        self.fa, self.en, self.part = fa, en, part


class BadCells(ValueError):
    """Several reasons at once."""

    def __init__(self, reasons: Sequence[BadCell]) -> None:
        super().__init__("; ".join(map(str, reasons)))
        self.reasons = tuple(reasons)


class Form(Protocol):
    """How one kind of value stands in a cell. `fa`, `en` tell people."""

    @property
    def fa(self) -> str: ...

    @property
    def en(self) -> str: ...

    def write(self, value: Any) -> str: ...

    def read(self, cell: str) -> Any:
        """The value in the sheet's JSON. Raises BadCell or BadCells. A cell is never empty here."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A text; an id too."""

    fa: str = "متن"
    en: str = "text"

    def write(self, value: Any) -> str:
        return escaped(str(value))

    def read(self, cell: str) -> str:
        return plain(cell)


@dataclass(frozen=True, slots=True)
class Word:
    """One of a closed list, in capitals."""

    words: tuple[str, ...]

    @property
    def fa(self) -> str:
        return "یکی از: " + "، ".join(self.words)

    @property
    def en(self) -> str:
        return "one of: " + ", ".join(self.words)

    def write(self, value: Any) -> str:
        return str(value)

    def read(self, cell: str) -> str:
        word = _seen(cell).upper().replace(" ", "_").replace("-", "_")
        if word not in self.words:
            raise BadCell(f"یکی از این‌ها نیست: {'، '.join(self.words)}", f"is none of {', '.join(self.words)}")
        return word


_YES = {"بله", "آری", "yes", "true", "1"}
_NO = {"خیر", "نه", "no", "false", "0"}


@dataclass(frozen=True, slots=True)
class YesNo:
    fa: str = "بله یا خیر"
    en: str = "بله (yes) or خیر (no)"

    def write(self, value: Any) -> str:
        return "بله" if value else "خیر"

    def read(self, cell: str) -> bool:
        word = search_key(cell).casefold()
        if word not in {search_key(one) for one in _YES | _NO}:
            raise BadCell("بله یا خیر نیست", "is neither yes nor no")
        return word in {search_key(one) for one in _YES}


_GROUPED = re.compile(r"[0-9]{1,3}([,٬،][0-9]{3})+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number, in digits of any script; thousands may be set apart by commas."""

    fa: str = "عدد صحیح، با ارقام فارسی یا لاتین"
    en: str = "a whole number, in Persian or Latin digits"

    def write(self, value: Any) -> str:
        return str(value)

    def read(self, cell: str) -> int:
        digits = _seen(cell)
        if _GROUPED.fullmatch(digits):
            digits = re.sub("[,٬،]", "", digits)
        if not re.fullmatch(r"-?[0-9]{1,18}", digits, re.ASCII):
            raise BadCell("عدد صحیح نیست", "is no whole number")
        return int(digits)


@dataclass(frozen=True, slots=True)
class Day:
    """A date; on the way out Jalali, as people here read it."""

    fa: str = "تاریخ شمسی 1405/09/02 یا میلادی 2026-11-23"
    en: str = "a date: Jalali 1405/09/02, or 2026-11-23"

    def write(self, value: Any) -> str:
        day = date.fromisoformat(value)
        return jalali_date(day) if FIRST_YEAR + 622 <= day.year < LAST_YEAR + 621 else value

    def read(self, cell: str) -> str:
        text = _seen(cell)
        try:
            return parse_jalali(text).isoformat()
        except ValueError:
            pass
        try:
            return date.fromisoformat(text.replace("/", "-")).isoformat()
        except ValueError:
            raise BadCell("تاریخ نیست؛ مانند 1405/09/02", "is no date such as 1405/09/02 or 2026-11-23") from None


_UNITS: Final = {"WORKING_DAYS": "روز کاری", "WORKING_HOURS": "ساعت کاری", "CALENDAR_DAYS": "روز تقویمی"}
_UNIT_KEYS: Final = {search_key(said): unit for unit, fa in _UNITS.items() for said in (fa, unit.replace("_", " "))}


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in working time."""

    fa: str = "مدت: 15 روز کاری، 4 ساعت کاری یا 30 روز تقویمی"
    en: str = "a duration: 15 WORKING_DAYS, 4 WORKING_HOURS or 30 CALENDAR_DAYS, the unit in Persian or so"

    def write(self, value: Any) -> str:
        return f"{value['value']} {_UNITS[value['unit']]}"

    def read(self, cell: str) -> dict[str, Any]:
        count, _, unit = _seen(cell).partition(" ")
        known = _UNIT_KEYS.get(search_key(unit.upper().replace("_", " ")))
        if known is None or not re.fullmatch("[0-9]{1,6}", count, re.ASCII):
            raise BadCell("مدت نیست؛ مانند 15 روز کاری", "is no duration such as 15 WORKING_DAYS")
        return {"value": int(count), "unit": known}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a record. An optional one may be left empty."""

    name: str
    fa: str
    form: Form = field(default_factory=Plain)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Several parts between bars; optional ones at the end may be left off."""

    parts: tuple[Part, ...]

    @property
    def fa(self) -> str:
        return " | ".join(part.fa + (" (اختیاری)" if part.optional else "") for part in self.parts)

    @property
    def en(self) -> str:
        return " | ".join(part.name + ("?" if part.optional else "") for part in self.parts)

    def write(self, value: Mapping[str, Any]) -> str:
        cells = [
            "" if value.get(part.name) is None else part.form.write(value[part.name]).replace("|", "\\|")
            for part in self.parts
        ]
        while cells and not cells[-1] and self.parts[len(cells) - 1].optional:
            cells.pop()
        return " | ".join(cells).replace("\n", "\\n")

    def read(self, cell: str) -> dict[str, Any]:
        cells = [part.strip(_EDGE) for part in split(cell, "|")]
        if len(cells) > len(self.parts):
            raise BadCell(
                f"{len(cells)} بخش دارد؛ باید باشد: {self.fa}", f"has {len(cells)} parts; there should be: {self.en}"
            )
        found: dict[str, Any] = {}
        reasons: list[BadCell] = []
        for part, text in zip(self.parts, [*cells, *([""] * len(self.parts))], strict=False):
            try:
                if not looks_empty(text):
                    found[part.name] = part.form.read(text)
                elif not part.optional:
                    raise BadCell(f"«{part.fa}» گفته نشده است", f"{part.name} is not given")
            except BadCell as bad:
                reasons.append(BadCell(bad.fa, bad.en, f".{part.name}{bad.part}"))
        if reasons:
            raise BadCells(reasons)
        return found


@dataclass(frozen=True, slots=True)
class Lines:
    """A list, each item on a line of its own."""

    item: Form

    @property
    def fa(self) -> str:
        return f"هر خط: {self.item.fa}"

    @property
    def en(self) -> str:
        return f"on each line: {self.item.en}"

    def write(self, value: Iterable[Any]) -> str:
        return "\n".join(self.item.write(item).replace("\n", "\\n") for item in value)

    def read(self, cell: str) -> list[Any]:
        found: list[Any] = []
        reasons: list[BadCell] = []
        lines = (line.strip(_EDGE) for line in cell.split("\n"))
        for number, line in enumerate(line for line in lines if not looks_empty(line)):
            try:
                found.append(self.item.read(line))
            except BadCell as bad:
                reasons.append(BadCell(bad.fa, bad.en, f".{number}{bad.part}"))
            except BadCells as bad:
                reasons += [BadCell(one.fa, one.en, f".{number}{one.part}") for one in bad.reasons]
        if reasons:
            raise BadCells(reasons)
        return found


@dataclass(frozen=True, slots=True)
class Commas:
    """A short list within one part."""

    fa: str = "با ویرگول از هم جدا"
    en: str = "separated by commas"

    def write(self, value: Iterable[str]) -> str:
        return ", ".join(re.sub("[,،]", r"\\\g<0>", escaped(item)) for item in value)

    def read(self, cell: str) -> list[str]:
        return [plain(text) for text in (part.strip(_EDGE) for part in split(cell, ",،")) if not looks_empty(text)]


_UNSEEN: Final = {at: "" for at in range(0x10000) if category(chr(at)) in ("Cf", "Mn")} | {0x200C: " "}
"""Marks that `search_key` passes over, as far as an escape can name them: they come along when a cell is copied from a
page or a letter."""
_VISIBLE: Final = re.compile("[^\\s" + "".join(map(chr, _UNSEEN)) + "]")


def looks_empty(cell: str) -> bool:
    """Whether nothing can be seen in a cell, or in a part of one: it says nothing then."""
    return _VISIBLE.search(cell) is None


def _seen(cell: str) -> str:
    """What can be seen of a number, a word, a date or a duration: plain digits, one space for any, none at the ends."""
    return " ".join(fold_digits(cell).translate(_UNSEEN).split())


_EDGE: Final = " \t\r\n"
_SPOILT = re.compile(
    r"\\|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]|^[ \t\n]+|[ \t\n]+$|x(?=[0-9A-Fa-f]{4}_)|\t"
)
"""What a cell would lose or change; the `x` is that of `_x000D_`, which is an escape within XLSX itself."""
_WRITTEN = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", " ": "\\s"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[\\nrts|,،])")
_READ = {"n": "\n", "r": "\r", "t": "\t", "s": " "}


def escaped(text: str) -> str:
    """A text as it stands in a cell; a line's end within it stays one."""
    if not text:
        return "\\e"
    if looks_empty(text):
        return "".join(f"\\u{ord(c):04x}" for c in text)
    return _SPOILT.sub(lambda match: "".join(_WRITTEN.get(c) or f"\\u{ord(c):04x}" for c in match[0]), text)


def plain(cell: str) -> str:
    """The text that a cell says. A backslash that begins none of our escapes is one. Raises BadCell."""
    cell = cell.strip(_EDGE)
    if cell == "\\e":
        return ""
    return _ESCAPE.sub(_meant, cell)


def _meant(escape: re.Match[str]) -> str:
    said = escape[1]
    if said[0] != "u":
        return _READ.get(said, said)
    character = chr(int(said[1:], 16))
    if "\ud800" <= character <= "\udfff":
        raise BadCell("نیمهٔ یک نویسه است", "holds half a character")
    return character


def says_more_than(cell: str, most: int) -> bool:
    """Whether a cell is that long, an escape counted as the one character that it is."""
    return len(cell) > most and len(_ESCAPE.sub(" ", cell)) > most


def split(cell: str, at: str) -> list[str]:
    """The pieces between separators that no backslash stands before."""
    pieces, piece, at_rest = [], "", True
    for char in cell:
        if at_rest and char in at:
            pieces.append(piece)
            piece = ""
        else:
            piece += char
        at_rest = not (at_rest and char == "\\")
    return [*pieces, piece]
