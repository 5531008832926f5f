"""Parked messages: those that wait in the document of their entity, sealed, oldest first (design 5).

GAP      the event before this one has not come; after a while it is taken without
WAITING  a rule did not know something yet (NotYet); asked again every second
FAILED   a rule broke on it; tried again after 5 s, 1 min, 10 min, 1 h
STOPPED  it broke every time and became a dead letter; waits for the operator to send that again
BEHIND   one that is WAITING, FAILED or STOPPED is in its way: nothing overtakes it
"""

import hashlib
import json
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from services.contracts.wire import instant_text
from services.runtime.document import IN_THE_WAY
from services.runtime.entries import entry_of, put, put_letter
from services.runtime.folded import Folded
from services.runtime.message import DeadLetter, Message, Source, pack_record, unpack_record

PARKED_BOUND = 200
PARKED_BYTES = 4 * 1024 * 1024
"""Messages parked in one document; past either they go to the dead letters in order, to be replayed after the first.

What has no record that could be a dead letter stays with its sender, another entity of this service."""

Parked = dict[str, Any]
"""A message as it is parked: why, since when, how often tried, when again (`retryAt`), its place, itself (sealed)."""
Decide = Callable[[Folded, Message, Parked | None], bool]
"""Decides a message; False = it waits (again)."""


def held_up(folded: Folded, message: Message) -> bool:
    """Whether something waits here that may not be overtaken. A replay of that very message has it tried again."""
    document = folded.document
    if not document.blocked():
        return False
    head = next(parked for parked in document.parked if parked["why"] in IN_THE_WAY)
    if head["why"] == "STOPPED" and head["mid"] == fingerprint(message):  # the operator sent it again
        head["why"], head["retryAt"] = "FAILED", instant_text(folded.context.now)
        folded.changed = True
    return True


def park(
    folded: Folded, message: Message, why: str, code: str = "", retry_after: float | None = None, attempts: int = 0
) -> None:
    document, context = folded.document, folded.context
    mid = fingerprint(message)
    if any(parked["mid"] == mid for parked in document.parked):
        return
    full = len(document.parked) >= PARKED_BOUND or sum(len(parked["m"]) for parked in document.parked) > PARKED_BYTES
    if full:
        _not_even_parked(folded, message, attempts)
        return
    if why == "GAP":
        retry_after = context.gap.total_seconds()
    parked = {
        "why": why,
        "mid": mid,
        "at": instant_text(context.now),
        "attempts": attempts,
        "code": code,
        "st": message.stream,
        "q": message.sequence,
        "a": message.after,
        "m": context.seal(_pack(message), document.id),
    }
    if retry_after is not None:
        parked["retryAt"] = instant_text(context.now + timedelta(seconds=retry_after))
    before = [other for other in document.parked if not _comes_after(other, parked)]
    after = [other for other in document.parked if _comes_after(other, parked)]
    document.parked = [*before, parked, *after]
    folded.changed = True
    if why == "FAILED" and attempts == 1:
        _tell_sender(folded, message)


def _not_even_parked(folded: Folded, message: Message, attempts: int) -> None:
    if message.record is not None:
        folded.dead.append(DeadLetter(message.record, "PARK_FULL", attempts))
    elif message.source is Source.LOCAL:
        folded.turned_away.append(message)
    else:  # tells an office of what could not be read, and is a dead letter already: no fault of ours, for the breaker
        folded.context.report("failure", "park-full", None)


def _comes_after(other: Parked, parked: Parked) -> bool:
    """Whether it came early: decided before this one, it would make this one look like a repeat."""
    return bool(parked["q"]) and other["st"] == parked["st"] and other["q"] > parked["q"]


def _tell_sender(folded: Folded, message: Message) -> None:
    """A kiosk hears that its submission is held; most senders hear nothing."""
    if folded.entity.held is None:
        return
    try:
        events = folded.entity.held(folded.document.state, message.body, folded.context.world)
        told = [entry_of(event) for event in events]
    except Exception as error:  # the fault may be in the body itself; the message is safe in any case
        folded.failed("held", error)
        return
    for entry in told:
        put(folded, entry, message)


def park_again(folded: Folded, message: Message, parked: Parked | None, why: str, code: str) -> None:
    """A message that could not be decided waits for its next turn, the first time (`parked` None) or once more."""
    waits = folded.context.retry_seconds
    if parked is None:
        park(folded, message, why, code, 1.0 if why == "WAITING" else waits[0], attempts=1)
        return
    # what came from inside has no record that an operator could send again: it is tried for as long as it takes
    if why == "WAITING" or parked["attempts"] < len(waits) or message.record is None:
        _wait_longer(folded, parked, why, code)
    else:  # given up: the first becomes a dead letter, and the key waits for the operator (design 5)
        attempts = parked["attempts"] + 1
        put_letter(folded, DeadLetter(message.record, code, attempts))
        parked.update(why="STOPPED", code=code, attempts=attempts)
        parked.pop("retryAt", None)
        folded.changed = True


