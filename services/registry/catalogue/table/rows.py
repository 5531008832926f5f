"""A sheet as a row of texts, and a row of texts as a sheet: the same for XLSX and CSV."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any, Final

from pydantic import ValidationError

from services.contracts.entry import Status
from services.contracts.envelope import Malformed
from services.contracts.flaws import flaws
from services.contracts.persian import search_key
from services.contracts.service_sheet import Offering, Sheet
from services.registry.catalogue.found import Found
from services.registry.catalogue.listed import Service
from services.registry.catalogue.remarks import Remark, from_flaws, from_validation, missing
from services.registry.catalogue.table.cells import BadCell, BadCells, Lines, looks_empty
from services.registry.catalogue.table.columns import BY_KEY, COLUMNS, Column

HEADINGS: Final = tuple(column.heading for column in COLUMNS)


def row_of(service: Service) -> list[str]:
    """The cells of a service, in the order of COLUMNS; an empty one where nothing is said."""
    sheet = service.sheet.to_wire()
    sheet["offerings"] = [_offering_cells(offering, sheet["orgId"]) for offering in service.offerings]
    return [_written(column, sheet) for column in COLUMNS]


def _written(column: Column, sheet: Mapping[str, Any]) -> str:
    value = column.of(sheet)
    return "" if value is None else column.form.write(value)


def _offering_cells(offering: Offering, org_id: str) -> dict[str, Any]:
    """What goes without saying is left off: the sheet's own agency, being in force, being open everywhere."""
    said = offering.to_wire()
    unsaid = {"orgId": org_id, "status": Status.ACTIVE, "counties": [], "version": 0}
    return {name: value for name, value in said.items() if name not in unsaid or value != unsaid[name]}


_KNOWN: Final = {search_key(said): column for column in COLUMNS for said in (column.heading, column.fa, column.key)}


def known_among(headings: Sequence[str]) -> int:
    return sum(search_key(heading) in _KNOWN for heading in headings)


def ids_at(headings: Sequence[str]) -> list[int]:
    """The places of the columns that bear an id in every row."""
    found = [_KNOWN.get(search_key(heading)) for heading in headings]
    return [place for place, column in enumerate(found) if column is not None and column.key in ("id", "orgId")]


def columns_of(headings: Sequence[str]) -> list[Column | None]:
    """Which column stands where; None under an empty heading. A heading is ours, its Persian half, or the key alone.

    Raises Malformed BAD_HEADINGS: with all that are unknown, that stand twice and that are missing.
    """
    found = [_KNOWN.get(search_key(heading)) for heading in headings]
    unknown = [heading for heading, column in zip(headings, found, strict=True) if column is None and _says(heading)]
    there = [column.key for column in found if column is not None]
    twice = sorted({key for key in there if there.count(key) > 1})
    lacking = [column.heading for column in COLUMNS if not column.optional and column.key not in there]
    problems = [
        f"{fa} — {en}: {'، '.join(names)[:1000]}"
        for fa, en, names in (
            ("سرستون ناشناخته", "unknown heading", unknown),
            ("سرستون تکراری", "heading that stands twice", twice),
            ("سرستون جاافتاده", "heading that is missing", lacking),
        )
        if names
    ]
    if problems:
        raise Malformed("BAD_HEADINGS", "; ".join(problems))
    return found


def read_rows(
    columns: Sequence[Column | None], rows: Iterable[tuple[int, Sequence[str | BadCell] | BadCell]]
) -> Iterator[Found]:
    """A service for each row in which something can be seen; rows are numbered as the spreadsheet numbers them."""
    there = {column.key for column in columns if column is not None}
    unsaid = tuple(column.key for column in COLUMNS if not column.kept and column.key not in there)
    for number, cells in rows:
        if isinstance(cells, BadCell):
            yield Found(f"row {number}", None, errors=(Remark("", cells.fa, cells.en),), row=number)
            continue
        if any(map(_says, cells)):
            yield replace(_read(number, columns, cells), unsaid=unsaid)


