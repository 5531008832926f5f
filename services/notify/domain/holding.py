"""Which times of a request hold now: a message names them as they are when it goes out, not as they were when it was
made, and does not go out when nothing is left to name (domain 8, 12.10)."""

from typing import Final

from services.contracts.commitment import CommitmentKind, CommitmentState, ExpectedVisit
from services.contracts.intake import RequestMoved
from services.contracts.wire import Made, instant_text
from services.notify.domain.message import Message
from services.notify.domain.notices import ABOUT_A_VISIT, Notice
from services.notify.domain.wording import facts_of

_DOCUMENTS: Final = ("documents", "count")
_NAMED_ANEW: Final = ("promised", *_DOCUMENTS)
"""Tokens of which a request has one value, whichever message names it."""


class Holding(Made):
    """As of the newest event."""

    tokens: dict[str, str]
    visits: tuple[CommitmentKind, ...]
    """Which of the two are ahead."""
    closings: dict[CommitmentKind, str] | None = None
    """Of those whose desk shuts sooner than their person knows: when. None where an earlier version stored it."""

    surveyed: bool = False
    """They have said how it went."""

    @classmethod
    def after(cls, event: RequestMoved) -> "Holding":
        open_ = (promise for promise in event.commitments if promise.state is CommitmentState.OPEN)
        visits = {promise.kind: promise.visit for promise in open_ if promise.visit}
        tokens = facts_of(event, _NAMED_ANEW)
        if event.awaited is None or not event.awaited.missing:
            tokens = {name: value for name, value in tokens.items() if name not in _DOCUMENTS}
        sooner = {kind: visit.until for kind, visit in visits.items() if _is_sooner_than_known(visit)}
        closings = {kind: instant_text(until) for kind, until in sooner.items()}
        surveyed = event.survey is not None
        return cls(tokens=tokens, visits=tuple(visits), closings=closings, surveyed=surveyed)

    def named_by(self, message: Message) -> dict[str, str]:
        """What the message says, with the times that hold now. An apology names the one that was broken."""
        if message.notice is Notice.DELAY_APOLOGY:
            return message.tokens
        of_now = dict(self.tokens)
        if message.visit is not None and self.closings and message.visit in self.closings:
            of_now["closing"] = self.closings[message.visit]
        return message.tokens | {name: value for name, value in of_now.items() if name in message.tokens}

    def leaves_nothing_of(self, message: Message) -> bool:
        """Whether all documents have come that it asks for, the visit is over that it tells of, its desk does not shut
        sooner any more than its person knows, or they have said what it asks."""
        if message.notice is Notice.SURVEY:
            return self.surveyed
        if message.notice is Notice.VISIT_SHORTENED and self.closings is not None:
            return message.visit is not None and message.visit not in self.closings
        if message.notice in ABOUT_A_VISIT and message.notice is not Notice.VISIT_APOLOGY:
            return message.visit is not None and message.visit not in self.visits
        return "documents" in message.tokens and "documents" not in self.tokens


def _is_sooner_than_known(visit: ExpectedVisit) -> bool:
    return visit.told_until is not None and visit.until < visit.told_until
