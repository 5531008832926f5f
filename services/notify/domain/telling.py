"""A request has moved: what the citizen is told of it, and what need not be told any more (domain 8, 12.10, 12.12).

Of a closure that moves many of their cases a citizen hears once: which case tells, the closure says (12.9).
"""

from collections.abc import Sequence
from dataclasses import replace

from services.contracts.decision import Decision, World
from services.contracts.intake import RequestMoved
from services.contracts.wire import instant_text
from services.notify.domain.by_mail import may_go_by_mail, way_of
from services.notify.domain.closure import ClosureTurn, GaveWay, GiveWay, NeedNot, Tell, closures_of
from services.notify.domain.correspondence import Correspondence, waits_at_desk
from services.notify.domain.message import (
    CREATED,
    SUPPRESSED,
    TOLD_WITH_ANOTHER,
    WAITING,
    Message,
    Moved,
    Step,
)
from services.notify.domain.notices import ABOUT_A_VISIT, Notice
from services.notify.domain.printouts import taken_back
from services.notify.domain.routes import citizen_notices
from services.notify.domain.rules import Rules
from services.notify.domain.sending import pointless, take_in_hand
from services.notify.domain.templates import Channel, template_id
from services.notify.domain.tokens import Lang
from services.notify.domain.trips import trip_of
from services.notify.domain.wording import template_for, text_in, the_visit, tokens_of, touched


def request_moved(state: Correspondence | None, event: RequestMoved, world: World[Rules]) -> Decision[Correspondence]:
    """Stores the notices of this event and takes in hand what may go out now; suppresses what has lost its point."""
    told = Correspondence.about(event)
    if state is not None:
        told = told.model_copy(update={"messages": state.messages, "lang": state.lang})
    new: list[Message] = []
    notices = [
        notice
        for notice in citizen_notices(event)
        if not _is_asked_already(notice, told.messages) and (event.notifiable or notice is not Notice.SURVEY)
    ]
    for number, notice in enumerate(notices, len(told.messages) + 1):
        new.append(_message(f"{event.request_id}.{number}", notice, event, told, world))
    with_new = told.model_copy(update={"messages": (*told.messages, *new)})
    steps = [
        take_in_hand(Step(message), with_new, world)
        for message in told.messages
        if message.state in WAITING and pointless(message, with_new)
    ]
    steps += [taken_back(Step(message), with_new, world) for message in told.messages if waits_at_desk(message)]
    steps += [take_in_hand(Step(message, entered=(CREATED,)), with_new, world) for message in new]
    return told.after(steps, world.now)


def _is_asked_already(notice: Notice, before: Sequence[Message]) -> bool:
    """How it went is asked once in a case, however often it is worked on."""
    return notice is Notice.SURVEY and any(m.notice is notice and m.state is not SUPPRESSED for m in before)


def tells(state: Correspondence, word: Tell, world: World[Rules]) -> Decision[Correspondence]:
    """This case tells of the closure, also when another was to and could not: then by a message of its own."""
    message = _newest(state, word.message_id)
    turn = message.turn_of(word.closure)
    if turn is None:
        return Decision(state)
    turns = message.with_turn(turn.model_copy(update={"tells": True, "need_not": False}))
    if message.state in WAITING and not message.tells():
        step = Step(message).but(closures=turns, due=world.now)
    elif message.state is SUPPRESSED and message.reason() == TOLD_WITH_ANOTHER:
        step = Step(_afresh(message, turns, state, world), entered=(CREATED,))
    else:  # it goes out for another closure, or has come to nothing meanwhile
        return state.after([Step(message).but(closures=turns)], world.now)
    with_it = {message.id: message for message in (*state.messages, step.message)}
    known = state.model_copy(update={"messages": tuple(with_it.values())})
    return state.after([take_in_hand(step, known, world)], world.now)


def need_not(state: Correspondence, word: NeedNot, world: World[Rules]) -> Decision[Correspondence]:
    """Suppressed, with the reason, as soon as no closure of it may want it told."""
    message = _newest(state, word.message_id)
    turn = message.turn_of(word.closure)
    if turn is None or turn.tells or message.state not in WAITING:
        return Decision(state)
    return state.after([_left_out(message, turn, world)], world.now)


def gives_way(state: Correspondence, word: GiveWay, world: World[Rules]) -> Decision[Correspondence]:
    """Suppressed if nothing has gone out yet: the citizen hears of the closure by a sooner trip of theirs."""
    message = _newest(state, word.message_id)
    turn = message.turn_of(word.closure)
    if turn is None or not turn.tells or message.state not in WAITING:
        return Decision(state)
    decision = state.after([_left_out(message, turn, world)], world.now)
    return replace(decision, sends=(*decision.sends, state.word(GaveWay, message, turn)))


def _newest(state: Correspondence, asked_as: str) -> Message:
    """The message that a closure knows by this id: it may have said its words once more. Raises UNKNOWN_MESSAGE."""
    said = [message for message in state.messages if message.asked_as() == asked_as]
    return said[-1] if said else state.message(asked_as)


def _left_out(message: Message, turn: ClosureTurn, world: World[Rules]) -> Step:
    """One that waits, without this closure: suppressed if that was the last that may want it told."""
    step = Step(message).but(closures=message.with_turn(turn.model_copy(update={"tells": False, "need_not": True})))
    return step.to(SUPPRESSED, world.now, TOLD_WITH_ANOTHER) if step.message.need_not() else step


def _afresh(message: Message, turns: Sequence[ClosureTurn], state: Correspondence, world: World[Rules]) -> Message:
    """The same words once more, as old as they are: what is suppressed is over."""
    changes = {
        "id": f"{state.request_id}.{len(state.messages) + 1}",
        "state": CREATED,
        "due": world.now,
        "turn": 0,
        "attempts": 0,
        "pauses": 0,
        "closures": tuple(turn.model_copy(update={"asked_as": message.asked_as()}) for turn in turns),
        "history": (Moved(state=CREATED, at=world.now),),
    }
    return message.model_copy(update=changes)


def _message(id: str, notice: Notice, event: RequestMoved, told: Correspondence, world: World[Rules]) -> Message:
    channel = way_of(notice, event, world.rules)
    closures = closures_of(notice, event) if event.notifiable else ()
    trip = trip_of(notice, event, told.messages)
    and_more = bool(closures) or len(touched(event, notice)) > 1
    name = template_for(notice, event, and_more=and_more)
    catalogue = world.rules.catalogue
    says_more = channel is not Channel.SMS or may_go_by_mail(notice, event, world.rules)
    channels = [Channel.SMS, Channel.EMAIL] if says_more else [Channel.SMS]
    in_each = [catalogue.newest(template_id(name, each, lang)) for each in channels for lang in Lang]
    tokens = tokens_of(event, notice, in_each)  # how it goes out may turn out when it does
    if notice is Notice.VISIT_OFF and trip is not None:
        tokens["visit"] = instant_text(trip)
    template = text_in(told.lang, name, tokens, catalogue, channel)
    visit = the_visit(event, notice) if notice in ABOUT_A_VISIT else None
    return Message(
        id=id,
        notice=notice,
        round=event.round,
        visit=visit.kind if visit else None,
        channel=channel,
        template_id=template.id,
        template_version=template.version,
        tokens=tokens,
        parts=template.longest_parts() if channel is Channel.SMS else 0,
        state=CREATED,
        created_at=world.now,
        due=world.now,
        closures=tuple(ClosureTurn(id=closure, trip=trip) for closure in closures),
        history=(Moved(state=CREATED, at=world.now),),
    )