def _read(number: int, columns: Sequence[Column | None], cells: Sequence[str | BadCell]) -> Found:
    said: dict[str, Any] = {}
    errors: list[Remark] = []
    if any(map(_says, cells[len(columns) :])):
        errors.append(Remark("", "فراتر از سرستون‌ها چیزی هست", "something stands beyond the headings"))
    for column, cell in zip_longest(columns, cells[: len(columns)], fillvalue=""):
        assert not isinstance(column, str), "as many cells as columns at most"
        if column is None:
            if _says(cell):
                errors.append(Remark("", "زیر سرستون خالی چیزی هست", "something stands under an empty heading"))
            continue
        try:
            if isinstance(cell, BadCell):
                raise cell
            if _says(cell):
                column.put(said, column.form.read(cell))
            elif not column.optional and not isinstance(column.form, Lines):
                errors.append(missing(column.key))
            elif not column.kept:
                column.put(said, column.empty)
        except BadCell as bad:
            errors.append(Remark(column.key + bad.part, bad.fa, bad.en))
        except BadCells as bad:
            errors += [Remark(column.key + one.part, one.fa, one.en) for one in bad.reasons]
    offerings = said.pop("offerings", [])
    given = {key: said.pop(key) for key in [k for k in said if k in BY_KEY and BY_KEY[k].kept]}
    read, wrong = _offerings(offerings, said)
    errors += wrong
    errors += _flaws(said, {error.field for error in errors})
    id = said.get("id")
    return Found(
        where=f"row {number}",
        row=number,
        id=id if isinstance(id, str) else None,
        fields=said,
        given=given,
        offerings=tuple(read),
        errors=tuple(errors),
    )


def _says(cell: str | BadCell) -> bool:
    return isinstance(cell, BadCell) or not looks_empty(cell)


def _offerings(rows: Iterable[Mapping[str, Any]], said: Mapping[str, Any]) -> tuple[list[Offering], list[Remark]]:
    read: list[Offering] = []
    errors: list[Remark] = []
    for number, row in enumerate(rows):
        whose = {"serviceId": said.get("id", "unknown"), "orgId": said.get("orgId", "unknown")}
        try:
            offering = Offering.model_validate(whose | dict(row))
        except ValidationError as error:
            reasons = error.errors(include_url=False, include_input=False)
            errors += from_validation((one for one in reasons if one["loc"][0] in row), under=f"offerings.{number}")
            continue
        errors += [Remark(f"offerings.{number}", one.fa, one.en) for one in from_flaws(flaws(offering))]
        read.append(offering)
    for number, offering in enumerate(read):
        if offering.id in {other.id for other in read[:number]}:
            errors.append(Remark(f"offerings.{number}.id", "این کانال دو بار آمده است", "this offering stands twice"))
    return read, errors


_STAND_IN: Final[dict[str, Any]] = {
    "id": "x",
    "orgId": "x",
    "name": "-",
    "nameEn": "-",
    "description": "-",
    "audience": "BOTH",
    "sector": "-",
    "spatial": "-",
    "lifeEvents": [],
    "initiation": "OTHER",
    "informationOnly": True,
    "onSpot": False,
    "information": "-",
    "requirements": [],
    "legalResources": [{"title": "-", "article": "-"}],
    "processingTime": {key: {"value": 1, "unit": "WORKING_DAYS"} for key in ("average", "maximum", "legal")},
    "costs": [{"amount": 0, "payAt": "-"}],
    "output": {"type": "x", "name": "-", "collectable": False},
    "declaredVisits": 0,
    "stages": ["-"],
    "unitId": "x",
    "responsibleOfficerId": "x",
    "contact": {"name": "-", "phone": "-"},
    "presence": None,
    "kioskable": {"urban": "NO", "rural": "NO", "reason": "-"},
    "objection": {"days": 0, "body": "-", "how": "-"},
    "maturityDeclared": "NONE",
}
"""A sheet without a flaw: its values stand where a cell could not be read or was not there, so that the others are
looked at as well."""

_NOT_YET: Final = {"attestedBy": "x", "attestedAt": "2026-01-01T00:00:00Z", "attestationExpires": "2026-01-01"}
"""A row is no attestation; that is given later, by a named officer."""


def _flaws(said: Mapping[str, Any], wrong: set[str]) -> list[Remark]:
    """What is wrong with the sheet as far as its cells could be read: form first, then what it must say."""
    bad = {field.partition(".")[0] for field in wrong} | (_STAND_IN.keys() - said.keys())
    found: list[Remark] = []
    for _ in range(2):
        good = {name: value for name, value in said.items() if name not in bad}
        try:
            sheet = Sheet.model_validate({**_STAND_IN, **good, **_NOT_YET} | _mended(bad))
        except ValidationError as error:
            found += from_validation(error.errors(include_url=False, include_input=False))
            bad |= {remark.field.partition(".")[0] for remark in found}
            continue
        return found + [one for one in from_flaws(flaws(sheet)) if one.field.partition(".")[0] not in bad]
    return found


def flaws_of(content: Mapping[str, Any]) -> list[Remark]:
    """What is wrong with the draft that a row makes together with what is recorded: nobody else looks at the whole."""
    said = {name: value for name, value in content.items() if value is not None}
    return _flaws({"informationOnly": False, "onSpot": False, **said}, set())


def _mended(bad: set[str]) -> dict[str, Any]:
    # evidence that could not be read is not evidence that is missing
    return {"informationOnly": True} if "requirements" in bad else {}
