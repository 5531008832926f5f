"""Who is told what after which event: the whole list, with the reason wherever nobody is told (domain 8, 12.12).

A notice arises from an event and from nothing else. A test asserts that every verb of the topic stands here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from services.contracts.coordination import ReferralState
from services.contracts.intake import RequestMoved
from services.notify.domain.notices import Notice


class NoNotice(StrEnum):
    """Why an audience hears nothing by message."""

    TOLD_IN_PERSON = "TOLD_IN_PERSON"
    TOLD_WITH_REGISTRATION = "TOLD_WITH_REGISTRATION"
    TOLD_WITH_RESULT = "TOLD_WITH_RESULT"
    TOLD_WITH_WITHDRAWAL = "TOLD_WITH_WITHDRAWAL"
    """Or with the end as a duplicate, or with the slot of a unit that was missed again."""
    TOLD_WITH_NEW_DATE = "TOLD_WITH_NEW_DATE"
    TOLD_WHEN_TAKEN_BACK = "TOLD_WHEN_TAKEN_BACK"
    """The desk takes the case back and registers it, or sends the person on: that notice says all."""
    TOLD_WHEN_LAPSED = "TOLD_WHEN_LAPSED"
    """The notice of the lapse or of the documents, or the desk, has said until when the case stays open."""
    NOTHING_NEW_FOR_THEM = "NOTHING_NEW_FOR_THEM"
    OUTCOME_TOPIC = "OUTCOME_TOPIC"
    """A kiosk office hears by its partner's topic."""
    WORK_LIST = "WORK_LIST"
    """Officers see it in the list they work from."""
    THEIR_OWN_CAUSE = "THEIR_OWN_CAUSE"
    """They did not come, or wanted another time; or the matter is over, which is told by itself."""
    OWN_WORDS = "OWN_WORDS"
    """They have said it themselves."""
    COUNTED_ONLY = "COUNTED_ONLY"
    """What citizens think of an agency it learns in numbers, never case by case."""
    INSPECTORS_ONLY = "INSPECTORS_ONLY"
    """It goes past the agency and its offices."""


class Route(NamedTuple):
    citizen: Notice | NoNotice
    kiosk: Notice | NoNotice = NoNotice.OUTCOME_TOPIC
    officer: Notice | NoNotice = NoNotice.WORK_LIST


ROUTES: Final[Mapping[str, Route]] = {
    "request.guided": Route(NoNotice.TOLD_IN_PERSON),
    "request.redirected": Route(Notice.REDIRECTED),
    "request.redirect-failed": Route(NoNotice.TOLD_WHEN_TAKEN_BACK),
    "request.redirect-lapsed": Route(Notice.REDIRECT_LAPSED),
    "request.expired": Route(NoNotice.TOLD_WHEN_LAPSED),
    "request.incomplete": Route(Notice.INCOMPLETE),
    "request.suspended": Route(Notice.SUSPENDED),
    "request.resumed": Route(Notice.RESUMED),
    "request.documents-reminded": Route(Notice.DOCUMENTS_REMINDER),
    "request.documents-postponed": Route(Notice.DOCUMENTS_POSTPONED),
    "request.evidence-added": Route(NoNotice.TOLD_IN_PERSON),
    "request.represented": Route(NoNotice.TOLD_IN_PERSON),
    "request.registered": Route(Notice.REGISTERED),
    "request.done-on-spot": Route(Notice.DONE_ON_SPOT),
    "request.started": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "request.coordinating": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "request.referred": Route(Notice.REFERRED),
    "request.returned": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "request.rerouted": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "request.result-ready": Route(Notice.RESULT_READY),
    "request.announced": Route(NoNotice.TOLD_WITH_RESULT),
    "request.collection-due": Route(NoNotice.TOLD_WITH_RESULT),
    "request.collection-reminded": Route(Notice.COLLECTION_REMINDER),
    "request.delivered": Route(NoNotice.TOLD_IN_PERSON),
    "request.closed": Route(Notice.SURVEY),
    "request.objected": Route(Notice.OBJECTED),
    "request.reopened": Route(Notice.REOPENED),
    "request.withdrawn": Route(Notice.WITHDRAWN),
    "request.duplicate": Route(Notice.DUPLICATE),
    "commitment.added": Route(NoNotice.TOLD_WITH_REGISTRATION),
    "commitment.extended": Route(Notice.EXTENDED),
    "commitment.re-projected": Route(Notice.RE_DATED),
    "commitment.upheld": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "commitment.legal-risk": Route(NoNotice.TOLD_WITH_NEW_DATE),
    "commitment.kept": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "commitment.kept-late": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "commitment.broken": Route(Notice.DELAY_APOLOGY),
    "survey.answered": Route(NoNotice.OWN_WORDS, NoNotice.NOTHING_NEW_FOR_THEM, NoNotice.COUNTED_ONLY),
    "illegal-demand.reported": Route(NoNotice.OWN_WORDS, NoNotice.INSPECTORS_ONLY, NoNotice.INSPECTORS_ONLY),
    "commitment.released": Route(NoNotice.TOLD_WITH_WITHDRAWAL),
    "commitment.warned": Route(Notice.VISIT_OFF),
    "commitment.reinstated": Route(Notice.VISIT_REINSTATED),
    "commitment.shortened": Route(Notice.VISIT_SHORTENED),
    "commitment.lengthened": Route(NoNotice.NOTHING_NEW_FOR_THEM),
}

