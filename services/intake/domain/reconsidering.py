"""The registry has changed: whoever is to come hears of it before they set out, each once (domain 3, 12.9, 12.16).

A next visit and the deadline of documents are moved to when the desk opens; whoever has an appointment that nobody can
serve, or who stands in has no room for, is warned, and told again when that is taken back; whoever may come until the
closing is told that it is sooner. An answer moves at whose time the desk is out of service, or that waits to be told
while it is shut (`absent_desk.py`); any other moves with the Clock of routing.
What only the desk needs to know, that a slot ends later, or a grace, that a redirect lapses later, or that no kiosk
office is left for whoever was sent to one, changes in silence; but that a closing which was to be sooner is later after
all is published, since a message of it may wait.
Nothing happens for a PROVISIONAL day (domain 6).
"""

from dataclasses import replace
from typing import Any

from services.contracts.commitment import OUT_OF_SERVICE, Commitment, ExpectedVisit
from services.contracts.decision import Decision, World
from services.contracts.registry import Desk
from services.contracts.routing import DueCause
from services.contracts.wire import Wire
from services.contracts.working_calendar import CalendarRef
from services.intake.domain import absent_desk, awaiting, collecting, granted_before, redirecting
from services.intake.domain.case import Case
from services.intake.domain.case_parts import Role
from services.intake.domain.desk_slots import RoomCame, SlotMoved
from services.intake.domain.desk_time import A_SECOND, closing_of
from services.intake.domain.expecting import (
    APPOINTMENT,
    MOVED,
    NEXT_VISIT,
    REINSTATED,
    seen,
    serves,
    the_promise,
    with_changed,
)
from services.intake.domain.grace import looked_in
from services.intake.domain.in_service import opening
from services.intake.domain.moving import re_projected
from services.intake.domain.new_times import POSTPONED, known_again, untold_without_mobile
from services.intake.domain.progress import tell_kiosk
from services.intake.domain.request import Request, Rule, moved, with_case
from services.intake.domain.rules import Rules
from services.intake.domain.slots import shut, stands
from services.intake.domain.standing import desk_calendar
from services.intake.domain.standing_in import asking, asks, taken_over, without_officer
from services.intake.domain.states import AT_WORK, RESULT_READY
from services.worktime import said_of
from services.worktime.jalali import civil_day

Changed = tuple[Case, tuple[str, ...]]
"""A case, and the verbs to publish; the very same case when nothing is otherwise."""

WARNED = "commitment.warned"
SHORTENED, LENGTHENED = "commitment.shortened", "commitment.lengthened"
RETIMED = frozenset({MOVED, REINSTATED, SHORTENED, POSTPONED})
"""Whoever has not heard of it comes in vain, or not at all. A warned visit stands in the work list anyhow."""


class RegistryMoved(Wire):
    """To a request whose person is to come: look whether that still holds."""


def looked_at(request: Request | None, message: RegistryMoved, world: World[Rules]) -> Decision[Request]:
    """Told once: looked at again, the case is as the registry wants it."""
    if request is None or request.case is None:
        return Decision(request)
    case, verbs = reconsidered(request.case, world)
    if case is request.case:
        return Decision(request)
    return _written(request, request.case, case, verbs, world)


def looking_again(rule: Rule) -> Rule:
    """The rule; and where somebody else speaks for the applicant from now on, the visits are looked at again: the
    officer of an appointment may have declared them (I8)."""

    def decide(request: Request | None, message: Any, world: World[Rules]) -> Decision[Request]:
        decision = rule(request, message, world)
        before, after = request.case if request else None, decision.state.case if decision.state else None
        if before is None or after is None or before.people() == after.people() or not after.open_visits():
            return decision
        again = looked_at(decision.state, RegistryMoved(), world)
        events, sends = (*decision.events, *again.events), (*decision.sends, *again.sends)
        return replace(decision, state=again.state, events=events, sends=sends)

    return decide


def day_answered(request: Request | None, message: SlotMoved, world: World[Rules]) -> Decision[Request]:
    """Another officer serves in the same hour, and nobody need hear of it; or nobody has room, and it is off.

    Whoever has it may be gone by now: what was asked is answered, and the day is asked anew.
    """
    if request is None or request.case is None:
        return Decision(request)
    before = request.case
    promise = next((one for one in before.open_visits() if one.kind is APPOINTMENT), None)
    slot, desk = before.held_slot(promise.id) if promise else None, world.registry.desk(before.desk_id)
    if promise is None or slot is None or slot.id != message.booking_id or not slot.moving or desk is None:
        return Decision(request)
    heard = taken_over(before, slot, promise, message.officer_id)
    room = message.officer_id is not None
    case, verbs = _visit(heard, the_promise(heard, promise.id), desk, world, room=room)
    return _written(request, heard, case, verbs, world)


