"""A pack in its forms: a table without formulas, a workbook of numbers and texts, a page in Persian (domain 11)."""

import csv
import io
import json
from datetime import timedelta
from typing import Any, get_args

import pytest
from openpyxl import load_workbook

from services.contracts.commitment import CommitmentKind
from services.contracts.coordination import ReferralOutcome
from services.contracts.intake import ChannelReason, NotOnSpotReason
from services.contracts.registry import Desk
from services.contracts.routing import JumpReason, OverrideReason, ReturnReason
from services.contracts.service_sheet import Channel, DurationUnit, Maturity
from services.contracts.visit import VisitEnd
from services.ops.chance import Chance
from services.registry.domain.packs import Form
from services.registry.pack.case_figures import NO_REASON, NOT_SAID
from services.registry.pack.content import STILL_OPEN, Content, hash_of
from services.registry.pack.figures import FIGURES, SECTIONS, TABLES, Measure, Why
from services.registry.pack.printing import Stamp, printed
from services.registry.pack.words import ROWS, UNITS, VALUES, WHY, row_to_read, to_read
from services.registry.pack.work import NOT_KNOWN
from services.registry.packing import counted
from services.worktime.jalali import TEHRAN
from tests.unit.registry.frozen import bytes_of, with_cases
from tests.unit.registry.governorate import AGENCY, at, province
from tests.unit.registry.ministry import Ministry
from tests.unit.registry.months import MONTH, a_life

FROZEN = at("1405/09/02 10:00")


@pytest.fixture
async def content() -> Content:
    office = await Ministry.of_the_province()
    rng = Chance(11)
    await with_cases(office, *(event for each in range(40) for event in a_life(rng, each)))
    found: Content = json.loads(json.dumps(await counted(office.readable, AGENCY, MONTH)))
    return found


def made(content: Content, form: Form, *, public: bool = False) -> bytes:
    stamp = Stamp(number=2, sha256=hash_of(content), at=FROZEN, by="wa-tax-desk-01")
    return next(bytes_of(p) for p in printed(content, stamp) if (p.form, p.public) == (form, public))


def table_of(text: bytes) -> list[list[str]]:
    assert text.startswith(b"\xef\xbb\xbf"), "without a mark spreadsheets show Persian as rubbish"
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))


ROWS_OF = {
    "maturity": {*Maturity},
    "channels": {*Channel},
    "reasons": {*ChannelReason, NO_REASON},
    "notOnSpot": {*NotOnSpotReason, NOT_SAID},
    "promises": {*CommitmentKind},
    "visits": {*VisitEnd, STILL_OPEN},
    "channelAnswers": {*Channel, NOT_KNOWN},
    "jumpReasons": {*JumpReason},
    "overrideReasons": {*OverrideReason},
    "returnReasons": {*ReturnReason},
    "referralOutcomes": {*ReferralOutcome},
}
"""By table: the closed list of which each word is a row."""


async def test_csv_and_workbook_hold_every_figure_and_every_cell(content: Content) -> None:
    rows = table_of(made(content, Form.CSV))
    assert {len(row) for row in rows} == {9}
    by_code = {row[0]: row for row in rows if not row[1]}
    for code in FIGURES:
        assert by_code[code][3] == FIGURES[code].label
    cells = {(row[0], row[1], row[2]): row[5] for row in rows if row[1]}
    for name, table in TABLES.items():
        for row in content["tables"][name]:
            for column in table.columns:
                assert (name, row["id"], column) in cells
    workbook = load_workbook(io.BytesIO(made(content, Form.XLSX)))
    assert workbook.properties.created == FROZEN.astimezone(TEHRAN).replace(tzinfo=None), "not the hour of printing"
    (sheet,) = workbook.worksheets
    assert sheet.sheet_view.rightToLeft
    book = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    plain = [[cell.removeprefix("'") for cell in row] for row in rows]
    assert book == plain
    numbers = [row[5] for row in sheet.iter_rows(values_only=True) if row[0] == "cases.filed"]
    assert [type(number) for number in numbers] == [int]


@pytest.mark.parametrize("before", ["", "\t", "\r", "\n", "\t\r"])
async def test_what_an_entry_is_called_becomes_no_formula(content: Content, before: str) -> None:
    """Nor one behind white space, which a spreadsheet may drop."""
    name = f'{before}=HYPERLINK("http://x")'
    content["tables"]["services"][0]["name"] = name
    rows = table_of(made(content, Form.CSV))
    assert f"'{name}" in {cell for row in rows for cell in row}
    assert not [cell for row in rows for cell in row if cell.lstrip().startswith("=")]
    (sheet,) = load_workbook(io.BytesIO(made(content, Form.XLSX))).worksheets
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


async def test_a_number_below_zero_is_the_same_number_in_every_form(content: Content) -> None:
    """A desk in the basement has one."""
    (desk,) = content["tables"]["desks"]
    desk["floor"] = -1
    content["figures"]["promises.earlyMedian"] = {"value": -0.5, "of": 9}
    rows = table_of(made(content, Form.CSV))
    told = {(row[0], row[2]): row[5] for row in rows}
    assert [told["desks", "floor"], told["promises.earlyMedian", ""]] == ["-1", "-0.5"]
    (sheet,) = load_workbook(io.BytesIO(made(content, Form.XLSX))).worksheets
    book = {(row[0], row[2]): row[5] for row in sheet.iter_rows(values_only=True)}
    assert [book["desks", "floor"], book["promises.earlyMedian", None]] == [-1, -0.5]
    read = json.loads(made(content, Form.JSON))["content"]
    assert (read["tables"]["desks"][0]["floor"], read["figures"]["promises.earlyMedian"]["value"]) == (-1, -0.5)
    page = made(content, Form.HTML).decode()
    assert all(f">{number}</bdi>" in page for number in ("-۱", "-۰٫۵"))


