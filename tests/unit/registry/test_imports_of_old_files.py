"""What was changed after a file was written is not lost by bringing it in, nor is what it changed news for ever."""

import pytest

from services.contracts.entry import Status
from services.contracts.service_sheet import Offering
from services.registry.catalogue.listed import Service
from services.registry.catalogue.table.rows import row_of
from tests.unit.registry.catalogue_imports import CHANNEL, PLACE, TAX, channel, imported, row

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
