"""The keys of one service's database: wrapped by the service's own, stored before what they seal, gone with an erasure.

To erase an owner its key is *retired*: the next takes its place at once, and when nobody can still be sealing with the
old one (`Keyring.settled_after`) that is destroyed. What it sealed is closed for ever, also in backups; what comes
afterwards is sealed with the next.

Beside each key stand the *terms* by which its owner can be looked up (a phone number, the words of a name): of each
eight bytes of an HMAC, of which nothing can be read.
"""

import contextlib
import hmac
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, IndexModel, InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, PyMongoError

from services.runtime.driver import DUPLICATE_KEY, StoreAway, translated
from services.runtime.keys import DamagedKey, Held, Key, secret_of
from services.runtime.seal import BrokenSeal, Sealer

T = TypeVar("T")

KEYS = "owner-key"
"""The collection. A document: `g`, `k` generation and wrapped key in use; `t` terms; `retired` the one before."""
HELD = 20_000
"""Keys remembered, about a kilobyte each; past that the one that was used longest ago is forgotten."""
TERMS_KEPT = 60
"""Of one owner: somebody may come under many numbers and names, and the oldest are forgotten."""
WRITING_SECONDS = 60.0
"""Longer than any batch goes on trying to write what it has sealed (`door.STORE_PATIENCE`)."""
BY_TERM = IndexModel([("t", ASCENDING)], name="by-term", partialFilterExpression={"t": {"$exists": True}})
RETIRED = IndexModel(
    [("retired.at", ASCENDING)], name="retired", partialFilterExpression={"retired.at": {"$exists": True}}
)
OURSELVES = "~"
"""An owner that nobody is: its key tells whether the service's key is still the one of this database."""


class WrongSealKey(Exception):
    """The service's seal key is not the one with which the keys of its database are wrapped."""


@dataclass(frozen=True, slots=True)
class Retired:
    """An owner whose erasure was asked for at that moment, and has not ended yet. `facts`: whatever was said of it."""

    owner: str
    generation: int
    at: datetime
    facts: Mapping[str, Any]


@dataclass(slots=True)
class _Remembered:
    held: Held
    said: frozenset[str]
    """Terms that stand there for certain, as they were given: what is said again needs no HMAC."""
    until: float


