"""What the door is told about a service: its entities, and what a record of each topic means to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from services.contracts.decision import Decision, World
from services.contracts.envelope import Envelope, Malformed
from services.contracts.event import Event
from services.contracts.topics import TYPE_PREFIX, Topic
from services.contracts.wire import Wire
from services.runtime.sealing import SealedFields

S = TypeVar("S", bound=Wire)

Decide = Callable[[Any, Any, World[Any]], Decision[Any]]


def _no_timers(state: Any) -> Mapping[str, datetime]:
    return {}


@dataclass(frozen=True)
class Entity(Generic[S]):
    """One kind of entity: the model of its state, and which message goes to which rule.

    `name` is also the name of its collection. `timers` reads from a state what is due when (name -> instant); a timer
    that has come due is decided as `TimerFired`. A `many_source` entity hears from ever more senders: it keeps no
    memory of their sequences and must know by itself what it has already done (design 1).

    `asks_first`: a new one that only asks another entity of this service is written together with the answer, once
    (docs/door.md). Whoever is asked must stand a question repeated, and this one an answer to what it never asked.
    """

    name: str
    state: type[S]
    decide: Mapping[type[BaseModel], Decide]
    timers: Callable[[S], Mapping[str, datetime]] = _no_timers
    many_source: bool = False
    asks_first: bool = False
    sealed: SealedFields | None = None
    """What of its state is stored sealed. What it sends to others of this service is sealed in its outbox, too."""
    held: Callable[[Any, Any, World[Any]], Sequence[Event]] | None = None
    """What to tell the sender of a message that is parked because of a fault of ours (state, body, world)."""
    sparse: bool = False
    """Whether its state is stored without what stands at its default: for entities of which there are very many. A
    query finds no such value, and a default of its models is for ever (tests/contract/test_sparse_states.py)."""
    reread: bool = False
    """Whether what is decided is read once, as it would be stored, before it holds: a state that does not read back
    would be lost for ever. It costs time: for entities that change seldom, and on which others stand."""

    def body(self, name: str) -> type[BaseModel]:
        """The message class with this name: how a stored message finds its class again."""
        for body in self.decide:
            if body.__name__ == name:
                return body
        raise KeyError(f"{self.name} has no rule for {name}")


class Unknown(Wire):
    """An event whose type this version has no rule for. It is parked, never dropped (design 3)."""

    type: str


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message with its address: which entity it is for."""

    entity: Entity[Any]
    id: str
    body: BaseModel


class Received(NamedTuple):
    """A record as it came, before anybody has read it, and when the broker took it."""

    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes | None]]
    at: datetime


@dataclass(frozen=True)
class Inbound:
    """What the records of one topic, or of a family of topics, mean to this service.

    `read` turns a record (envelope, key, value) into an addressed message, or None when it is of no interest; it raises
    Malformed. `outside` marks input from programs that are not ours: it carries no sequence that could be trusted, so
    the entity itself knows what it has seen. `malformed` may answer the sender of a record that could not be read (its
    key, its `ce_id` or "", its value, and the reason) with a message to an entity.

    `examine` finds something out about each record of a batch before any is read, in a thread of its own: what costs
    more than reading, and needs no lock of Python's. Its n-th finding is given to the reading of the n-th record.
    """

    topic: Topic
    read: Callable[[Envelope, str, bytes, Any], Addressed | None]
    outside: bool = False
    malformed: Callable[[str, str, bytes, Malformed, Any], Addressed | None] | None = None
    examine: "Callable[[Sequence[Received], World[Any]], Sequence[Any]] | None" = None
    skips_minor: bool = False
    """Whether minor events are passed over, unread: their senders say of each event which one must have come before."""
    picks: bool = False
    """Whether `read` leaves out events of an entity: then a missing number says nothing, and none is waited for."""


def events(
    topic: Topic,
    model: type[Event],
    entity: Entity[Any],
    of: Callable[[Any], str],
    verbs: tuple[str, ...],
    skips_minor: bool = False,
    passed_by: tuple[str, ...] = (),
    picked: Callable[[bytes], bool] | None = None,
) -> Inbound:
    """The usual reading of one of our topics: every event of `model` goes to `entity` under the id that `of` finds.

    `passed_by`: what another entity tells on this topic, numbered by itself, and nobody here needs to know. `picked`
    looks at a value, unread, and leaves out what is of no interest here, whatever its type.
    """
    types, others = (
        frozenset(f"{TYPE_PREFIX}.{model.CONTEXT}.{verb}.v1" for verb in told) for told in (verbs, passed_by)
    )

    def read(envelope: Envelope, key: str, value: bytes, _: object) -> Addressed | None:
        if envelope.type in others or (picked is not None and not picked(value)):
            return None
        if envelope.type not in types:
            return Addressed(entity, key, Unknown(type=envelope.type))
        try:
            event = model.model_validate_json(value)
        except ValidationError as error:
            raise Malformed("SCHEMA", f"{len(error.errors())} fields do not fit {model.__name__}") from None
        return Addressed(entity, of(event), event)

    return Inbound(topic, read, skips_minor=skips_minor, picks=picked is not None)
