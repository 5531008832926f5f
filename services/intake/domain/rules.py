"""The settings of intake's rules: keys that make identifiers unguessable, and the numbers of domain 5 and 8."""

from dataclasses import dataclass
from datetime import timedelta

from services.worktime import Duration, Unit

REDIRECT_LAPSE = Duration(3, Unit.WORKING_DAYS)
REDIRECT_GRACE = Duration(5, Unit.WORKING_DAYS)
TOLD_BY_DESK = Duration(1, Unit.WORKING_DAYS)
COLLECTED_WITHIN = Duration(30, Unit.CALENDAR_DAYS)
DOCUMENTS_WITHIN = Duration(10, Unit.WORKING_DAYS)
DOCUMENTS_REMINDED_BEFORE = Duration(2, Unit.WORKING_DAYS)
DOCUMENTS_GRACE = Duration(5, Unit.WORKING_DAYS)
COLLECTION_GRACE = Duration(5, Unit.WORKING_DAYS)


@dataclass(frozen=True)
class Rules:
    """One value for the whole life of an installation: another key would make every code and reference look new."""

    secret: bytes
    """Keys the tracking codes, the references to applicants and the redirect references."""
    oldest_submission: timedelta = timedelta(days=7)
    future_skew: timedelta = timedelta(minutes=5)
    redirect_lapse: Duration = REDIRECT_LAPSE
    """How long a desk waits for a kiosk to honour its redirect."""
    redirect_grace: Duration = REDIRECT_GRACE
    """How long after the lapse the person may still come, before the desk may close the case."""
    confirmed_within_hours: int = 1
    """Working hours that the message about a result has to be confirmed; then the desk tells the citizen (domain 8)."""
    told_before_promise: timedelta = timedelta(hours=3)
    """So long before the promised moment the desk knows at the latest."""
    delivery_heard_within: timedelta = timedelta(minutes=15)
    """So long after a promised moment word may still come that a message was delivered before it."""
    told_by_desk: Duration = TOLD_BY_DESK
    """How long a desk has to tell what no message could; never past the promised moment."""
    collected_within: Duration = COLLECTED_WITHIN
    """How long an output waits for its person from the announcement on."""
    collection_reminded_before: timedelta = timedelta(days=7)
    """So long before that the citizen is reminded."""
    collection_grace: Duration = COLLECTION_GRACE
    """So long after the deadline, or after a later notice, the case is closed uncollected."""
    documents_within: Duration = DOCUMENTS_WITHIN
    """How long a citizen has to bring what is missing."""
    documents_reminded_before: Duration = DOCUMENTS_REMINDED_BEFORE
    """So long before that they are reminded."""
    documents_grace: Duration = DOCUMENTS_GRACE
    """So long after the deadline, or after a later notice, the case expires."""
    kiosks_offered: int = 5
    """How many kiosks a redirected citizen is shown."""
    submissions_heard: int = 50
    """Different contents remembered under one externalRef; an office that sends more is not correcting any more."""
    survey_within: timedelta = timedelta(days=30)
    """So long after the end of a case its person may say how it went."""
    visit_calls: int = 3
    """How often a person is called before the visit ends as NO_SHOW."""
    visit_overrun: timedelta = timedelta(hours=2)
    """How long after the desk has shut a person who stands there may be served on."""
    visit_within: timedelta = timedelta(days=60)
    """So far ahead a visit may be promised."""
    visit_early: timedelta = timedelta(hours=1)
    """Who draws a ticket so long before an appointment has come to it."""
    slot_length: timedelta = timedelta(minutes=20)
    slot_capacity: int = 1
    """Appointments of one officer at one time."""
    visits_open: int = 500
    """Visits of one desk that have not ended; more means that nobody ends them."""
    signatures_required: bool = True
    """Whether a record must be signed. One that is signed must be signed rightly in any case."""
    unproven_heard: int = 5
    """Different contents answered under one externalRef that no signature proves."""
