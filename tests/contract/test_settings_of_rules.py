"""Each setting of a rule moves that rule and no other, and none is set otherwise than the rules say by themselves."""

import base64
import dataclasses
from typing import Any, Final

import pytest
from pydantic import SecretStr

from services.contracts.catalogue import SERVICES
from tests.support.containers import settings_of

RULE_OF: Final = {
    "intake": {
        "code_key": "secret",
        "visit_calls": "visit_calls",
        "visit_days": "visit_within",
        "visit_early_minutes": "visit_early",
        "slot_minutes": "slot_length",
        "slot_capacity": "slot_capacity",
        "delivery_heard_minutes": "delivery_heard_within",
        "tell_working_days": "told_by_desk",
        "collect_days": "collected_within",
        "collect_reminder_days": "collection_reminded_before",
        "collect_grace_working_days": "collection_grace",
        "documents_working_days": "documents_within",
        "documents_reminder_working_days": "documents_reminded_before",
        "documents_grace_working_days": "documents_grace",
        "survey_days": "survey_within",
        "redirect_working_days": "redirect_lapse",
        "redirect_grace_days": "redirect_grace",
        "signatures": "signatures_required",
    },
    "routing": {
        "seed_key": "seed_key",
        "ask_again_seconds": "ask_again",
        "ladder": "ladder",
        "transfer_working_days": "transfer_within",
        "unit_slot_minutes": "unit_slot_length",
        "unit_slots_days": "unit_slots_within",
        "coordination_hours": "coordination_answered_within",
        "missed_minutes": "missed_after",
        "rebookings": "rebookings",
    },
    "notify": {
        "sending": "sending",
        "sms_routes": "weights",
        "smtp_host": "mail",
        "retries": "retries",
        "retry_seconds_apart": "retry_every",
        "answer_within_seconds": "answer_within",
        "ask_after_seconds": "ask_after",
        "receipt_within_seconds": "receipt_within",
        "give_up_hours": "give_up_after",
    },
    "registry": {
        "acknowledge_days": "acknowledge_days",
        "plan_days": "plan_days",
        "broken_promises": "broken_promises",
        "broken_within_days": "broken_within_days",
    },
}
"""By service: which rule a setting moves."""
BESIDE: dict[tuple[str, str], dict[str, Any]] = {("notify", "smtp_host"): {"smtp_sender": "desk@example.ir"}}
"""What a setting cannot be without."""


def test_every_service_has_its_settings_of_rules() -> None:
    assert {*RULE_OF} == {*SERVICES}


@pytest.mark.parametrize(("service", "setting"), [(service, name) for service in RULE_OF for name in RULE_OF[service]])
def test_a_setting_moves_the_rule_that_it_names_and_no_other(service: str, setting: str) -> None:
    settings = _settings_of(service)
    beside = BESIDE.get((service, setting), {})
    changed = beside | {setting: _another(getattr(settings(), setting))}
    before, after = _rules(settings(**beside)), _rules(settings(**changed))
    assert [name for name in before if before[name] != after[name]] == [RULE_OF[service][setting]]


@pytest.mark.parametrize("service", SERVICES)
def test_no_other_setting_is_one_of_a_rule(service: str) -> None:
    settings = _settings_of(service)
    read = _Read(settings())
    settings.rules(read)
    assert read.names == {*RULE_OF[service]}


@pytest.mark.parametrize("service", SERVICES)
def test_as_long_as_nobody_sets_them_the_rules_are_as_they_say_by_themselves(service: str) -> None:
    settings = _settings_of(service)()
    own = {
        each.name: each.default
        for each in dataclasses.fields(settings.rules())
        if each.default is not dataclasses.MISSING
    }
    assert own
    assert own.items() <= _rules(settings).items()


class _Read:
    """Settings that remember which of them were read."""

    def __init__(self, settings: Any) -> None:
        self._settings, self.names = settings, set[str]()

    def __getattr__(self, name: str) -> Any:
        self.names.add(name)
        return getattr(self._settings, name)


def _settings_of(service: str) -> Any:
    """Its class. That services have rules, their common settings do not say."""
    return settings_of(service)


def _rules(settings: Any) -> dict[str, Any]:
    """By name; without the catalogue of texts, which is no setting and equals only itself."""
    rules = settings.rules()
    return {each.name: getattr(rules, each.name) for each in dataclasses.fields(rules) if each.name != "catalogue"}


def _another(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return base64.b64encode(b"k" * 32).decode()
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return value[:-1] or ({"name": "another", "url": "http://127.0.0.1:1", "line": "2000"},)
    if isinstance(value, str):
        return "optional" if value == "required" else "another"
    return value + 1


@pytest.mark.parametrize("ladder", [(), (80, 50), (50, 50), (0,), tuple(range(1, 12))])
def test_a_ladder_is_climbed_once_and_upwards(ladder: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="ladder"):
        _settings_of("routing")(ladder=ladder)
