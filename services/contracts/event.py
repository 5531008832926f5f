"""What all events have in common: where each goes, under which key, and what its moves were."""

from abc import abstractmethod
from typing import ClassVar

from services.contracts.topics import TYPE_PREFIX, Topic
from services.contracts.wire import Wire


class Event(Wire):
    """A fact about one entity, bound for one topic.

    `moves` lists what was decided together, in order, as `<entity>.<verb>`; the first names the CloudEvents type
    (design 1). Subclasses say where it goes.
    """

    CONTEXT: ClassVar[str]
    moves: tuple[str, ...]

    def type(self) -> str:
        return f"{TYPE_PREFIX}.{self.CONTEXT}.{self.moves[0]}.v1"

    @abstractmethod
    def topic(self) -> Topic:
        """Where it is published."""

    @abstractmethod
    def key(self) -> str:
        """The record key: decides the partition, and with it the order."""

    def subject(self) -> str:
        """The entity, as `ce_subject`: together with `ce_source` it names the sequence."""
        return self.key()

    @abstractmethod
    def org(self) -> str:
        """The agency in whose name it is published: `ce_source` is `/org/<org>/<service>`."""

    def minor(self) -> bool:
        """Whether a receiver who does not keep such books may pass it over, unread (`ce_minor`, docs/door.md)."""
        return False
