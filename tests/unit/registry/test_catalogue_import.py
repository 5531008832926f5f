"""What an import makes of the channels of a file: nobody loses one, and none is of an agency that is not there."""

import csv
import io
import tempfile
from collections.abc import Iterable
from time import perf_counter
from typing import Any

import pytest

from services.contracts.entry import Entry, Status
from services.contracts.service_sheet import Offering, Sheet
from services.registry.catalogue.formats import Format
from services.registry.catalogue.importing import AT_ONCE, Job, _Import
from services.registry.catalogue.listed import Service
from services.registry.catalogue.table.columns import COLUMNS
from services.registry.catalogue.table.rows import HEADINGS, row_of
from services.registry.domain.draft import SheetDraft
from services.registry.domain.importing import StartImport
from services.registry.domain.sheets import Attest, AttestWish, WriteDraft, drafted
from services.registry.handlers import (
    CATALOGUE_IMPORT,
    DUTIES,
    EDITIONS,
    FILES,
    IMPORT_PAGE,
    RECORDED,
    SHEET_DRAFT,
    SHEET_FILE,
)
from services.runtime.file_body import TakenFile
from tests.support.catalogues import sample_catalogue
from tests.unit.registry.governorate import Office, around, province
from tests.unit.registry.say_of_others import ANOTHER, CLERK, HEAD

PLACE = {column.key: place for place, column in enumerate(COLUMNS)}
TAX = next(service for service in sample_catalogue().services if service.sheet.id == "tax-clearance")
CHANNEL = TAX.offerings[0].id


def row(**cells: str) -> list[str]:
    found = row_of(TAX)
    for key, text in cells.items():
        found[PLACE[key]] = text
    return found


def renamed(offerings: str) -> str:
    """Channels of its own for a copy of the service."""
    return offerings.replace("tax-clearance-", "copy-")