class Keyring:
    """The keys used last are remembered, for `seconds` at the most. Every method that waits raises StoreAway."""

    def __init__(
        self,
        database: "AsyncIOMotorDatabase[dict[str, Any]]",
        seal_key: bytes,
        *,
        seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._collection = database[KEYS]
        self._wrapping = Sealer(secret_of(seal_key, "wrapping of keys"))
        self._index_secret = secret_of(seal_key, "terms")
        self._seconds, self._clock = seconds, clock
        self._known: OrderedDict[str, _Remembered] = OrderedDict()

    @property
    def settled_after(self) -> timedelta:
        """After this time nothing is sealed any more with a key that was retired."""
        return timedelta(seconds=self._seconds + WRITING_SECONDS)

    async def prepare(self) -> None:
        """Makes the indexes. Raises WrongSealKey where this database was sealed with another key of the service."""
        await _asked(self._collection.create_indexes([BY_TERM, RETIRED]))
        if not await self.current({OURSELVES: ()}):
            raise WrongSealKey("what is stored here was sealed with another seal key")

    def term(self, text: str) -> bytes:
        """As it is stored."""
        return hmac.digest(self._index_secret, text.encode(), sha256)[:8]

    # -- for sealing and opening ------------------------------------------------------------------------------------

    async def current(self, wanted: Mapping[str, Collection[str]]) -> dict[str, Key]:
        """The key in use of each owner, who can be found by these terms from now on. Those who have none get one.

        Nothing is asked where all are remembered with their terms. Whose key cannot be unwrapped is absent.
        """
        keys: dict[str, Key] = {}
        unknown: dict[str, frozenset[str]] = {}
        more: dict[str, tuple[Held, frozenset[str]]] = {}
        for owner, terms in wanted.items():
            known = self._remembered(owner)
            if known is None:
                unknown[owner] = frozenset(terms)
                continue
            keys[owner] = known.held.current
            if not known.said.issuperset(terms):
                more[owner] = known.held, known.said | frozenset(terms)
        if unknown:
            made, there = await self._make(unknown)
            keys |= made
            for owner, held in (await self._read(there)).items():
                keys[owner] = held.current
                more[owner] = held, unknown[owner]
        if more:
            await self._add_terms(more)
        return keys

    async def held(self, owners: Iterable[str]) -> dict[str, Held]:
        """What there is of these owners; who has no key is absent. Nothing is asked where all are remembered."""
        held: dict[str, Held] = {}
        unknown = []
        for owner in set(owners):
            known = self._remembered(owner)
            if known is None:
                unknown.append(owner)
            else:
                held[owner] = known.held
        return held | await self._read(unknown) if unknown else held

    # -- for looking up, and for erasing ------------------------------------------------------------------------------

    async def bearing(self, terms: Sequence[str], limit: int) -> list[str]:
        """At most so many owners who can be found by all of these terms."""
        found = await _asked(self._collection.find(self.by_terms(terms), {"_id": 1}).limit(limit).to_list(limit))
        return [raw["_id"] for raw in found]

    def by_terms(self, terms: Sequence[str]) -> dict[str, Any]:
        """The query of `bearing`."""
        return {"t": {"$all": [self.term(text) for text in terms]}}

    async def retire(self, owner: str, at: datetime, facts: Mapping[str, Any]) -> Retired:
        """The next key takes the place of the one in use, and nobody is found by a term any more.

        Asked again before it has ended it is the same erasure. `facts` are kept with it.
        """
        await self.current({owner: ()})
        while True:
            raw = await self._stored(owner)
            self._known.pop(owner, None)
            if "retired" in raw:
                return _retired(raw)
            before = {"g": raw["g"], "k": raw["k"], "at": at, "facts": dict(facts)}
            fresh = self._wrapped(Key(owner, raw["g"] + 1, os.urandom(32)))
            unmoved = {"_id": owner, "g": raw["g"], "retired": {"$exists": False}}
            change = {"$set": {**fresh, "retired": before}, "$unset": {"t": ""}}
            await _asked(self._collection.update_one(unmoved, change))

    async def in_use(self, owner: str) -> Key:
        """As it stands there now, whatever is remembered. Raises DamagedKey."""
        await self.current({owner: ()})
        return self._unwrapped(owner, await self._stored(owner))

    async def retired(self, before: datetime) -> list[Retired]:
        """Erasures that were asked for before that moment, the oldest first."""
        cursor = self._collection.find({"retired.at": {"$lte": before}})
        return [_retired(raw) for raw in await _asked(cursor.sort("retired.at", ASCENDING).to_list(None))]

    async def destroy(self, retired: Retired, stay: Collection[str]) -> None:
        """The end of the retired key. The owner is found by the terms that `stay`: those of what came since."""
        terms = [self.term(text) for text in stay]
        change: dict[str, Any] = {"$unset": {"retired": ""}, "$set": {"t": terms}}
        await _asked(self._collection.update_one({"_id": retired.owner, "retired.g": retired.generation}, change))
        self._known.pop(retired.owner, None)

    # -- the collection ---------------------------------------------------------------------------------------------

    async def _make(self, wanted: Mapping[str, frozenset[str]]) -> tuple[dict[str, Key], list[str]]:
        """Keys for those who have none, and who had one. Inserted at once: nearly all are here for the first time."""
        fresh = {owner: Key(owner, 1, os.urandom(32)) for owner in wanted}
        terms = {owner: [self.term(text) for text in said] for owner, said in wanted.items()}
        operations = [
            InsertOne({"_id": owner, **self._wrapped(key), **({"t": terms[owner]} if terms[owner] else {})})
            for owner, key in fresh.items()
        ]
        there: list[str] = []
        try:
            await self._collection.bulk_write(operations, ordered=False)
        except BulkWriteError as error:
            details, owners = error.details or {}, list(fresh)
            if details.get("writeConcernErrors"):  # nobody may be sealed with what may be lost again
                raise StoreAway("keys are not written by most") from error
            for item in details.get("writeErrors", ()):
                if item.get("code") != DUPLICATE_KEY:
                    raise StoreAway(f"write error {item.get('code')}") from error
                there.append(owners[item["index"]])
                del fresh[owners[item["index"]]]
        except PyMongoError as error:
            raise translated(error) from error
        for owner, key in fresh.items():
            self._remember(owner, Held(key, terms=frozenset(terms[owner])), wanted[owner])
        return fresh, there

    async def _read(self, owners: Sequence[str]) -> dict[str, Held]:
        if not owners:
            return {}
        found = await _asked(self._collection.find({"_id": {"$in": list(owners)}}).to_list(None))
        held: dict[str, Held] = {}
        for raw in found:
            with contextlib.suppress(DamagedKey):  # what it sealed cannot be read, and is not lost: it is not erased
                held[raw["_id"]] = self._held(raw)
        for owner, one in held.items():
            self._remember(owner, one, frozenset())
        return held

    async def _add_terms(self, wanted: Mapping[str, tuple[Held, frozenset[str]]]) -> None:
        """Owners with the terms by which they are to be found; most stand there already."""
        operations = []
        found: dict[str, tuple[Held, frozenset[str]]] = {}
        for owner, (held, said) in wanted.items():
            new = [term for term in map(self.term, sorted(said)) if term not in held.terms]
            if new:
                operations.append(UpdateOne({"_id": owner}, {"$push": {"t": {"$each": new, "$slice": -TERMS_KEPT}}}))
            found[owner] = Held(held.current, held.retired, held.terms | frozenset(new)), said
        if operations:
            await _asked(self._collection.bulk_write(operations, ordered=False))
        for owner, (held, said) in found.items():
            known = self._remembered(owner)
            if known is not None and known.held.current == held.current:  # not longer than since it was read
                self._remember(owner, held, said)

    async def _stored(self, owner: str) -> dict[str, Any]:
        raw = await _asked(self._collection.find_one({"_id": owner}))
        assert raw is not None, "keys are never taken away, only replaced"
        return raw

    def _held(self, raw: Mapping[str, Any]) -> Held:
        before = raw.get("retired")
        return Held(
            self._unwrapped(raw["_id"], raw),
            self._unwrapped(raw["_id"], before) if before else None,
            frozenset(bytes(term) for term in raw.get("t", ())),
        )

    def _wrapped(self, key: Key) -> dict[str, Any]:
        return {"g": key.generation, "k": self._wrapping.seal(key.secret, f"{key.owner}|{key.generation}")}

    def _unwrapped(self, owner: str, raw: Mapping[str, Any]) -> Key:
        """Raises DamagedKey; so is every key where the service's is another."""
        try:
            return Key(owner, raw["g"], self._wrapping.open(bytes(raw["k"]), f"{owner}|{raw['g']}"))
        except BrokenSeal:
            raise DamagedKey("the key of an owner cannot be unwrapped") from None

    # -- memory -----------------------------------------------------------------------------------------------------

    def _remembered(self, owner: str) -> _Remembered | None:
        known = self._known.get(owner)
        if known is None or known.until < self._clock():
            return None
        self._known.move_to_end(owner)
        return known

    def _remember(self, owner: str, held: Held, said: frozenset[str]) -> None:
        known = self._known.get(owner)
        now = self._clock()
        until = known.until if known is not None and known.until > now else now + self._seconds
        self._known[owner] = _Remembered(held, said, until)
        self._known.move_to_end(owner)
        while len(self._known) > HELD:
            self._known.popitem(last=False)


def _retired(raw: Mapping[str, Any]) -> Retired:
    before = raw["retired"]
    return Retired(raw["_id"], before["g"], before["at"], before["facts"])


async def _asked(question: Awaitable[T]) -> T:
    try:
        return await question
    except PyMongoError as error:
        raise translated(error) from error
