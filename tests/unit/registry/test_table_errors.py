"""A bad row never stops the good ones, and all that is wrong with it is told at once, in two languages (domain 10)."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from openpyxl.styles import Alignment

from services.contracts.envelope import Malformed
from services.registry.catalogue.found import Found
from services.registry.catalogue.table import reading
from services.registry.catalogue.table.cells import Day, Form, Number, Span, Word, YesNo
from services.registry.catalogue.table.columns import COLUMNS
from services.registry.catalogue.table.reading import read_csv, read_xlsx
from services.registry.catalogue.table.rows import HEADINGS
from tests.unit.registry.rows import PLACE, row, said


def from_csv(*rows: list[str], headings: tuple[str, ...] = HEADINGS) -> list[Found]:
    out = io.StringIO()
    csv.writer(out).writerows([list(headings), *rows])
    return list(read_csv(io.BytesIO(out.getvalue().encode())))


def test_all_that_is_wrong_with_a_row_is_told_at_once_and_its_neighbours_are_read() -> None:
    bad = row(
        1,
        name="",
        declaredVisits="سه",
        audience="شهروند",
        requirements="identity-card | کارت ملی | شاید | بله\nbirth-certificate | شناسنامه",
        costs="۲٬۵۰۰٬۰۰۰ | حسابداری\nرایگان | باجه",
        processingTime__maximum="دو هفته",
        legalResources="",
        contact__phone="0912 123 4567",
    )
    found = from_csv(row(0), bad, row(2))
    assert [(one.row, bool(one.errors)) for one in found] == [(2, False), (3, True), (4, False)]
    assert said(found[1]) == [
        ("name", "is not given"),
        ("audience", "is none of CITIZEN, BUSINESS, BOTH"),
        ("requirements.0.originalNeeded", "is neither yes nor no"),
        ("requirements.1.originalNeeded", "originalNeeded is not given"),
        ("requirements.1.mandatory", "mandatory is not given"),
        ("processingTime.maximum", "is no duration such as 15 WORKING_DAYS"),
        ("costs.1.amount", "is no whole number"),
        ("declaredVisits", "is no whole number"),
        ("contact.phone", "the phone is somebody's mobile; give the office's"),
        ("legalResources", "names no law"),
    ]


def test_a_row_must_make_a_sheet_that_is_complete_in_itself() -> None:
    flawed = row(
        processingTime__average="20 روز کاری",
        processingTime__maximum="15 روز کاری",
        processingTime__legal="10 روز کاری",
        stages="",
        declaredVisits="20000",
        description="\\e",
        orgId="اداره",
    )
    assert said(from_csv(flawed)[0]) == [
        ("orgId", "is no id: Latin letters, digits, dots, hyphens, underscores; at most 100"),
        ("declaredVisits", "must be at most 10000"),
        ("stages", "needs at least 1"),
        ("description", "description is blank"),
        ("processingTime.maximum", "the maximum duration is longer than the legal one"),
        ("processingTime.average", "the average duration is longer than the maximum"),
    ]


def test_channels_are_looked_at_one_by_one() -> None:
    offerings = "\n".join(
        [
            "a-web | WEB | FULL | FULL | FULL | FULL | 1405/01/01",
            "a-web | FAX | FULL | FULL | FULL | MUCH | 1405/13/01",
            "a-post | POST | FULL | NONE | NONE | NONE | 1405/05/01 | 1405/01/01",
            "a-web | MOBILE | FULL | FULL | FULL | FULL | 2026-03-21",
        ]
    )
    assert said(from_csv(row(offerings=offerings))[0]) == [
        ("offerings.1.channel", "is none of WEB, MOBILE, PHONE, KIOSK_URBAN, KIOSK_RURAL, AGENCY_DESK, POST"),
        ("offerings.1.delivery", "is none of NONE, PARTIAL, FULL"),
        ("offerings.1.validFrom", "is no date such as 1405/09/02 or 2026-11-23"),
    ]


def test_channels_that_have_a_time_of_their_own_are_looked_at_line_by_line() -> None:
    unread = "WEB | 2 روز کاری\nFAX | ۱ روز کاری | ۲ روز کاری\nPOST | دو هفته | 4 روز کاری | 9 روز کاری"
    flawed = "WEB | 5 روز کاری | 2 روز کاری\nPOST | 1 روز کاری | 99 روز کاری\nWEB | ۱ روز کاری | ۲ روز کاری"
    bad, wrong, good = from_csv(
        row(0, processingTime__byChannel=unread),
        row(1, processingTime__byChannel=flawed),
        row(2, processingTime__byChannel="web | ۱ روز كاري | 4 working hours"),
    )
    assert said(bad) == [
        ("processingTime.byChannel.0.maximum", "maximum is not given"),
        (
            "processingTime.byChannel.1.channel",
            "is none of WEB, MOBILE, PHONE, KIOSK_URBAN, KIOSK_RURAL, AGENCY_DESK, POST",
        ),
        ("processingTime.byChannel.2", "has 4 parts; there should be: channel | average | maximum"),
    ]
    assert [field for field, _ in said(wrong)] == [
        "processingTime.byChannel.0.average",
        "processingTime.byChannel.1.maximum",
        "processingTime.byChannel",
    ]
    assert said(good) == []
    assert good.fields["processingTime"]["byChannel"] == [
        {
            "channel": "WEB",
            "average": {"value": 1, "unit": "WORKING_DAYS"},
            "maximum": {"value": 4, "unit": "WORKING_HOURS"},
        }
    ]


@pytest.mark.parametrize("key", ["processingTime.byChannel", "informationOnly"])
def test_a_table_from_before_there_was_a_column_is_read(key: str) -> None:
    """Evidence is not asked of a service of which it is not known whether anything is filed."""
    headings = list(HEADINGS)
    cells = row(requirements="") if key == "informationOnly" else row()
    del headings[PLACE[key]], cells[PLACE[key]]
    (found,) = from_csv(cells, headings=tuple(headings))
    assert (said(found), found.unsaid) == ([], (key,))


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u200f", "\u200c \ufeff", "\u2061\u180e\ufe0f"])
def test_a_row_in_which_nothing_can_be_seen_is_empty(blank: str) -> None:
    """Nor does such a cell say anything: not in a row, not beyond the headings, not on a line of a list."""
    empty = [blank, *[""] * (len(COLUMNS) - 1)]
    lines = f"{blank}\n{row(0)[PLACE['stages']]}\n{blank}"
    first, third = from_csv([*row(0, stages=lines), blank], empty, row(1, name=blank))
    assert (first.row, said(first)) == (2, [])
    assert first.fields["stages"] == from_csv(row(0))[0].fields["stages"]
    assert (third.row, said(third)) == (4, [("name", "is not given")])


@pytest.mark.parametrize(
    ("form", "cell", "value"),
    [
        (Number(), "\u200f۲٬۵۰۰٬۰۰۰\u200e", 2_500_000),
        (Number(), "\u00a0۲\u00a0", 2),
        (Word(("WEB", "AGENCY_DESK")), "\u200eWEB\u200f", "WEB"),
        (Word(("WEB", "AGENCY_DESK")), "agency\u00a0desk", "AGENCY_DESK"),
        (Word(("WEB", "AGENCY_DESK")), "W\u2061E\u180eB\ufe0f", "WEB"),
        (YesNo(), "\u200fبله\u00a0", True),
        (Span(), "\u200f15 روز کاری", {"value": 15, "unit": "WORKING_DAYS"}),
        (Span(), "15\u00a0روز\u200cکاری", {"value": 15, "unit": "WORKING_DAYS"}),
        (Day(), "\u200f۱۴۰۵/۰۹/۰۲\u00a0", "2026-11-23"),
        (Day(), "\u200f2026-11-23\u200e", "2026-11-23"),
    ],
)
def test_what_cannot_be_seen_means_nothing_in_a_number_a_word_a_duration_and_a_date(
    form: Form, cell: str, value: object
) -> None:
    """Marks of direction and spaces that do not break come along when a cell is copied from a page."""
    assert form.read(cell) == value


def test_numbers_and_dates_are_read_in_any_script_and_calendar() -> None:
    offering = "x-desk | AGENCY_DESK | FULL | FULL | FULL | FULL | ۱۴۰۵-۹-۲ | 2027/03/20"
    found = from_csv(
        row(
            declaredVisits="۲",
            objection__days="٢٠",
            costs="۱٬۵۰۰٬۰۰۰ | باجه",
            offerings=offering,
            processingTime__maximum="۵ روز كاري",
            processingTime__legal="30 working days",
            onSpot="YES",
        ),
    )[0]
    assert said(found) == []
    assert found.fields["declaredVisits"] == 2
    assert found.fields["objection"]["days"] == 20
    assert found.fields["costs"] == [{"amount": 1_500_000, "payAt": "باجه"}]
    assert found.fields["processingTime"]["maximum"] == {"value": 5, "unit": "WORKING_DAYS"}
    assert found.fields["onSpot"] is True
    assert (found.offerings[0].valid_from, found.offerings[0].valid_to) == (date(2026, 11, 23), date(2027, 3, 20))


@pytest.mark.parametrize(
    ("headings", "told"),
    [
        (("id", "name", "قیمت"), "unknown heading: قیمت"),
        ((*HEADINGS, "id"), "heading that stands twice: id"),
        (HEADINGS[1:], "heading that is missing: شناسهٔ خدمت (id)"),
        (("", ""), "heading that is missing: شناسهٔ خدمت (id)، شناسهٔ دستگاه (orgId)"),
    ],
)
def test_headings_that_are_not_ours_are_refused_before_any_row(headings: tuple[str, ...], told: str) -> None:
    """A column that is passed over would be lost without a word."""
    with pytest.raises(Malformed, match="BAD_HEADINGS") as refused:
        from_csv(row(), headings=headings)
    assert told in refused.value.detail


def test_columns_that_only_tell_need_not_be_there() -> None:
    kept = tuple(heading for heading, column in zip(HEADINGS, COLUMNS, strict=True) if not column.kept)
    cells = [cell for cell, column in zip(row(), COLUMNS, strict=True) if not column.kept]
    assert said(from_csv(cells, headings=kept)[0]) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "BAD_HEADINGS"),
        ("شناسهٔ خدمت".encode("utf-16"), "NOT_UTF8"),
        ("شناسه".encode("cp1256", errors="replace"), "NOT_UTF8"),
        (b"id\0,name", "NOT_UTF8"),
    ],
)
def test_what_is_no_csv_in_utf_8_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Malformed, match=code):
        list(read_csv(io.BytesIO(content)))


def test_a_table_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    assert len(from_csv(row(0), row(1))) == 2
    with pytest.raises(Malformed, match="TOO_MANY_ROWS"):
        from_csv(row(0), row(1), row(2))


def test_half_a_character_is_told_in_its_cell_and_the_other_rows_are_read() -> None:
    """No file of ours could hold it: the reader would die of it, and of all rows."""
    bad, good = from_csv(row(0, description="\\ud83d نیمه"), row(1))
    assert said(bad) == [("description", "holds half a character")]
    assert said(good) == []


def test_lines_may_end_as_any_machine_ends_them() -> None:
    for end in ("\r\n", "\n", "\r"):
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([HEADINGS, row(0), row(1)])
        found = list(read_csv(io.BytesIO(out.getvalue().encode())))
        assert [(one.row, said(one)) for one in found] == [(2, []), (3, [])]


def test_what_stands_beyond_the_headings_is_told_since_it_would_be_lost() -> None:
    shifted, padded = from_csv([*row(0), "", "بیرون"], [*row(1), "", ""])
    assert said(shifted) == [("", "something stands beyond the headings")]
    assert said(padded) == []


def test_a_row_that_ends_early_lacks_what_it_does_not_say() -> None:
    place = PLACE["objection.days"]
    short = from_csv(row(0)[:place])[0]
    assert said(short)[0] == ("objection.days", "is not given")


def a_workbook(*far_out: tuple[int, int, str]) -> io.BytesIO:
    """The headings and two rows, with what stands in these rows and columns."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for cells in (list(HEADINGS), row(0), row(1)):
        book.worksheets[0].append(cells)
    for number, column, value in far_out:
        book.worksheets[0].cell(number, column).value = value
        book.worksheets[0].cell(number, column).alignment = Alignment(horizontal="right")
    book.save(out)
    return out


@pytest.mark.parametrize("column", [101, 16_384])
def test_however_far_beyond_the_headings_of_a_workbook_it_stands_it_is_told(column: int) -> None:
    shifted, good = read_xlsx(a_workbook((2, column, "500000")))
    assert said(shifted) == [("", "something stands beyond the headings")]
    assert said(good) == []
    with pytest.raises(Malformed, match=r"BAD_HEADINGS.*past column 100"):
        list(read_xlsx(a_workbook((1, column, "هزینهٔ تازه"))))


def test_cells_in_which_nothing_can_be_seen_say_nothing_however_far_out_they_stand() -> None:
    found = read_xlsx(a_workbook((1, 16_384, " "), (2, 16_384, ""), (3, 200, "\u200c")))
    assert [said(each) for each in found] == [[], []]
