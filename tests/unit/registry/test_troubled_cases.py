"""What goes wrong in cases, as intake tells it: kiosk offices that fail, promises broken again and again (domain 5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts import topics
from services.contracts.commitment import CommitmentState
from services.contracts.deficiency import Kind, Subject, SubjectType
from services.contracts.entry import Status
from services.contracts.intake import RedirectFailure, RequestMoved
from services.contracts.registry import Officer, Organization
from services.contracts.service_sheet import Channel, Offering
from services.registry.domain.concern import concern_id
from services.registry.domain.remedying import Acknowledge, Fix, Plan, Start
from services.registry.handlers import CASE, CONCERN, DEFICIENCY
from services.registry.noticing import Noticing
from services.runtime.message import Held, Record
from tests.support.sample import sample_entries
from tests.unit.notify.cases import a_move
from tests.unit.registry.governorate import (
    MONDAY,
    QUIET,
    RULES,
    VERIFY,
    Office,
    at,
    wish,
)

INSURANCE = "social-insurance-record"
FAILED = RedirectFailure(cause="SHUT", channel=Channel.KIOSK_URBAN, kiosk_ids=("wa-urmia-017",), at=MONDAY)
TAX = "tax-clearance"


def record(event: RequestMoved, sequence: int) -> Record:
    event = event.model_copy(update={"version": sequence})
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"{event.request_id}-{sequence}",
        "ce_source": "/org/wa-tax/intake",
        "ce_type": event.type(),
        "ce_subject": event.subject(),
        "ce_sequence": str(sequence),
    }
    raw = tuple((name, value.encode()) for name, value in headers.items())
    return Record(topics.INTAKE_REQUEST.name, 0, sequence, event.key().encode(), event.to_json(), raw)


def a_case(number: int, *moves: str, **changes: Any) -> RequestMoved:
    return a_move(*moves, request_id=f"5b0c7a52-0000-5000-8000-{number:012}", **changes)


def broken(number: int, when: datetime, service: str = TAX) -> Record:
    """Its promise was broken then."""
    event = a_case(number, "commitment.broken", service_id=service)
    (promise,) = event.commitments
    over = promise.model_copy(update={"state": CommitmentState.BROKEN, "ended_at": when})
    return record(event.model_copy(update={"commitments": (over,)}), 5)


def failed(
    number: int, sequence: int = 3, kiosk_ids: tuple[str, ...] = FAILED.kiosk_ids, at: datetime = FAILED.at
) -> Record:
    event = a_case(
        number,
        "request.registered",
        "request.redirect-failed",
        "commitment.added",
        service_id=INSURANCE,
        redirect_failure=FAILED.model_copy(update={"kiosk_ids": kiosk_ids, "at": at}),
    )
    return record(event, sequence)


async def noticed(office: Office) -> None:
    async with office.serving():
        await Noticing(office.door, office.readable, RULES, QUIET).look(office.clock.now())
    await office.settle()


def deficiencies(office: Office) -> list[Any]:
    return [office.state(DEFICIENCY, id) for id in office.store.collections.get(DEFICIENCY.name, {})]


async def test_a_kiosk_office_that_failed_is_a_deficiency_of_the_offering() -> None:
    office = await Office.of_the_province()
    await office.records(failed(1), failed(1))
    await noticed(office)
    await noticed(office)
    (known,) = deficiencies(office)
    assert (known.kind, known.subject.type, known.occurrences) == (Kind.KIOSK_FAILED, SubjectType.OFFERING, 1)
    offering = [o for o in office_offerings(office) if o["id"] == known.subject.id]
    assert [(o["serviceId"], o["channel"]) for o in offering] == [(INSURANCE, "KIOSK_URBAN")]
    assert (known.org_id, known.found_by.role) == ("wa-social-security", "SYSTEM")
    await office.records(failed(2))
    await noticed(office)
    (known,) = deficiencies(office)
    assert known.occurrences == 2


def office_offerings(office: Office) -> list[dict[str, Any]]:
    return [row["state"] for row in office.store.collections["offering"].values()]


def urban(id: str, org_id: str, *counties: str, status: Status = Status.ACTIVE) -> Offering:
    """A channel of urban offices, one of several of the service."""
    sample = next(each for each in sample_entries() if isinstance(each, Offering) and each.id == f"{INSURANCE}-urban")
    changes = {"id": id, "org_id": org_id, "counties": counties, "status": status, "version": 2}
    return sample.model_copy(update=changes)


KHOY = urban("insurance-urban-khoy", "wa-tax", "khoy")
URMIA = urban("insurance-urban-urmia", "wa-social-security", "urmia")
EVERYWHERE = urban(f"{INSURANCE}-urban", "wa-social-security")
NOWHERE_ELSE = urban(EVERYWHERE.id, "wa-social-security", "bukan")
"""The channel of the sample, of another county."""


@pytest.mark.parametrize(
    ("offices", "channels", "meant"),
    [
        (("wa-urmia-017",), (KHOY, URMIA, EVERYWHERE), URMIA),
        (("wa-urmia-017",), (KHOY, URMIA, NOWHERE_ELSE), URMIA),
        (("wa-khoy-001",), (KHOY, URMIA, EVERYWHERE), KHOY),
        (("wa-bukan-001",), (KHOY, URMIA, EVERYWHERE), EVERYWHERE),
        (("wa-salmas-001",), (KHOY, URMIA, NOWHERE_ELSE), KHOY),
        (("nobody-knows-it",), (KHOY, URMIA, EVERYWHERE), EVERYWHERE),
        ((), (KHOY, URMIA, EVERYWHERE), EVERYWHERE),
        ((), (KHOY, URMIA, NOWHERE_ELSE), KHOY),
        # what was shut since is meant all the same, unless another has taken its place
        (
            ("wa-urmia-017",),
            (KHOY, urban(URMIA.id, URMIA.org_id, "urmia", status=Status.SUSPENDED), NOWHERE_ELSE),
            URMIA,
        ),
        (
            ("wa-urmia-017",),
            (KHOY, urban(URMIA.id, URMIA.org_id, "urmia", status=Status.RETIRED), EVERYWHERE),
            EVERYWHERE,
        ),
        ((), (urban(KHOY.id, KHOY.org_id, "khoy", status=Status.RETIRED), URMIA, NOWHERE_ELSE), URMIA),
    ],
)
async def test_of_several_channels_the_one_of_the_offices_county_failed(
    offices: tuple[str, ...], channels: tuple[Offering, ...], meant: Offering
) -> None:
    office = await Office.of_the_province(*channels)
    await office.records(failed(1, kiosk_ids=offices))
    await noticed(office)
    (known,) = deficiencies(office)
    assert (known.subject.id, known.org_id) == (meant.id, meant.org_id)


async def test_a_later_word_about_the_same_failure_raises_nothing() -> None:
    office = await Office.of_the_province()
    closed = a_case(1, "request.closed", service_id=INSURANCE, redirect_failure=FAILED)
    late = a_case(1, "commitment.broken", service_id=INSURANCE, redirect_failure=FAILED)
    await office.records(failed(1), record(late, 7), record(closed, 8))
    await noticed(office)
    assert [known.occurrences for known in deficiencies(office)] == [1]


async def test_a_crash_before_the_case_hears_of_it_counts_once() -> None:
    office = await Office.of_the_province()
    await office.records(failed(1))
    kept = dict(office.store.collections[CASE.name])
    await noticed(office)
    office.store.collections[CASE.name] = kept
    await noticed(office)
    assert [known.occurrences for known in deficiencies(office)] == [1]


async def test_a_concern_that_cannot_hear_keeps_no_other_waiting_and_is_told_later() -> None:
    office = await Office.of_the_province()
    await office.records(failed(1), *(broken(n, MONDAY) for n in range(10, 15)))
    urban = next(
        each for each in office_offerings(office) if (each["serviceId"], each["channel"]) == (INSURANCE, "KIOSK_URBAN")
    )
    id = concern_id("wa-social-security", Kind.KIOSK_FAILED, Subject(type=SubjectType.OFFERING, id=urban["id"]))
    office.store.collections[CONCERN.name] = {id: {"_id": id, "version": 1, "state": {"of": "another version"}}}
    noticing = Noticing(office.door, office.readable, RULES, QUIET)

    async def look() -> None:
        async with office.serving():
            await noticing.look(office.clock.now())
        await office.settle()

    def waiting() -> int:
        rows = office.store.collections[CASE.name].values()
        return sum(len(row["state"].get("toRaise", ())) for row in rows)

    await look()
    assert [known.kind for known in deficiencies(office)] == [Kind.PROMISES_BROKEN]
    assert waiting() == 1
    del office.store.collections[CONCERN.name][id]
    await look()
    assert waiting() == 1, "not at once"
    office.clock.advance(minutes=2)
    await look()
    assert waiting() == 0
    assert {known.kind for known in deficiencies(office)} == {Kind.KIOSK_FAILED, Kind.PROMISES_BROKEN}


async def test_five_broken_promises_of_a_service_within_thirty_days_are_a_deficiency() -> None:
    office = await Office.of_the_province()
    old = MONDAY - timedelta(days=31)
    await office.records(*(broken(n, old) for n in range(1, 4)))
    await office.records(*(broken(n, MONDAY) for n in range(10, 14)))
    await office.records(*(broken(n, MONDAY, "tax-registration") for n in range(20, 23)))
    await noticed(office)
    assert deficiencies(office) == [], "four within thirty days, and three of another service"
    await office.records(broken(14, MONDAY))
    await noticed(office)
    (known,) = deficiencies(office)
    assert (known.kind, known.subject.id, known.org_id) == (Kind.PROMISES_BROKEN, TAX, "wa-tax")
    assert not any(row["state"].get("toRaise") for row in office.store.collections[CASE.name].values())
    await office.records(broken(15, MONDAY))
    await noticed(office)
    assert [known.occurrences for known in deficiencies(office)] == [2]


@pytest.mark.parametrize(
    ("away", "raised"), [(29, {Kind.KIOSK_FAILED, Kind.PROMISES_BROKEN}), (31, {Kind.KIOSK_FAILED})]
)
async def test_what_went_wrong_while_an_agency_was_suspended_is_raised_when_it_is_back(
    away: int, raised: set[Kind]
) -> None:
    """As far as it counts still: five broken promises within thirty days."""
    agencies = [e for e in sample_entries() if isinstance(e, Organization) and e.id in ("wa-tax", "wa-social-security")]
    office = await Office.of_the_province()
    await office.put(*(agency.model_copy(update={"status": Status.SUSPENDED}) for agency in agencies))
    await office.records(failed(1), *(broken(n, MONDAY) for n in range(10, 15)))
    await noticed(office)
    assert deficiencies(office) == []
    await office.put(*agencies)
    office.clock.advance(days=away)
    await noticed(office)
    assert {known.kind for known in deficiencies(office)} == raised
    assert not any(row["state"].get("toRaise") for row in office.store.collections[CASE.name].values())


async def test_what_was_broken_before_the_verification_is_not_counted_again() -> None:
    office = await Office.of_the_province()
    await office.records(*(broken(n, MONDAY) for n in range(1, 6)))
    await noticed(office)
    (known,) = deficiencies(office)
    office.clock.advance(hours=2)
    await office.verify(known.id)
    later = MONDAY + timedelta(hours=3)
    await office.records(*(broken(n, later) for n in range(11, 15)))
    await noticed(office)
    assert len(deficiencies(office)) == 1
    await office.records(broken(15, later))
    await noticed(office)
    assert len(deficiencies(office)) == 2
    concern = concern_id("wa-tax", Kind.PROMISES_BROKEN, Subject(type=SubjectType.SERVICE, id=TAX))
    assert office.state(CONCERN, concern).rounds == 2


async def test_a_promise_broken_before_the_verification_counts_nowhere_when_it_is_told_after_it() -> None:
    office = await Office.of_the_province()
    await office.records(*(broken(n, MONDAY) for n in range(1, 6)))
    await noticed(office)
    (first,) = deficiencies(office)
    office.clock.advance(hours=2)
    await office.verify(first.id)
    await office.records(*(broken(n, MONDAY + timedelta(hours=3)) for n in range(11, 16)))
    await noticed(office)
    (second,) = (known for known in deficiencies(office) if known.id != first.id)
    counted = second.occurrences
    await office.records(broken(20, MONDAY))
    await noticed(office)
    assert [known.occurrences for known in deficiencies(office) if known.id == second.id] == [counted]


async def test_a_kiosks_failure_before_the_verification_is_settled_by_it_when_it_is_told_after_it() -> None:
    """Its event lagged, or was given up and sent again."""
    staff = next(e.id for e in sample_entries() if isinstance(e, Officer) and e.org_id == "wa-social-security")
    office = await Office.of_the_province()
    await office.records(failed(1))
    await noticed(office)
    (known,) = deficiencies(office)
    office.clock.advance(hours=2)
    for command in (
        Acknowledge(officer_id=staff),
        Plan(what="دفتر دیگری", responsible_id=staff, due_at=at("1405/10/01 12:00"), officer_id=staff),
        Start(officer_id=staff),
        Fix.model_validate({"evidence": {"text": "دایر است"}, "officerId": staff}),
        VERIFY,
    ):
        await office.submit(DEFICIENCY, known.id, wish(command))
    assert deficiencies(office)[0].state == "VERIFIED"
    await office.records(failed(2))
    await noticed(office)
    assert len(deficiencies(office)) == 1


async def test_what_is_told_late_was_seen_when_it_went_wrong_and_its_terms_run_from_when_it_is_told() -> None:
    office, prompt = await Office.of_the_province(), await Office.of_the_province()
    for each in (office, prompt):
        each.clock.advance(days=2)
    await office.records(failed(1))
    await noticed(office)
    await prompt.records(failed(1, at=prompt.clock.now()))
    await noticed(prompt)
    (late,), (at_once,) = deficiencies(office), deficiencies(prompt)
    assert (late.last_seen_at, at_once.last_seen_at) == (MONDAY, MONDAY + timedelta(days=2))
    assert (late.reported_at, late.terms) == (at_once.reported_at, at_once.terms)


async def test_a_case_whose_service_cannot_be_read_keeps_no_other_waiting() -> None:
    office = await Office.of_the_province()
    await office.records(*(broken(n, MONDAY) for n in range(1, 6)), failed(10))
    office.store.collections["service"][TAX]["state"] = {"of": "another version"}
    await noticed(office)
    assert [known.kind for known in deficiencies(office)] == [Kind.KIOSK_FAILED]


async def test_a_case_that_is_held_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    office = await Office.of_the_province()
    await office.records(failed(1), failed(2))
    held, submit = a_case(1).request_id, office.door.submit

    async def holding(entity: Any, id: str, *args: Any, **kwargs: Any) -> Any:
        if id == held:
            raise Held(id)
        return await submit(entity, id, *args, **kwargs)

    monkeypatch.setattr(office.door, "submit", holding)
    noticing = Noticing(office.door, office.readable, RULES, QUIET)
    async with office.serving():
        await noticing.look(office.clock.now())
    await office.settle()
    (known,) = deficiencies(office)
    assert known.occurrences == 2
