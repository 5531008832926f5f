"""A service comes back only when it can be served, and all that hinders it is said at once (domain 10)."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.contracts.entry import Entry, PlannedStatus, Status
from services.contracts.registry import KioskClass
from services.contracts.service_sheet import DurationUnit, WorkingTime
from tests.unit.registry.governorate import MONDAY, province
from tests.unit.registry.over_http import Registry
from tests.unit.registry.say_of_others import told

SERVICE, UNIT = "services/tax-registration", "units/wa-tax-business"
OFFICERS = ("officers/wa-tax-business-01", "officers/wa-tax-business-02")
CHANNELS = tuple(f"offerings/tax-registration-{end}" for end in ("web", "urban", "desk"))
BY = {"officerId": "wa-governorate-desk-01", "reason": "بازنگری"}
DONE = (200, None)
HEAD = "wa-tax-desk-01"


def ahead(days: int) -> str:
    return (MONDAY + timedelta(days=days)).date().isoformat()


async def suspended(registry: Registry, *paths: str, **span: str) -> None:
    for path in paths:
        answer = await registry.post(f"{path}/suspend", BY | span)
        assert answer.status_code == 200, (path, answer.text)


async def resumed(registry: Registry, path: str = SERVICE, **when: str) -> httpx.Response:
    return await registry.post(f"{path}/resume", BY | when)


async def retired(registry: Registry, *paths: str, **when: str) -> None:
    for path in paths:
        answer = await registry.post(f"{path}/retire", BY | when)
        assert answer.status_code == 200, (path, answer.text)


async def published_anew(registry: Registry) -> httpx.Response:
    """The draft, or the sheet as it is, attested and published by the head of the agency."""
    attest = {"officerId": HEAD, "expires": "2027-11-01"}
    answer = await registry.post(f"{SERVICE}/attest", attest, **{"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    return await registry.post(f"{SERVICE}/publish", {"officerId": HEAD})


def reasons(answer: httpx.Response) -> Any:
    assert told(answer) == (422, "CANNOT_BE_SERVED"), answer.text
    said = answer.json()
    assert len(said["reasonsLocal"]) == len(said["reasons"])
    return said["reasons"]


async def changed(registry: Registry, entry: Entry | None, **changes: Any) -> None:
    assert entry is not None
    await registry.office.put(entry.model_copy(update={"version": 7} | changes))


async def test_a_service_that_can_be_served_is_resumed(registry: Registry) -> None:
    await suspended(registry, SERVICE)
    assert told(await resumed(registry)) == DONE


async def test_one_that_cannot_be_is_not_and_is_told_every_reason_at_once(registry: Registry) -> None:
    await suspended(registry, SERVICE, UNIT, OFFICERS[0], *CHANNELS)
    assert reasons(await resumed(registry)) == [
        "unitId names unit wa-tax-business, which is not in force",
        "responsibleOfficerId names officer wa-tax-business-01, which is not in force",
        "is offered through no channel",
        "can be requested through no channel",
        "unit wa-tax-business has fewer than 2 officers who may process it",
    ]
    assert (await registry.get(SERVICE)).json()["status"] == "SUSPENDED"
    for path in (UNIT, OFFICERS[0], *CHANNELS):
        assert told(await resumed(registry, path)) == DONE
    assert told(await resumed(registry)) == DONE


async def test_nor_is_one_whose_durations_are_longer_than_the_law_or_whose_attestation_has_ended(
    registry: Registry,
) -> None:
    sheet = province().sheet("tax-registration")
    assert sheet is not None
    longer = WorkingTime(value=11, unit=DurationUnit.WORKING_DAYS)
    time = sheet.processing_time.model_copy(update={"maximum": longer})
    yesterday = date(2026, 11, 22)
    await changed(registry, sheet, status=Status.SUSPENDED, processing_time=time, attestation_expires=yesterday)
    assert reasons(await resumed(registry)) == [
        "the maximum duration is longer than the legal one",
        "its attestation ended on 2026-11-22",
    ]


async def test_whoever_attested_it_may_have_left_since(registry: Registry) -> None:
    sheet = province().sheet("tax-registration")
    assert sheet is not None
    await changed(registry, sheet, status=Status.SUSPENDED, attested_by="wa-tax-clearances-03")
    await suspended(registry, "officers/wa-tax-clearances-03")
    assert told(await resumed(registry)) == DONE


async def test_a_channel_in_a_county_in_which_nothing_stands_hinders_it_too(registry: Registry) -> None:
    web = (await registry.get(CHANNELS[0])).json()
    await suspended(registry, SERVICE)
    assert (await registry.put(CHANNELS[0], web | {"counties": ["nowhere"]}, **{"If-Match": "*"})).status_code == 200
    assert reasons(await resumed(registry)) == ["counties: no desk, unit or kiosk office stands in nowhere"]


async def test_so_does_one_that_is_shut_today_and_open_when_the_service_is_back_or_later(registry: Registry) -> None:
    web = (await registry.get(CHANNELS[0])).json()
    await suspended(registry, SERVICE)
    assert (await registry.put(CHANNELS[0], web | {"counties": ["nowhere"]}, **{"If-Match": "*"})).status_code == 200
    await suspended(registry, CHANNELS[0], until=ahead(3))
    for since in (ahead(4), ahead(3)):
        assert reasons(await resumed(registry, since=since)) == [
            "counties: no desk, unit or kiosk office stands in nowhere"
        ]
    await suspended(registry, CHANNELS[0])
    assert told(await resumed(registry)) == DONE, "nobody has planned to open it"


async def test_what_comes_back_on_a_day_ahead_is_judged_as_it_will_be(registry: Registry) -> None:
    await suspended(registry, SERVICE)
    await suspended(registry, UNIT, until=ahead(9))
    assert reasons(await resumed(registry, since=ahead(9))) == [
        "unitId names unit wa-tax-business, which is not in force"
    ]
    assert told(await resumed(registry, since=ahead(10))) == DONE


OFFICES = sorted(
    office.id
    for office in province().every_kiosk()
    if office.kiosk_class is KioskClass.URBAN and not office.sandbox and office.county == "urmia"
)


async def test_so_are_the_offices_behind_its_channels(registry: Registry) -> None:
    """Those that are back by that day serve, and of those that are away then others take their place."""
    (urban,) = (each for each in province().offerings("tax-registration") if f"offerings/{each.id}" == CHANNELS[1])
    await changed(registry, urban, counties=("urmia",))
    await suspended(registry, SERVICE)
    await suspended(registry, CHANNELS[1], until=ahead(3))
    first, *others = (f"kiosks/{id}" for id in OFFICES)
    await suspended(registry, first, since=ahead(4))
    assert told(await resumed(registry, since=ahead(5))) == DONE, "others serve"
    await suspended(registry, SERVICE, since=ahead(5))
    await suspended(registry, *others, until=ahead(4))
    assert reasons(await resumed(registry, since=ahead(4))) == [
        "offering tax-registration-urban is of URBAN kiosks, and none in urmia is in force"
    ]
    assert told(await resumed(registry, since=ahead(5))) == DONE, "they are back"


async def test_a_retired_service_comes_back_before_its_channels_which_cannot_without_it(registry: Registry) -> None:
    await retired(registry, *CHANNELS, SERVICE)
    assert told(await resumed(registry, CHANNELS[0])) == (409, "NAMES_RETIRED")
    await suspended(registry, UNIT)
    assert reasons(await resumed(registry)) == ["unitId names unit wa-tax-business, which is not in force"]
    assert told(await resumed(registry, UNIT)) == DONE
    assert told(await resumed(registry)) == DONE
    assert told(await resumed(registry, CHANNELS[0])) == DONE


async def test_a_retired_service_whose_attestation_has_ended_is_published_anew_and_then_comes_back(
    registry: Registry,
) -> None:
    sheet = province().sheet("tax-registration")
    await changed(registry, sheet, attestation_expires=(MONDAY + timedelta(days=3)).date())
    await retired(registry, *CHANNELS, SERVICE)
    await registry.office.tick(days=30)
    assert reasons(await resumed(registry)) == ["its attestation ended on 2026-11-26"]
    assert told(await published_anew(registry)) == DONE
    assert (await registry.get(SERVICE)).json()["status"] == "RETIRED", "resuming it is another decision"
    for path in (SERVICE, *CHANNELS):
        assert told(await resumed(registry, path)) == DONE


async def test_all_but_channels_is_asked_for_when_a_retired_one_is_published_also_with_gaps(registry: Registry) -> None:
    await retired(registry, *CHANNELS, SERVICE)
    await suspended(registry, UNIT)
    assert reasons(await published_anew(registry)) == ["unitId names unit wa-tax-business, which is not in force"]
    draft = (await registry.get(SERVICE)).json() | {"processingTime": None}
    assert (await registry.put(SERVICE, draft, **{"If-Match": "*"})).status_code == 200
    assert reasons(await registry.post(f"{SERVICE}/publish", {"officerId": HEAD})) == [
        "processingTime is missing",
        "no officer has attested it",
        "unitId names unit wa-tax-business, which is not in force",
    ]


async def test_one_that_is_suspended_is_published_only_with_a_channel(registry: Registry) -> None:
    await suspended(registry, SERVICE, *CHANNELS)
    assert reasons(await published_anew(registry)) == [
        "is offered through no channel",
        "can be requested through no channel",
    ]


@pytest.mark.parametrize("until", [{}, {"until": ahead(9)}])
@pytest.mark.parametrize("ends", [-1, 3])
async def test_a_suspension_that_has_not_begun_is_called_off_though_the_attestation_has_ended_by_then(
    registry: Registry, ends: int, until: dict[str, str]
) -> None:
    """It is served all the same, and nothing comes back."""
    sheet = province().sheet("tax-registration")
    await changed(registry, sheet, attestation_expires=(MONDAY + timedelta(days=ends)).date())
    await suspended(registry, SERVICE, since=ahead(5), **until)
    assert reasons(await resumed(registry, since=ahead(6))) == [f"its attestation ended on {ahead(ends)}"]
    assert told(await resumed(registry, since=ahead(5))) == DONE
    known = (await registry.get(SERVICE)).json()
    assert (known["status"], known.get("planned", [])) == ("ACTIVE", [])


async def test_so_is_a_retirement_that_has_not_begun(registry: Registry) -> None:
    await changed(registry, province().sheet("tax-registration"), attestation_expires=date(2026, 11, 22))
    await retired(registry, *CHANNELS)
    await retired(registry, SERVICE, since=ahead(5))
    assert told(await resumed(registry, since=ahead(5))) == DONE
    known = (await registry.get(SERVICE)).json()
    assert (known["status"], known.get("planned", [])) == ("ACTIVE", [])


async def kiosks_refused(registry: Registry) -> httpx.Response:
    """The next version is published, which says that urban kiosks do nothing of it."""
    known = (await registry.get(SERVICE)).json()
    draft = known | {"kioskable": known["kioskable"] | {"urban": "NO"}}
    assert (await registry.put(SERVICE, draft, **{"If-Match": "*"})).status_code == 200
    return await published_anew(registry)


AGAINST_IT = ["offering tax-registration-urban is of URBAN kiosks, and kioskable.urban says NO"]


async def test_no_sheet_is_published_against_a_channel_that_opens_on_a_day_ahead(registry: Registry) -> None:
    """The other order is refused too: who opens a channel against its sheet."""
    await suspended(registry, CHANNELS[1], until=ahead(3))
    assert reasons(await kiosks_refused(registry)) == AGAINST_IT
    await suspended(registry, CHANNELS[1])
    assert told(await registry.post(f"{SERVICE}/publish", {"officerId": HEAD})) == DONE, "it opens on no day"
    assert told(await resumed(registry, CHANNELS[1], since=ahead(3))) == (422, "CONTRADICTS_SHEET")


async def test_nor_against_one_that_begins_on_a_day_ahead_and_what_ends_before_it_opens_hinders_nothing(
    registry: Registry,
) -> None:
    urban = next(each for each in province().offerings("tax-registration") if f"offerings/{each.id}" == CHANNELS[1])
    opens_again = PlannedStatus(status=Status.ACTIVE, since=(MONDAY + timedelta(days=5)).date(), reason="تعمیر")
    await changed(registry, urban, valid_from=(MONDAY + timedelta(days=5)).date())
    assert reasons(await kiosks_refused(registry)) == AGAINST_IT
    ended = (MONDAY + timedelta(days=4)).date()
    await registry.office.put(
        urban.model_copy(
            update={"version": 8, "status": Status.SUSPENDED, "planned": (opens_again,), "valid_to": ended}
        )
    )
    assert told(await registry.post(f"{SERVICE}/publish", {"officerId": HEAD})) == DONE


async def test_nor_with_a_channel_that_opens_later_in_a_county_in_which_nothing_stands(registry: Registry) -> None:
    web = (await registry.get(CHANNELS[0])).json()
    assert (await registry.put(CHANNELS[0], web | {"counties": ["nowhere"]}, **{"If-Match": "*"})).status_code == 200
    await suspended(registry, CHANNELS[0], until=ahead(3))
    assert reasons(await published_anew(registry)) == ["counties: no desk, unit or kiosk office stands in nowhere"]
    await suspended(registry, CHANNELS[0])
    assert told(await registry.post(f"{SERVICE}/publish", {"officerId": HEAD})) == DONE


@pytest.mark.parametrize(
    ("officer", "refused"), [("nobody", (422, "UNKNOWN_OFFICER")), ("wa-water-desk-01", (403, "NOT_AUTHORISED"))]
)
async def test_whoever_may_not_resume_it_is_told_that_and_no_more(
    registry: Registry, officer: str, refused: tuple[int, str]
) -> None:
    await suspended(registry, SERVICE, UNIT)
    answer = await registry.post(f"{SERVICE}/resume", BY | {"officerId": officer})
    assert told(answer) == refused
    assert "reasons" not in answer.json()


async def test_a_draft_of_its_next_version_is_another_matter(registry: Registry) -> None:
    drafted = (await registry.get(SERVICE)).json() | {"unitId": "nowhere"}
    assert (await registry.put(SERVICE, drafted, **{"If-Match": "*"})).status_code == 200
    await suspended(registry, SERVICE)
    assert told(await resumed(registry)) == DONE
