"""What stands on an entry: other entries that name it, and open cases, as far as intake has told of them (domain 3)."""

from services.contracts.entry import Entry
from services.registry import store as look_up
from services.registry.domain.reported import place
from services.registry.handlers import CASE
from services.registry.report_store import open_on
from services.runtime.store import Store

MANY = 1_000


async def in_use(store: Store, entry: Entry) -> tuple[str, ...]:
    """All that stands on it: `<kind> <id>` of what is in force, and how many cases."""
    users = await look_up.users(store, type(entry), entry.id)
    named = place(entry)
    count = await store.count(CASE, open_on(named), limit=MANY) if named else 0
    if not count:
        return users
    return (f"{count}{' or more' if count == MANY else ''} open cases", *users)
