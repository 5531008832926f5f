"""Folds the messages of one entity, in order, through its rules. Pure: no I/O, no clock of its own.

This is where once-only is decided: what is known already, what came too early, what waits behind a failed one, what a
rule refuses, and what a rule breaks on. The door around it reads, writes and publishes (docs/door.md).
"""

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel

from services.contracts.decision import Decision, Event, NotYet, Refused, TimerFired, World
from services.contracts.envelope import MAX_VALUE_BYTES, Malformed, event_id
from services.runtime.document import IN_THE_WAY, Document, text
from services.runtime.entity import Addressed, Entity
from services.runtime.message import (
    Broken,
    DeadLetter,
    Held,
    Message,
    Outgoing,
    Performed,
    Record,
    Source,
    Submitted,
    pack_record,
    unpack_record,
)

PARKED_BOUND = 200
PARKED_BYTES = 4 * 1024 * 1024
"""Messages parked in one document; past either they go to the dead letters in order, to be replayed after the first."""


class Unstorable(Exception):
    """A decision led to a state that the store cannot hold."""


class UnreadableState(Exception):
    """The stored state does not fit this version's model: a fault of ours, and only this entity waits for its end."""


@dataclass(slots=True)
class Context:
    """What folding needs besides the document."""

    service: str
    now: datetime
    world: World[Any]
    seal: Callable[[bytes, str], bytes]
    open: Callable[[bytes, str], bytes]
    reread: Callable[[Record], Addressed | None]
    letter: Callable[[DeadLetter], Outgoing]
    """A dead letter as a record, its value sealed."""
    retry_seconds: Sequence[float] = (5, 60, 600, 3600)
    patience: timedelta = timedelta(seconds=10)
    gap: timedelta = timedelta(seconds=30)
    report: Callable[[str, str, Exception | None], None] = lambda kind, code, error: None
    storable: Callable[[Mapping[str, Any]], bool] | None = None
    """Given when what these messages led to could not be stored: tells which decision it was."""
    patient_world: World[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.patient_world = replace(self.world, patience_over=True)


@dataclass(slots=True)
class Folded:
    """A document after its messages. `changed` = to be written; `answers` pair a message with its result or error."""

    entity: Entity[Any]
    document: Document
    changed: bool = False
    answers: list[tuple[Message, Submitted | Exception]] = field(default_factory=list)
    effects: list[Performed] = field(default_factory=list)
    dead: list[DeadLetter] = field(default_factory=list)
    timers_due: list[str] = field(default_factory=list)
    failures: int = 0
    sent: dict[int, BaseModel] = field(default_factory=dict)
    """Bodies of the local messages just put into the outbox, by number: they need not be read back from it."""


def fold(entity: Entity[Any], document: Document, messages: Sequence[Message], context: Context) -> Folded:
    """The document after these messages, with all that must be answered, published or given up."""
    folding = _Folding(entity, document, context)
    for message in messages:
        folding.take(message)
    folding.retry_parked()
    folding.set_timers()
    return folding.result


class _Folding:
    def __init__(self, entity: Entity[Any], document: Document, context: Context) -> None:
        self.entity, self.document, self.context = entity, document, context
        self.result = Folded(entity, document)
        self.patient_world = context.patient_world

    # -- one message -----------------------------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        if message.source is Source.COMMAND:
            self._command(message)
        elif message.source is Source.TIMER:
            self._timer(message)
        elif self._known(message):
            self.context.report("duplicate", message.source, None)
        elif self._held_up(message):
            self._park(message, "BEHIND")
        elif self._early(message):
            self._park(message, "GAP")
        else:
            self._decide(message)
            self._follow_gap(message.stream)

    def _command(self, message: Message) -> None:
        """A command is answered, never parked: its caller is waiting and will know whether to repeat it."""
        document, answers = self.document, self.result.answers
        if message.command_key:
            for known in document.applied:
                if known["k"] == message.command_key:
                    if known["h"] == message.digest:
                        self.context.report("duplicate", message.source, None)
                        answers.append(
                            (message, Submitted(document.id, document.state, document.version, known.get("a"), True))
                        )
                    else:
                        answers.append(
                            (message, Refused("IDEMPOTENCY_MISMATCH", "this Idempotency-Key came with another body"))
                        )
                    return
        version = document.version + self.result.changed  # also what an earlier message of this batch has led to
        if message.expected is not None and not document.moved <= message.expected <= version:
            answers.append((message, Refused("STALE_VERSION", f"the version is {version}", status=412)))
            return
        if document.blocked():
            answers.append((message, Held(document.id)))
            return
        try:
            decision = self._rule(message)(document.state, message.body, self.patient_world)
            entries = self._encode(decision)
        except Refused as refusal:
            answers.append((message, refusal))
            return
        except Exception as error:  # a fault of ours fails this command alone
            self._failed("command", error)
            answers.append((message, Broken(type(error).__name__)))
            return
        if message.command_key:
            document.applied = [
                *document.applied,
                {"k": message.command_key, "h": message.digest, "a": decision.answer},
            ]
            self.result.changed = True
        self._apply(decision, entries, message)
        version = document.version + (1 if self.result.changed else 0)
        answers.append((message, Submitted(document.id, document.state, version, decision.answer, False)))

    def _timer(self, message: Message) -> None:
        body = message.body
        if not isinstance(body, TimerFired):  # woken for a parked message or for what is unsent
            return
        if self.document.timers.get(body.name) != text(body.due) or self.document.blocked():
            return
        try:
            decision = self._rule(message)(self.document.state, body, self.patient_world)
            entries = self._encode(decision)
        except Exception as error:  # also a refusal: a timer has nobody to tell
            self._failed("timer", error)
            self._delay(body.name)
            return
        self._apply(decision, entries, message)
        still = self.document.state is not None and self.entity.timers(self.document.state).get(body.name)
        if still and still <= body.due:
            self._failed("timer-unmoved", None)
            self._delay(body.name)
        else:
            self.document.delayed.pop(body.name, None)

    def _delay(self, name: str) -> None:
        times = self.document.delayed.get(name, [0])[0]
        wait = self.context.retry_seconds[min(times, len(self.context.retry_seconds) - 1)]
        self.document.delayed[name] = [times + 1, text(self.context.now + timedelta(seconds=wait))]
        self.result.changed = True

    def _known(self, message: Message) -> bool:
        return (
            bool(message.sequence)
            and not self.entity.many_source
            and message.sequence <= self.document.seen.get(message.stream, 0)
        )

    def _early(self, message: Message) -> bool:
        """An event whose predecessor has not come. Local streams share numbers among receivers: no gaps to see."""
        return message.source is Source.EVENT and message.after > self.document.seen.get(message.stream, 0)

    def _decide(self, message: Message, *, parked: dict[str, Any] | None = None) -> bool:
        """Decides one message that is not a command. False = it was parked (again)."""
        waited = self.context.now - (parked_since(parked) if parked else message.received)
        world = self.patient_world if waited >= self.context.patience else self.context.world
        try:
            decision = self._rule(message)(self.document.state, message.body, world)
            entries = self._encode(decision)
        except NotYet as waiting:
            return self._parked_again(message, parked, "WAITING", waiting.code)
        except Refused as refusal:
            self.context.report("refused", refusal.code, None)
            self._remember(message)
            return True
        except Malformed as malformed:
            if message.record is not None:
                self._give_up(message.record, malformed.code, 1)
            self._remember(message)
            return True
        except Exception as error:  # a fault of ours: only this entity waits
            self._failed(message.source, error)
            return self._parked_again(message, parked, "FAILED", type(error).__name__)
        self._remember(message)
        self._apply(decision, entries, message)
        return True

    def _give_up(self, record: Record, code: str, attempts: int) -> None:
        """The dead letter goes by the outbox: its record is remembered, or left Kafka long ago, and comes no more."""
        topic, key, value, headers = self.context.letter(DeadLetter(record, code, attempts))
        document = self.document
        number = document.sequence["#"] = document.sequence.get("#", 0) + 1
        entry = {"t": topic, "k": key, "v": value, "h": [list(header) for header in headers], "c": code, "n": number}
        document.outbox = [*document.outbox, entry]
        self.result.changed = True

    def _failed(self, where: str, error: Exception | None) -> None:
        self.result.failures += 1
        self.context.report("failure", where, error)

    def _rule(self, message: Message) -> Callable[[Any, Any, World[Any]], Decision[Any]]:
        if self.document.unreadable is not None:
            raise UnreadableState(self.document.id)
        return self.entity.decide[type(message.body)]

    def _remember(self, message: Message) -> None:
        if message.sequence and not self.entity.many_source:
            self.document.seen[message.stream] = max(message.sequence, self.document.seen.get(message.stream, 0))
            self.result.changed = True

    # -- a decision takes effect ---------------------------------------------------------------------------------------

    def _encode(self, decision: Decision[Any]) -> list[dict[str, Any]]:
        """The outbox entries of a decision, not yet numbered. Raises before anything has changed."""
        check = self.context.storable
        if check and decision.state and not check({"state": decision.state.to_wire(), "answer": decision.answer}):
            raise Unstorable
        entries = [self._encoded(event) for event in decision.events]
        for send in decision.sends:
            body = send.body
            entries.append(
                {"to": send.entity, "id": send.id, "b": type(body).__name__, "v": body.to_json(), "body": body}
            )
        return entries

    @staticmethod
    def _encoded(event: Event) -> dict[str, Any]:
        topic, value = event.topic(), event.to_json()
        if len(value) > MAX_VALUE_BYTES:  # before the write: what cannot be published must not be decided
            raise ValueError(f"{type(event).__name__} is larger than {MAX_VALUE_BYTES} bytes")
        return {
            "t": topic.name,
            "k": event.key(),
            "ty": event.type(),
            "sub": event.subject(),
            "cx": event.CONTEXT,
            "cl": topic.classification.value,
            "mi": event.minor(),
            "org": event.org(),
            "v": value,
        }

    def _apply(self, decision: Decision[Any], entries: list[dict[str, Any]], message: Message) -> None:
        if decision.state is not self.document.state:
            self.document.state = decision.state
            self.document.moved = self.document.version + 1
            self.result.changed = True
        for entry in entries:
            self._put(entry, message)
        self.result.effects += [Performed(self.entity.name, self.document.id, effect) for effect in decision.effects]

    def _put(self, entry: dict[str, Any], message: Message) -> None:
        """Numbers an entry and adds it to the outbox: `n` counts entries, `q` the events of one stream."""
        document = self.document
        stream = entry.pop("cx", "~")
        number = document.sequence[stream] = document.sequence.get(stream, 0) + 1
        entry["q"] = number
        if "t" in entry:
            # while the last events of the stream are minor, `^` keeps the number of the one before them
            entry["af"] = document.sequence.pop(f"{stream}^", number - 1)
            if entry["mi"]:
                document.sequence[f"{stream}^"] = entry["af"]
            document.org = document.org or entry["org"]  # one source for all events of an entity, whatever moves later
            source = entry["src"] = f"/org/{document.org}/{self.context.service}"
            del entry["org"]
            entry["id"] = event_id(source, entry["sub"], number)
            entry["at"] = text(self.context.now)
        entry["n"] = document.sequence["#"] = document.sequence.get("#", 0) + 1
        if "to" in entry:
            self.result.sent[entry["n"]] = entry.pop("body")
        entry["co"] = message.correlation or message.message_id
        entry["ca"] = message.message_id
        if message.traceparent:
            entry["tp"] = message.traceparent
        document.outbox = [*document.outbox, entry]
        self.result.changed = True

    # -- parked messages ---------------------------------------------------------------------------------------------

    def _held_up(self, message: Message) -> bool:
        """Whether something waits here that may not be overtaken. A replay of that very message is let through."""
        if not self.document.blocked():
            return False
        head = next(p for p in self.document.parked if p["why"] in IN_THE_WAY)
        if head["why"] == "STOPPED" and head["mid"] == fingerprint(message):  # the operator sent it again
            head["why"], head["retryAt"] = "FAILED", text(self.context.now)
            self.result.changed = True
        return True

    def _park(
        self, message: Message, why: str, code: str = "", retry_after: float | None = None, attempts: int = 0
    ) -> None:
        document = self.document
        mid = fingerprint(message)
        if any(p["mid"] == mid for p in document.parked):
            return
        sealed = self.context.seal(_pack(message), document.id)
        full = len(document.parked) >= PARKED_BOUND or sum(len(p["m"]) for p in document.parked) > PARKED_BYTES
        if full and message.record:
            self.result.dead.append(DeadLetter(message.record, "PARK_FULL", attempts))
            return
        if why == "GAP":
            retry_after = self.context.gap.total_seconds()
        entry = {
            "why": why,
            "mid": mid,
            "at": text(self.context.now),
            "attempts": attempts,
            "code": code,
            "st": message.stream,
            "q": message.sequence,
            "a": message.after,
            "m": sealed,
        }
        if retry_after is not None:
            entry["retryAt"] = text(self.context.now + timedelta(seconds=retry_after))
        document.parked = [*document.parked, entry]
        self.result.changed = True
        if why == "FAILED" and self.entity.held is not None and attempts == 1:
            try:
                told = [self._encoded(e) for e in self.entity.held(document.state, message.body, self.context.world)]
            except Exception as error:  # the fault may be in the body itself; the message is safe in any case
                self._failed("held", error)
                return
            for entry in told:
                self._put(entry, message)

    def _parked_again(self, message: Message, parked: dict[str, Any] | None, why: str, code: str) -> bool:
        attempts = (parked["attempts"] if parked else 0) + 1
        if parked is None:
            retry = 1.0 if why == "WAITING" else self.context.retry_seconds[0]
            self._park(message, why, code, retry, attempts)
            return False
        parked.update(why=why, code=code, attempts=attempts)
        self.result.changed = True
        if why == "WAITING":
            parked["retryAt"] = text(self.context.now + timedelta(seconds=1))
        elif attempts <= len(self.context.retry_seconds) or message.record is None:
            # what came from inside has no record that an operator could send again: it is tried for as long as it takes
            wait = self.context.retry_seconds[min(attempts, len(self.context.retry_seconds)) - 1]
            parked["retryAt"] = text(self.context.now + timedelta(seconds=wait))
        else:  # given up: the first becomes a dead letter, and the key waits for the operator (design 5)
            self._give_up(message.record, code, attempts)
            parked["why"] = "STOPPED"
            parked.pop("retryAt", None)
        return False

    def retry_parked(self) -> None:
        """Tries again what is due, in order; whatever waited behind a success follows it."""
        now = text(self.context.now)
        for parked in list(self.document.parked):
            if parked["why"] == "STOPPED":
                return
            if parked["why"] in ("FAILED", "WAITING") and parked["retryAt"] > now:
                return
            message = self._unpack(parked)
            if message is None or self._known(message):
                self._unpark(parked)
                continue
            if self._early(message):
                if parked.get("retryAt", "") > now:
                    continue
                self.context.report("gap", message.source, None)
            if not self._decide(message, parked=parked):
                return
            self._unpark(parked)

    def _follow_gap(self, stream: str) -> None:
        """After an event came, those that waited for it follow."""
        while stream:
            seen = self.document.seen.get(stream, 0)
            parked = next(
                (p for p in self.document.parked if p["why"] == "GAP" and p["st"] == stream and p["a"] <= seen), None
            )
            if parked is None or self.document.blocked():
                return
            message = self._unpack(parked)
            if message is not None and not self._known(message) and not self._decide(message, parked=parked):
                return
            self._unpark(parked)

    def _unpark(self, parked: dict[str, Any]) -> None:
        self.document.parked = [p for p in self.document.parked if p is not parked]
        self.result.changed = True

    def _unpack(self, parked: dict[str, Any]) -> Message | None:
        """The message as it was; a record is read again, since a newer version may understand it better."""
        packed = json.loads(zlib.decompress(self.context.open(bytes(parked["m"]), self.document.id)))
        record = unpack_record(packed["record"]) if "record" in packed else None
        if record is not None:
            addressed = self.context.reread(record)
            if addressed is None:
                return None
            body = addressed.body
        else:
            body = self.entity.body(packed["body"]).model_validate(packed["value"])
        return Message(
            entity=self.entity,
            id=self.document.id,
            body=body,
            source=Source(packed["source"]),
            message_id=packed["id"],
            received=parked_since(parked),
            stream=parked["st"],
            sequence=parked["q"],
            after=parked["a"],
            correlation=packed["correlation"],
            traceparent=packed["traceparent"],
            record=record,
        )

    # -- timers ------------------------------------------------------------------------------------------------------

    def set_timers(self) -> None:
        document = self.document
        if document.unreadable is not None:  # they stay as they are, for a version that can read the state
            return
        wanted = (
            {} if document.state is None else {n: text(due) for n, due in self.entity.timers(document.state).items()}
        )
        if wanted != document.timers:
            document.timers = wanted
            self.result.changed = True
        if document.delayed:
            kept = {name: value for name, value in document.delayed.items() if name in wanted}
            if len(kept) != len(document.delayed):
                document.delayed, self.result.changed = kept, True
        now = text(self.context.now)
        if wanted and not document.blocked():
            self.result.timers_due = [n for n, due in wanted.items() if due <= now and n not in document.delayed]


def fingerprint(message: Message) -> str:
    """Names a message without repeating what an outsider may have written into its id.

    Nothing says that an outsider gives each id once: there the content counts too.
    """
    content = message.record.value if message.source is Source.OUTSIDE and message.record else None
    return hashlib.sha256(message.message_id.encode() + b"|" + (content or b"")).hexdigest()[:24]


def parked_since(parked: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(parked["at"])


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
