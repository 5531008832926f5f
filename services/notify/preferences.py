"""What people have said of how they want to be written to: read for those who are about to be."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from services.notify.domain.preference import Preference
from services.notify.store import preferences_of
from services.runtime.store import Store


class Preferences(Protocol):
    async def of(self, applicant_refs: Iterable[str]) -> Mapping[str, Preference]:
        """By applicantRef; whoever has said nothing is absent. Raises StoreAway."""
        ...


class StoredPreferences:
    """Those of the service's own store, looked up each time: what an officer has just heard holds at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, applicant_refs: Iterable[str]) -> Mapping[str, Preference]:
        refs = sorted(set(applicant_refs))
        return {stored.id: stored.state for stored in await preferences_of(self._store, refs)} if refs else {}
