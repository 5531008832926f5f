"""The channel decision of domain 5 as a table: the first row that fits decides, and every row gives its reason (I4)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from services.contracts.decision import NotYet, World
from services.contracts.intake import ChannelReason
from services.contracts.registry import Desk, Kiosk
from services.contracts.service_sheet import ELECTRONIC, Channel, Extent, Offering, Presence
from services.intake.domain.redirecting import lapse_after
from services.intake.domain.registering import NoPromise
from services.intake.domain.rules import Rules
from services.intake.domain.standing import KIOSK_CHANNEL, Standing, idle, licensed_kiosks, open_offerings, receives
from services.worktime.jalali import civil_day


@dataclass(frozen=True)
class Situation:
    """All that the decision looks at."""

    information_only: bool
    presence: Presence | None
    """What the law wants for this stage, the request."""
    kiosk_failed: bool
    """Returning from a redirect: the kiosk refused, was shut, or failed."""
    electronic: Extent
    """FULL: request and delivery; PARTIAL: something of them."""
    electronic_channel: Channel | None
    """Through which a request is filed electronically, if through any: one that is FULL before one that is not."""
    able_and_willing: bool
    kiosks: tuple[Kiosk, ...]
    """Open, licensed, in the applicant's county; the first gives the channel. Not looked for under E_FIRST."""


def _full(situation: Situation) -> bool:
    return situation.electronic is Extent.FULL


class Action(StrEnum):
    ANSWER_NOW = "ANSWER_NOW"
    AT_THE_DESK = "AT_THE_DESK"
    FILE_ELECTRONICALLY = "FILE_ELECTRONICALLY"
    TO_A_KIOSK = "TO_A_KIOSK"
    KIOSK_ELSE_DESK = "KIOSK_ELSE_DESK"
    WHAT_CAN_BE_ELECTRONICALLY = "WHAT_CAN_BE_ELECTRONICALLY"


@dataclass(frozen=True)
class Row:
    when: Callable[[Situation], bool]
    then: Action
    reason: ChannelReason


TABLE: tuple[Row, ...] = (
    Row(lambda s: s.information_only, Action.ANSWER_NOW, ChannelReason.INFO),
    Row(lambda s: s.presence is not None, Action.AT_THE_DESK, ChannelReason.PRESENCE),
    Row(lambda s: s.kiosk_failed, Action.AT_THE_DESK, ChannelReason.KIOSK_FAILED),
    Row(lambda s: _full(s) and s.able_and_willing, Action.FILE_ELECTRONICALLY, ChannelReason.E_FIRST),
    Row(lambda s: _full(s), Action.KIOSK_ELSE_DESK, ChannelReason.ASSISTED),
    Row(lambda s: bool(s.kiosks), Action.TO_A_KIOSK, ChannelReason.KIOSK),
    Row(lambda s: s.electronic is Extent.PARTIAL, Action.WHAT_CAN_BE_ELECTRONICALLY, ChannelReason.E_PARTIAL),
    Row(lambda s: True, Action.AT_THE_DESK, ChannelReason.DESK_ONLY),
)


@dataclass(frozen=True)
class ChannelDecision:
    channel: Channel
    reason: ChannelReason
    kiosks: tuple[Kiosk, ...] = ()
    """Where the citizen is redirected to; empty when the request is filed now."""


def decide(situation: Situation) -> ChannelDecision:
    """The channel and why."""
    row = next(row for row in TABLE if row.when(situation))
    match row.then:
        case Action.FILE_ELECTRONICALLY | Action.WHAT_CAN_BE_ELECTRONICALLY if situation.electronic_channel:
            return ChannelDecision(situation.electronic_channel, row.reason)
        case Action.TO_A_KIOSK | Action.KIOSK_ELSE_DESK if situation.kiosks:
            first = situation.kiosks[0]
            return ChannelDecision(KIOSK_CHANNEL[first.kiosk_class], row.reason, situation.kiosks)
        case _:
            return ChannelDecision(Channel.AGENCY_DESK, row.reason)


