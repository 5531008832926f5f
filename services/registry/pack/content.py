"""The content of a pack: every figure and table of one agency and month, and the hash of it (domain 11)."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from services.contracts.service_sheet import DurationUnit, Sheet
from services.contracts.visit import VisitEnd, VisitMoved
from services.contracts.wire import instant_text
from services.registry.domain.inspections import Inspection
from services.registry.domain.maturity import computed
from services.registry.domain.month import span
from services.registry.domain.remediation import RemediationReport
from services.registry.pack.case_figures import Counts, Service, in_unit
from services.registry.pack.duties import Deficiencies, inspected, remedied
from services.registry.pack.entries import Standing
from services.registry.pack.figures import FIGURES, SECTIONS, TABLES, WORK_SECTIONS, WORK_TABLES, Figure, Row, figure
from services.registry.pack.work import WorkCounts
from services.worktime import jalali_text

SCHEMA = 6
"""Of the content: another list of figures, or another way to count one, is another schema."""
STILL_OPEN = "OPEN"

Content = dict[str, Any]


@dataclass(frozen=True)
class Month:
    """All that was counted of an agency and month."""

    org_id: str
    month: str
    standing: Standing
    cases: Counts
    work: WorkCounts
    units: Mapping[str, str]
    """The names of the units that have worked, by id."""
    deficiencies: Deficiencies
    inspections: tuple[Inspection, ...]
    report: RemediationReport | None
    visits: "Visits"
    demands: int


class Visits:
    """Visits to the agency's desks, by how they ended; one that was open when a month ended is in the next as well."""

    def __init__(self, begins: datetime, ends: datetime) -> None:
        self._begins, self._ends = begins, ends
        self._ended: Counter[str] = Counter()
        self._guidance = 0

    def add(self, visits: Iterable[VisitMoved]) -> None:
        for visit in visits:
            if visit.ended_at is not None and visit.ended_at < self._begins:
                continue
            over = visit.ended_at is not None and visit.ended_at < self._ends
            self._ended[visit.reason if over and visit.reason else STILL_OPEN] += 1
            self._guidance += over and visit.guidance_only

    def figures(self) -> dict[str, Figure]:
        return {"visits.tickets": figure(self._ended.total()), "visits.guidance": figure(self._guidance)}

    def table(self) -> list[Row]:
        return [{"id": end, "visits": self._ended[end]} for end in (*(each.value for each in VisitEnd), STILL_OPEN)]


def content_of(month: Month) -> Content:
    """With nothing in it that depends on when it was counted."""
    begins, ends = span(month.month)
    agency = month.standing.agency
    figures = {
        **month.standing.figures(),
        **inspected(month.inspections, agency.desk_id if agency else None, begins, ends),
        **month.deficiencies.figures(),
        **remedied(month.report),
        **month.cases.figures(),
        **month.work.figures(),
        **month.visits.figures(),
        "demands.reported": figure(month.demands),
    }
    cases = month.cases.tables()
    officers = {id: month.standing.name_of(id) for id in month.work.officers}
    tables = {
        **month.standing.tables(),
        **cases,
        "officers": [{"id": row["id"], "name": month.standing.name_of(row["id"]), **row} for row in cases["officers"]],
        "services": _services(month.standing, month.cases.services),
        "visits": month.visits.table(),
        **month.work.tables(month.units, officers),
    }
    return {
        "schema": SCHEMA,
        "orgId": month.org_id,
        "orgName": agency.name if agency else None,
        "month": month.month,
        "from": instant_text(begins),
        "fromLocal": jalali_text(begins),
        "until": instant_text(ends),
        "untilLocal": jalali_text(ends),
        "figures": {code: figures[code] for code in FIGURES},
        "tables": {name: tables[name] for name in TABLES},
    }


def of_work(content: Content) -> Content:
    """What of a pack is the report of the work inside."""
    codes = [code for section in WORK_SECTIONS for code in SECTIONS[section][1]]
    figures, tables = content["figures"], content["tables"]
    return {
        **content,
        "figures": {code: figures[code] for code in codes if code in figures},
        "tables": {name: tables[name] for name in WORK_TABLES if name in tables},
    }


def canonical(content: Mapping[str, Any]) -> bytes:
    """As JSON with sorted keys, in UTF-8, without spaces (RFC 8785)."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def hash_of(content: Mapping[str, Any]) -> str:
    return sha256(canonical(content)).hexdigest()


def _services(standing: Standing, counted: Mapping[str, Service]) -> list[Row]:
    """Every service in force; and those that had results though they are not any more, or are of an agency above."""
    sheets = {sheet.id: sheet for sheet in standing.sheets}
    return [
        _service(id, sheets.get(id) or standing.registry.sheet(id), counted.get(id, Service()), standing)
        for id in sorted({*sheets, *counted})
    ]


def _service(id: str, sheet: Sheet | None, counted: Service, standing: Standing) -> Row:
    """The sheet of the month's end; without one, the unit in which its cases were promised."""
    times = sheet.processing_time if sheet else None
    unit = times.maximum.unit if times else next(iter(sorted(counted.worked)), None)
    return {
        "id": id,
        "name": sheet.name if sheet else None,
        "results": counted.results,
        "unit": DurationUnit(unit).value if unit else None,
        **in_unit(counted, unit),
        "average": times.average.value if times and times.average.unit is unit else None,
        "maximum": times.maximum.value if times else None,
        "overMaximum": counted.over,
        "computed": computed(sheet, standing.offerings(sheet), standing.day).value if sheet else None,
        "attested": standing.attested(sheet) if sheet else None,
    }
