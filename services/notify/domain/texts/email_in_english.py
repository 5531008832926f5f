"""Every e-mail in English: a letter with the code in its subject, what there is to say, and whom to ask."""

from typing import Final

from services.notify.domain.kinds import KINDS
from services.notify.domain.templates import Channel, Template, template_id
from services.notify.domain.tokens import Lang

_LETTER: Final = """Hello,

{said}

Tracking code: {{code}}
Service: {{service}}
Officer in charge: {{responsible}}, {{phone}}

You can follow every step on the tracking page with this code.
"""


def _email(name: str, subject: str, said: str, version: int = 1) -> Template:
    kind = KINDS[name]
    return Template(
        template_id(name, Channel.EMAIL, Lang.EN),
        version,
        kind.notice,
        kind.purpose,
        _LETTER.replace("{said}", said).replace("{{", "{").replace("}}", "}"),
        Channel.EMAIL,
        Lang.EN,
        f"{subject} – code {{code}}",
    )


EMAIL_IN_ENGLISH: Final = (
    _email(
        "registered",
        "Your request is registered",
        "Your request is registered. You will have the answer by {promised}. You need not go to any unit: the desk "
        "gets the result and tells you.",
    ),
    _email(
        "redirected",
        "Please go to a counter office",
        "Your request can be done at a counter office near you. Please go there until {lapse} with this reference:\n"
        "{reference}",
    ),
    _email(
        "redirect-lapsed",
        "Your request is about to end",
        "We have not heard from a counter office about your request. Please go to the service desk or to a counter "
        "office by {ending}; after that your request ends.",
    ),
    _email(
        "extended",
        "The answer takes longer",
        "Your request needs more time than was promised; we apologise. You will have the answer by {redated}.",
    ),
    _email(
        "re-dated",
        "A new date for the answer",
        "The working days have changed, and with them the time of your answer: {redated}. If you have other requests "
        "or visits, please see the tracking page for their dates.",
    ),
    _email("goes-on", "Work goes on", "Work on your request goes on. You will have the answer by {redated}."),
    _email(
        "documents-missing",
        "Documents are missing",
        "Your request lacks {count} documents. Please bring them to the service desk by {documents}. Which ones they "
        "are stands on the tracking page.",
    ),
    _email(
        "documents-missing",
        "Documents are missing",
        "Documents that your request lacks: {count}. Please bring what is missing to the service desk by {documents}. "
        "The list is on your receipt and on the tracking page.",
        version=2,
    ),
    _email(
        "suspended-for-documents",
        "Documents are missing",
        "Your request lacks {count} documents, and work on it stands still until they have come. Please bring them to "
        "the service desk by {documents}. Which ones they are stands on the tracking page.",
    ),
    _email(
        "suspended-for-documents",
        "Documents are missing",
        "Documents that your request lacks: {count}. Work on it stands still until they have come. Please bring what "
        "is missing to the service desk by {documents}. The list is on the tracking page, and on a new receipt that "
        "the desk prints for you.",
        version=2,
    ),
    _email(
        "suspended",
        "Work stands still",
        "Work on your request stands still {why}. You will be told the new time of the answer.",
    ),
    _email("resumed", "Work goes on", "Work on your request goes on. You will have the answer by {promised}."),
    _email("resumed-late", "Work goes on", "Work on your request goes on. You will be told the answer."),
    _email(
        "documents-reminder",
        "Documents are still missing",
        "Your request still lacks {count} documents. Please bring them to the service desk by {documents}; after that "
        "day your request ends. Which ones they are stands on the tracking page.",
    ),
    _email(
        "documents-reminder",
        "Documents are still missing",
        "Documents that your request still lacks: {count}. Please bring what is missing to the service desk by "
        "{documents}; after that day your request ends. The list is on the tracking page, and on a new receipt that "
        "the desk prints for you.",
        version=2,
    ),
    _email(
        "documents-postponed",
        "A new last day for your documents",
        "The working days have changed. The last day on which you can bring your documents is now {documents}. If you "
        "have other requests or visits, please see the tracking page for their dates.",
    ),
    _email(
        "delay-apology",
        "Your answer is late",
        "The answer that you were promised for {promised} did not come in time. We apologise. The officer in charge, "
        "named below, can tell you more.",
    ),
    _email("next-visit", "When to come to the desk", "Please come to the service desk: {visit}."),
    _email("appointment", "Your appointment", "Your appointment at the service desk is on {visit}."),
    _email(
        "visit-moved",
        "A new time for your visit",
        "The time of your visit has changed; we apologise. Please come to the service desk: {visit}.",
    ),
    _email(
        "visit-moved-by-closure",
        "A new time for your visit",
        "The working days have changed, and with them the time of your visit. Please come to the service desk: "
        "{visit}. If you have other requests or visits, please see the tracking page for their dates.",
    ),
    _email(
        "visit-off",
        "Please do not come",
        "Your visit of {visit} is not possible; please do not come. We apologise. The service desk finds another time "
        "for you: {phone}.",
    ),
    _email(
        "visit-off-by-closure",
        "Please do not come",
        "Your visit of {visit} is not possible; please do not come. We apologise. The service desk finds another time "
        "for you: {phone}. If you have other requests or visits, please see the tracking page for their dates.",
    ),
    _email(
        "visit-reinstated",
        "Your visit takes place",
        "Your visit of {visit} takes place after all. Please disregard the message that we sent before.",
    ),
    _email(
        "visit-shortened",
        "The desk closes sooner",
        "On the day of your visit of {visit} the service desk is open only until {closing}. If you have other requests "
        "or visits, please see the tracking page for their dates.",
    ),
    _email(
        "visit-apology",
        "We were not there for you",
        "The service desk was not open for your visit of {visit}. We apologise. For another time please call {phone}.",
    ),
    _email(
        "referred",
        "Please go to a unit",
        "The service desk has arranged this with the unit: {meeting}, please go to {unit}, {room}, with your identity "
        "card, and ask for {contact}; phone {unitphone}.",
    ),
    _email(
        "referred-again",
        "Your new time at the unit",
        "Your new time is {meeting}. Please go to {unit}, {room}, with your identity card, and ask for {contact}; "
        "phone {unitphone}. If you do not come, the time of the answer does not hold any more.",
    ),
    _email(
        "referral-missed",
        "You did not come to the unit",
        "You did not come to {unit}: {missed}. You may have another time, once; the service desk tells you when.",
    ),
    _email(
        "referral-missed-again",
        "You did not come to the unit again",
        "You did not come to {unit} again: {missed}. So the time that was promised for the answer does not hold any "
        "more. Please call the service desk: {phone}.",
    ),
    _email(
        "referral-cancelled",
        "Please do not go to the unit",
        "Your time at {unit}, {meeting}, was cancelled; please do not go. If you need another one, we tell you.",
    ),
    _email(
        "referral-off-by-closure",
        "Please do not go to the unit",
        "{unit} will be closed at the time of your appointment, {meeting}; please do not go. We apologise. The service "
        "desk tells you a new time; your other dates are on the tracking page.",
    ),
    _email(
        "referral-shut",
        "The unit was not open",
        "{unit} was not open: {missed}. We apologise. The service desk tells you a new time.",
    ),
    _email("result-granted", "Your request was granted", "Your request was granted. You need not come."),
    _email(
        "result-collect",
        "Your result is ready",
        "Your result is ready. Please fetch it at the service desk, with your identity card.",
    ),
    _email("result-refused", "Your request was refused", "Your request was refused.\n{objection}"),
    _email("result-partial", "Your request was granted in part", "Your request was granted in part.\n{objection}"),
    _email(
        "result-partial-collect",
        "Your request was granted in part",
        "Your request was granted in part. Please fetch the result at the service desk, with your identity card.\n"
        "{objection}",
    ),
    _email("done-on-spot", "Your request is done", "Your request was done at the service desk."),
    _email("refused-on-spot", "Your request was refused", "Your request was refused at the service desk.\n{objection}"),
    _email(
        "partial-on-spot",
        "Your request was granted in part",
        "Your request was granted in part at the service desk.\n{objection}",
    ),
    _email(
        "collection-reminder",
        "Please fetch your result",
        "Your result waits at the service desk. Please fetch it until {collect}, with your identity card.",
    ),
    _email(
        "objected",
        "Your objection is registered",
        "Your objection is registered, and another officer looks into it. You will have the answer by {promised}.",
    ),
    _email(
        "reopened",
        "Your request is worked on again",
        "Your request is being worked on again. You will have the answer by {promised}.",
    ),
    _email(
        "withdrawn",
        "You have taken your request back",
        "Your request was taken back in your name. If you did not want this, please tell us: {phone}.",
    ),
    _email(
        "duplicate",
        "Two requests became one",
        "This request was joined to another one of yours for the same service. Please follow it with the code {other}.",
    ),
    _email(
        "survey",
        "How did it go?",
        "Your case is over. Please tell us on the tracking page how it went: in time or not, how you were treated, and "
        "whether you were sent to a unit. Your words are sealed.",
    ),
)
