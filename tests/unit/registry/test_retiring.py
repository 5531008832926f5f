"""What others stand on is not retired, and an agency that is closed can be, to its last entry (domain 3)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.entry import Entry
from services.contracts.references import REFERENCES
from services.contracts.registry import Shift
from services.worktime import parse_jalali
from tests.support.sample import sample_entries
from tests.unit.registry.governorate import MONDAY, province
from tests.unit.registry.over_http import Registry

ANY = {"If-Match": "*"}
BY = {"officerId": "wa-governorate-desk-01", "reason": "ادغام دستگاه"}


def of_the_tax_office(*kinds: str) -> list[Entry]:
    return [entry for entry in sample_entries() if entry.org_id == "wa-tax" and entry.KIND in kinds]


async def retired(registry: Registry, *entries: str) -> None:
    for path in entries:
        answer = await registry.post(f"{path}/retire", BY)
        assert answer.status_code == 200, (path, answer.text)


async def test_an_agency_that_is_closed_is_retired_to_its_last_entry(registry: Registry) -> None:
    def paths(*kinds: str) -> list[str]:
        return [f"{entry.KIND}s/{entry.id}" for kind in kinds for entry in of_the_tax_office(kind)]

    desk_staff = [path for path in paths("officer") if "-desk-" in path]
    inside = [path for path in paths("officer") if path not in desk_staff]
    early = await registry.post("organizations/wa-tax/retire", BY)
    assert (early.status_code, early.json()["code"]) == (409, "IN_USE")
    await retired(registry, *paths("offering"), *paths("service"), *inside, *paths("unit"))
    await retired(registry, "organizations/wa-tax", *paths("desk"), *desk_staff)
    for path, names in (
        ("units/wa-tax-clearances", ["organization wa-tax"]),
        ("organizations/wa-tax", ["desk wa-tax-desk", "officer wa-tax-desk-01"]),
        ("offerings/tax-clearance-web", ["organization wa-tax", "service tax-clearance"]),
    ):
        back = await registry.post(f"{path}/resume", BY)
        assert (back.status_code, back.json()["code"], back.json()["names"]) == (409, "NAMES_RETIRED", names), path
    recorded = await registry.get("units/wa-tax-clearances")
    unit = recorded.json() | {"status": "ACTIVE"}
    rewritten = await registry.put("units/wa-tax-clearances", unit, **{"If-Match": recorded.headers["etag"]})
    assert rewritten.json()["code"] == "NAMES_RETIRED"
    for path in ("officers/wa-tax-desk-01", "desks/wa-tax-desk", "organizations/wa-tax", "units/wa-tax-clearances"):
        assert (await registry.post(f"{path}/resume", BY)).status_code == 200, path


@pytest.mark.parametrize(
    ("path", "user"),
    [
        ("organizations/wa-deeds", "kiosk wa-urmia-017"),
        ("organizations/wa-water", "service tax-clearance"),
        ("officers/wa-tax-clearances-01", "desk wa-tax-desk"),
    ],
    ids=["whose office it is", "who holds the evidence", "who has a shift"],
)
async def test_what_is_named_within_an_entry_is_named_too(registry: Registry, path: str, user: str) -> None:
    shift = Shift(officer_id="wa-tax-clearances-01", valid_from=parse_jalali("1405/09/02"))
    snapshot = province()
    desk, sheet, kiosk = snapshot.desk("wa-tax-desk"), snapshot.sheet("tax-clearance"), snapshot.kiosk("wa-urmia-017")
    assert desk is not None
    assert sheet is not None
    assert kiosk is not None
    first, *others = sheet.requirements
    await registry.office.put(
        desk.model_copy(update={"shifts": (shift,)}),
        sheet.model_copy(update={"requirements": (first.model_copy(update={"held_by": "wa-water"}), *others)}),
        kiosk.model_copy(update={"org_id": "wa-deeds"}),
    )
    refused = await registry.post(f"{path}/retire", BY)
    assert refused.json()["code"] == "IN_USE"
    assert user in refused.json()["users"]


# -- what will be retired on a day ahead ------------------------------------------------------------------------------


def ahead(days: int) -> str:
    return (MONDAY + timedelta(days=days)).date().isoformat()


async def test_what_will_be_retired_is_newly_named_by_nothing_that_stays_longer(registry: Registry) -> None:
    """Else a desk would stand on it from that day on."""
    planned = await registry.post("officers/wa-tax-clearances-02/retire", BY | {"since": ahead(10)})
    assert planned.status_code == 200, planned.text
    desk = (await registry.get("desks/wa-tax-desk")).json()
    shift = {"officerId": "wa-tax-clearances-02", "validFrom": ahead(1), "days": [], "intervals": []}
    for change in ({"shifts": [shift]}, {"headOfficerId": "wa-tax-clearances-02"}):
        named = await registry.put("desks/wa-tax-desk", desk | change, **{"If-Match": "*"})
        assert (named.status_code, named.json()["code"]) == (409, "NAMES_RETIRED")
        assert named.json()["names"] == ["officer wa-tax-clearances-02"]
        assert ahead(10) in named.json()["detail"]


async def test_what_ends_no_later_may_name_it_and_stays_so(registry: Registry) -> None:
    planned = await registry.post("officers/wa-tax-clearances-02/retire", BY | {"since": ahead(10)})
    assert planned.status_code == 200, planned.text
    desk = (await registry.get("desks/wa-tax-desk")).json()
    shift = {"officerId": "wa-tax-clearances-02", "validFrom": ahead(1), "days": [], "intervals": []}

    async def until(day: str) -> Any:
        plans = [{"status": "RETIRED", "since": day, "reason": "میز موقت"}]
        other = desk | {"id": "wa-tax-fair", "shifts": [shift], "planned": plans}
        return await registry.put("desks/wa-tax-fair", other, **{"If-Match": "*"})

    assert (await until(ahead(11))).json()["code"] == "NAMES_RETIRED"
    assert (await until(ahead(10))).status_code == 201
    stays = await registry.post("desks/wa-tax-fair/resume", BY | {"since": ahead(10)})
    assert stays.json()["code"] == "NAMES_RETIRED", "it would not end on that day any more"


async def test_what_is_named_is_not_planned_to_be_retired_and_what_nobody_named_is_on_its_day(
    registry: Registry,
) -> None:
    in_use = await registry.post("officers/wa-tax-desk-01/retire", BY | {"since": ahead(10)})
    assert in_use.json()["code"] == "IN_USE"
    assert (await registry.post("officers/wa-tax-clearances-03/retire", BY | {"since": ahead(10)})).status_code == 200
    await registry.office.tick(days=10)
    assert (await registry.get("officers/wa-tax-clearances-03")).json()["status"] == "RETIRED"


async def test_what_only_a_draft_names_is_retired_and_publishing_tells_of_all_of_it(registry: Registry) -> None:
    """Else a draft that nobody finishes would keep an agency from ending (ADR 0018)."""
    any_version = {"If-Match": "*"}
    unit = (await registry.get("units/wa-tax-clearances")).json() | {"id": "wa-tax-archive"}
    agency = (await registry.get("organizations/wa-tax")).json()
    agency |= {"id": "wa-archive", "orgId": "wa-archive", "deskId": "wa-archive-desk", "headOfficerId": None}
    for path, entry in ("units/wa-tax-archive", unit), ("organizations/wa-archive", agency):
        made = await registry.put(path, entry)
        assert made.status_code == 201, made.text
    sheet = (await registry.get("services/tax-clearance")).json()
    held = [sheet["requirements"][0] | {"heldBy": "wa-archive"}]
    draft = sheet | {"unitId": unit["id"], "responsibleOfficerId": "wa-tax-clearances-03", "requirements": held}
    drafted = await registry.put("services/tax-clearance", draft, **any_version)
    assert drafted.json()["stage"] == "DRAFT", drafted.text
    attesting = {"officerId": "wa-tax-desk-01", "expires": ahead(300)}
    assert (await registry.post("services/tax-clearance/attest", attesting, **any_version)).status_code == 200

    await retired(registry, "units/wa-tax-archive", "officers/wa-tax-clearances-03", "organizations/wa-archive")

    refused = await registry.post("services/tax-clearance/publish", {"officerId": "wa-tax-desk-01"})
    assert (refused.status_code, refused.json()["code"]) == (422, "CANNOT_BE_SERVED")
    assert {
        "unitId names unit wa-tax-archive, which is not in force",
        "responsibleOfficerId names officer wa-tax-clearances-03, which is not in force",
        "requirements.heldBy names organization wa-archive, which is not in force",
    } <= set(refused.json()["reasons"])
    assert (await registry.get("services/tax-clearance")).json()["unitId"] == "wa-tax-clearances", "it goes on"


async def test_an_officer_whose_last_shift_is_over_by_then_may_leave_and_the_desk_goes_on(registry: Registry) -> None:
    desk = (await registry.get("desks/wa-tax-desk")).json()
    shift = {"officerId": "wa-tax-clearances-03", "substituteFor": "wa-tax-clearances-02"}
    shifts = [shift | {"validFrom": ahead(-60), "validTo": day} for day in (ahead(-30), ahead(5))]
    assert (await registry.put("desks/wa-tax-desk", desk | {"shifts": shifts}, **ANY)).status_code == 200
    for leaves in ("officers/wa-tax-clearances-03", "officers/wa-tax-clearances-02"):
        for since in ({}, {"since": ahead(5)}):
            stays = await registry.post(f"{leaves}/retire", BY | since)
            assert (stays.json()["code"], stays.json()["users"]) == ("IN_USE", ["desk wa-tax-desk"])
        assert (await registry.post(f"{leaves}/retire", BY | {"since": ahead(6)})).status_code == 200
    await registry.office.tick(days=6)
    assert (await registry.get("officers/wa-tax-clearances-03")).json()["status"] == "RETIRED"
    desk = (await registry.get("desks/wa-tax-desk")).json()
    moved = await registry.put("desks/wa-tax-desk", desk | {"phone": "044-3222-1111"}, **ANY)
    assert moved.status_code == 200, moved.text
    longer = [shifts[0], shifts[1] | {"validTo": ahead(9)}]
    again = await registry.put("desks/wa-tax-desk", desk | {"shifts": longer}, **ANY)
    assert again.json()["code"] == "NAMES_RETIRED"


async def test_what_ends_on_the_day_on_which_all_that_names_it_ends_is_planned_to(registry: Registry) -> None:
    offerings = [each["id"] for each in (await registry.get("offerings", serviceId="tax-clearance")).json()["items"]]

    async def planned(path: str, day: str) -> Any:
        return await registry.post(f"{path}/retire", BY | {"since": day})

    for id in offerings:
        assert (await planned("services/tax-clearance", ahead(10))).json()["code"] == "IN_USE"
        assert (await planned(f"offerings/{id}", ahead(10))).status_code == 200
    early = await planned("services/tax-clearance", ahead(9))
    assert early.json()["users"] == [f"offering {id}" for id in sorted(offerings)], "they would stand on it for a day"
    assert (await planned("services/tax-clearance", ahead(10))).status_code == 200
    back = await registry.post(f"offerings/{offerings[0]}/resume", BY | {"since": ahead(10)})
    assert back.json()["code"] == "NAMES_RETIRED", "the plan of a channel is not called off alone"


async def test_a_channel_that_is_over_keeps_no_service_and_no_longer_last_day_is_given_to_it_then(
    registry: Registry,
) -> None:
    offerings = (await registry.get("offerings", serviceId="tax-clearance")).json()["items"]
    for each in offerings:
        wish = each | {"validTo": ahead(4)}
        assert (await registry.put(f"offerings/{each['id']}", wish, **ANY)).status_code == 200
    assert (await registry.post("services/tax-clearance/retire", BY | {"since": ahead(4)})).json()["code"] == "IN_USE"
    assert (await registry.post("services/tax-clearance/retire", BY | {"since": ahead(5)})).status_code == 200
    longer = await registry.put(f"offerings/{offerings[0]['id']}", offerings[0] | {"validTo": ahead(5)}, **ANY)
    assert longer.json()["code"] == "NAMES_RETIRED"


def test_every_field_that_names_an_entry_is_there() -> None:
    for reference in REFERENCES:
        model: object = reference.user
        for name in reference.path.split("."):
            fields = getattr(model, "model_fields", None) or {}
            assert name in fields, reference
            kinds = [kind for kind in getattr(fields[name].annotation, "__args__", ()) if hasattr(kind, "model_fields")]
            model = kinds[0] if kinds else fields[name].annotation


async def test_a_calendar_is_not_retired_while_somebody_is_promised_by_it(registry: Registry) -> None:
    """Nobody would announce its closures any more, though Clocks and promises count by it (domain 6)."""
    known = (await registry.get("calendars/wa-offices")).json()
    new = {key: value for key, value in known.items() if key != "version"} | {"id": "former", "exceptions": []}
    assert (await registry.put("calendars/former", new)).status_code == 201
    registry.promises.standing = 3
    for since in ({}, {"since": "2027-01-01"}):
        refused = await registry.post("calendars/former/retire", BY | since)
        assert (refused.status_code, refused.json()["users"]) == (409, ["3 open promises"])
    rewritten = await registry.put("calendars/former", new | {"status": "RETIRED"}, **{"If-Match": "*"})
    assert (rewritten.status_code, rewritten.json()["code"]) == (409, "IN_USE")
    registry.promises.away = True
    used = await registry.post("calendars/wa-offices/retire", BY)
    assert used.json()["code"] == "IN_USE", "what stands on it is known without intake"
    away = await registry.post("calendars/former/retire", BY)
    assert (away.status_code, away.json()["code"], away.headers["retry-after"]) == (503, "INTAKE_AWAY", "5")
    assert (await registry.post("calendars/former/suspend", BY)).status_code == 200, "nothing else asks intake"
    registry.promises.standing, registry.promises.away = 0, False
    assert (await registry.post("calendars/former/retire", BY)).status_code == 200
