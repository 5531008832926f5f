"""What goes by e-mail, or else on paper: an announcement, or what rights hang on, if its SMS came to nothing, or there
is no mobile.

The desk tells it all the same: nobody confirms an e-mail, and paper counts when it is handed over (domain 8, I9). While
it is not known whether the SMS has arrived, or where only its receipt is missing, nothing follows: nobody gets two
texts for one event.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from services.contracts.decision import Decision, World
from services.contracts.intake import RequestMoved
from services.notify.domain.correspondence import Correspondence
from services.notify.domain.kinds import has_another_way
from services.notify.domain.message import CREATED, EXPIRED, FILTERED, PERM_FAILED, Message, Moved, Step
from services.notify.domain.notices import Notice
from services.notify.domain.rules import Rules
from services.notify.domain.sending import NO_RECEIPT, take_in_hand
from services.notify.domain.templates import Channel, name_of
from services.notify.domain.wording import template_for, text_in, text_or_own

CAME_TO_NOTHING: Final = frozenset({PERM_FAILED, FILTERED, EXPIRED})

Decide = Callable[[Any, Any, World[Rules]], Decision[Correspondence]]


def may_go_by_mail(notice: Notice, event: RequestMoved, rules: Rules) -> bool:
    """Whether there is a way, and it is worth one: then a message has to know what an e-mail says."""
    return rules.mail and event.mailable and has_another_way(notice, template_for(notice, event))


def way_of(notice: Notice, event: RequestMoved, rules: Rules) -> Channel:
    """By which channel it goes first: who has left no way to be told finds it on the page of the request."""
    if event.notifiable:
        return Channel.SMS
    if may_go_by_mail(notice, event, rules):
        return Channel.EMAIL
    return Channel.PRINT if has_another_way(notice, template_for(notice, event)) else Channel.WEB


def falling_back(decide: Decide) -> Decide:
    """The rule, and after it an e-mail for each SMS that has come to nothing by it, or paper for either."""

    def deciding(state: Correspondence | None, message: Any, world: World[Rules]) -> Decision[Correspondence]:
        decision = decide(state, message, world)
        if decision.state is None or decision.state is state:
            return decision
        return _with_letters(state, decision, decision.state, world)

    return deciding


def _with_letters(
    before: Correspondence | None, decision: Decision[Correspondence], now: Correspondence, world: World[Rules]
) -> Decision[Correspondence]:
    known = {message.id for message in before.messages if _came_to_nothing(message)} if before else set()
    failed = [message for message in now.messages if _came_to_nothing(message) and message.id not in known]
    letters = list(_letters(failed, now, world))
    if not letters:
        return decision
    # forgotten with the end of the SMS; what its person wishes was never asked for, or may be another thing by now
    applicant_ref = now.applicant_ref or (before.applicant_ref if before else None)
    with_them = now.model_copy(update={"messages": (*now.messages, *letters), "applicant_ref": applicant_ref})
    taken = with_them.after(
        [take_in_hand(Step(letter, entered=(CREATED,)), with_them, world) for letter in letters], world.now
    )
    return replace(
        decision,
        state=taken.state,
        events=(*decision.events, *taken.events),
        sends=(*decision.sends, *taken.sends),
        effects=(*decision.effects, *taken.effects),
    )


def _came_to_nothing(message: Message) -> bool:
    by_wire = message.channel in (Channel.SMS, Channel.EMAIL)
    return by_wire and message.state in CAME_TO_NOTHING and message.reason() != NO_RECEIPT


def _letters(failed: Sequence[Message], now: Correspondence, world: World[Rules]) -> Sequence[Message]:
    letters: list[Message] = []
    catalogue = world.rules.catalogue
    for message in failed:
        name = name_of(message.template_id)
        if not has_another_way(message.notice, name):
            continue
        channel = (
            Channel.EMAIL if message.channel is Channel.SMS and world.rules.mail and now.mailable else Channel.PRINT
        )
        text = text_in(now.lang, name, message.tokens, catalogue, channel)
        if not text.can_say(message.tokens):  # one made while there was no address does not know what an e-mail says
            channel = Channel.PRINT
            own = catalogue.version(message.template_id, message.template_version)
            text = text_or_own(now.lang, own, message.tokens, catalogue, channel)
        changes = {
            "id": f"{now.request_id}.{len(now.messages) + len(letters) + 1}",
            "channel": channel,
            "instead_of": message.first_said_as(),
            "template_id": text.id,
            "template_version": text.version,
            "parts": 0,
            "state": CREATED,
            "turn": 0,
            "attempts": 0,
            "pauses": 0,
            "created_at": world.now,
            "due": world.now,
            "closures": (),
            "provider": None,
            "provider_id": None,
            "slow": False,
            "place": None,
            "history": (Moved(state=CREATED, at=world.now),),
        }
        letters.append(message.model_copy(update=changes))
    return letters
