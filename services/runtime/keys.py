"""The keys under which fields of states are sealed: one for each whom states are about, its owner (I12)."""

import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from services.runtime.seal import BrokenSeal, Sealer


class Erased(Exception):
    """The key that sealed it was destroyed on purpose: nobody can open it any more."""


class DamagedKey(BrokenSeal):
    """The key of an owner is there, and cannot be unwrapped."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an owner; `generation` counts them from 1."""

    owner: str
    generation: int
    secret: bytes

    def seal(self, plain: bytes, about: str) -> bytes:
        """The first four bytes name the generation."""
        return self.generation.to_bytes(4) + Sealer(self.secret).seal(plain, self._bound(about))

    def open(self, sealed: bytes, about: str) -> bytes:
        """Raises BrokenSeal."""
        return Sealer(self.secret).open(sealed[4:], self._bound(about))

    def _bound(self, about: str) -> str:
        return f"{self.owner}|{self.generation}|{about}"


@dataclass(frozen=True, slots=True)
class Held:
    """What there is of an owner: the key in use, and the one before while that is retired and not yet destroyed.

    `terms`: by what it can be looked up.
    """

    current: Key
    retired: Key | None = None
    terms: frozenset[bytes] = frozenset()

    def of(self, generation: int) -> Key:
        """Raises Erased, and BrokenSeal for a generation that never was."""
        for key in (self.current, self.retired):
            if key is not None and key.generation == generation:
                return key
        if 0 < generation < self.current.generation:
            raise Erased
        raise BrokenSeal("sealed with a key that never was")


class Keys(Protocol):
    """What sealing needs of the keys; `keyring.Keyring` is the real one. Both raise StoreAway.

    An owner whose key cannot be unwrapped is absent.
    """

    async def current(self, wanted: Mapping[str, Collection[str]]) -> Mapping[str, Key]: ...

    async def held(self, owners: Iterable[str]) -> Mapping[str, Held]: ...


def secret_of(seal_key: bytes, purpose: str) -> bytes:
    """A secret for one purpose, from the service's own key."""
    return hmac.digest(seal_key, purpose.encode(), sha256)


def nobodys(seal_key: bytes) -> Key:
    """Of what is about nobody in particular: it is sealed by the service's key."""
    return Key("", 0, secret_of(seal_key, "sealed for nobody"))
