"""Every SMS in English, in the letters of GSM-7: 160 units alone, 153 a part (domain 8).

They name neither service nor officer: these names are Persian, and one makes the SMS cost as a Persian one.
"""

from typing import Final

from services.notify.domain.kinds import KINDS
from services.notify.domain.templates import Channel, Template, template_id
from services.notify.domain.tokens import Lang


def _sms(name: str, text: str, version: int = 1) -> Template:
    kind = KINDS[name]
    id = template_id(name, Channel.SMS, Lang.EN)
    return Template(id, version, kind.notice, kind.purpose, text, lang=Lang.EN)


SMS_IN_ENGLISH: Final = (
    _sms("registered", "Tracking code {code}\nAnswer by: {promised}\nYour request is registered.\nQuestions: {phone}"),
    _sms("redirected", "Code {code}\nUntil {lapse}, please go to a counter office with this reference:\n{reference}"),
    _sms(
        "redirect-lapsed",
        "Code {code}\nBy {ending}, please go to the service desk or a counter office; after that your request ends.",
    ),
    _sms("extended", "Code {code}\nAnswer by: {redated}\nMore time is needed; we apologise.\nQuestions: {phone}"),
    _sms(
        "re-dated",
        "Code {code}\nNew time of the answer: {redated}\nThe working days have changed. "
        "Your other dates: see the tracking page.",
    ),
    _sms("goes-on", "Code {code}\nAnswer by: {redated}\nWork on your request goes on."),
    _sms(
        "documents-missing",
        "Code {code}\nBy {documents}, please bring {count} documents to the service desk. "
        "The list is on the tracking page.",
    ),
    _sms(
        "documents-missing",
        "Code {code}\nBy {documents}, please bring what is missing to the service desk. Documents: {count}. "
        "The list is on the tracking page.",
        version=2,
    ),
    _sms(
        "suspended-for-documents",
        "Code {code}\nBy {documents}, please bring {count} documents to the service desk. "
        "The list is on the tracking page. Work stands still until then.",
    ),
    _sms(
        "suspended-for-documents",
        "Code {code}\nBy {documents}, please bring what is missing to the service desk. Documents: {count}. "
        "The list is on the tracking page. Work stands still until then.",
        version=2,
    ),
    _sms(
        "suspended",
        "Code {code}\nWork on your request stands still {why}. You will be told the new time of the answer.",
    ),
    _sms("resumed", "Code {code}\nAnswer by: {promised}\nWork on your request goes on."),
    _sms("resumed-late", "Code {code}\nWork on your request goes on. You will be told the answer.\nQuestions: {phone}"),
    _sms(
        "documents-reminder",
        "Code {code}\nBy {documents}, please bring {count} documents; the list is on the tracking page. "
        "After that day your request ends.",
    ),
    _sms(
        "documents-reminder",
        "Code {code}\nBy {documents}, please bring what is missing. Documents: {count}; the list is on the tracking "
        "page. After that day your request ends.",
        version=2,
    ),
    _sms(
        "documents-postponed",
        "Code {code}\nNew last day for your documents: {documents}\nThe working days have changed. "
        "Your other dates: see the tracking page.",
    ),
    _sms(
        "delay-apology",
        "Code {code}\nThe answer promised for {promised} is late. We apologise.\nQuestions: {phone}",
    ),
    _sms("next-visit", "Code {code}\nPlease come to the service desk: {visit}\nQuestions: {phone}"),
    _sms("appointment", "Code {code}\nYour appointment at the service desk: {visit}\nQuestions: {phone}"),
    _sms("visit-moved", "Code {code}\nNew time of your visit: {visit}\nWe apologise.\nQuestions: {phone}"),
    _sms(
        "visit-moved-by-closure",
        "Code {code}\nNew time of your visit: {visit}\nThe working days have changed. "
        "Your other dates: see the tracking page.",
    ),
    _sms(
        "visit-off",
        "Code {code}\nYour visit of {visit} is not possible; please do not come. We apologise.\n"
        "For a new time: {phone}",
    ),
    _sms(
        "visit-off-by-closure",
        "Code {code}\nYour visit of {visit} is not possible; please do not come. We apologise.\n"
        "For a new time: {phone}\n"
        "Your other dates: see the tracking page.",
    ),
    _sms(
        "visit-reinstated",
        "Code {code}\nYour visit of {visit} takes place after all; please disregard the message before.\n"
        "Questions: {phone}",
    ),
    _sms(
        "visit-shortened",
        "Code {code}\nYour visit of {visit}: that day the desk is open only until {closing}. "
        "Your other dates: see the tracking page.",
    ),
    _sms(
        "visit-apology",
        "Code {code}\nThe service desk was not open for your visit of {visit}. We apologise.\nFor a new time: {phone}",
    ),
    _sms(
        "referred",
        "Code {code}\n{meeting}: please go to the unit of your service, {room}, with your identity card.\n"
        "Its phone: {unitphone}",
    ),
    _sms(
        "referred-again",
        "Code {code}\nNew time: {meeting}. Please go to the unit of your service, {room}, with your identity card.\n"
        "Its phone: {unitphone}",
    ),
    _sms(
        "referral-missed",
        "Code {code}\nYou did not come to the unit: {missed}. You may have another time, once.\nService desk: {phone}",
    ),
    _sms(
        "referral-missed-again",
        "Code {code}\nYou did not come to the unit again: {missed}. The time of the answer does not hold any more.\n"
        "Service desk: {phone}",
    ),
    _sms(
        "referral-cancelled",
        "Code {code}\n{meeting}: please do not go to the unit, this was cancelled.\nService desk: {phone}",
    ),
    _sms(
        "referral-off-by-closure",
        "Code {code}\n{meeting}: please do not go to the unit, it will be closed. We apologise.\n"
        "For a new time: {phone}\nYour other dates: see the tracking page.",
    ),
    _sms(
        "referral-shut",
        "Code {code}\n{missed}: the unit was not open. We apologise.\nFor a new time: {phone}",
    ),
    _sms("result-granted", "Tracking code {code}\nYour request was granted. You need not come."),
    _sms(
        "result-collect",
        "Code {code}\nYour result is ready. Please fetch it at the service desk with your identity card.\n"
        "Questions: {phone}",
    ),
    _sms("result-refused", "Tracking code {code}\nYour request was refused.\n{objection}"),
    _sms("result-partial", "Tracking code {code}\nYour request was granted in part.\n{objection}"),
    _sms(
        "result-partial-collect",
        "Code {code}\nYour request was granted in part; please fetch the result at the service desk.\n{objection}",
    ),
    _sms("done-on-spot", "Tracking code {code}\nYour request was done at the service desk."),
    _sms("refused-on-spot", "Code {code}\nYour request was refused at the service desk.\n{objection}"),
    _sms("partial-on-spot", "Code {code}\nYour request was granted in part at the service desk.\n{objection}"),
    _sms(
        "collection-reminder",
        "Code {code}\nUntil {collect}, please fetch your result at the service desk.\nQuestions: {phone}",
    ),
    _sms(
        "objected",
        "Code {code}\nAnswer to your objection by: {promised}\nAnother officer looks into it.\nQuestions: {phone}",
    ),
    _sms("reopened", "Code {code}\nAnswer by: {promised}\nYour request is being worked on again.\nQuestions: {phone}"),
    _sms(
        "withdrawn",
        "Code {code}\nYou have taken your request back. If you did not want this, please tell us: {phone}",
    ),
    _sms(
        "duplicate",
        "Code {code}\nThis request was joined to another one of yours. Please follow it with the code {other}",
    ),
    _sms(
        "survey", "Code {code}\nYour case is over. How did it go? Please tell us on the tracking page with this code."
    ),
)
