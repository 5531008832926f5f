"""Routing rules are entries: one in force for a service, of units that can do its work, said by the head (domain 7)."""

from typing import Any

import pytest

from services.contracts.decision import Refused, World
from services.contracts.entry import Status
from services.contracts.province_check import problems_of
from services.contracts.registry import Officer
from services.contracts.routing_rule import RoutingRule, row_for
from services.contracts.snapshot import Snapshot
from services.contracts.topics import REGISTRY_RULE
from services.registry.domain.claims import Claim, ClaimWish, Sole, claim
from tests.support.sample import sample_entries, sample_snapshot
from tests.unit.registry.governorate import MONDAY
from tests.unit.registry.over_http import Registry
from tests.unit.registry.say_of_others import ABOVE, ANOTHER, ANY, DONE, REFUSED, changed, read, told
from tests.unit.registry.test_retiring import ahead

RULE, SERVICE = "rules/building-permit-rule", "building-permit"
PERMITS, REVENUE = "wa-municipality-urmia-permits", "wa-municipality-urmia-revenue"
HEAD, CLERK = "wa-municipality-urmia-desk-01", "wa-municipality-urmia-desk-02"
BY = {"officerId": HEAD, "reason": "بازنگری روال"}
NOW: World[object] = World(now=MONDAY, registry=Snapshot(), rules=None)


def steps(*units: str, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": f"s{number}", "unitId": unit} | fields for number, unit in enumerate(units)]


def written(id: str = "new", service: str = "building-completion", unit: str = PERMITS, **fields: Any) -> Any:
    rows = [{"steps": steps(unit)}]
    return {"id": id, "orgId": "wa-municipality-urmia", "serviceId": service, "rows": rows} | fields


async def recorded(registry: Registry, wish: dict[str, Any], by: str | None = HEAD) -> tuple[int, str | None]:
    query = f"?officerId={by}" if by else ""
    return told(await registry.put(f"rules/{wish['id']}{query}", wish, **ANY))


async def plan(registry: Registry, path: str, verb: str, days: int = 0, **fields: Any) -> tuple[int, str | None]:
    return told(await registry.post(f"{path}/{verb}", BY | {"since": ahead(days)} | fields))


# -- the sample --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "units", "four_eyes"),
    [
        ({}, [PERMITS], None),
        ({"area": 999.0, "amount": 49_999_999_999}, [PERMITS], None),
        ({"area": 1000.0}, [PERMITS, REVENUE], 0),
        ({"amount": 50_000_000_000}, [PERMITS, REVENUE], 50_000_000_000),
    ],
)
def test_in_the_sample_large_and_dear_buildings_go_through_two_units(
    case: dict[str, Any], units: list[str], four_eyes: int | None
) -> None:
    rule = sample_snapshot().rule_of(SERVICE)
    assert rule is not None
    row = row_for(rule, **{"county": "urmia", "area": None, "amount": None, "applicant": None} | case)
    assert row is not None
    assert ([step.unit_id for step in row.steps], row.four_eyes_from) == (units, four_eyes)


def test_in_the_sample_every_unit_is_led_by_somebody_who_works_there() -> None:
    for entry in sample_snapshot().every():
        if entry.KIND == "unit":
            head = sample_snapshot().officer(getattr(entry, "head_officer_id", None))
            assert head is not None, entry.id
            assert head.unit_id == entry.id


# -- as any entry ------------------------------------------------------------------------------------------------------


async def test_a_rule_is_published_whole_and_every_version_is_kept(registry: Registry) -> None:
    assert await recorded(registry, written()) == (201, None)
    assert await recorded(registry, written(rungs=[40, 90])) == (200, None)
    assert await recorded(registry, written(rungs=[40, 90])) == (200, None)
    events = registry.office.publisher.events(REGISTRY_RULE.name)
    published = [RoutingRule.model_validate_json(event["value"]) for event in events]
    assert [(rule.id, rule.version, rule.rungs) for rule in published] == [
        ("new", 1, (50, 80, 100, 120)),
        ("new", 2, (40, 90)),
    ]
    assert (await registry.get("rules/new", version=1)).json()["rungs"] == [50, 80, 100, 120]
    history = (await registry.get("rules/new/history")).json()["items"]
    assert [(each["version"], each["recordedBy"]) for each in history] == [(2, HEAD), (1, HEAD)]
    listed = (await registry.get("rules", serviceId="building-completion")).json()["items"]
    assert [each["id"] for each in listed] == ["new"]
    assert told(await registry.put("rules/new", written(rungs=[10]))) == (428, "IF_MATCH_REQUIRED")


