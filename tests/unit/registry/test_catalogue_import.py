"""What an import makes of the channels of a file: nobody loses one, and none is of an agency that is not there."""

import json
from time import perf_counter
from typing import Any

import pytest

from services.contracts.entry import Status
from services.registry.catalogue.formats import Format
from services.registry.catalogue.importing import AT_ONCE
from services.registry.catalogue.table.rows import row_of
from services.registry.handlers import CATALOGUE_IMPORT, SHEET_FILE
from tests.unit.registry.catalogue_imports import CHANNEL, PLACE, TAX, channel, imported, renamed, row, written_of
from tests.unit.registry.documents_read import theirs


async def test_a_copied_row_does_not_take_the_channels_of_the_service_that_it_was_copied_from() -> None:
    office, told = await imported(row(id="a-copy"))
    known = channel(office, CHANNEL)
    assert known is not None
    assert known.service_id == "tax-clearance"
    (outcome,) = told
    assert outcome["fate"] == "FAILED"
    assert {(reason["kind"], reason["en"]) for reason in outcome["reasons"]} == {
        ("ERROR", "is a channel of tax-clearance")
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


@pytest.mark.parametrize("copy_first", [True, False])
async def test_recorded_channels_stay_with_their_service_wherever_a_copy_of_its_row_stands(
    copy_first: bool,
) -> None:
    copy, original = row(id="a-copy"), row(name="نام تازه")
    office, (outcome,) = await imported(*([copy, original] if copy_first else [original, copy]))
    assert (outcome["id"], outcome["fate"]) == ("a-copy", "FAILED")
    assert {reason["en"] for reason in outcome["reasons"]} == {"is a channel of tax-clearance"}
    draft = office.store.collections[SHEET_FILE.name]["tax-clearance"]["state"]["draft"]
    assert draft["content"]["name"] == "نام تازه"


@pytest.mark.parametrize("bad", [{"name": ""}, {"declaredVisits": "سه"}, {"orgId": "no-agency"}])
async def test_a_row_that_is_not_taken_claims_no_channel(bad: dict[str, str]) -> None:
    """Whether its cells say so or what is recorded. The first row that is taken has it, and the next has not."""
    fresh = renamed(row_of(TAX)[PLACE["offerings"]])
    rows = (row(id="bad", offerings=fresh, **bad), *(row(id=id, offerings=fresh) for id in ("good", "late")))
    office, told = await imported(*rows)
    known = channel(office, renamed(CHANNEL))
    assert known is not None
    assert known.service_id == "good"
    assert [(outcome["id"], outcome["fate"]) for outcome in told] == [("bad", "FAILED"), ("late", "FAILED")]
    first, last = ({reason["en"] for reason in outcome["reasons"]} for outcome in told)
    assert not any("is a channel of" in reason for reason in first)
    assert last == {"is a channel of good"}


@pytest.mark.parametrize(
    "bad",
    [{"offerings": ""}, {"offerings": "", "name": ""}, {"offerings": "", "orgId": "no-agency"}, {}],
)
async def test_of_rows_with_one_id_the_first_that_is_taken_has_it(bad: dict[str, str]) -> None:
    """Whether its cells keep one from being taken, its agency, or channels that are another's: it claims no id."""
    first, late = row(id="fresh", **bad), row(id="fresh", offerings="", name="")
    office, told = await imported(first, row(id="fresh", offerings=""), late)
    assert "fresh" in office.store.collections[SHEET_FILE.name]
    taken = 2 if bad == {"offerings": ""} else 3
    assert [(one["row"], one["fate"]) for one in told] == [(row, "FAILED") for row in (2, 3, 4) if row != taken]
    twice = f"the same id stands in row {taken} already"
    assert [reason["en"] for reason in told[-1]["reasons"]] == ["is not given", twice]
    assert all(twice in {reason["en"] for reason in one["reasons"]} for one in told if one["row"] > taken)


async def test_a_row_that_bears_an_id_of_long_before_is_told_of_it() -> None:
    others = (row(id=f"s-{number}", offerings="") for number in range(AT_ONCE))
    _, (outcome,) = await imported(row(id="fresh", offerings=""), *others, row(id="fresh", offerings=""))
    assert outcome["row"] == AT_ONCE + 3
    assert [reason["en"] for reason in outcome["reasons"]] == ["the same id stands in row 2 already"]


@pytest.mark.parametrize("bad", [{"mz:version": 1}, {"cv:hasCompetentAuthority": {"dct:identifier": "no-agency"}}])
async def test_of_services_of_a_document_with_one_id_the_first_that_is_taken_has_it(bad: dict[str, Any]) -> None:
    services = [theirs(**{"@id": "urn:a", **bad}), theirs(**{"@id": "urn:b"}), theirs(**{"@id": "urn:c"})]
    office, told = await imported(content=json.dumps(services), format=Format.JSONLD)
    assert "residence" in office.store.collections[SHEET_FILE.name]
    assert {one["where"]: one["fate"] for one in told} == {"urn:a": "FAILED", "urn:b": "DRAFTED", "urn:c": "FAILED"}
    first, _, late = ([reason["en"] for reason in one["reasons"] if reason["kind"] == "ERROR"] for one in told)
    assert not any("the same id" in reason for reason in first)
    assert late == ["the same id stands in urn:b already"]


async def test_a_row_that_is_bad_is_told_also_of_channels_that_are_anothers() -> None:
    _, (outcome,) = await imported(row(id="a-copy", name=""))
    assert {reason["en"] for reason in outcome["reasons"]} == {"is not given", "is a channel of tax-clearance"}


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


@pytest.mark.parametrize(("wrong", "last"), [(50, "is no date"), (60, "and 11 more")])
async def test_of_very_many_reasons_it_says_how_many_more_there_are(wrong: int, last: str) -> None:
    lines = [f"c-{number} | WEB | FULL | FULL | FULL | FULL | 1405/13/01" for number in range(wrong)]
    _, (told,) = await imported(row(offerings="\n".join(lines)))
    assert len(told["reasons"]) == 50
    assert last in told["reasons"][-1]["en"]
    assert {reason["kind"] for reason in told["reasons"]} == {"ERROR"}
