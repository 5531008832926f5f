"""The kinds of notice there are, when each may go out, and in which states of the request it still makes sense."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.contracts.intake import RequestState

_AT_WORK = frozenset({RequestState.REGISTERED, RequestState.PROMISED, RequestState.IN_PROGRESS})
_AGAIN = frozenset({RequestState.OBJECTED, RequestState.REOPENED, RequestState.IN_PROGRESS})


class Notice(StrEnum):
    REGISTERED = "REGISTERED"
    REDIRECTED = "REDIRECTED"
    REDIRECT_LAPSED = "REDIRECT_LAPSED"
    """Its confirmed delivery lets the desk close the case after the day that it names."""
    DELAY_APOLOGY = "DELAY_APOLOGY"
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


class Purpose(StrEnum):
    SERVICE = "SERVICE"
    LEGAL = "LEGAL"
    """Cannot be opted out of, and may take three parts."""


USEFUL_IN: Final[Mapping[Notice, frozenset[RequestState]]] = {
    Notice.REGISTERED: _AT_WORK,
    Notice.REDIRECTED: frozenset({RequestState.REDIRECTED}),
    Notice.REDIRECT_LAPSED: frozenset({RequestState.REDIRECTED}),
    Notice.DELAY_APOLOGY: _AT_WORK | _AGAIN,
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
}
"""In any other state the notice is suppressed: no reminder after the matter is over (domain 12.10)."""

REPLACED_BY: Final[Mapping[Notice, frozenset[Notice]]] = {
    Notice.REDIRECTED: frozenset({Notice.REDIRECTED, Notice.REDIRECT_LAPSED}),
    Notice.REDIRECT_LAPSED: frozenset({Notice.REDIRECTED}),
}
"""A notice that has not gone out yet when one of these follows it would send somebody astray: it is suppressed."""

SAVES_A_TRIP: Final = frozenset({Notice.REDIRECTED, Notice.DELAY_APOLOGY, Notice.RESULT_READY})
"""May go out earlier and later in the day: without it somebody sets out in vain (domain 8)."""
