"""Folds the messages of one entity, in order, through its rules. No I/O, no clock of its own.

This is where once-only is decided: what is known already, what came too early, what waits behind a failed one
(`parking`), what a rule refuses, and what a rule breaks on. The door around it reads, writes and publishes
(docs/door.md).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from services.contracts.decision import Decision, NotYet, Refused, TimerFired, World
from services.contracts.envelope import Malformed
from services.contracts.wire import digest, instant_text
from services.runtime import parking, timers
from services.runtime.document import Document
from services.runtime.entity import Entity
from services.runtime.entries import entries_of, put, put_letter
from services.runtime.folded import Context, Folded
from services.runtime.message import Broken, DeadLetter, Held, Message, Performed, Source, Submitted


class UnreadableState(Exception):
    """The stored state does not fit this version's model: a fault of ours, and only this entity waits for its end."""


class Irrevocable(Exception):
    """A decision led to a state that would not be read again."""


def fold(
    entity: Entity[Any], document: Document, messages: Sequence[Message], context: Context, *, unwritten: bool = False
) -> Folded:
    """The document after these messages, with all that must be answered, published or given up.

    `unwritten` = the document holds decisions that are not stored yet.
    """
    folded = Folded(entity, document, context, changed=unwritten)
    for message in messages:
        if message.source is Source.COMMAND:
            _command(folded, message)
        elif message.source is Source.TIMER:
            _timer(folded, message)
        else:
            _event(folded, message)
    if document.parked:
        parking.retry(folded, _decide)
    timers.set_timers(folded)
    return folded


def give_up(entity: Entity[Any], document: Document, messages: Sequence[Message], context: Context, why: str) -> Folded:
    """Of a document that cannot be written, not even that they wait in it: it stays as it is, and nothing is decided.

    What came by a topic is a dead letter, what others of this service said stays with them; a timer stays due.
    """
    folded = Folded(entity, document, context)
    folded.failed("unstorable", None)
    for message in messages:
        if message.source is Source.COMMAND:
            folded.answers.append((message, _answered_before(folded, message) or Broken(why)))
        elif message.source is Source.LOCAL:
            folded.turned_away.append(message)
        elif message.record is not None and not folded.knows(message):
            folded.dead.append(DeadLetter(message.record, why, 1))
    return folded


def _event(folded: Folded, message: Message) -> None:
    """From a topic, or from another entity of this service."""
    if folded.knows(message):
        folded.context.report("duplicate", message.source, None)
    elif folded.passes_one_turned_away(message):
        folded.turned_away.append(message)
    elif parking.held_up(folded, message):
        parking.park(folded, message, "BEHIND")
    elif folded.misses_one_before(message):
        parking.park(folded, message, "GAP")
    else:
        _decide(folded, message)
        parking.follow(folded, message.stream, _decide)


def _decide(folded: Folded, message: Message, parked: parking.Parked | None = None) -> bool:
    """Decides one message that is not a command. False = it was parked (again)."""
    context = folded.context
    world = context.patient_world if context.now - message.received >= context.patience else context.world
    try:
        decision, entries = _decision(folded, message, world)
    except NotYet as waiting:
        parking.park_again(folded, message, parked, "WAITING", waiting.code)
        return False
    except Refused as refusal:
        context.report("refused", refusal.code, None)
        folded.remember(message)
        return True
    except Malformed as malformed:
        if message.record is not None:
            put_letter(folded, DeadLetter(message.record, malformed.code, 1, malformed.detail))
        folded.remember(message)
        return True
    except Exception as error:  # a fault of ours: only this entity waits
        folded.failed(message.source, error)
        parking.park_again(folded, message, parked, "FAILED", type(error).__name__)
        return False
    folded.remember(message)
    _apply(folded, decision, entries, message)
    return True


def _command(folded: Folded, message: Message) -> None:
    """A command is answered, never parked: its caller is waiting and will know whether to repeat it."""
    folded.answers.append((message, _answered_before(folded, message) or _answer(folded, message)))


