"""A number of a rule that the documents tell is the one that holds where nothing else is set."""

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any, Final

import pytest

from services.contracts.persian import sms_parts
from services.contracts.registry import Unit
from services.intake.domain.rules import Rules as Intake
from services.intake.settings import Settings
from services.notify.domain import hours, weights
from services.notify.domain.notices import Purpose
from services.notify.domain.rules import Rules as Notify
from services.notify.domain.templates import PARTS_ALLOWED
from services.notify.domain.webhook_message import LADDER
from services.notify.providers import webhook
from services.notify.providers.http_calls import LONGEST_PAUSE
from services.ops.home import ROOT
from services.registry.domain.rules import Rules as Registry
from services.registry.pack.hiding import FEWEST
from services.routing.domain.rules import Rules as Routing

WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SPELT: Final = {HOUR / 2: "half an hour", HOUR: "an hour"}


def _word(number: int) -> str:
    return WORDS[number] if number < len(WORDS) else str(number)


def _default(setting: str) -> Any:
    return Settings.model_fields[setting].default


def _listed(numbers: Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"


def _span(open: tuple[time, time]) -> str:
    return f"{open[0]:%H:%M} to {open[1]:%H:%M}"


DOMAIN: Final = (
    f"**Both wait alike**: {Intake.documents_within.value} working days, ended",
    f"{_word(Routing.shortest_deadline.value)} working days at least), "
    f"a reminder {_word(Intake.documents_reminded_before.value)} working days before, "
    f"and EXPIRED {_word(Intake.documents_grace.value)} working days after the deadline",
    f"Whoever does not answer within {_word(Routing.coordination_answered_within.value)} working hours of the unit",
    f"as many citizens at once as officers, within {Routing.unit_slots_within.days} days",
    f"its deadline, which is {Routing.suspended_for.value} working days where none is given",
    f"**An output** waits {Intake.collected_within.value} days at the desk. "
    f"{_word(Intake.collection_reminded_before.days).title()} days before the citizen is reminded.",
    f"starts the end: {_word(Intake.collection_grace.value)} working days after the deadline",
    f"Acknowledging is due after {Registry.acknowledge_days} working days of the agency's permanent desk, "
    f"the plan after {Registry.plan_days}, both",
    f"({_word(Registry.broken_promises)} cases within {Registry.broken_within_days} days)",
    f"A redirect lapses after {_word(Intake.redirect_lapse.value)} working days (`INTAKE_REDIRECT_WORKING_DAYS`)",
    f"not before {_word(Intake.redirect_grace.value)} working days after the lapse",
    f"{_word(_default('track_misses')).title()} misses of one code in {_default('track_misses_seconds') // 60} minutes",
    f"each is as long as a setting says ({Intake.slot_length // MINUTE} minutes)",
    f"So is the {_default('track_calls') + 1}st look-up in a minute from one address",
    f"says once, within {Intake.survey_within.days} days, how it went",
    f"{Notify.retries} more tries after the first, {Notify.retry_every.seconds} s apart; "
    f"given up after {Notify.give_up_after // HOUR} h",
    f"desk work after {_word(Intake.confirmed_within_hours)} working hour of the desk, "
    f"at the latest {Intake.told_before_promise // HOUR} h before the promised moment",
    f"The desk has {_word(Intake.told_by_desk.value)} working day for it",
    f"broken {Intake.delivery_heard_within // MINUTE} minutes after the promised moment",
    f"what nobody has confirmed after {Notify.give_up_after // HOUR} hours the desk tells",
    f"(`loadCap` of the unit: so many open tasks, {Unit.model_fields['load_cap'].default} where it says nothing else)",
    f"it has {_word(Routing.transfer_within.value)} working days to acknowledge or refuse",
    f"A Clock has rungs: {_listed(Routing.ladder)} percent of its budget",
    f"who may do the work there: {SPELT[Routing.unit_slot_length]} each",
    f"or {SPELT[Routing.missed_after]} after the slot by itself",
    f"Sent from {_span(hours.ORDINARY)}, what saves a trip from {_span(hours.SAVING_A_TRIP)}.",
    f"When {weights.SLOW_SHARE:.0%} of the last {weights.WINDOW // MINUTE} minutes' sends of one took more than "
    f"{Notify.slow_after // MINUTE} minutes to be delivered, {weights.POINTS} points of its share move to the others, "
    f"at most once in {weights.APART // MINUTE} minutes".replace("%", " %"),
    f"At most {_word(PARTS_ALLOWED[Purpose.SERVICE])} parts, LEGAL texts {_word(PARTS_ALLOWED[Purpose.LEGAL])}",
    f"no count below {_word(FEWEST)} nor what would give one away",
)
PARTNERS: Final = (
    f"({_word(Intake.redirect_lapse.value)} working days, where the province says nothing else)",
    f"at most {_word(Intake.unproven_heard)} different contents under one `externalRef` are answered",
    f"Answer 2xx within {webhook.SECONDS:.0f} seconds",
    f"after {LADDER[0].seconds} seconds, {_listed([pause // MINUTE for pause in LADDER[1:3]])} minutes, "
    f"{_listed([pause // HOUR for pause in LADDER[3:]])} hours",
    f"`Retry-After` (in seconds, {SPELT[timedelta(seconds=LONGEST_PAUSE)]} at most)",
)


@pytest.mark.parametrize(
    ("page", "told"), [("domain.md", told) for told in DOMAIN] + [("partners.md", told) for told in PARTNERS]
)
def test_the_page_tells_the_number_that_holds(page: str, told: str) -> None:
    assert told in " ".join((ROOT / "docs" / page).read_text().split())


def test_an_sms_has_as_much_room_as_the_domain_says() -> None:
    told = "SMS with a Persian letter: 70 UTF-16 units alone, 67 a part; in the letters of GSM-7 160 and 153."
    assert told in " ".join((ROOT / "docs" / "domain.md").read_text().split())
    for letter, alone, joined in (("س", 70, 67), ("s", 160, 153)):
        assert [sms_parts(letter * units) for units in (alone, alone + 1)] == [1, 2]
        assert [sms_parts(letter * joined * parts) for parts in (2, 3)] == [2, 3]
        assert sms_parts(letter * (2 * joined + 1)) == 3


def test_look_ups_are_counted_by_the_minute_as_the_domain_says() -> None:
    assert _default("track_calls_seconds") == 60
