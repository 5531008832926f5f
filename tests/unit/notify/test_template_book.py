"""Which texts a process knows: its own at once, another's within seconds, and always those a message was made with."""

from collections.abc import Sequence
from typing import cast

from services.notify.domain.effects import AskProvider, HandOver
from services.notify.domain.publishing import FIRST_OWN, WriteTemplate, WriteWish
from services.notify.domain.rules import Rules
from services.notify.handlers import TEMPLATE
from services.notify.template_book import TemplateBook
from services.runtime.message import Performed
from services.runtime.store import Store
from tests.unit.notify.in_memory import Notify

WORDS = "کد {code} ثبت شد. پاسخ: {promised}"


async def publish(notify: Notify, text: str = WORDS) -> None:
    """As another process does: this one is not told."""
    wish = WriteWish(command=WriteTemplate(name="registered", text=text, publish=True, officer_id="o-1"))
    await notify.memory.door.submit(TEMPLATE, "registered", wish)


async def test_what_another_process_has_published_is_said_after_the_next_look(notify: Notify) -> None:
    await publish(notify)
    await notify.hear("r-1")
    await notify.book.refresh(cast(Store, notify.store))
    await notify.hear("r-2")
    before, after = notify.gateway.accepted
    assert before.text.startswith("کد رهگیری")
    assert after.text.startswith("کد ۱۲۳۴")
    assert " ثبت شد. پاسخ: " in after.text
    assert notify.message("r-1").template_version == 1
    assert notify.message("r-2").template_version == FIRST_OWN


def handed_over(version: int) -> Performed:
    return Performed("correspondence", "r-1", HandOver("r-1.1", 1, "registered", version, {}))


ASKED = Performed("correspondence", "r-1", AskProvider("r-1.1", 1))


async def performed(notify: Notify, *items: Performed) -> list[Performed]:
    """What is carried out of these by a process that has not read the store since it began."""
    done: list[Performed] = []

    async def perform(items: Sequence[Performed]) -> None:
        done.extend(items)

    await TemplateBook(Rules()).known_first(cast(Store, notify.store), perform)(items)
    return done


async def test_a_message_made_in_words_that_this_process_is_yet_to_read_is_handed_over_all_the_same(
    notify: Notify,
) -> None:
    """Its timer may come due in any process."""
    await publish(notify)
    items = [handed_over(FIRST_OWN), ASKED]
    assert await performed(notify, *items) == items


async def test_with_the_store_away_a_message_in_unknown_words_waits_and_the_others_do_not(notify: Notify) -> None:
    """It is SENDING, with a timer that asks about it: nobody would hear of it if it were declined as unsayable."""
    notify.store.away = True
    assert await performed(notify, handed_over(FIRST_OWN), handed_over(1), ASKED) == [handed_over(1), ASKED]


async def test_an_older_view_of_a_text_never_takes_the_place_of_a_newer_one(notify: Notify) -> None:
    await publish(notify)
    old = await notify.store.get(TEMPLATE, "registered")
    await publish(notify, "کد {code} به‌تازگی ثبت شد. پاسخ: {promised}")
    await notify.book.refresh(cast(Store, notify.store))
    assert old is not None
    notify.book.take([(old.version, old.state)])
    assert notify.book.catalogue.newest("registered").version == FIRST_OWN + 1
