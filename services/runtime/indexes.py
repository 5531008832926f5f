"""Indexes of an entity's collection: what a service asks for, made at its start."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel
from pymongo.errors import OperationFailure

CHANGED = frozenset({85, 86})
"""An index of that name or those keys is there with other options."""


@dataclass(frozen=True)
class Index:
    """One index. Fields of the state are `state.<camelCaseName>`."""

    keys: Sequence[tuple[str, int]]
    name: str
    unique: bool = False
    partial: Mapping[str, Any] | None = None

    def model(self) -> IndexModel:
        only = {"partialFilterExpression": dict(self.partial)} if self.partial else {}
        return IndexModel(list(self.keys), name=self.name, unique=self.unique, **only)


OF_EVERY_ENTITY = (
    Index([("wake", 1)], "wake", partial={"wake": {"$exists": True}}),
    Index([("parkedAt", 1)], "parked", partial={"parkedAt": {"$exists": True}}),
)
"""The scanner looks for what is due, and operators for what is parked."""


async def make(collection: Any, indexes: Sequence[Index]) -> None:
    """Harmless where they are there. Raises what the driver raises."""
    models = [index.model() for index in indexes]
    try:
        await collection.create_indexes(models)
    except OperationFailure as failure:
        if failure.code not in CHANGED:
            raise
        for index in indexes:  # defined otherwise by an earlier version: made anew
            with contextlib.suppress(OperationFailure):
                await collection.drop_index(index.name)
        await collection.create_indexes(models)