def _wait_longer(folded: Folded, parked: Parked, why: str, code: str) -> None:
    attempts, waits = parked["attempts"] + 1, folded.context.retry_seconds
    wait = 1.0 if why == "WAITING" else waits[min(attempts, len(waits)) - 1]
    retry_at = instant_text(folded.context.now + timedelta(seconds=wait))
    parked.update(why=why, code=code, attempts=attempts, retryAt=retry_at)
    folded.changed = True


def retry(folded: Folded, decide: Decide) -> None:
    """Tries again what is due, in order; whatever waited behind a success follows it."""
    while (parked := _next(folded)) is not None:
        if not _taken_up(folded, parked, decide):
            return


def _next(folded: Folded) -> Parked | None:
    """The first that may be tried now: nothing passes what is in the way, nor an earlier event of its own stream."""
    now = instant_text(folded.context.now)
    passed: set[str] = set()
    for parked in folded.document.parked:
        follows = parked["st"] in passed
        if parked["why"] in IN_THE_WAY and (follows or parked["why"] == "STOPPED" or parked["retryAt"] > now):
            return None
        if follows or _misses_one_before(folded, parked, now):
            passed.add(parked["st"])
            continue
        return parked
    return None


def _misses_one_before(folded: Folded, parked: Parked, now: str) -> bool:
    """Whether it waits on for the event before it. What was behind another has waited for that since it came."""
    if parked["a"] <= folded.document.seen.get(parked["st"], 0):
        return False
    if parked["why"] == "BEHIND":
        came = datetime.fromisoformat(parked["at"])
        parked.update(why="GAP", retryAt=instant_text(came + folded.context.gap))
        folded.changed = True
    if parked["retryAt"] > now:
        return True
    folded.context.report("gap", parked["st"], None)
    return False


def follow(folded: Folded, stream: str, decide: Decide) -> None:
    """After an event came, those that waited for it follow."""
    document = folded.document
    while stream and document.parked:
        seen = document.seen.get(stream, 0)
        parked = next((p for p in document.parked if p["why"] == "GAP" and p["st"] == stream and p["a"] <= seen), None)
        if parked is None or document.blocked() or not _taken_up(folded, parked, decide):
            return


def _taken_up(folded: Folded, parked: Parked, decide: Decide) -> bool:
    """Opens a parked message and has it decided. False = it waits on, and nothing may pass it."""
    try:
        message = _unpack(folded, parked)
    except Exception as error:  # sealed with a lost key, or of a form that this version does not read: it waits for one
        folded.failed("parked", error)
        _wait_longer(folded, parked, "FAILED", type(error).__name__)
        return False
    if message is not None and not folded.knows(message) and not decide(folded, message, parked):
        return False
    _unpark(folded, parked)
    return True


def _unpark(folded: Folded, parked: Parked) -> None:
    folded.document.parked = [other for other in folded.document.parked if other is not parked]
    folded.changed = True


def fingerprint(message: Message) -> str:
    """Names a message without repeating what an outsider may have written into its id.

    Nothing says that an outsider gives each id once: there the content counts too. One event may lead to several local
    messages: there their numbers count.
    """
    rest = message.record.value if message.source is Source.OUTSIDE and message.record else None
    if message.source is Source.LOCAL:
        rest = f"{message.stream}#{message.sequence}".encode()
    return hashlib.sha256(message.message_id.encode() + b"|" + (rest or b"")).hexdigest()[:24]


def _pack(message: Message) -> bytes:
    record = message.record
    packed: dict[str, Any] = {
        "id": message.message_id,
        "source": message.source.value,
        "correlation": message.correlation,
        "traceparent": message.traceparent,
    }
    if record is None:
        packed |= {"body": type(message.body).__name__, "value": message.body.model_dump(mode="json", by_alias=True)}
    else:
        packed["record"] = pack_record(record)
    return zlib.compress(json.dumps(packed).encode())


def _unpack(folded: Folded, parked: Parked) -> Message | None:
    """The message as it was; a record is read again, since a newer version may understand it better."""
    entity, id = folded.entity, folded.document.id
    packed = json.loads(zlib.decompress(folded.context.open(bytes(parked["m"]), id)))
    record = unpack_record(packed["record"]) if "record" in packed else None
    if record is not None:
        addressed = folded.context.reread(record)
        if addressed is None:
            return None
        if addressed.id != id:  # what it is taken for has changed: sent again, it finds its way
            put_letter(folded, DeadLetter(record, "ADDRESS_CHANGED", parked["attempts"]))
            return None
        body = addressed.body
    else:
        body = entity.body(packed["body"]).model_validate(packed["value"])
    return Message(
        entity=entity,
        id=id,
        body=body,
        source=Source(packed["source"]),
        message_id=packed["id"],
        received=datetime.fromisoformat(parked["at"]),
        stream=parked["st"],
        sequence=parked["q"],
        after=parked["a"],
        correlation=packed["correlation"],
        traceparent=packed["traceparent"],
        record=record,
    )