async def test_a_field_that_is_not_understood_is_refused_at_any_depth(registry: Registry) -> None:
    wish = written(rows=[{"steps": steps(PERMITS, deadline=3)}])
    refused = await registry.put("rules/new", wish)
    assert [error["field"] for error in refused.json()["errors"]] == ["rows.0.steps.0.deadline"]


# -- who ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "answer"), [(CLERK, REFUSED), (ANOTHER, REFUSED), (HEAD, DONE), (ABOVE, DONE), (None, DONE)]
)
async def test_a_rule_is_the_heads_to_say_since_it_says_who_decides_alone(
    registry: Registry, by: str | None, answer: tuple[int, str | None]
) -> None:
    assert await changed(registry, RULE, by, rungs=[50]) == answer


async def test_nor_is_it_suspended_or_retired_by_whom_it_binds(registry: Registry) -> None:
    for verb in ("suspend", "retire"):
        assert await plan(registry, RULE, verb, officerId=CLERK) == REFUSED
    assert await plan(registry, RULE, "suspend") == DONE
    assert await plan(registry, RULE, "resume", officerId=CLERK) == REFUSED
    assert await plan(registry, RULE, "resume") == DONE


# -- what it names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "flaws"),
    [
        ({"serviceId": "nothing"}, ["serviceId names service nothing, which is not recorded"]),
        (
            {"rows": [{"steps": steps("nowhere"), "noCompetenceTo": "neither"}]},
            [
                "rows.steps.unitId names unit nowhere, which is not recorded",
                "rows.noCompetenceTo names unit neither, which is not recorded",
            ],
        ),
        (
            {"rows": [{"steps": steps(PERMITS, "wa-tax-business")}]},
            [
                "rows.0.steps.1.unitId names unit wa-tax-business, which is of another agency",
                "unit wa-tax-business has fewer than 2 officers who may process it",
            ],
        ),
        (
            {"rows": [{"steps": steps(PERMITS), "noCompetenceTo": REVENUE}]},
            [f"unit {REVENUE} has fewer than 2 officers who may process it"],
        ),
        (
            {"rows": [{"steps": steps(PERMITS), "maxAmount": 0}], "rungs": [2, 1]},
            ["rows.0.maxAmount: nothing lies from 0 on and below 0", "rungs: they ascend, each once"],
        ),
        (
            {"orgId": "wa-tax", "serviceId": SERVICE},
            ["serviceId names service building-permit, which is of another agency"],
        ),
    ],
)
@pytest.mark.parametrize("by", [ABOVE, None])
async def test_all_that_is_wrong_with_it_is_told_at_once_also_to_an_import(
    registry: Registry, fields: dict[str, Any], flaws: list[str], by: str | None
) -> None:
    query = f"?officerId={by}" if by else ""
    refused = await registry.put(f"rules/new{query}", written() | fields)
    assert (refused.status_code, refused.json()["code"]) == (422, "INCOMPLETE")
    assert refused.json()["flaws"] == flaws


async def test_a_unit_that_is_not_in_force_when_the_rule_begins_is_named_and_one_that_is_by_then_is_not(
    registry: Registry,
) -> None:
    unit = f"units/{PERMITS}"
    assert await plan(registry, unit, "suspend", until=ahead(9)) == DONE
    refused = await registry.put("rules/new", written())
    assert refused.json()["flaws"] == [f"rows.0.steps.0.unitId names unit {PERMITS}, which is not in force"]
    begins: dict[str, Any] = {"status": "PLANNED", "planned": [{"status": "ACTIVE", "since": ahead(10)}]}
    assert await recorded(registry, written(**begins)) == (201, None)


async def test_work_goes_to_officers_who_may_do_it_on_the_day_on_which_the_rule_begins(registry: Registry) -> None:
    for officer in ("02", "03", "04"):
        path = f"officers/{PERMITS}-{officer}"
        known = Officer.model_validate(await read(registry, path))
        ended = [each.to_wire() | {"validTo": ahead(4)} for each in known.authorities]
        assert await changed(registry, path, ABOVE, authorities=ended) == DONE
    begins: dict[str, Any] = {"status": "PLANNED", "planned": [{"status": "ACTIVE", "since": ahead(5)}]}
    refused = await registry.put("rules/new", written(**begins))
    assert refused.json()["flaws"] == [f"unit {PERMITS} has fewer than 2 officers who may process it"]
    assert await recorded(registry, written()) == (201, None)


