"""A request has moved: what the citizen is told of it, and what need not be told any more (domain 8, 12.10, 12.12)."""

from services.contracts.decision import Decision, World
from services.contracts.intake import RequestMoved
from services.notify.domain.catalogue import template_for, tokens_of
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.message import CREATED, TEMP_FAILED, Message, Moved, Step
from services.notify.domain.notices import Notice
from services.notify.domain.routes import citizen_notices
from services.notify.domain.rules import Rules
from services.notify.domain.sending import pointless, take_in_hand


def request_moved(state: Correspondence | None, event: RequestMoved, world: World[Rules]) -> Decision[Correspondence]:
    """Stores the notices of this event and takes in hand what may go out now; suppresses what has lost its point."""
    told = Correspondence.about(event)
    if state is not None:
        told = told.model_copy(update={"messages": state.messages})
    new: list[Message] = []
    if event.notifiable:
        for number, notice in enumerate(citizen_notices(event.moves), len(told.messages) + 1):
            new.append(_message(f"{event.request_id}.{number}", notice, event, world))
    with_new = told.model_copy(update={"messages": (*told.messages, *new)})
    steps = [
        take_in_hand(Step(message), with_new, world)
        for message in told.messages
        if message.state in (CREATED, TEMP_FAILED) and pointless(message, with_new)
    ]
    steps += [take_in_hand(Step(message, entered=(CREATED,)), with_new, world) for message in new]
    return told.after(steps, world.now)


def _message(id: str, notice: Notice, event: RequestMoved, world: World[Rules]) -> Message:
    template = world.rules.catalogue.newest(template_for(notice, event))
    return Message(
        id=id,
        notice=notice,
        round=event.round,
        template_id=template.id,
        template_version=template.version,
        tokens=tokens_of(event, template),
        parts=template.longest_parts(),
        state=CREATED,
        created_at=world.now,
        due=world.now,
        history=(Moved(state=CREATED, at=world.now),),
    )
