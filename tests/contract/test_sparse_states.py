"""States that are stored without what stands at its default: a default of theirs is for ever, as every old document
that says nothing of it means it."""

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from services.contracts.wire import Wire
from services.intake import handlers as intake
from services.notify import handlers as notify
from services.registry import handlers as registry
from services.routing import handlers as routing
from services.runtime.entity import Entity

EVERY = [
    value
    for service in (intake, routing, notify, registry)
    for value in vars(service).values()
    if isinstance(value, Entity)
]
SPARSE = [entity for entity in EVERY if entity.sparse]

FOR_EVER = {
    ("Case", "round"): "1",
    ("Case", "state"): "RECEIVED",
    ("Case", "visits"): "1",
    ("Commitment", "basis"): "RULE",
    ("AskedSlot", "state"): "ASKED",
    ("Redirect", "number"): "1",
    ("Correspondence", "lang"): "fa",
    ("Correspondence", "round"): "1",
    ("Message", "channel"): "SMS",
    ("Message", "round"): "1",
    ("RuleStep", "mandatory"): "True",
}
"""All other defaults are nothing: none, no text, an empty list, no, 0."""


def models(annotation: Any, known: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """Every model that a value of this annotation may be made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in known:
        known.add(annotation)
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation, known)
    for part in typing.get_args(annotation):
        yield from models(part, known)


def test_the_defaults_of_sparse_states_are_for_ever() -> None:
    assert {entity.name for entity in SPARSE} == {
        "request",
        "case",
        "correspondence",
        "webhook_message",
        "reported-case",
        "reported-work",
    }
    known: set[type[BaseModel]] = set()
    said = {
        (model.__name__, name): str(field.get_default(call_default_factory=True))
        for entity in SPARSE
        for model in models(entity.state, known)
        for name, field in model.model_fields.items()
        if not field.is_required() and field.get_default(call_default_factory=True)
    }
    assert said == FOR_EVER


class Inner(Wire):
    state: str = "OPEN"
    moves: tuple[str, ...] = ()


class Outer(Wire):
    inner: Inner | None = None
    several: tuple[Inner, ...] = ()
    note: str | None = "-"


def test_a_sparse_state_reads_back_as_it_was() -> None:
    for outer in (
        Outer(),
        Outer(inner=Inner(), several=(Inner(), Inner(state="SHUT", moves=("a",)))),
        Outer(note=None),
    ):
        assert Outer.model_validate(outer.to_sparse()) == outer
        assert Outer.model_validate(outer.to_wire()) == outer, "as an earlier version has stored it"
    assert Outer(inner=Inner()).to_sparse() == {"inner": {}}
    assert Outer(note=None).to_sparse() == {"note": None}
