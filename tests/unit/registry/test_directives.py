"""A directive from above is acknowledged by each agency in time, or that agency has a deficiency (domain 3)."""

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.decision import Decision, Refused, Send, TimerFired
from services.contracts.deficiency import Kind
from services.contracts.entry import Status
from services.registry.domain.concern import Concern, Gone, concern_id
from services.registry.domain.directives import (
    DUE,
    AcknowledgeDirective,
    AcknowledgeWish,
    Directive,
    IssueDirective,
    IssueWish,
    Raised,
    acknowledge,
    directive_id,
    due_times,
    fell_due,
    issue,
    raised,
    subject_of,
)
from services.registry.duty_store import below
from services.registry.handlers import CONCERN, DEFICIENCY, DIRECTIVE
from services.registry.noticing import Noticing
from tests.unit.registry.governorate import (
    ABOVE,
    AGENCY,
    CLERK,
    ELSEWHERE,
    HEAD,
    INSPECTOR,
    MONDAY,
    QUIET,
    RULES,
    TO_TWO_AGENCIES,
    Office,
    around,
    at,
    province,
    world,
)

DUE_AT = at("1405/09/20 12:00")
BELOW = ("wa-tax", "wa-water", "wa-health")


def issued(known: Directive | None = None, *, below: tuple[str, ...] = BELOW, **changes: Any) -> Decision[Directive]:
    said = {
        "number": "۲۱۰/۱۴۰۵",
        "date": "2026-11-20",
        "text": "میز خدمت در طبقهٔ همکف دایر شود.",
        "dueAt": "2026-12-11T08:30:00Z",
        "officerId": INSPECTOR,
    }
    command = IssueDirective.model_validate(said | changes)
    return issue(known, IssueWish(command=command, below=below, around=around()), world())


def the_directive(**changes: Any) -> Directive:
    directive = issued(**changes).state
    assert directive is not None
    return directive


def acknowledged(
    known: Directive, org: str = AGENCY, by: str = HEAD, *, head: bool = True, later: timedelta = timedelta()
) -> Decision[Directive]:
    command = AcknowledgeDirective(org_id=org, officer_id=by)
    wish = AcknowledgeWish(command=command, around=around(province(head=head)))
    return acknowledge(known, wish, world(MONDAY + later))


def test_without_names_it_is_for_every_agency_below() -> None:
    directive = the_directive()
    assert (directive.issuer, directive.orgs, directive.due_at) == (ABOVE, BELOW, DUE_AT)
    assert the_directive(orgs=["wa-water", "wa-water"]).orgs == ("wa-water",)


def test_a_number_is_given_once_by_an_issuer_however_it_is_typed() -> None:
    directive = the_directive()
    assert directive.id == directive_id(ABOVE, "210/1405 ") != directive_id("wa-tax", "210/1405")
    with pytest.raises(Refused, match="NUMBER_TAKEN"):
        issued(directive)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"below": ()}, "NOT_AUTHORISED"),
        ({"orgs": ["wa-tax", "elsewhere"]}, "NOT_BELOW"),
        ({"dueAt": "2026-11-23T06:30:00Z"}, "ALREADY_DUE"),
        ({"officerId": "nobody"}, "UNKNOWN_OFFICER"),
    ],
)
def test_only_an_agency_above_issues_one_and_only_to_those_below(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        issued(**changes)


def test_each_agency_acknowledges_once_by_its_head_if_it_names_one() -> None:
    directive = acknowledged(the_directive()).state
    assert directive is not None
    assert [(each.org_id, each.officer_id) for each in directive.acknowledged] == [(AGENCY, HEAD)]
    assert directive.silent == ("wa-water", "wa-health")
    for known, org, by, head, code in (
        (directive, AGENCY, HEAD, True, "ALREADY_ACKNOWLEDGED"),
        (the_directive(), AGENCY, CLERK, True, "NOT_AUTHORISED"),
        (the_directive(), AGENCY, ELSEWHERE, False, "NOT_AUTHORISED"),
        (the_directive(), "wa-deeds", HEAD, True, "NOT_ADDRESSED"),
    ):
        with pytest.raises(Refused, match=code):
            acknowledged(known, org, by, head=head)
    assert acknowledged(the_directive(), by=CLERK, head=False).state is not None, "no head is named"


def test_whoever_is_silent_when_it_falls_due_waits_for_a_deficiency() -> None:
    heard = acknowledged(the_directive()).state
    assert heard is not None
    assert due_times(heard) == {DUE: DUE_AT}
    fired = TimerFired(name=DUE, due=DUE_AT)
    assert fell_due(heard, fired, world(DUE_AT - timedelta(seconds=1))).state is heard
    late = fell_due(heard, fired, world(DUE_AT)).state
    assert late is not None
    assert late.to_raise == ("wa-water", "wa-health")
    assert due_times(late) == {}


@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, True), (30, True)])
def test_a_word_at_the_hour_or_after_it_is_late_whether_or_not_a_timer_has_fired(seconds: int, late: bool) -> None:
    moment = DUE_AT + timedelta(seconds=seconds)
    decision = acknowledged(the_directive(), later=moment - MONDAY)
    directive = decision.state
    assert directive is not None
    assert (decision.answer or {})["late"] is late
    assert (directive.fell_due, directive.to_raise) == (late, BELOW if late else ())
    fired = fell_due(directive, TimerFired(name=DUE, due=DUE_AT), world(moment)).state
    assert fired is directive, "it is judged once, and who was in time stays so"


