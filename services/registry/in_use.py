"""What stands on an entry: others that name it, open cases as intake has told of them, and promises (domain 3)."""

from datetime import date

from services.contracts.entry import Entry
from services.contracts.working_calendar import WorkingCalendar
from services.registry import store as look_up
from services.registry.domain.reported import place
from services.registry.handlers import CASE
from services.registry.promises import Promises
from services.registry.report_store import open_on
from services.runtime.store import Store

MANY = 1_000


async def in_use(store: Store, promises: Promises, entry: Entry, today: date) -> tuple[str, ...]:
    """All that would stand on it when it is retired, as it is wanted. Raises PromisesAway, of a calendar alone.

    `<kind> <id>` of what names it and ends later, how many cases, and how many promises where nothing else is found.
    """
    found = (*await open_cases(store, entry), *await look_up.users(store, entry, today))
    return found or await _promised(store, promises, entry)


async def open_cases(store: Store, entry: Entry) -> tuple[str, ...]:
    """How many cases stand on it, if any do."""
    named = place(entry)
    count = await store.count(CASE, open_on(named), limit=MANY) if named else 0
    return (f"{count}{' or more' if count == MANY else ''} open cases",) if count else ()


async def _promised(store: Store, promises: Promises, entry: Entry) -> tuple[str, ...]:
    """What citizens were promised by a calendar stands on it, also where no desk works by it any more (domain 6)."""
    if not isinstance(entry, WorkingCalendar):
        return ()
    former = await look_up.formerly_by(store, entry.id)
    total = await promises.standing_on(entry.id, [desk.id for desk in former])
    return (f"{total} open promises",) if total else ()