async def test_a_county_in_which_nothing_stands_is_refused(registry: Registry) -> None:
    refused = await registry.put(
        f"rules/new?officerId={HEAD}", written(rows=[{"steps": steps(PERMITS), "counties": ["urmia", "atlantis"]}])
    )
    assert (refused.status_code, refused.json()["code"], refused.json()["names"]) == (
        422,
        "UNKNOWN_COUNTY",
        ["atlantis"],
    )


async def test_it_stays_the_rule_of_its_service(registry: Registry) -> None:
    moved = (await read(registry, RULE)) | {"serviceId": "building-completion", "rows": written()["rows"]}
    assert told(await registry.put(RULE, moved, **ANY)) == (409, "SERVICE_FIXED")


# -- one of each service -----------------------------------------------------------------------------------------------


async def test_a_second_rule_of_a_service_is_refused_while_the_first_is_in_force(registry: Registry) -> None:
    other = written("other", SERVICE)
    refused = await registry.put("rules/other", other)
    assert (refused.status_code, refused.json()["code"], refused.json()["names"]) == (
        409,
        "SERVICE_HAS_RULE",
        ["building-permit-rule"],
    )
    assert await plan(registry, RULE, "suspend") == DONE
    assert await recorded(registry, other) == (201, None)
    assert await plan(registry, RULE, "resume") == (409, "SERVICE_HAS_RULE")
    again = (await read(registry, RULE)) | {"status": "ACTIVE"}
    assert told(await registry.put(RULE, again, **ANY)) == (409, "SERVICE_HAS_RULE")


async def test_a_rule_gives_way_to_the_next_on_a_day_ahead(registry: Registry) -> None:
    def begins(days: int) -> Any:
        plans = [{"status": "ACTIVE", "since": ahead(days)}]
        return written("other", SERVICE, status="PLANNED", planned=plans)

    assert await recorded(registry, begins(10)) == (409, "SERVICE_HAS_RULE")
    assert await plan(registry, RULE, "retire", 10) == DONE
    assert await recorded(registry, begins(9)) == (409, "SERVICE_HAS_RULE")
    assert await recorded(registry, begins(10)) == (201, None)
    assert await plan(registry, RULE, "resume", 10) == (409, "SERVICE_HAS_RULE"), "its end is not called off alone"
    await registry.office.tick(days=10)
    states = {path: (await read(registry, path))["status"] for path in (RULE, "rules/other")}
    assert states == {RULE: "RETIRED", "rules/other": "ACTIVE"}


def test_while_one_rule_is_being_recorded_another_of_its_service_waits_for_none() -> None:
    claimed = claim(None, ClaimWish(what=Sole.RULE, holder_id="one"), NOW).state
    assert claimed is not None
    with pytest.raises(Refused, match="SERVICE_HAS_RULE"):
        claim(claimed, ClaimWish(what=Sole.RULE, holder_id="two"), NOW)
    assert Claim.model_validate({"kioskId": "one", "at": MONDAY, "calls": 1}) == claimed, "as it was stored before"
    assert claimed.to_wire()["kioskId"] == "one"


# -- its life and that of its units ------------------------------------------------------------------------------------


async def test_a_unit_that_a_rule_names_is_not_retired_before_it(registry: Registry) -> None:
    revenue = f"units/{REVENUE}"
    await registry.office.put(*_without_its_own_work(REVENUE))
    refused = await registry.post(f"{revenue}/retire", BY)
    assert (refused.json()["code"], refused.json()["users"]) == ("IN_USE", ["rule building-permit-rule"])
    assert await plan(registry, RULE, "retire", 5) == DONE
    assert await plan(registry, revenue, "retire", 4) == (409, "IN_USE")
    assert await plan(registry, revenue, "retire", 5) == DONE
    back = await registry.post(f"{RULE}/resume", BY | {"since": ahead(5)})
    assert (back.json()["code"], back.json()["names"]) == ("NAMES_RETIRED", [f"unit {REVENUE}"])


async def test_nor_is_its_service_nor_one_that_gets_what_another_is_not_competent_for(registry: Registry) -> None:
    refused = await registry.post(f"services/{SERVICE}/retire", BY)
    assert "rule building-permit-rule" in refused.json()["users"]
    rows = [{"steps": steps(PERMITS), "noCompetenceTo": REVENUE}]
    assert await changed(registry, RULE, HEAD, rows=rows) == DONE
    await registry.office.put(*_without_its_own_work(REVENUE))
    assert (await registry.post(f"units/{REVENUE}/retire", BY)).json()["users"] == ["rule building-permit-rule"]