async def test_the_page_is_persian_from_right_to_left_and_loads_nothing(content: Content) -> None:
    content["tables"]["services"][0]["name"] = "<b>خدمت</b>"
    page = made(content, Form.HTML).decode()
    assert '<html lang="fa" dir="rtl">' in page
    assert "آبان ۱۴۰۵" in page
    assert "&lt;b&gt;خدمت&lt;/b&gt;" in page
    for outside in ("<script", "http://", "https://", "<link", "<img"):
        assert outside not in page
    for figure in ("cases.filed", "results.all"):
        assert f">{to_read(content['figures'][figure]['value'], Measure.PEOPLE)}</bdi>" in page
    for table in ("desks", "officers", "services"):
        for row in content["tables"][table]:
            assert f">{row['id']}</bdi>" in page, "an id is written as everywhere else"
    for title, _ in SECTIONS.values():
        assert f"<h2>{title}</h2>" in page


async def test_desks_and_officers_are_named_but_not_to_everybody(content: Content) -> None:
    (desk,) = content["tables"]["desks"]
    officers = content["tables"]["officers"]
    registry = province()
    assert desk["name"] == "میز خدمت امور مالیاتی"
    named = [(row["id"], row["name"]) for row in officers] + [(desk["headOfficerId"], desk["headOfficerName"])]
    known = {id: officer.name for id, _ in named if (officer := registry.officer(id)) is not None}
    assert known
    assert dict(named) == {id: known.get(id) for id, _ in named}, "who is not of the agency has no name in its pack"
    page, public = (made(content, Form.HTML, public=each).decode() for each in (False, True))
    assert all(name in page and name not in public for name in known.values())
    assert desk["name"] in public


async def test_the_bytes_depend_on_the_content_and_its_stamp_alone(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = Stamp(number=1, sha256=hash_of(content), at=FROZEN, by=None)
    first = printed(content, stamp)
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert printed(json.loads(json.dumps(content)), stamp) == first
    later = printed(content, Stamp(number=1, sha256=stamp.sha256, at=FROZEN + timedelta(days=1), by=None))
    assert all(a.sha256 != b.sha256 for a, b in zip(first, later, strict=True)), "each says when it was frozen"


def test_every_row_reason_and_unit_has_its_words() -> None:
    assert {*WHY} == {*Why}
    assert {*UNITS} == {*Measure}
    assert {*ROWS} < {*TABLES}
    assert {table: {*rows} for table, rows in ROWS.items()} == ROWS_OF
    assert {*VALUES["kind"]} == {*get_args(Desk.model_fields["kind"].annotation)}
    assert {*VALUES["unit"]} == {*DurationUnit}
    labels = [told.label for told in FIGURES.values()]
    assert len({*labels}) > len(labels) - 5, "only `its share` is said more than once"


def shown(value: Any, measure: Measure) -> str:
    return to_read(value, measure)


def test_values_are_read_as_people_read_them() -> None:
    assert shown(None, Measure.PEOPLE) == "—"
    assert shown(True, Measure.FLAG) == "بله"
    assert shown(93.5, Measure.PERCENT) == "۹۳٫۵٪"
    assert shown(100.0, Measure.PERCENT) == "۱۰۰٪"
    assert shown(2.5, Measure.DAYS) == "۲٫۵"
    assert shown(605, Measure.MINUTES) == "۱۰ ساعت و ۵ دقیقه"
    assert shown(120, Measure.MINUTES) == "۲ ساعت"
    assert shown(0, Measure.MINUTES) == "کمتر از یک دقیقه"
    assert shown("wa-tax-desk-01", Measure.TEXT) == "wa-tax-desk-01"
    assert [row_to_read(*row) for row in (("treatment", "5"), ("desks", "desk-5"), ("channels", "WEB"))] == [
        "۵",
        "desk-5",
        "درگاه اینترنتی",
    ]
    assert row_to_read("coverage", "1405-08") == "آبان ۱۴۰۵"
    assert shown("2026-11-23T06:30:00Z", Measure.MOMENT) == "۱۴۰۵/۰۹/۰۲ ۱۰:۰۰"


def test_a_page_has_places_to_sign_but_for_what_everybody_may_see(content: Content) -> None:
    assert "دریافت در استانداری: نام، تاریخ و امضا" in made(content, Form.HTML).decode()
    assert "امضا" not in made(content, Form.HTML, public=True).decode()


@pytest.mark.parametrize("form", [Form.CSV, Form.XLSX])
@pytest.mark.parametrize("unit", sorted(DurationUnit))
def test_the_times_of_a_service_are_called_what_they_are_measured_in(content: Content, form: Form, unit: str) -> None:
    """Of working hours nobody reads that they are days."""
    told = content["tables"]["services"][0]
    told |= {"unit": unit, "measured": 7, "median": 3.5, "p90": 5, "average": 4, "maximum": 6}
    text = made(content, form)
    rows = table_of(text) if form is Form.CSV else rows_of(text)
    units = {line[2]: line[7] or "" for line in rows if (line[0], line[1]) == ("services", told["id"])}
    assert {units[column] for column in ("median", "p90", "average", "maximum")} == {VALUES["unit"][unit]}
    assert units["measured"] == ""


def rows_of(book: bytes) -> list[list[Any]]:
    (sheet,) = load_workbook(io.BytesIO(book)).worksheets
    return [list(row) for row in sheet.iter_rows(values_only=True)]