def written_of(*rows: list[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([list(HEADINGS), *rows])
    return out.getvalue()


async def imported(
    *rows: list[str],
    org_id: str | None = None,
    by: str | None = None,
    content: str | None = None,
    changed: Iterable[Entry] = (),
    replace: bool = False,
    draft: SheetDraft | None = None,
) -> tuple[Office, list[dict[str, Any]]]:
    """What there is after the import of a CSV file of these rows, or with that content, and what it told.

    `draft`: what was drafted before by CLERK, and attested.
    """
    office = Office([*FILES.values(), *EDITIONS.values(), SHEET_DRAFT, CATALOGUE_IMPORT, IMPORT_PAGE, *DUTIES])
    await office.put(*province(*changed)._newest.values())
    written = written_of(*rows) if content is None else content
    wish = StartImport(id="import-1", format=Format.CSV, size=1, sha256="0" * 64, org_id=org_id)
    with tempfile.TemporaryFile() as file:
        file.write(written.encode())
        file.seek(0)
        job = Job("import-1", Format.CSV, TakenFile(file, 1, "0" * 64), by, org_id, replace)
        async with office.serving():
            if draft is not None:
                await attested(office, draft)
            await office.door.submit(CATALOGUE_IMPORT, "import-1", wish)
            await _Import(job, office.door, office.readable).run()
        await office.settle()
    pages = office.store.collections.get(IMPORT_PAGE.name, {}).values()
    return office, [outcome for page in pages for outcome in page["state"]["outcomes"]]


async def attested(office: Office, content: SheetDraft) -> None:
    """Drafted by CLERK, and attested by the head of the agency."""
    write = WriteDraft(content=content, by=CLERK, sure=True, around=around())
    await office.door.submit(SHEET_FILE, content.id, write)
    attest = Attest.model_validate({"officerId": HEAD, "expires": "2027-11-01"})
    await office.door.submit(SHEET_FILE, content.id, AttestWish(command=attest, sure=True, around=around()))


def channel(office: Office, id: str) -> Offering | None:
    found = office.store.collections[RECORDED[Offering].name].get(id)
    return Offering.model_validate(found["state"]) if found else None


async def test_a_copied_row_does_not_take_the_channels_of_the_service_that_it_was_copied_from() -> None:
    office, told = await imported(row(id="a-copy"))
    known = channel(office, CHANNEL)
    assert known is not None
    assert known.service_id == "tax-clearance"
    (outcome,) = told
    assert {(reason["kind"], reason["en"].partition(":")[0]) for reason in outcome["reasons"]} == {
        ("ERROR", "SERVICE_FIXED")
    }


async def test_channels_that_stand_under_two_services_of_a_file_are_the_first_ones() -> None:
    fresh = renamed(row_of(TAX)[PLACE["offerings"]])
    office, told = await imported(row(id="first", offerings=fresh), row(id="second", offerings=fresh))
    known = channel(office, renamed(CHANNEL))
    assert known is not None
    assert known.service_id == "first"
    (outcome,) = told
    assert (outcome["row"], outcome["fate"]) == (3, "FAILED")
    assert {reason["en"] for reason in outcome["reasons"]} == {"is a channel of first"}


async def test_the_channels_of_a_service_become_those_of_the_agency_that_it_is_given_to() -> None:
    fresh = renamed(row_of(TAX)[PLACE["offerings"]])
    office, _ = await imported(row(id="theirs", orgId="elsewhere", offerings=fresh), org_id="wa-deeds")
    assert office.store.collections[SHEET_FILE.name]["theirs"]["state"]["orgId"] == "wa-deeds"
    known = channel(office, renamed(CHANNEL))
    assert known is not None
    assert known.org_id == "wa-deeds"


async def test_no_channel_of_an_agency_that_is_not_recorded_is_published() -> None:
    fresh = renamed(row_of(TAX)[PLACE["offerings"]].split("\n")[0])
    parts = [*fresh.split(" | "), *[""] * 9][:10]
    office, told = await imported(row(id="ours", offerings=" | ".join([*parts, "nobody"])))
    assert channel(office, renamed(CHANNEL)) is None
    (outcome,) = told
    assert [reason["en"] for reason in outcome["reasons"]] == ["no such agency is recorded"]


@pytest.mark.parametrize(
    ("by", "code"),
    [
        ("wa-tax-desk-01", None),
        ("wa-governorate-desk-01", None),
        ("wa-water-desk-01", "NOT_AUTHORISED"),
        ("nobody-01", "UNKNOWN_OFFICER"),
    ],
)
async def test_an_officer_brings_in_channels_of_their_agency_and_those_below_alone(by: str, code: str | None) -> None:
    fresh = renamed(row_of(TAX)[PLACE["offerings"]].split("\n")[0])
    office, told = await imported(row(id="ours", offerings=fresh), by=by)
    assert (channel(office, renamed(CHANNEL)) is None) == (code is not None)
    told_codes = {reason["en"].partition(":")[0] for outcome in told for reason in outcome["reasons"]}
    assert told_codes == ({code} if code else set())


async def test_what_a_row_names_that_is_not_recorded_is_told_and_its_draft_is_written() -> None:
    held = "identity-card | کارت ملی | بله | بله | nobody-org"
    office, told = await imported(
        row(id="theirs", unitId="no-unit", responsibleOfficerId="no-officer", requirements=held, offerings=""),
        row(id="ours", offerings=""),
    )
    (outcome,) = told
    assert (outcome["row"], outcome["id"], outcome["fate"]) == (2, "theirs", "DRAFTED")
    assert [(one["kind"], one["field"], one["en"]) for one in outcome["reasons"]] == [
        ("GAP", "unitId", "no such unit is recorded: no-unit"),
        ("GAP", "responsibleOfficerId", "no such officer is recorded: no-officer"),
        ("GAP", "requirements.0.heldBy", "no such agency is recorded: nobody-org"),
    ]
    assert outcome["reasons"][0]["column"] == "شناسهٔ واحد مسئول"
    assert {"theirs", "ours"} <= office.store.collections[SHEET_FILE.name].keys()


async def test_a_row_that_cannot_be_read_is_counted_and_the_others_become_drafts() -> None:
    rows = [row(id="first", offerings=""), row(id="bad", name="پروانه"), row(id="second", offerings="")]
    office, told = await imported(content=written_of(*rows).replace(",پروانه,", ',"او گفت "نه" و رفت",'))
    (outcome,) = told
    assert (outcome["row"], outcome["fate"], len(outcome["reasons"])) == (3, "FAILED", 1)
    known = office.state(CATALOGUE_IMPORT, "import-1")
    assert (known.state, known.total, known.done) == ("DONE", 3, 3)
    assert (known.fates["DRAFTED"], known.fates["FAILED"]) == (2, 1)


async def test_the_times_of_channels_come_in_with_their_row_and_a_bad_one_is_told_in_persian_too() -> None:
    key = "processingTime.byChannel"
    good = row(id="good", offerings="", **{key: "WEB | 1 روز کاری | 2 روز کاری"})
    bad = row(id="bad", offerings="", **{key: "WEB | 1 روز کاری | 99 روز کاری"})
    office, (outcome,) = await imported(good, bad)
    written = office.store.collections[SHEET_FILE.name]["good"]["state"]["draft"]["content"]["processingTime"]
    assert [(time["channel"], time["maximum"]["value"]) for time in written["byChannel"]] == [("WEB", 2)]
    assert (outcome["id"], outcome["fate"]) == ("bad", "FAILED")
    (reason,) = outcome["reasons"]
    assert (reason["field"], reason["column"]) == (f"{key}.0.maximum", "مدت در هر کانال")
    assert reason["fa"] == "از مدت قانونی بیشتر است"


async def test_a_row_whose_paper_goes_by_somebodys_number_is_refused_in_persian_too() -> None:
    number = "0013542419"
    paper = f"{number} | کارت ملی | بله | بله"
    office, told = await imported(row(requirements=paper, offerings=""))
    (outcome,) = told
    assert outcome["fate"] == "FAILED"
    assert office.state(SHEET_FILE, TAX.sheet.id).draft is None
    said = {(one["field"], one["fa"]) for one in outcome["reasons"]}
    assert ("requirements.0.evidenceType", "شمارهٔ ملی یا همراه یک شخص است؛ نامی دیگر بگذارید") in said
    assert number not in str(outcome)


async def test_no_channel_is_recorded_for_a_service_that_is_retired() -> None:
    sheet = TAX.sheet.model_copy(update={"status": Status.RETIRED, "version": 9})
    fresh = renamed(row_of(TAX)[PLACE["offerings"]].split("\n")[0])
    office, told = await imported(row(offerings=fresh), changed=[sheet])
    assert channel(office, renamed(CHANNEL)) is None
    (outcome,) = told
    assert [reason["en"].partition(":")[0] for reason in outcome["reasons"]] == ["NAMES_RETIRED"]


async def test_two_thousand_rows_are_taken_within_a_minute_and_their_number_is_told_on_the_way() -> None:
    """Each is new, with a channel; the file is read by a process of its own, as it is in service."""
    web = row_of(TAX)[PLACE["offerings"]].split("\n")[0]
    rows = (row(id=f"s-{number}", offerings=web.replace("tax-clearance-", f"s-{number}-")) for number in range(2_000))
    began = perf_counter()
    office, told = await imported(*rows)
    assert perf_counter() - began < 60
    assert told == []
    known = office.state(CATALOGUE_IMPORT, "import-1")
    assert (known.state, known.total, known.done, known.fates) == ("DONE", 2_000, 2_000, {"DRAFTED": 2_000})
    assert known.offerings == 2_000
    reports = office.store.collections[CATALOGUE_IMPORT.name]["import-1"]["version"]
    assert reports > 2_000 // AT_ONCE, "one for each hundred"


# --- an old file ------------------------------------------------------------------------------------------------------

TODAY = "2026-11-23"


def of_version(version: int | None, counties: str = "") -> str:
    """The channel as a line of a file that was made from that version."""
    parts = [CHANNEL, "WEB", *["FULL"] * 4, TODAY, "", counties, "", "", "", ""]
    return " | ".join([*parts, *([] if version is None else [str(version)])])


@pytest.mark.parametrize(
    ("version", "replace", "taken"),
    [(5, False, True), (4, False, False), (None, False, False), (4, True, True), (None, True, True)],
)
async def test_a_channel_that_was_changed_after_the_file_was_written_stays_unless_that_is_said(
    version: int | None, replace: bool, taken: bool
) -> None:
    newer = TAX.offerings[0].model_copy(update={"version": 5, "counties": ("urmia",), "status": Status.SUSPENDED})
    office, told = await imported(row(offerings=of_version(version, "khoy")), changed=[newer], replace=replace)
    known = channel(office, CHANNEL)
    assert known is not None
    assert (known.counties, known.status) == (("khoy",) if taken else ("urmia",), Status.SUSPENDED)
    assert [reason["en"] for outcome in told for reason in outcome["reasons"]] == (
        [] if taken else ["was changed since this file; replace says to overwrite that"]
    )


async def test_a_channel_in_a_county_in_which_nothing_stands_is_taken_and_told_of() -> None:
    """Its kiosks may come later; publishing asks for them."""
    office, told = await imported(row(offerings=of_version(None, "urmai")), replace=True)
    known = channel(office, CHANNEL)
    assert known is not None
    assert known.counties == ("urmai",)
    assert [(reason["kind"], reason["field"], reason["en"]) for outcome in told for reason in outcome["reasons"]] == [
        ("GAP", "offerings.counties", "counties: no desk, unit or kiosk office stands in urmai")
    ]


async def test_an_exported_file_may_be_changed_and_brought_in_and_what_it_changed_is_no_news_the_next_time() -> None:
    line = row_of(Service(TAX.sheet, (recorded(TAX.offerings[0]),)))[PLACE["offerings"]]
    other = line.replace(" | FULL | FULL | FULL | FULL | ", " | FULL | FULL | FULL | NONE | ")
    assert other != line
    office, told = await imported(row(offerings=other))
    assert told == []
    known = channel(office, CHANNEL)
    assert known is not None
    assert (known.delivery, known.version) == ("NONE", 2)
    office, told = await imported(row(offerings=other), changed=[known])
    again = channel(office, CHANNEL)
    assert (told, again) == ([], known)


def recorded(offering: Offering) -> Offering:
    return offering.model_copy(update={"version": 1})


# --- a draft that is under way ----------------------------------------------------------------------------------------

NEXT = drafted(TAX.sheet).model_copy(update={"description": "شرح تازه"})
STAYS = ("GAP", "", "a draft of the next version is under way and stays; replace says to drop it")


@pytest.mark.parametrize("by", [CLERK, HEAD])
async def test_a_row_that_says_what_is_in_force_leaves_an_attested_draft_and_tells_of_it(by: str) -> None:
    """Whoever drafted it: people export all sheets that are published, and change another row."""
    office, told = await imported(row(), by=by, draft=NEXT)
    state = office.state(SHEET_FILE, TAX.sheet.id)
    assert state.draft is not None, "it was dropped"
    assert (state.draft.content, state.draft.attested_by) == (NEXT, HEAD)
    (outcome,) = told
    assert outcome["fate"] == "UNCHANGED"
    assert [(reason["kind"], reason["field"], reason["en"]) for reason in outcome["reasons"]] == [STAYS]


async def test_it_is_dropped_where_that_is_said_and_written_anew_where_the_row_says_something_else() -> None:
    office, told = await imported(row(), by=CLERK, draft=NEXT, replace=True)
    assert (office.state(SHEET_FILE, TAX.sheet.id).draft, told) == (None, [])
    office, told = await imported(row(description="شرح دیگر"), by=CLERK, draft=NEXT)
    assert (office.state(SHEET_FILE, TAX.sheet.id).draft.content.description, told) == ("شرح دیگر", [])


async def test_a_row_that_says_what_the_draft_says_tells_nothing() -> None:
    office, told = await imported(row(description="شرح تازه"), by=CLERK, draft=NEXT)
    assert (office.state(SHEET_FILE, TAX.sheet.id).draft.attested_by, told) == (HEAD, [])


async def test_an_officer_of_another_agency_is_refused_such_a_row_as_any_other() -> None:
    _, (outcome,) = await imported(row(offerings=""), by=ANOTHER, draft=NEXT)
    assert outcome["fate"] == "FAILED"
    assert [reason["en"].partition(":")[0] for reason in outcome["reasons"]] == ["NOT_AUTHORISED"]


# --- a file with fewer columns than we write --------------------------------------------------------------------------

UNSAID = ("informationOnly", "onSpot", "presence", "processingTime.byChannel", "offerings")
"""Columns that are no more than told, and that a file from before may not have."""


def without(*keys: str, **cells: str) -> str:
    out = io.StringIO(newline="")
    places = [place for place, column in enumerate(COLUMNS) if column.key not in keys]
    csv.writer(out).writerows([line[place] for place in places] for line in (list(HEADINGS), row(**cells)))
    return out.getvalue()


async def brought(content: str, *, draft: SheetDraft | None = None, **changes: Any) -> tuple[Office, str]:
    """What there is, and what became of the one service of the file. `changes`: of the sheet that is in force."""
    sheet = Sheet.model_validate(TAX.sheet.to_wire() | changes | {"version": 3})
    office, _ = await imported(content=content, changed=[sheet], draft=draft, by=CLERK)
    (fate,) = (fate for fate, count in office.state(CATALOGUE_IMPORT, "import-1").fates.items() if count)
    return office, fate


OWN_TIME = {"value": 1, "unit": "WORKING_DAYS"}
SAID_ALL: dict[str, Any] = {
    "onSpot": not TAX.sheet.on_spot,
    "informationOnly": True,
    "presence": {"ground": "OATH", "stage": "delivery", "law": "ماده ۱"},
    "processingTime": TAX.sheet.processing_time.to_wire()
    | {"byChannel": [{"channel": "WEB", "average": OWN_TIME, "maximum": OWN_TIME}]},
}


@pytest.mark.parametrize("changes", [{}, SAID_ALL], ids=["as it goes without saying", "all of it said"])
@pytest.mark.parametrize("keys", [*((key,) for key in UNSAID), UNSAID])
async def test_what_a_file_has_no_column_for_stays_as_it_is(keys: tuple[str, ...], changes: dict[str, Any]) -> None:
    sheet = Sheet.model_validate(TAX.sheet.to_wire() | changes)
    cells = dict(zip(PLACE, row_of(Service(sheet, ())), strict=True)) | {"version": "3"}
    office, fate = await brought(without(*keys, **cells), **changes)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft) == ("UNCHANGED", None)
    office, fate = await brought(without(*keys, **cells | {"description": "شرح تازه"}), **changes)
    content = office.state(SHEET_FILE, TAX.sheet.id).draft.content
    assert (fate, content) == ("DRAFTED", drafted(sheet).model_copy(update={"description": "شرح تازه"}))


async def test_an_empty_cell_says_no_and_that_once() -> None:
    """Else it could not be said in a table that a law which made people come is no more."""
    empty = {"informationOnly": "", "onSpot": "", "presence": "", "processingTime.byChannel": ""}
    office, fate = await brought(written_of(row(**empty)), **SAID_ALL)
    content = office.state(SHEET_FILE, TAX.sheet.id).draft.content
    assert (fate, content.on_spot, content.information_only, content.presence) == ("DRAFTED", False, False, None)
    assert content.processing_time.by_channel == ()
    office, fate = await brought(written_of(row(**empty)), onSpot=False, informationOnly=False, presence=None)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft) == ("UNCHANGED", None)


async def test_a_draft_that_is_under_way_is_filled_in_and_not_dropped_for_a_column_that_a_file_lacks() -> None:
    other = drafted(TAX.sheet).model_copy(update={"on_spot": not TAX.sheet.on_spot})
    office, fate = await brought(without("onSpot"), draft=other)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft.content) == ("UNCHANGED", other)
    both = other.model_copy(update={"description": "شرح تازه"})
    office, fate = await brought(without("onSpot", description="شرح تازه"), draft=both)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft.attested_by) == ("UNCHANGED", HEAD)
    office, fate = await brought(without("onSpot", description="شرح دیگر"), draft=both)
    assert (fate, office.state(SHEET_FILE, TAX.sheet.id).draft.content.on_spot) == ("DRAFTED", other.on_spot)