async def test_a_rule_comes_back_only_while_its_units_can_do_the_work(registry: Registry) -> None:
    assert await plan(registry, RULE, "suspend") == DONE
    assert await plan(registry, f"units/{REVENUE}", "suspend", until=ahead(9)) == DONE
    refused = await registry.post(f"{RULE}/resume", BY)
    assert (refused.status_code, refused.json()["code"]) == (422, "CANNOT_BE_ROUTED")
    assert refused.json()["reasons"] == [f"rows.0.steps.1.unitId names unit {REVENUE}, which is not in force"]
    assert refused.json()["reasonsLocal"] == [f"rows.0.steps.1.unitId: {REVENUE} دایر نیست"]
    assert await plan(registry, RULE, "resume", 10) == DONE


def _without_its_own_work(unit: str) -> list[Any]:
    """Of the unit, whose officers and service are retired: nothing but the rule names it."""
    return [
        entry.model_copy(update={"status": Status.RETIRED, "version": 2})
        for entry in sample_snapshot().every()
        if getattr(entry, "unit_id", None) == unit
    ]


# -- an import ---------------------------------------------------------------------------------------------------------


def test_a_province_with_a_rule_that_cannot_be_followed_is_not_imported() -> None:
    other = RoutingRule.model_validate(written("other", SERVICE, "wa-tax-business"))
    problems = {str(problem) for problem in problems_of([*sample_entries(), other])}
    assert problems == {
        "rule other: rows.0.steps.0.unitId names unit wa-tax-business, which is of another agency",
        "rule other: unit wa-tax-business has fewer than 2 officers who may process it",
        "rule other: serviceId: building-permit has another rule too",
        "rule building-permit-rule: serviceId: building-permit has another rule too",
    }
    nowhere = RoutingRule.model_validate(written("other", "building-completion", "nowhere"))
    assert [str(problem) for problem in problems_of([*sample_entries(), nowhere])] == [
        "rule other: rows.steps.unitId names unit nowhere, which is not recorded"
    ]


# -- looked at before --------------------------------------------------------------------------------------------------


async def test_a_rule_is_looked_at_against_the_cases_of_late_and_nothing_is_recorded(registry: Registry) -> None:
    registry.routed.answer = {"cases": 3, "moved": 1}
    answer = await registry.post(f"rules/new/preview?officerId={HEAD}&days=7", written(rungs=[40]))
    assert (answer.status_code, answer.json()) == (
        200,
        {"id": "new", "version": 0, "recorded": True, "cases": {"cases": 3, "moved": 1}},
    )
    ((asked, days),) = registry.routed.asked
    assert (asked.service_id, asked.rungs, days) == ("building-completion", (40,), 7)
    assert (await registry.get("rules/new")).status_code == 404
    await recorded(registry, written())
    again = await registry.post("rules/new/preview", written())
    assert (again.json()["version"], again.json()["recorded"]) == (1, False)


async def test_whatever_recording_would_refuse_is_refused_before_all_at_once(registry: Registry) -> None:
    wish = written(rows=[{"steps": steps("nowhere"), "maxAmount": 0}], rungs=[2, 1])
    would, does = await registry.post("rules/new/preview", wish), await registry.put("rules/new", wish)
    assert (would.status_code, would.json()["code"]) == (does.status_code, does.json()["code"]) == (422, "INCOMPLETE")
    assert would.json()["flaws"] == does.json()["flaws"]
    assert len(would.json()["flaws"]) > 2
    assert told(await registry.post(f"rules/new/preview?officerId={CLERK}", written())) == REFUSED
    assert told(await registry.post("rules/other/preview", written())) == (422, "ID_MISMATCH")
    lost = await registry.post("rules/new/preview", written(deadline=3))
    assert [error["field"] for error in lost.json()["errors"]] == ["deadline"]
    assert registry.routed.asked == [], "nobody looks at cases for what cannot be recorded"


async def test_while_routing_is_away_a_rule_cannot_be_looked_at(registry: Registry) -> None:
    registry.routed.away = True
    answer = await registry.post("rules/new/preview", written())
    assert told(answer) == (503, "ROUTING_AWAY")
    assert answer.headers["Retry-After"]
    assert await recorded(registry, written()) == (201, None), "it is recorded all the same"
