"""A number of a rule that the documents tell is the one that holds where nothing else is set."""

from datetime import timedelta
from typing import Any, Final

import pytest

from services.intake.domain.rules import Rules as Intake
from services.intake.settings import Settings
from services.notify.domain.rules import Rules as Notify
from services.ops.home import ROOT
from services.registry.domain.rules import Rules as Registry
from services.routing.domain.rules import Rules as Routing

WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def _word(number: int) -> str:
    return WORDS[number] if number < len(WORDS) else str(number)


def _default(setting: str) -> Any:
    return Settings.model_fields[setting].default


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
)
PARTNERS: Final = (
    f"({_word(Intake.redirect_lapse.value)} working days, where the province says nothing else)",
    f"at most {_word(Intake.unproven_heard)} different contents under one `externalRef` are answered",
)


@pytest.mark.parametrize(
    ("page", "told"), [("domain.md", told) for told in DOMAIN] + [("partners.md", told) for told in PARTNERS]
)
def test_the_page_tells_the_number_that_holds(page: str, told: str) -> None:
    assert told in " ".join((ROOT / "docs" / page).read_text().split())


def test_look_ups_are_counted_by_the_minute_as_the_domain_says() -> None:
    assert _default("track_calls_seconds") == 60