def room_came(request: Request | None, message: RoomCame, world: World[Rules]) -> Decision[Request]:
    """Whoever was warned since nobody had room asks the day once more: at once, or as soon as the visit may stand."""
    if request is None or request.case is None:
        return Decision(request)
    before = request.case
    promise = next((one for one in before.open_visits() if one.kind is APPOINTMENT), None)
    slot, desk = before.held_slot(promise.id) if promise else None, world.registry.desk(before.desk_id)
    if promise is None or slot is None or slot.id != message.booking_id or slot.moving or desk is None:
        return Decision(request)
    if not slot.asked_of:
        return Decision(request)
    asks_anew = before.with_slot(slot.model_copy(update={"asked_of": ()}))
    case, verbs = _visit(asks_anew, promise, desk, world)
    return _written(request, before, case, verbs, world)


def _written(
    request: Request, before: Case, case: Case, verbs: tuple[str, ...], world: World[Rules]
) -> Decision[Request]:
    """`before`: the case before the day was asked what it is asked now."""
    case, sends = seen(case), asks(request.id, before, case)
    if not verbs:
        return Decision(with_case(request, case, world.now), sends=sends)
    only_the_answer = case.state is RESULT_READY and case.open_visits() == before.open_visits()
    if RETIMED.intersection(verbs) and not only_the_answer:  # the desk tells the result itself
        case = untold_without_mobile(case, world.now)
    told, _, event = moved(request, known_again(case), world.now, Role.TIME, verbs)
    if POSTPONED not in verbs:
        return Decision(told, events=(event,), sends=sends)
    heard = tell_kiosk(told, event, world)  # its citizen asks at the counter until when
    return replace(heard, sends=(*sends, *heard.sends))


def reconsidered(case: Case, world: World[Rules]) -> Changed:
    """The case as its desk can keep what it has promised, by the registry of now."""
    verbs: dict[str, None] = {}
    desk = world.registry.desk(case.desk_id)
    if desk is None:
        return case, ()
    case = looked_in(case, world)
    for promise in case.open_visits():
        case, its_verbs = _visit(case, promise, desk, world)
        verbs |= dict.fromkeys(its_verbs)
    case, its_verbs = _documents(case, desk, world)
    verbs |= dict.fromkeys(its_verbs)
    case, its_verbs = _answer(case, desk, world)
    verbs |= dict.fromkeys(its_verbs)
    for anew in (redirecting.counted_anew, collecting.counted_anew, granted_before.counted_anew):
        case = anew(case, world)
    case = redirecting.looked_for_offices(case, world)
    return case, tuple(verbs)


def _answer(case: Case, desk: Desk, world: World[Rules]) -> Changed:
    if case.state is RESULT_READY:
        return absent_desk.when_the_desk_is_there(case, desk, world)
    return absent_desk.put_off(case, desk, world) if case.state in AT_WORK else (case, ())


def _visit(case: Case, promise: Commitment, desk: Desk, world: World[Rules], *, room: bool = True) -> Changed:
    """A next visit is one for its whole day; an appointment that has begun nobody can be told of any more.

    Nor is anybody expected on the same day who was told not to come: they may not hear of it in time. `room`: whether
    whoever stands in for an officer may have it.
    """
    visit = promise.visit
    assert visit is not None, "only visits are looked at"
    ahead = visit.until if promise.kind is NEXT_VISIT else promise.promised_at
    warned = visit.warned_at is not None
    if ahead <= world.now or (warned and civil_day(promise.promised_at) <= civil_day(world.now)):
        return case, ()
    served = serves(case, promise, world)
    slot = without_officer(case, promise, desk, world) if served else None
    if slot is not None and room:
        return asking(case, slot, promise, desk, world), ()
    served = served and slot is None
    if served and warned:
        return _reinstated(case, promise, desk, world)
    if served:
        return _until_closing(case, promise, desk, world)
    after, verbs = _moved_on(case, promise, desk, world) if promise.kind is NEXT_VISIT else (case, ())
    return (after, verbs) if verbs or warned else _warned(case, promise, desk, world)


