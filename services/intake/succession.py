"""The next request of a person for a service takes the place of the first, when that has ended (effects of the door).

A crash may lose such a word: then a request that is filed afterwards takes the place, and is linked to nothing.
"""

from collections.abc import Sequence

from services.intake.domain.duplicates import PlaceLeft, TakePlace
from services.intake.handlers import REQUEST
from services.intake.store import next_in_line
from services.runtime.door import Door
from services.runtime.store import Store


async def succeed(store: Store, door: Door, left: Sequence[PlaceLeft]) -> None:
    """Tells the oldest open request behind each of these. Raises StoreAway."""
    if left:
        for id in await next_in_line(store, left):
            await door.report(REQUEST, id, TakePlace())
