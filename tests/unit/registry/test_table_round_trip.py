"""Out as a table and in again: nothing is lost, in XLSX or CSV, whatever people wrote (domain 10)."""

import csv
import io
from collections.abc import Callable

import openpyxl
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from services.contracts.entry import PlannedStatus
from services.contracts.service_sheet import Offering, Sheet
from services.registry.catalogue.found import Found
from services.registry.catalogue.listed import Service
from services.registry.catalogue.table.cells import Commas, Lines, Part, Plain, Record, plain, split
from services.registry.catalogue.table.guard import guarded, unguarded
from services.registry.catalogue.table.reading import read_csv, read_xlsx
from services.registry.catalogue.table.rows import HEADINGS, columns_of, read_rows, row_of
from services.registry.catalogue.table.writing import CELL, CellTooLong, CsvRows, Workbook
from tests.support.catalogues import TEXTS, sample_catalogue, service_of, services

QUICK = settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate, Phase.shrink])


def as_csv(some: tuple[Service, ...]) -> list[Found]:
    return list(read_csv(io.BytesIO(CsvRows().add(some))))


def as_xlsx(some: tuple[Service, ...]) -> list[Found]:
    return list(read_xlsx(io.BytesIO(workbook(some))))


def workbook(some: tuple[Service, ...]) -> bytes:
    out = io.BytesIO()
    book = Workbook(out)
    book.add(some)
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("way", [as_csv, as_xlsx])
def test_the_sample_province_comes_back_as_it_went(way: Callable[[tuple[Service, ...]], list[Found]]) -> None:
    sample = sample_catalogue().services
    assert tuple(map(service_of, way(sample))) == sample


@QUICK
@given(services())
def test_any_service_comes_back_as_it_went(service: Service) -> None:
    """Also one with flaws: those are told beside it. Plans of offerings are the registry's to give."""
    found = as_csv((service,))
    assert [Sheet.model_validate({**one.fields, **one.given}) for one in found] == [service.sheet]
    assert found[0].offerings == tuple(map(as_told, service.offerings))


@settings(QUICK, max_examples=10)
@given(services())
def test_a_workbook_keeps_every_character_too(service: Service) -> None:
    found = as_xlsx((service,))
    assert [Sheet.model_validate({**one.fields, **one.given}) for one in found] == [service.sheet]


def test_why_something_is_planned_stands_in_no_file() -> None:
    """It is free text, and may tell of a person (I12)."""
    service = sample_catalogue().services[0]
    plans = (PlannedStatus.model_validate({"status": "SUSPENDED", "since": "2030-03-21", "reason": "بیماری"}),)
    text = CsvRows().add([Service(service.sheet.model_copy(update={"planned": plans}), service.offerings)]).decode()
    assert "1409/01/01" in text
    assert "بیماری" not in text


def as_told(offering: Offering) -> Offering:
    return offering.model_copy(update={"planned": ()})


@pytest.mark.parametrize(
    "blank", ["\xa0", "\u3000", " ", "\n", "\u200a\t", "\u200f", "\u200c ", "\u2061\ufe0f", "\U000e0100"]
)
def test_a_text_in_which_nothing_can_be_seen_is_no_empty_cell(blank: str) -> None:
    written = Plain().write(blank)
    assert written.strip()
    assert Plain().read(written) == blank


LISTS = Lines(
    Record((Part("a", "الف"), Part("b", "ب", Commas(), optional=True), Part("c", "پ", Plain(), optional=True)))
)


@settings(QUICK, max_examples=300)
@example([{"a": "\\|", "b": ["،", "a,b", ""], "c": "\n"}])
@given(
    st.lists(st.fixed_dictionaries({"a": TEXTS}, optional={"b": st.lists(TEXTS, min_size=1), "c": TEXTS}), max_size=3)
)
def test_lists_of_records_stand_in_one_cell(records: list[dict[str, object]]) -> None:
    cell = LISTS.write(records)
    assert LISTS.read(cell) == records if cell else not records
    assert len(cell.split("\n")) == max(1, len(records))


def test_people_need_not_know_the_escapes() -> None:
    """A backslash that begins none of ours is one, and spaces at the edges mean nothing."""
    assert plain(r"  C:\dir\  ") == "C:\\dir\\"
    assert split(r"a \| b | c", "|") == [r"a \| b ", " c"]


