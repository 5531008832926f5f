"""What the registry does: every kind of entry is recorded the same way, and of some kinds every edition is kept."""

from typing import Any

from services.contracts.registry import ENTRIES, Entry
from services.registry.domain.recording import KEPT_BY_VERSION, edition_name, keep, record
from services.runtime.entity import Entity, Inbound

RECORDED: dict[type[Entry], Entity[Any]] = {
    kind: Entity(name=kind.KIND, state=kind, decide={kind: record}) for kind in ENTRIES
}
"""The newest version of each entry; its message is the entry as somebody wants it."""

EDITIONS: dict[type[Entry], Entity[Any]] = {
    kind: Entity(name=edition_name(kind), state=kind, decide={kind: keep}) for kind in KEPT_BY_VERSION
}
"""Every version of the entries that running cases hold on to."""

CONSUMES: tuple[Inbound, ...] = ()
"""The registry is the source of what it knows; it listens to nobody."""