def _moved_on(case: Case, promise: Commitment, desk: Desk, world: World[Rules]) -> Changed:
    """To the next opening of the desk; no verb where there is none, nobody knows, it is past the law's limit, or the
    visit has begun. It never comes sooner than its person was told: they may hear of it too late."""
    calendar = desk_calendar(world.registry, desk)
    to = opening(desk, calendar, promise.promised_at) if calendar else None
    if to is None or to.at > promise.legal_latest_at:
        return case, ()
    closed, day = shut(world.registry, desk, promise.promised_at, promise.promised_at + A_SECOND)
    rule, days = to.moved_by if closed else OUT_OF_SERVICE, (day,) if day else ()
    moved_case, verbs = re_projected(case, promise.id, to.at, world, cause=DueCause.CALENDAR, rule=rule, days=days)
    new = the_promise(moved_case, promise.id)
    closes = closing_of(world.registry, desk, civil_day(new.promised_at))
    if closes is None or not verbs:
        return case, ()
    return with_changed(moved_case, new.model_copy(update={"visit": ExpectedVisit(until=closes)})), verbs


def _warned(case: Case, promise: Commitment, desk: Desk, world: World[Rules]) -> Changed:
    assert promise.visit is not None
    at = promise.promised_at
    until = promise.visit.until if promise.kind is APPOINTMENT else at + A_SECOND
    closed, day = shut(world.registry, desk, at, until)
    visit = promise.visit.model_copy(update={"warned_at": world.now, "shut_by": closed, "shut_on": day})
    return with_changed(case, promise.model_copy(update={"visit": visit})), (WARNED,)


def _reinstated(case: Case, promise: Commitment, desk: Desk, world: World[Rules]) -> Changed:
    """While it was off nobody has looked at when the desk shuts that day. A sooner end of which they have not heard is
    told anew: what was to tell it may not have gone out."""
    assert promise.visit is not None
    changes: dict[str, object] = {"warned_at": None, "shut_by": None, "shut_on": None, "reinstated_at": world.now}
    again = promise.model_copy(update={"visit": promise.visit.model_copy(update=changes)})
    case, verbs = _until_closing(with_changed(case, again), again, desk, world, anew=True)
    return case, (REINSTATED, *verbs)


def _until_closing(case: Case, promise: Commitment, desk: Desk, world: World[Rules], *, anew: bool = False) -> Changed:
    """The slot of a next visit is the rest of its day, however long that is now; told if it ends sooner than known.

    Published if it is later again after that: nobody is told of it, but the message of the sooner end may wait still.
    `anew`: told again of the same end that was told before, where it is not known yet.
    """
    visit, calendar = promise.visit, desk_calendar(world.registry, desk)
    assert visit is not None
    day = civil_day(promise.promised_at)
    closes = closing_of(world.registry, desk, day)
    if promise.kind is not NEXT_VISIT or calendar is None or closes is None or (closes == visit.until and not anew):
        return case, ()
    known = visit.told_until or visit.until
    changes: dict[str, object] = {"until": closes, "told_until": known if known != closes else None}
    sooner = closes < known if anew else closes < min(known, visit.until)
    if sooner:
        known_by = CalendarRef(id=calendar.id, version=calendar.version)
        changes |= {"shortened_at": world.now, "shut_by": known_by, "shut_on": said_of(calendar, day)}
    changed = promise.model_copy(update={"visit": visit.model_copy(update=changes)})
    later = visit.shortened_at is not None and closes > visit.until
    return with_changed(case, changed), (SHORTENED,) if sooner else (LENGTHENED,) if later else ()


def _documents(case: Case, desk: Desk, world: World[Rules]) -> Changed:
    """A deadline at which the desk is shut is put off to its next opening; the grace is counted by the days of now."""
    awaited, calendar = case.awaited, desk_calendar(world.registry, desk)
    if awaited is None or not awaited.missing or calendar is None:
        return case, ()
    until = awaited.until
    if until > world.now and not stands(world.registry, desk.id, until, until + A_SECOND):
        receives = opening(desk, calendar, until)
        until = receives.at if receives else until
    closes = awaiting.closing(awaited.model_copy(update={"until": until}), case, world)
    if (until, closes) == (awaited.until, awaited.closes_at):
        return case, ()
    changes: dict[str, object] = {"until": until, "closes_at": closes}
    if until == awaited.until:
        return case.model_copy(update={"awaited": awaited.model_copy(update=changes)}), ()
    closed, day = shut(world.registry, desk, awaited.until, awaited.until + A_SECOND)
    changes |= {"postponed_by": closed, "postponed_on": day}
    return case.model_copy(update={"awaited": awaited.model_copy(update=changes)}), (POSTPONED,)
