"""The texts in force, as this process knows them: the shipped ones, and what the installation has published since.

Every process reads the store once before it decides anything, and then every two seconds; one that publishes knows it
at once. A message may be made in one process with words that another is yet to read: before it is handed over, that one
looks again.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.notify.domain.effects import HandOver
from services.notify.domain.message import Message
from services.notify.domain.publishing import Edition, TemplateFile
from services.notify.domain.rules import Rules
from services.notify.domain.templates import Catalogue, Template
from services.notify.store import written_templates
from services.runtime.door import Perform
from services.runtime.driver import StoreAway
from services.runtime.message import Performed
from services.runtime.store import Store

SECONDS = 2.0
"""So soon every process says what one has published."""


class TemplateBook:
    """What is known of the store is only ever replaced by something newer."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._files: dict[str, tuple[int, TemplateFile]] = {}

    @property
    def catalogue(self) -> Catalogue:
        return self._rules.catalogue

    def rules(self) -> Rules:
        """The service's, with the texts in force."""
        return self._rules

    def version(self, id: str, version: int) -> Template:
        """The version a message was made with. Raises TemplateError."""
        return self.catalogue.version(id, version)

    def edition(self, template: Template) -> Edition | None:
        """Who published it and when; None of what is shipped."""
        _, file = self._files.get(template.id, (0, None))
        return next((known for known in (file.editions if file else ()) if known.version == template.version), None)

    def take(self, files: Iterable[tuple[int, TemplateFile]]) -> None:
        """Files, each in the version that it was read or written in."""
        newer = {file.id: (version, file) for version, file in files if version > self._known(file.id)}
        if not newer:
            return
        self._files |= newer
        own = [edition for _, file in self._files.values() for edition in file.own()]
        self._rules = replace(self._rules, catalogue=self.catalogue.with_own(own))

    async def refresh(self, store: Store) -> None:
        """Raises StoreAway."""
        self.take([(stored.version, stored.state) for stored in await written_templates(store)])

    async def knows(self, store: Store, messages: Iterable[Message]) -> None:
        """From then on the words of these messages are known: another process may have just published them.

        Raises StoreAway.
        """
        if any((message.template_id, message.template_version) not in self.catalogue for message in messages):
            await self.refresh(store)

    async def follow(self, store: Store) -> None:
        """Runs for the life of the service."""
        while True:
            await asyncio.sleep(SECONDS)
            try:
                await self.refresh(store)
            except StoreAway:
                continue  # what is known stays right for what was made with it

    def known_first(self, store: Store, perform: Perform) -> Perform:
        """`perform`, with every message that is handed over in words that are known.

        With the store away a message in others is left: by its timer it is asked about, and handed over again.
        """

        async def performing(performed: Sequence[Performed]) -> None:
            if not all(map(self._is_known, performed)):
                try:
                    await self.refresh(store)
                except StoreAway:
                    performed = [item for item in performed if self._is_known(item)]
            await perform(performed)

        return performing

    def _is_known(self, item: Performed) -> bool:
        effect = item.effect
        return not isinstance(effect, HandOver) or (effect.template_id, effect.template_version) in self.catalogue

    def _known(self, id: str) -> int:
        return self._files[id][0] if id in self._files else 0
