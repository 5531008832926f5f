"""One entity's document: its state and all that makes its messages take effect once (design 1)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from services.runtime.entity import Entity

APPLIED_KEPT = 200
"""Commands remembered per entity; a case sees a few dozen in its life."""

IN_THE_WAY = frozenset({"FAILED", "WAITING", "STOPPED"})
"""Why a parked message holds up its entity; others wait behind it, or for the one before them."""


def instant(stored: str) -> datetime:
    return datetime.fromisoformat(stored)


@dataclass(slots=True)
class Document:
    """In memory; `to_fields` gives what is stored. `version` is that of the store, 0 = not there yet.

    sequence: stream name -> last number given out.  seen: sender's stream -> last number taken.
    applied: commands with digest and answer.  outbox: numbered entries, sent or not, of the last writes.
    timers: name -> due.  parked: messages that wait, oldest first.
    """

    id: str
    version: int = 0
    moved: int = 0
    """The version in which the state last changed: whoever has seen it, or a later one, has seen this state."""
    state: Any = None
    org: str = ""
    sequence: dict[str, int] = field(default_factory=dict)
    applied: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    timers: dict[str, str] = field(default_factory=dict)
    delayed: dict[str, list[Any]] = field(default_factory=dict)
    """Timers that failed: name -> [times, next try]."""
    parked: list[dict[str, Any]] = field(default_factory=list)
    unreadable: dict[str, Any] | None = None
    """A stored state that this version cannot read: kept as it is, and its messages wait."""
    stamp: str = ""
    """Names the write: by it a writer finds an unclear one out, and everybody whether all of it was sent."""

    @classmethod
    def read(cls, entity: Entity[Any], raw: dict[str, Any]) -> "Document":
        stored, state, unreadable = raw.get("state"), None, None
        if stored is not None:
            try:
                state = entity.state.model_validate(stored)
            except ValidationError:
                unreadable = stored
        return cls(
            id=raw["_id"],
            version=raw["version"],
            moved=raw.get("moved", raw["version"]),
            state=state,
            unreadable=unreadable,
            org=raw.get("org", ""),
            sequence=raw.get("sequence") or {},
            applied=raw.get("applied") or [],
            seen=dict(raw.get("seen") or ()),
            outbox=raw.get("outbox") or [],
            timers=dict(raw.get("timers") or ()),
            delayed=dict(raw.get("delayed") or ()),
            parked=raw.get("parked") or [],
            stamp=raw.get("stamp", ""),
        )

    def due(self) -> datetime | None:
        """When a timer or a parked message next wants attention."""
        if not self.parked and not self.delayed:  # nearly always
            return instant(min(self.timers.values())) if self.timers else None
        moments, passed = [], set()
        for parked in self.parked:  # in the order in which they are tried: what is behind one in the way waits with it
            first = parked["st"] not in passed  # an earlier event of the same stream is tried before
            if parked.get("retryAt") and first:
                moments.append(parked["retryAt"])
            if parked["why"] in IN_THE_WAY:
                break
            if parked["q"]:
                passed.add(parked["st"])
        else:
            moments += [max(when, self.delayed.get(name, [0, ""])[1]) for name, when in self.timers.items()]
        return instant(min(moments)) if moments else None

    def blocked(self) -> bool:
        """Whether a parked message is in the way: nothing overtakes it, no timer fires."""
        return bool(self.parked) and any(parked["why"] in IN_THE_WAY for parked in self.parked)

    def to_fields(self, entity: Entity[Any]) -> dict[str, Any]:
        """The stored form. `seen` is a list of pairs: stream names hold characters that field names may not."""
        state = self.unreadable
        if self.state is not None:
            state = self.state.to_sparse() if entity.sparse else self.state.to_wire()
        fields: dict[str, Any] = {
            "version": self.version + 1,
            "moved": self.moved,
            "stamp": self.stamp,
            "state": state,
            "org": self.org,
            "sequence": self.sequence,
            "applied": self.applied[-APPLIED_KEPT:],
            "seen": list(self.seen.items()),
            "outbox": self.outbox,
            "timers": list(self.timers.items()),
            "delayed": list(self.delayed.items()),
            "parked": self.parked,
        }
        fields["parkedAt"] = self.parked[0]["at"] if self.parked else None
        fields["wake"] = self.due()
        return {name: value for name, value in fields.items() if value}
