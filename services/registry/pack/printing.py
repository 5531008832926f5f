"""A revision of a pack in every form: JSON, CSV, XLSX, and a page to print; for its agency, and for everybody. The
report of the work inside is a part of it, printed by itself as well.

Each is made once, when the month is frozen, and kept as it was made.
"""

import base64
import csv
import io
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from services.contracts.wire import instant_text
from services.registry.catalogue.table.guard import guarded
from services.registry.domain.packs import Form, PackRevision, Printed, Report
from services.registry.pack.content import Content, hash_of, of_work
from services.registry.pack.figures import SECTIONS, TABLES, Told
from services.registry.pack.page import page
from services.registry.pack.public import for_everybody
from services.registry.pack.words import WHY, in_words, row_name, unit_of
from services.registry.pack.workbook import workbook
from services.worktime import jalali_text

HEADINGS = ("code", "row", "column", "عنوان", "ردیف", "مقدار", "از", "یکا", "یادداشت")
NO_ROW: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which revision it is. `sha256` is that of the content in whole, `by` the officer who asked."""

    number: int
    sha256: str
    at: datetime
    by: str | None


def printed(content: Content, stamp: Stamp, before: Sequence[Content] = ()) -> tuple[Printed, ...]:
    """Every form of each report, twice. `before`: what former revisions told everybody.

    What is not for everybody is left out of the whole, so that no report gives away what the other hides.
    """
    shown = for_everybody(content, before)
    whole, public = replace(stamp, sha256=hash_of(content)), replace(stamp, sha256=hash_of(shown), by=None)
    return (
        *_forms(content, whole, Report.PACK, public=False),
        *_forms(shown, public, Report.PACK, public=True),
        *_forms(of_work(content), whole, Report.WORK, public=False),
        *_forms(of_work(shown), public, Report.WORK, public=True),
    )


def _forms(content: Content, stamp: Stamp, report: Report, *, public: bool) -> tuple[Printed, ...]:
    about = _about(content, stamp, report, public=public)
    others = {
        Form.CSV: as_csv(content, about),
        Form.XLSX: workbook(_rows(content, about), HEADINGS, stamp.at),
        Form.HTML: page(content, about).encode(),
    }
    hashes = {form.value: sha256(made).hexdigest() for form, made in others.items()}
    whole = {**about, "formats": hashes, "content": content}
    made = {Form.JSON: json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(), **others}
    return tuple(
        Printed(form=form, report=report, public=public, sha256=sha256(text).hexdigest(), content=packed(text))
        for form, text in made.items()
    )


def packed(text: bytes) -> str:
    """As it is kept: a revision of an agency with thousands of services still fits into one document."""
    return base64.b64encode(zlib.compress(text, 9)).decode()


def told_everybody(revision: PackRevision) -> Content:
    """The content that a revision shows to everybody."""
    made = revision.printed(Form.JSON, public=True)
    assert made is not None, "every revision tells the pack"
    content: Content = json.loads(unpacked(made.content))["content"]
    return content


def unpacked(content: str) -> bytes:
    return zlib.decompress(base64.b64decode(content))


def as_csv(content: Content, about: Mapping[str, Any]) -> bytes:
    """UTF-8 with a mark at the beginning, without which spreadsheets show Persian as rubbish.

    Numbers are numbers, all else is text: what begins with `=` is never a formula.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    text.write("\ufeff")
    rows.writerow(HEADINGS)
    for row in _rows(content, about):
        rows.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode()


def _about(content: Content, stamp: Stamp, report: Report, *, public: bool) -> dict[str, Any]:
    """The hash is that of the content; beside that of a part stands that of the whole pack."""
    part = {} if report is Report.PACK else {"report": report.value, "packSha256": stamp.sha256}
    return {
        **part,
        "orgId": content["orgId"],
        "month": content["month"],
        "revision": stamp.number,
        "supersedes": stamp.number - 1 or None,
        "frozenAt": instant_text(stamp.at),
        "frozenLocal": jalali_text(stamp.at),
        **({} if public else {"frozenBy": stamp.by}),
        "public": public,
        "sha256": stamp.sha256 if report is Report.PACK else hash_of(content),
    }


def _rows(content: Content, about: Mapping[str, Any]) -> Iterator[Sequence[str | int | float]]:
    """One value a row: what it is about, then every figure, then every cell of every table."""
    for name, value in about.items():
        yield (
            "pack",
            "",
            name,
            "",
            "",
            json.dumps(value) if value is None or value is True or value is False else value,
            "",
            "",
            "",
        )
    for _, figures in SECTIONS.values():
        for code, told in figures.items():
            if code in content["figures"]:
                figure = content["figures"][code]
                yield (code, "", "", told.label, "", *_value(figure["value"], told), *_beside(figure, told))
    for name, table in TABLES.items():
        for row in content["tables"].get(name, ()):
            for column, told in table.columns.items():
                if column in row:
                    cell = {"value": row[column], "why": row.get("why") if row[column] is None else None}
                    title = f"{table.label}: {told.label}"
                    value = _value(cell["value"], told, column)
                    yield (name, row["id"], column, title, row_name(name, row["id"]), *value, *_beside(cell, told, row))


def _value(value: Any, told: Told, column: str = "") -> tuple[str | int | float]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (value,)
    return (in_words(value, told.measure, column),)


def _beside(figure: Mapping[str, Any], told: Told, row: Mapping[str, Any] = NO_ROW) -> tuple[str | int, str, str]:
    why = figure.get("why")
    return figure.get("of", ""), unit_of(told.measure, row), WHY[why] if why else ""
