"""The kinds of notice there are, when each may go out, and in which states of the request it still makes sense."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.contracts.intake import RequestState

_WITH_UNITS = frozenset({RequestState.COORDINATING, RequestState.REFERRED})
_AT_WORK = frozenset({RequestState.REGISTERED, RequestState.PROMISED, RequestState.IN_PROGRESS}) | _WITH_UNITS
_AGAIN = frozenset({RequestState.OBJECTED, RequestState.REOPENED, RequestState.IN_PROGRESS}) | _WITH_UNITS


_TO_COME = frozenset(RequestState) - {
    RequestState.RECEIVED,
    RequestState.REDIRECTED,
    RequestState.GUIDED,
    RequestState.EXPIRED,
    RequestState.CLOSED,
    RequestState.WITHDRAWN,
    RequestState.DUPLICATE,
}


class Notice(StrEnum):
    REGISTERED = "REGISTERED"
    REDIRECTED = "REDIRECTED"
    REDIRECT_LAPSED = "REDIRECT_LAPSED"
    """Its confirmed delivery lets the desk close the case after the day that it names."""
    EXTENDED = "EXTENDED"
    RE_DATED = "RE_DATED"
    INCOMPLETE = "INCOMPLETE"
    """Documents are missing. It, or the reminder, is the notice without which the case does not expire."""
    SUSPENDED = "SUSPENDED"
    """The work stands still. Of documents it is a notice as the one before."""
    RESUMED = "RESUMED"
    DOCUMENTS_REMINDER = "DOCUMENTS_REMINDER"
    DOCUMENTS_POSTPONED = "DOCUMENTS_POSTPONED"
    """The desk is shut at the deadline that was told."""
    DELAY_APOLOGY = "DELAY_APOLOGY"
    VISIT = "VISIT"
    """When to come to the desk: on a day, or in a slot."""
    VISIT_MOVED = "VISIT_MOVED"
    VISIT_OFF = "VISIT_OFF"
    """Nobody can serve then: do not come, the desk finds another time."""
    VISIT_REINSTATED = "VISIT_REINSTATED"
    """What was off stands again: come."""
    VISIT_SHORTENED = "VISIT_SHORTENED"
    """The desk shuts sooner on the day of a visit: its confirmed delivery lets not coming release the visit."""
    VISIT_APOLOGY = "VISIT_APOLOGY"
    REFERRED = "REFERRED"
    """To which unit to come and when: the desk has coordinated it (I1)."""
    REFERRAL_MISSED = "REFERRAL_MISSED"
    REFERRAL_CANCELLED = "REFERRAL_CANCELLED"
    """The unit does not see them then, or need not: do not come."""
    RESULT_READY = "RESULT_READY"
    """Its confirmed delivery is the announcement (I9): intake moves the request on that word."""
    DONE_ON_SPOT = "DONE_ON_SPOT"
    COLLECTION_REMINDER = "COLLECTION_REMINDER"
    """Its confirmed delivery is the notice without which intake does not close a case uncollected."""
    OBJECTED = "OBJECTED"
    REOPENED = "REOPENED"
    WITHDRAWN = "WITHDRAWN"
    """Also the proof, to whoever it belongs to, that nobody else took the request back."""
    DUPLICATE = "DUPLICATE"
    """By which code the person follows what they asked for from now on."""
    SURVEY = "SURVEY"
    """The case is over: how did it go?"""


class Purpose(StrEnum):
    SERVICE = "SERVICE"
    """What the agency owes whoever it serves: what was promised, when it moved, and the result."""
    LEGAL = "LEGAL"
    """Rights hang on it; it may take three parts."""
    SURVEY = "SURVEY"
    """A question to them, of which they need nothing."""


def may_opt_out(purpose: Purpose) -> bool:
    """Whether a citizen may ask for no more messages of this purpose (domain 8).

    Of surveys. Not of LEGAL messages; nor of SERVICE ones: a result counts as announced only when its message has
    arrived or the desk has told it (I9), and cases lapse after what they say. Who wants none of these leaves no mobile,
    and is told at the desk.
    """
    return purpose is Purpose.SURVEY


USEFUL_IN: Final[Mapping[Notice, frozenset[RequestState]]] = {
    Notice.REGISTERED: _AT_WORK,
    Notice.REDIRECTED: frozenset({RequestState.REDIRECTED}),
    Notice.REDIRECT_LAPSED: frozenset({RequestState.REDIRECTED}),
    Notice.EXTENDED: _AT_WORK | _AGAIN,
    Notice.RE_DATED: _AT_WORK | _AGAIN,
    Notice.INCOMPLETE: frozenset({RequestState.INCOMPLETE}),
    Notice.SUSPENDED: frozenset({RequestState.SUSPENDED}),
    Notice.RESUMED: _AT_WORK,
    Notice.DOCUMENTS_REMINDER: frozenset({RequestState.INCOMPLETE, RequestState.SUSPENDED}),
    Notice.DOCUMENTS_POSTPONED: frozenset({RequestState.INCOMPLETE, RequestState.SUSPENDED}),
    Notice.DELAY_APOLOGY: _TO_COME | {RequestState.CLOSED},  # the answer may have come since, too late
    Notice.VISIT: _TO_COME,
    Notice.VISIT_MOVED: _TO_COME,
    Notice.VISIT_OFF: _TO_COME,
    Notice.VISIT_REINSTATED: _TO_COME,
    Notice.VISIT_SHORTENED: _TO_COME,
    Notice.VISIT_APOLOGY: _TO_COME,
    Notice.REFERRED: frozenset({RequestState.REFERRED, RequestState.SUSPENDED}),
    Notice.REFERRAL_MISSED: _TO_COME,
    Notice.REFERRAL_CANCELLED: _TO_COME,
    Notice.RESULT_READY: frozenset({RequestState.RESULT_READY}),
    Notice.DONE_ON_SPOT: frozenset(
        {
            RequestState.DONE_ON_SPOT,
            RequestState.ANNOUNCED,
            RequestState.COLLECTION_DUE,
            RequestState.DELIVERED,
            RequestState.CLOSED,
        }
    ),
    Notice.COLLECTION_REMINDER: frozenset({RequestState.COLLECTION_DUE}),
    Notice.OBJECTED: _AGAIN,
    Notice.REOPENED: _AGAIN,
    Notice.WITHDRAWN: frozenset({RequestState.WITHDRAWN}),
    Notice.DUPLICATE: frozenset({RequestState.DUPLICATE}),
    Notice.SURVEY: frozenset({RequestState.CLOSED}),
}
"""In any other state the notice is suppressed: no reminder after the matter is over (domain 12.10)."""

ABOUT_A_VISIT: Final = frozenset(
    {
        Notice.VISIT,
        Notice.VISIT_MOVED,
        Notice.VISIT_OFF,
        Notice.VISIT_REINSTATED,
        Notice.VISIT_SHORTENED,
        Notice.VISIT_APOLOGY,
    }
)

TELLS_WHAT_IS_AHEAD: Final = ABOUT_A_VISIT - {Notice.VISIT_APOLOGY}
"""When the moment has passed that such a notice names, it is too late to tell it."""

OUTLASTS_ITS_ROUND: Final = ABOUT_A_VISIT | {Notice.DELAY_APOLOGY}
"""Still to be told when the case is worked on once more: a visit stays ahead, and what was broken stays so."""

_ANOTHER_VISIT: Final = frozenset({Notice.VISIT, Notice.VISIT_MOVED, Notice.VISIT_OFF})
_ANOTHER_DATE: Final = frozenset({Notice.EXTENDED, Notice.RE_DATED, Notice.DELAY_APOLOGY})

REPLACED_BY: Final[Mapping[Notice, frozenset[Notice]]] = {
    Notice.REDIRECTED: frozenset({Notice.REDIRECTED, Notice.REDIRECT_LAPSED}),
    Notice.REDIRECT_LAPSED: frozenset({Notice.REDIRECTED}),
    Notice.EXTENDED: _ANOTHER_DATE,
    Notice.RE_DATED: _ANOTHER_DATE,
    Notice.VISIT: _ANOTHER_VISIT,
    Notice.VISIT_MOVED: _ANOTHER_VISIT,
    Notice.VISIT_OFF: frozenset({Notice.VISIT, Notice.VISIT_MOVED, Notice.VISIT_REINSTATED}),
    Notice.VISIT_REINSTATED: _ANOTHER_VISIT,
    Notice.VISIT_SHORTENED: _ANOTHER_VISIT | {Notice.VISIT_SHORTENED},
    Notice.REFERRED: frozenset({Notice.REFERRAL_MISSED, Notice.REFERRAL_CANCELLED}),
    Notice.REFERRAL_MISSED: frozenset({Notice.REFERRED}),
    Notice.INCOMPLETE: frozenset({Notice.DOCUMENTS_REMINDER}),
    Notice.SUSPENDED: frozenset({Notice.SUSPENDED, Notice.DOCUMENTS_REMINDER}),
    Notice.DOCUMENTS_REMINDER: frozenset({Notice.SUSPENDED}),
    Notice.DOCUMENTS_POSTPONED: frozenset({Notice.SUSPENDED, Notice.DOCUMENTS_POSTPONED, Notice.DOCUMENTS_REMINDER}),
    Notice.RESUMED: frozenset({Notice.SUSPENDED, Notice.RESUMED, *_ANOTHER_DATE}),
}
"""A notice that has not gone out yet when one of these follows it would send somebody astray: it is suppressed.

One about a visit is followed by what is said of the same kind of visit."""

SAVES_A_TRIP: Final = frozenset(
    {
        Notice.REDIRECTED,
        Notice.EXTENDED,
        Notice.RE_DATED,
        Notice.DELAY_APOLOGY,
        Notice.VISIT_MOVED,
        Notice.VISIT_OFF,
        Notice.VISIT_REINSTATED,
        Notice.VISIT_SHORTENED,
        Notice.DOCUMENTS_POSTPONED,
        Notice.REFERRAL_CANCELLED,
        Notice.RESULT_READY,
    }
)
"""May go out earlier and later in the day: without it somebody sets out in vain (domain 8)."""