def _answered_before(folded: Folded, message: Message) -> Submitted | Refused | None:
    """The answer to a repeat of a command that carries an Idempotency-Key."""
    document = folded.document
    if not message.command_key:
        return None
    known = next((applied for applied in document.applied if applied["k"] == message.command_key), None)
    if known is None:
        return None
    before_it_was_keyed = f"{type(message.body).__name__}:{digest(message.body)}"
    if known["h"] not in (message.digest, before_it_was_keyed):
        return Refused("IDEMPOTENCY_MISMATCH", "this Idempotency-Key came with another body")
    folded.context.report("duplicate", message.source, None)
    return Submitted(
        document.id, document.state, document.version, known.get("a"), True, known.get("v", document.version)
    )


def _answer(folded: Folded, message: Message) -> Submitted | Exception:
    document = folded.document
    version = document.version + folded.changed  # also what an earlier message of this batch has led to
    if message.expected is not None and not document.moved <= message.expected <= version:
        return Refused("STALE_VERSION", f"the version is {version}", status=412)
    if document.blocked():
        return Held(document.id)
    try:
        decision, entries = _decision(folded, message, folded.context.patient_world)
    except Refused as refusal:
        return refusal
    except Exception as error:  # a fault of ours fails this command alone
        folded.failed("command", error)
        return Broken(type(error).__name__)
    if message.command_key:
        applied = {"k": message.command_key, "h": message.digest, "a": decision.answer, "v": document.version + 1}
        document.applied = [*document.applied, applied]
        folded.changed = True
    _apply(folded, decision, entries, message)
    version = document.version + folded.changed
    return Submitted(document.id, document.state, version, decision.answer, False, version)


def _timer(folded: Folded, message: Message) -> None:
    fired, document = message.body, folded.document
    if not isinstance(fired, TimerFired):  # woken for a parked message or for what is unsent
        return
    if document.timers.get(fired.name) != instant_text(fired.due) or document.blocked():
        return
    try:
        decision, entries = _decision(folded, message, folded.context.patient_world)
    except Exception as error:  # also a refusal: a timer has nobody to tell
        folded.failed("timer", error)
        timers.delay(folded, fired.name)
        return
    _apply(folded, decision, entries, message)
    if timers.unmoved(folded, fired):
        folded.failed("timer-unmoved", None)
        timers.delay(folded, fired.name)
    else:
        document.delayed.pop(fired.name, None)


def _decision(folded: Folded, message: Message, world: World[Any]) -> tuple[Decision[Any], list[dict[str, Any]]]:
    """What the rule for this message says, with its outbox entries. Whatever it raises, nothing has changed yet."""
    if folded.document.unreadable is not None:
        raise UnreadableState(folded.document.id)
    decision = folded.entity.decide[type(message.body)](folded.document.state, message.body, world)
    if folded.entity.reread and decision.state is not folded.document.state:
        _read_back(folded.entity, decision.state)
    timers.wanted(folded, decision.state)
    entries = entries_of(decision)
    if folded.context.check is not None:
        folded.context.check(_as_stored(folded, decision, entries))
    return decision, entries


def _as_stored(folded: Folded, decision: Decision[Any], entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The document with this decision, but without the messages that wait: those have room of their own."""
    told = [{name: value for name, value in entry.items() if name != "body"} for entry in entries]
    document = replace(folded.document, state=decision.state, outbox=[*folded.document.outbox, *told], parked=[])
    return {**document.to_fields(folded.entity), "answer": decision.answer}


def _read_back(entity: Entity[Any], state: Any) -> None:
    """A rule that copies a model with other values skips its bounds: they are looked at here."""
    try:
        entity.state.model_validate_json(state.to_json())
    except ValidationError as error:
        raise Irrevocable("; ".join(f"{_path(each['loc'])}: {each['type']}" for each in error.errors()[:5])) from None


def _path(place: tuple[int | str, ...]) -> str:
    return ".".join(map(str, place))


def _apply(folded: Folded, decision: Decision[Any], entries: list[dict[str, Any]], message: Message) -> None:
    """A decision takes effect."""
    document = folded.document
    if decision.state is not document.state:
        document.state = decision.state
        document.moved = document.version + 1
        folded.changed = True
    for entry in entries:
        put(folded, entry, message)
    folded.effects += [Performed(folded.entity.name, document.id, effect) for effect in decision.effects]