def done_here(decision: ChannelDecision) -> ChannelDecision:
    """The desk decides at once what would have gone to a kiosk: the desk is its channel, at the desk's price.

    The reason keeps what would have been offered (I4).
    """
    return replace(decision, channel=Channel.AGENCY_DESK, kiosks=()) if decision.kiosks else decision


def situation(
    world: World[Rules], service: Standing, desk: Desk, county: str, *, information_only: bool, able_and_willing: bool
) -> Situation:
    """What the registry says of this service for somebody of this county who stands at this desk now."""
    offerings = open_offerings(world.registry, service.sheet.id, county, civil_day(world.now))
    electronic = [offering for offering in offerings if offering.channel in ELECTRONIC]
    extent, presence = _extent(electronic), service.sheet.presence
    # what comes from a kiosk is looked after by the permanent desk
    to_kiosks = not (extent is Extent.FULL and able_and_willing) and idle(service.permanent_desk) is None
    return Situation(
        information_only=information_only or service.sheet.information_only,
        presence=presence if presence is not None and presence.stage == "request" else None,
        kiosk_failed=False,
        electronic=extent,
        electronic_channel=_files_through(electronic),
        able_and_willing=able_and_willing,
        kiosks=_kiosks(world, service, desk, county) if to_kiosks else (),
    )


def _kiosks(world: World[Rules], service: Standing, desk: Desk, county: str) -> tuple[Kiosk, ...]:
    """Those at which the person can file before a redirect by this desk would lapse."""
    service_id = service.sheet.id
    kiosks = licensed_kiosks(world.registry, service_id, county, civil_day(world.now))
    try:
        until = lapse_after(world, desk, world.now) if kiosks else world.now
    except (NoPromise, NotYet):
        return kiosks  # nobody is redirected by a desk without days
    return tuple(kiosk for kiosk in kiosks if receives(world.registry, kiosk, service_id, world.now, until))


def back_from_kiosk(situation: Situation, *, failed: bool) -> ChannelDecision:
    """Of somebody who was at a kiosk already, or did not go: the table sends nobody to a kiosk twice (domain 5).

    `failed`: the office refused, was shut, or failed. A redirect that only lapsed says nothing against the office; nor
    is it DESK_ONLY what an office offers: its reason stays KIOSK, as that of what a desk decides at once.
    """
    decision = decide(replace(situation, kiosk_failed=failed, information_only=False, kiosks=()))
    if situation.kiosks and decision.reason is ChannelReason.DESK_ONLY:
        return replace(decision, reason=ChannelReason.KIOSK)
    return decision


def on_to_another(situation: Situation, failed: frozenset[str]) -> Situation:
    """Of somebody whom the head of the desk sends to a kiosk once more: the offices that failed are left out.

    The situation is that of somebody not able or willing: else it may hold no kiosks.
    """
    left = tuple(kiosk for kiosk in situation.kiosks if kiosk.id not in failed)
    return replace(situation, information_only=False, able_and_willing=False, kiosks=left)


def _files_through(electronic: list[Offering]) -> Channel | None:
    """WEB before MOBILE where both do the same."""
    taking = [offering for offering in electronic if offering.takes_requests]
    best = min(taking, key=lambda offering: (not _is_full(offering), ELECTRONIC.index(offering.channel)), default=None)
    return best.channel if best else None


def _is_full(offering: Offering) -> bool:
    return offering.request is Extent.FULL and offering.delivery is Extent.FULL


def _extent(electronic: list[Offering]) -> Extent:
    if any(map(_is_full, electronic)):
        return Extent.FULL
    if any(offering.takes_requests or offering.delivery is not Extent.NONE for offering in electronic):
        return Extent.PARTIAL
    return Extent.NONE