VISIT_ROUTES: Final[Mapping[str, Route]] = {
    "commitment.added": Route(Notice.VISIT),
    "commitment.re-projected": Route(Notice.VISIT_MOVED),
    "commitment.upheld": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "commitment.legal-risk": Route(NoNotice.TOLD_WITH_NEW_DATE),
    "commitment.kept": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "commitment.kept-late": Route(NoNotice.NOTHING_NEW_FOR_THEM),
    "commitment.broken": Route(Notice.VISIT_APOLOGY),
    "commitment.released": Route(NoNotice.THEIR_OWN_CAUSE),
    "commitment.warned": Route(Notice.VISIT_OFF),
    "commitment.reinstated": Route(Notice.VISIT_REINSTATED),
    "commitment.shortened": Route(Notice.VISIT_SHORTENED),
    "commitment.lengthened": Route(NoNotice.NOTHING_NEW_FOR_THEM),
}
"""Of promises that are about a visit, not about an answer."""


RETURNED: Final = "request.returned"
RETURN_ROUTES: Final[Mapping[ReferralState, Route]] = {
    ReferralState.ATTENDED: Route(NoNotice.TOLD_IN_PERSON),
    ReferralState.MISSED: Route(Notice.REFERRAL_MISSED),
    ReferralState.CANCELLED: Route(Notice.REFERRAL_CANCELLED),
}
"""Of `request.returned`, where a referral has ended with it: to a unit that was only asked nobody was sent."""


SAYS_MORE: Final[Mapping[Notice, Notice]] = {
    Notice.RE_DATED: Notice.RESUMED,  # the new date says that it goes on
    Notice.INCOMPLETE: Notice.VISIT,  # when they come they have read on the receipt
    Notice.DOCUMENTS_POSTPONED: Notice.VISIT_MOVED,  # where both moved to one opening of the desk
}
"""Which notice tells what another of the same event would."""


class DeficiencyRoute(NamedTuple):
    """Who hears of an agency's deficiency. Officers and inspectors have no channel for messages."""

    agency: NoNotice = NoNotice.WORK_LIST
    inspectors: NoNotice = NoNotice.WORK_LIST


DEFICIENCY_ROUTES: Final[Mapping[str, DeficiencyRoute]] = {
    "deficiency.reported": DeficiencyRoute(),
    "deficiency.acknowledged": DeficiencyRoute(agency=NoNotice.NOTHING_NEW_FOR_THEM),
    "deficiency.planned": DeficiencyRoute(agency=NoNotice.NOTHING_NEW_FOR_THEM),
    "deficiency.remedy-started": DeficiencyRoute(agency=NoNotice.NOTHING_NEW_FOR_THEM),
    "deficiency.fixed": DeficiencyRoute(agency=NoNotice.NOTHING_NEW_FOR_THEM),
    "deficiency.verified": DeficiencyRoute(inspectors=NoNotice.NOTHING_NEW_FOR_THEM),
    "deficiency.rejected": DeficiencyRoute(inspectors=NoNotice.NOTHING_NEW_FOR_THEM),
    "deficiency.escalated": DeficiencyRoute(),
}


def citizen_notices(event: RequestMoved) -> tuple[Notice, ...]:
    """What the citizen is told after this event: each kind at most once, in the order of its moves."""
    notices: dict[Notice, None] = {}
    for move in event.moves:
        route = _returned(event) if move == RETURNED else _table(event, move).get(move)
        if route is not None and isinstance(route.citizen, Notice):
            notices[route.citizen] = None
    for notice, saying_less in SAYS_MORE.items():
        if notice in notices and not (notice is Notice.DOCUMENTS_POSTPONED and _visit_is_apart(event)):
            notices.pop(saying_less, None)
    if len(notices) > 1 or event.survey is not None:
        notices.pop(Notice.SURVEY, None)  # a question beside news would be a second text for one event
    return tuple(notices)


def _table(event: RequestMoved, move: str) -> Mapping[str, Route]:
    return VISIT_ROUTES if move in event.about_visits else ROUTES


def _returned(event: RequestMoved) -> Route:
    referral = event.referral
    of_now = referral is not None and referral.told_at == event.occurred_at
    return (RETURN_ROUTES.get(referral.state) if of_now and referral else None) or ROUTES[RETURNED]


def _visit_is_apart(event: RequestMoved) -> bool:
    """Whether a visit that was moved is for another moment than the deadline of the documents is now."""
    moved = [promise for promise in event.commitments if promise.visit and promise.moves]
    now = [promise.promised_at for promise in moved if promise.moves[-1].at == event.occurred_at]
    return event.awaited is not None and any(at != event.awaited.until for at in now)
