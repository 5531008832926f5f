"""What officers declare stands in their entry by reference alone; nobody ends a declaration of their own (I8, I12)."""

from datetime import UTC, date, datetime
from typing import Any, cast

import httpx
import pytest
from pydantic import ValidationError

from services.contracts.decision import Decision, Refused, World
from services.contracts.entry import Entry
from services.contracts.personal_data import NamePerson
from services.contracts.registry import Conflict, Officer
from services.contracts.snapshot import Snapshot
from services.registry.domain.conflicts import MOST, DeclareConflict, DeclareWish, EndConflict, EndWish, declare, end
from services.registry.domain.recording import Around, Wish, record
from services.registry.people import AskedTooOften, IntakePeople, NoSuchPerson, NotAsked, PeopleAway
from tests.support.sample import sample_snapshot

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Monday 1405/09/02."""
TODAY = date(2026, 11, 23)
SPOUSE, PARTNER = f"A-{'1' * 32}", f"A-{'2' * 32}"
CLERK, HEAD = "wa-tax-desk-02", "wa-tax-desk-01"


def world() -> World[None]:
    return World(now=NOW, registry=Snapshot(), rules=None)


def an_officer(id: str = CLERK, **changes: Any) -> Officer:
    officer = sample_snapshot().officer(id)
    assert officer is not None
    return officer.model_copy(update={"version": 1, **changes})


def around(head: str | None = HEAD) -> Around:
    """The sample province, where the tax agency has this head."""
    agency = sample_snapshot().organization("wa-tax")
    assert agency is not None
    named = agency.model_copy(update={"head_officer_id": head, "version": agency.version + 1})
    return Around(entries=sample_snapshot().with_entries([named]))


AROUND = around()


def declared(
    officer: Officer | None, ref: str = SPOUSE, relation: Any = "SPOUSE", by: str = CLERK, among: Around = AROUND
) -> Decision[Officer]:
    return declare(officer, DeclareWish(ref=ref, relation=relation, officer_id=by, around=among), world())


def ended(officer: Officer, by: str, ref: str = SPOUSE) -> Decision[Officer]:
    return end(officer, EndWish(ref=ref, command=EndConflict(reason="طلاق", officer_id=by), around=AROUND), world())


def state(decision: Decision[Officer]) -> Officer:
    assert decision.state is not None
    return decision.state


def test_a_declaration_is_published_with_the_officer_and_holds_from_today() -> None:
    decision = declared(an_officer())
    (event,) = decision.events
    assert isinstance(event, Officer)
    assert (event.version, event.conflicts) == (2, (Conflict(ref=SPOUSE, relation="SPOUSE", since=TODAY),))
    assert event.in_conflict(None, SPOUSE)
    assert not event.in_conflict(None, PARTNER)
    assert not event.in_conflict()
    assert decision.answer == {
        "id": CLERK,
        "version": 2,
        "recorded": True,
        "conflict": {"ref": SPOUSE, "relation": "SPOUSE", "since": "2026-11-23"},
    }


def test_said_twice_it_stands_once_and_another_relation_takes_its_place() -> None:
    once = state(declared(an_officer()))
    again = declared(once)
    assert (again.state, again.events) == (once, ())
    other = state(declared(once, relation="BUSINESS"))
    assert [(conflict.ref, conflict.relation) for conflict in other.conflicts] == [(SPOUSE, "BUSINESS")]
    both = state(declared(other, ref=PARTNER, relation="OTHER"))
    assert len(both.conflicts) == 2


@pytest.mark.parametrize("by", ["wa-roads-desk-01", "wa-tax-desk-03"])
def test_others_than_the_officer_and_who_speaks_for_the_agency_declare_nothing(by: str) -> None:
    with pytest.raises(Refused) as refused:
        declared(an_officer(), by=by)
    assert refused.value.code in ("NOT_AUTHORISED", "UNKNOWN_OFFICER")


def test_the_head_of_the_agency_may_declare_it() -> None:
    assert state(declared(an_officer(), by=HEAD)).conflicts


def test_nobody_ends_a_declaration_of_their_own() -> None:
    officer = state(declared(an_officer()))
    with pytest.raises(Refused) as refused:
        ended(officer, CLERK)
    assert (refused.value.code, refused.value.status) == ("NOT_AUTHORISED", 403)
    done = ended(officer, HEAD)
    assert state(done).conflicts == ()
    assert state(done).version == 3


def test_of_the_head_the_agency_above_says_so() -> None:
    head = state(declared(an_officer(HEAD), by=HEAD))
    with pytest.raises(Refused):
        ended(head, CLERK)
    assert state(ended(head, "wa-governorate-desk-01")).conflicts == ()


def test_where_the_registry_names_no_head_another_officer_of_the_agency_speaks() -> None:
    nobody = around(head=None)
    officer = state(declared(an_officer(), by=HEAD, among=nobody))
    own = EndWish(ref=SPOUSE, command=EndConflict(reason="طلاق", officer_id=CLERK), around=nobody)
    with pytest.raises(Refused, match="NOT_AUTHORISED"):
        end(officer, own, world())
    wish = EndWish(ref=SPOUSE, command=EndConflict(reason="طلاق", officer_id=HEAD), around=nobody)
    assert state(end(officer, wish, world())).conflicts == ()


def test_what_was_never_declared_is_not_ended_and_a_stranger_has_no_declarations() -> None:
    with pytest.raises(Refused) as unknown:
        ended(an_officer(), HEAD)
    assert unknown.value.code == "NOT_FOUND"
    with pytest.raises(Refused) as nobody:
        declared(None)
    assert nobody.value.status == 404


def test_they_have_a_bound() -> None:
    many = tuple(Conflict(ref=f"A-{n:032x}", relation="OTHER", since=TODAY) for n in range(MOST))
    with pytest.raises(Refused) as refused:
        declared(an_officer(conflicts=many))
    assert refused.value.code == "TOO_MANY_CONFLICTS"


def test_I12_no_identifier_can_stand_in_its_place() -> None:
    for value in ("0013542419", "A-0013542419", "A-" + "9" * 33):
        with pytest.raises(ValidationError):
            Conflict.model_validate({"ref": value, "relation": "SELF", "since": TODAY})


def test_who_records_the_entry_anew_leaves_the_declarations_as_they_are() -> None:
    known = state(declared(an_officer()))
    wish = Officer.model_validate(an_officer(post="رئیس").model_dump(exclude={"conflicts"}))
    kept = record(known, Wish(entry=wish, sure=True), world()).state
    assert kept is not None
    assert (kept.post, kept.conflicts) == ("رئیس", known.conflicts)
    other = Officer.model_validate(an_officer(conflicts=(*known.conflicts, *known.conflicts)).model_dump())
    for before in (known, None):
        with pytest.raises(Refused) as refused:
            record(before, Wish(entry=other, sure=True), world())
        assert (refused.value.code, refused.value.status) == ("BY_COMMAND", 422)
    sent_back = cast(Entry, known).to_wire()
    same = record(known, Wish(entry=Officer.model_validate(sent_back), sure=True), world())
    assert same.answer == {"id": CLERK, "version": 2, "recorded": False}


def test_the_relation_is_of_a_closed_list() -> None:
    body = {"person": {"scheme": "NID", "value": "0013542419"}, "relation": "FRIEND", "officerId": CLERK}
    with pytest.raises(ValidationError):
        DeclareConflict.model_validate(body)


# -- intake names people ----------------------------------------------------------------------------------------------


def intake_that(answer: httpx.Response | Exception) -> IntakePeople:
    def answered(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return IntakePeople(httpx.AsyncClient(transport=httpx.MockTransport(answered), base_url="http://intake"))


WHO = NamePerson.model_validate({"scheme": "NID", "value": "0013542419", "officerId": "wa-1"})


async def test_the_reference_is_what_intake_says() -> None:
    assert await intake_that(httpx.Response(200, json={"ref": SPOUSE})).ref(WHO) == SPOUSE


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, json={}),
        httpx.Response(200, content=b"no"),
        httpx.ConnectError("0013542419"),
    ],
)
async def test_where_intake_does_not_answer_nobody_is_guessed_at(answer: Any) -> None:
    with pytest.raises(PeopleAway) as away:
        await intake_that(answer).ref(WHO)
    assert WHO.value[-4:] not in str(away.value)
    assert away.value.__cause__ is None


async def test_a_wrong_identifier_is_told_as_intake_tells_it() -> None:
    refused = httpx.Response(422, json={"detail": "the check digit does not fit"})
    with pytest.raises(NoSuchPerson, match="check digit"):
        await intake_that(refused).ref(WHO)


async def test_what_intake_refuses_the_officer_is_refused() -> None:
    """It asks for whoever declares: they are in service, and do not ask too often."""
    with pytest.raises(NotAsked, match="no such officer"):
        await intake_that(httpx.Response(403, json={"detail": "no such officer"})).ref(WHO)
    often = httpx.Response(429, json={"detail": "too many"}, headers={"Retry-After": "7"})
    with pytest.raises(AskedTooOften) as refused:
        await intake_that(often).ref(WHO)
    assert refused.value.args == ("too many", "7")