def test_what_begins_like_a_formula_is_text_in_both_forms() -> None:
    """A spreadsheet that opens our file must not run what somebody wrote into a sheet."""
    first = sample_catalogue().services[0]
    name = '=HYPERLINK("http://x.example","برنده شدید")'
    service = Service(first.sheet.model_copy(update={"name": name, "description": "'=1"}), first.offerings)
    text = CsvRows().add([service]).decode("utf-8-sig")
    assert "\"'=HYPERLINK(" in text
    assert ",''=1," in text
    cell = (
        openpyxl.load_workbook(io.BytesIO(workbook((service,))))
        .worksheets[0]
        .cell(2, HEADINGS.index("نام خدمت (name)") + 1)
    )
    assert (cell.data_type, cell.value) == ("s", name)
    for way in (as_csv, as_xlsx):
        assert [service_of(found) for found in way((service,))] == [service]


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("text", [";=1", '; "=1"', ";;\n@1", "الف\n=1\n-1", '"=1"', "\t+1", "\\;=1", "\\\n+1"])
def test_no_piece_of_a_cell_is_a_formula_for_a_spreadsheet_that_separates_otherwise(text: str, separator: str) -> None:
    """It sees no quotation mark behind a comma: our cell is cut at its semicolons, and our row at its lines."""
    first = sample_catalogue().services[0]
    costs = (first.sheet.costs[0].model_copy(update={"pay_at": f"باجه{text}"}),)
    sheet = first.sheet.model_copy(update={"name": f"مجوز{text}", "stages": ("ثبت", f"بررسی{text}"), "costs": costs})
    service = Service(sheet, first.offerings)
    written = CsvRows().add([service])
    rows = csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""), delimiter=separator)
    assert not [cell for cells in rows for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
    assert [service_of(found) for found in read_csv(io.BytesIO(written))] == [service]


@pytest.mark.parametrize("before", ["", "\t", "\r", "\n", "\t\r\n"])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "'"])
def test_no_cell_of_a_csv_file_begins_as_a_formula_does_also_behind_white_space(before: str, sign: str) -> None:
    written = guarded(f"{before}{sign}1+1")
    assert written == f"'{before}{sign}1+1"
    assert unguarded(written) == f"{before}{sign}1+1"


@settings(QUICK, max_examples=300)
@given(st.text("=+-@'\t\r\n a1") | TEXTS)
def test_whatever_is_guarded_comes_back_as_it_was(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_a_text_that_no_cell_holds_is_named_before_anything_is_cut_off() -> None:
    first = sample_catalogue().services[0]
    long = Service(first.sheet.model_copy(update={"description": "م" * (CELL + 1)}), first.offerings)
    with pytest.raises(CellTooLong, match=f"service {first.sheet.id}: description"):
        workbook((long,))
    assert [service_of(found) for found in as_csv((long,))] == [long]


def test_a_text_that_its_escapes_make_longer_than_a_cell_may_be_comes_back_from_csv() -> None:
    first = sample_catalogue().services[0]
    long = Service(first.sheet.model_copy(update={"description": ";=" * 15_000}), first.offerings)
    (found,) = as_csv((long,))
    assert (found.errors, service_of(found)) == ((), long)


def test_columns_may_stand_in_any_order_under_either_half_of_their_headings() -> None:
    service = sample_catalogue().services[0]
    cells = dict(zip(HEADINGS, row_of(service), strict=True))
    headings = [
        heading.partition(" (")[0] if number % 2 else heading.partition("(")[2][:-1]
        for number, heading in enumerate(reversed(HEADINGS))
    ]
    found = read_rows(columns_of(headings), [(2, [cells[heading] for heading in reversed(HEADINGS)])])
    assert [service_of(one) for one in found] == [service]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_csv_file_may_be_separated_as_spreadsheets_here_do_it(separator: str) -> None:
    out = io.StringIO()
    rows = csv.writer(out, delimiter=separator)
    rows.writerow(HEADINGS)
    rows.writerow(row_of(sample_catalogue().services[0]))
    found = read_csv(io.BytesIO(out.getvalue().encode()))
    assert [service_of(one) for one in found] == [sample_catalogue().services[0]]
