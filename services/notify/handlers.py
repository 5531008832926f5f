"""Everything that can happen to a correspondence, and where it comes from; what is heard of deficiencies; and texts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from services.contracts import topics
from services.contracts.decision import TimerFired
from services.contracts.deficiency import DEFICIENCY_VERBS, DeficiencyMoved
from services.contracts.envelope import Envelope, Malformed
from services.contracts.intake import DEMAND_VERBS, REQUEST_VERBS, RequestMoved
from services.contracts.kiosk import OUTCOME_VERBS, Outcome
from services.contracts.topics import TYPE_PREFIX
from services.contracts.wire import Wire
from services.notify.domain import (
    answers,
    closure,
    deficiencies,
    preference,
    printouts,
    publishing,
    sending,
    telling,
    webhook,
    webhook_message,
    weights,
)
from services.notify.domain.by_mail import Decide, falling_back
from services.notify.domain.closure import Closure
from services.notify.domain.correspondence import Correspondence, timers
from services.runtime.entity import Addressed, Entity, Inbound, Unknown, events

_OF_A_CORRESPONDENCE: Final[Mapping[type[Wire], Decide]] = {
    RequestMoved: telling.request_moved,
    TimerFired: sending.fell_due,
    sending.SendingResumed: sending.resumed,
    sending.TurnGiven: sending.turn_given,
    closure.Tell: telling.tells,
    closure.NeedNot: telling.need_not,
    closure.GiveWay: telling.gives_way,
    answers.Accepted: answers.accepted,
    answers.Declined: answers.declined,
    answers.NotCalled: answers.not_called,
    answers.NoAnswer: answers.no_answer,
    answers.Denied: answers.denied,
    answers.Reported: answers.reported,
    answers.Preferred: answers.preferred,
    answers.OptedOut: answers.opted_out,
    printouts.HandOver: printouts.handed_over,
}

CORRESPONDENCE: Final = Entity(
    name="correspondence",
    state=Correspondence,
    decide={kind: falling_back(rule) for kind, rule in _OF_A_CORRESPONDENCE.items()},
    timers=timers,
    sparse=True,
)

CLOSURE: Final = Entity(
    name="closure",
    state=Closure,
    decide={closure.Asked: closure.asked, closure.Untold: closure.untold, closure.GaveWay: closure.gave_way},
)
"""One change of the working days for one citizen."""

DEFICIENCY: Final = Entity(
    name="deficiency", state=DeficiencyMoved, decide={DeficiencyMoved: deficiencies.deficiency_moved}
)

TEMPLATE: Final = Entity(
    name="template",
    state=publishing.TemplateFile,
    decide={
        publishing.WriteWish: publishing.write,
        publishing.PublishWish: publishing.publish,
        publishing.RetireTemplate: publishing.retire,
    },
    reread=True,
)
"""What an installation says in place of a shipped text."""

PREFERENCE: Final = Entity(
    name="preference",
    state=preference.Preference,
    decide={preference.PreferenceWish: preference.set_preference},
)
"""How one applicant wants to be written to."""

WEIGHTS: Final = Entity(name="weights", state=weights.Weights, decide={weights.Tallied: weights.tallied})
"""How the gateways share the messages now."""

WEBHOOK: Final = Entity(
    name="webhook",
    state=webhook.Webhook,
    decide={
        webhook.WebhookWish: webhook.set_webhook,
        webhook.SecretWish: webhook.change_secret,
        webhook.EndpointGone: webhook.endpoint_gone,
    },
)
"""Where a partner is called."""

WEBHOOK_MESSAGE: Final = Entity(
    name="webhook_message",
    state=webhook_message.WebhookMessage,
    decide={
        webhook_message.OutcomeTold: webhook_message.outcome_told,
        TimerFired: webhook_message.fell_due,
        webhook_message.Taken: webhook_message.taken,
        webhook_message.NotTaken: webhook_message.not_taken,
        webhook_message.PutOff: webhook_message.put_off,
        webhook_message.SwitchedOff: webhook_message.switched_off,
    },
    timers=webhook_message.timers,
    sparse=True,
)

_OUTCOMES: Final = frozenset(f"{TYPE_PREFIX}.{Outcome.CONTEXT}.{verb}.v1" for verb in OUTCOME_VERBS)


def outcomes(on_since: Callable[[str], datetime | None]) -> Inbound:
    """Each is a message of its own, with the words of the event as they are: the partner's program reads them.

    `on_since`: since when a partner's webhook is on, None = it is not; of what was told before nobody is called.
    """

    def read(envelope: Envelope, key: str, value: bytes, _: object) -> Addressed | None:
        if envelope.type not in _OUTCOMES:
            return Addressed(WEBHOOK_MESSAGE, envelope.id, Unknown(type=envelope.type))
        if envelope.time is None:
            raise Malformed("NO_TIME", "ce_time is missing")
        try:
            partner = Outcome.model_validate_json(value).partner
        except ValidationError as error:
            raise Malformed("SCHEMA", f"{len(error.errors())} fields do not fit Outcome") from None
        since = on_since(partner)
        if since is None or envelope.time < since:
            return None
        told = webhook_message.OutcomeTold(partner=partner, type=envelope.type, at=envelope.time, data=value.decode())
        return Addressed(WEBHOOK_MESSAGE, envelope.id, told)

    return Inbound(topics.OUTCOMES, read, picks=True)


CONSUMES: Final = (
    events(
        topics.INTAKE_REQUEST,
        RequestMoved,
        CORRESPONDENCE,
        lambda event: event.request_id,
        REQUEST_VERBS,
        passed_by=DEMAND_VERBS,
    ),
    events(
        topics.REGISTRY_DEFICIENCY, DeficiencyMoved, DEFICIENCY, lambda event: event.deficiency_id, DEFICIENCY_VERBS
    ),
)
