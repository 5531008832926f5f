"""Timers: read from the state of an entity, kept in its document, and brought back as messages when they are due."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from services.contracts.decision import TimerFired
from services.contracts.envelope import derived_id
from services.contracts.wire import Wire, instant_text
from services.runtime.document import Document, instant
from services.runtime.entity import Entity
from services.runtime.folded import Folded
from services.runtime.message import Message, Source


def wanted(folded: Folded, state: Wire | None) -> dict[str, str]:
    """The timers that a state asks for. Raises what reckoning them raises: before a decision takes effect."""
    if state is None:
        return {}
    if folded.reckoned is None or folded.reckoned[0] is not state:
        moments = folded.entity.timers(state)
        folded.reckoned = state, {name: instant_text(when) for name, when in moments.items()}
    return folded.reckoned[1]


def set_timers(folded: Folded) -> None:
    """Makes the document's timers those that its state asks for, and tells which of them are due at once."""
    document = folded.document
    if document.unreadable is not None:  # they stay as they are, for a version that can read the state
        return
    try:
        moments = wanted(folded, document.state)
    except Exception as error:  # of a state that an earlier version has stored: only this entity's stay as they are
        folded.failed("timer", error)
        return
    if moments != document.timers:
        document.timers = moments
        folded.changed = True
    if document.delayed:
        kept = {name: value for name, value in document.delayed.items() if name in moments}
        if len(kept) != len(document.delayed):
            document.delayed, folded.changed = kept, True
    now = instant_text(folded.context.now)
    if moments and not document.blocked():
        folded.timers_due = [n for n, due in moments.items() if due <= now and n not in document.delayed]


def unmoved(folded: Folded, fired: TimerFired) -> bool:
    """Whether the state still asks for a timer that has just been decided: it would fire in circles."""
    state = folded.document.state
    still = state is not None and folded.entity.timers(state).get(fired.name)
    return bool(still and still <= fired.due)


def delay(folded: Folded, name: str) -> None:
    """A timer that failed moves its own due forward, further each time."""
    times = folded.document.delayed.get(name, [0])[0]
    waits = folded.context.retry_seconds
    wait = waits[min(times, len(waits) - 1)]
    folded.document.delayed[name] = [times + 1, instant_text(folded.context.now + timedelta(seconds=wait))]
    folded.changed = True


def wakings(entity: Entity[Any], document: Document, now: datetime) -> Sequence[Message]:
    """The messages that wake an entity: its due timers, or one that only has its parked ones looked at."""
    due = [(name, when) for name, when in document.timers.items() if instant(when) <= now]
    due = [(name, when) for name, when in due if instant(document.delayed.get(name, [0, when])[1]) <= now]
    return [fired(entity, document.id, name, when, now) for name, when in due or [("", "")]]


def due_at_once(folded: Folded) -> Sequence[Message]:
    """The messages of the timers that were due in the very batch that set them."""
    document = folded.document
    return [
        fired(folded.entity, document.id, name, document.timers[name], folded.context.now) for name in folded.timers_due
    ]


def fired(entity: Entity[Any], id: str, name: str, when: str, now: datetime) -> Message:
    body: Wire = TimerFired(name=name, due=instant(when)) if name else Wire()
    return Message(entity, id, body, Source.TIMER, derived_id(entity.name, id, name, when), now)