def test_a_late_word_does_not_spare_the_deficiency_which_shows_since_when_it_is_done() -> None:
    late = fell_due(the_directive(), TimerFired(name=DUE, due=DUE_AT), world(DUE_AT)).state
    assert late is not None
    word = DUE_AT + timedelta(hours=1)
    heard = acknowledged(late, later=word - MONDAY)
    assert heard.state is not None
    assert (heard.state.to_raise, heard.sends) == (BELOW, ()), "it is raised before it is gone"
    told = raised(heard.state, Raised(orgs=(AGENCY, "wa-water")), world(word + timedelta(hours=1)))
    assert told.state is not None
    assert told.state.to_raise == ("wa-health",)
    gone = Send("concern", concern_id(AGENCY, Kind.DIRECTIVE_UNACKNOWLEDGED, subject_of(late.id)), Gone(at=word))
    assert told.sends == (gone,)
    after = acknowledged(told.state.model_copy(update={"acknowledged": ()}), later=word - MONDAY)
    assert after.sends == (gone,), "what is raised already hears at once"


# -- with the store ---------------------------------------------------------------------------------------------------


async def test_the_agencies_below_are_found_at_any_depth_and_in_force() -> None:
    office = await Office.of_the_province()
    all_ = await below(office.readable, ABOVE)
    assert len(all_) == 12
    assert ABOVE not in all_


@pytest.mark.parametrize("status", [Status.RETIRED, Status.PLANNED])
async def test_an_agency_that_is_no_more_or_not_yet_is_told_nothing(status: Status) -> None:
    agency = province().organization(AGENCY)
    assert agency
    office = await Office.of_the_province(agency.model_copy(update={"status": status, "version": 3}))
    found = await below(office.readable, ABOVE)
    assert len(found) == 11
    with pytest.raises(Refused, match="NOT_BELOW"):
        issued(below=found, orgs=[AGENCY])


async def test_silence_raises_one_deficiency_for_each_agency_and_a_late_word_shows() -> None:
    office = await Office.of_the_province()
    command = IssueDirective.model_validate(TO_TWO_AGENCIES)
    id = directive_id(ABOVE, "7")
    await office.submit(DIRECTIVE, id, IssueWish(command=command, below=BELOW, around=around()))
    await office.tick(days=30)
    async with office.serving():
        for _ in range(2):
            await Noticing(office.door, office.readable, RULES, QUIET).look(office.clock.now())
    await office.settle()
    assert office.state(DIRECTIVE, id).to_raise == ()
    assert office.told() == ["reported", "reported"]
    concern: Concern = office.state(CONCERN, concern_id(AGENCY, Kind.DIRECTIVE_UNACKNOWLEDGED, subject_of(id)))
    assert concern.deficiency_id
    known = office.state(DEFICIENCY, concern.deficiency_id)
    assert (known.subject.id, known.mode, known.owner, known.gone_at) == (id, None, HEAD, None)
    word = AcknowledgeDirective(org_id=AGENCY, officer_id=HEAD)
    done = await office.submit(DIRECTIVE, id, AcknowledgeWish(command=word, around=around()))
    assert done.answer == {"directiveId": id, "orgId": AGENCY, "late": True}
    assert office.state(DEFICIENCY, concern.deficiency_id).gone_at == office.clock.now()
    assert not any("متن" in event["value"] for event in office.publisher.events())


@pytest.mark.parametrize("fired", [False, True])
async def test_silence_at_the_hour_raises_the_deficiency_though_the_word_came_before_it_was_raised(fired: bool) -> None:
    office = await Office.of_the_province()
    command = IssueDirective.model_validate(TO_TWO_AGENCIES)
    id = directive_id(ABOVE, "7")
    await office.submit(DIRECTIVE, id, IssueWish(command=command, below=BELOW, around=around()))
    office.clock.moment = word_at = DUE_AT + timedelta(seconds=30)
    if fired:
        await office.tick()
    word = AcknowledgeDirective(org_id=AGENCY, officer_id=HEAD)
    done = await office.submit(DIRECTIVE, id, AcknowledgeWish(command=word, around=around()))
    assert (done.answer or {})["late"] is True
    await office.tick(minutes=2)
    async with office.serving():
        await Noticing(office.door, office.readable, RULES, QUIET).look(office.clock.now())
    await office.settle()
    concern: Concern = office.state(CONCERN, concern_id(AGENCY, Kind.DIRECTIVE_UNACKNOWLEDGED, subject_of(id)))
    assert concern.deficiency_id
    known = office.state(DEFICIENCY, concern.deficiency_id)
    assert (known.last_seen_at, known.gone_at) == (DUE_AT, word_at)


async def test_an_agency_that_is_suspended_is_told_too_and_acknowledges_when_it_is_back() -> None:
    """It is away for a while, and the order stands: nobody issues it a second time."""
    office = await Office.of_the_province()
    agency = province().organization(AGENCY)
    assert agency
    await office.put(agency.model_copy(update={"status": Status.SUSPENDED, "version": 3}))
    found = await below(office.readable, ABOVE)
    assert the_directive(below=found, orgs=[AGENCY]).orgs == (AGENCY,)
    assert AGENCY in the_directive(below=found).orgs
