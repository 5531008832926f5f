"""The AsyncAPI documents hold together: every reference leads somewhere, every operation has its channel (design 3)."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from services.contracts.asyncapi import PARTNERS, asyncapi
from services.contracts.catalogue import SERVICES
from services.contracts.topics import GROUPS, OUTCOMES, WEBHOOK_GROUP

EVERYONE = (*SERVICES, PARTNERS)
everyone = pytest.mark.parametrize("service", EVERYONE)
COMPONENT_NAME = re.compile(r"[A-Za-z0-9._-]+")


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _nodes(each)


def _resolve(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


@everyone
def test_a_document_names_its_version_and_title(service: str) -> None:
    document = asyncapi(service)
    assert document["asyncapi"] == "3.0.0"
    assert document["info"]["title"]
    assert document["info"]["version"]
    assert set(document) == {
        "asyncapi",
        "info",
        "defaultContentType",
        "servers",
        "channels",
        "operations",
        "components",
    }


@everyone
def test_every_reference_leads_somewhere(service: str) -> None:
    document = asyncapi(service)
    references = [node["$ref"] for node in _nodes(document) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        assert _resolve(document, reference), reference


@everyone
def test_component_names_are_allowed_ones(service: str) -> None:
    for kind in asyncapi(service)["components"].values():
        assert [name for name in kind if not COMPONENT_NAME.fullmatch(name)] == []


@everyone
def test_every_channel_is_used_and_every_message_stands_in_one(service: str) -> None:
    document = asyncapi(service)
    used = {operation["channel"]["$ref"].rsplit("/", 1)[1] for operation in document["operations"].values()}
    assert used == set(document["channels"])
    carried = {name for channel in document["channels"].values() for name in channel["messages"]}
    assert carried == set(document["components"]["messages"])
    assert {operation["action"] for operation in document["operations"].values()} <= {"send", "receive"}


@everyone
def test_every_channel_says_how_it_is_kept_and_keyed(service: str) -> None:
    for channel in asyncapi(service)["channels"].values():
        binding = channel["bindings"]["kafka"]
        assert binding["partitions"] >= 1
        assert set(binding["topicConfiguration"]) == {"cleanup.policy", "retention.ms", "max.message.bytes"}
        assert channel["x-key"]
        assert channel["x-classification"]
        assert set(re.findall(r"\{(\w+)\}", channel["address"])) == set(channel.get("parameters", {}))


@everyone
def test_every_event_message_fixes_its_type_and_has_a_sound_payload(service: str) -> None:
    document = asyncapi(service)
    for name, message in document["components"]["messages"].items():
        if name == "dead-letter":
            continue
        assert message["headers"]["properties"]["ce_type"]["const"] == name == message["name"]
        assert message["bindings"]["kafka"]["key"]["description"]
        payload = {**_resolve(document, message["payload"]["$ref"]), "components": document["components"]}
        Draft7Validator.check_schema(payload)
        assert payload["type"] == "object"


@everyone
def test_headers_are_held_to_the_rules_of_the_envelope(service: str) -> None:
    document = asyncapi(service)
    message = next(m for name, m in document["components"]["messages"].items() if name != "dead-letter")
    validator = Draft7Validator({**message["headers"], "components": document["components"]})
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "1",
        "ce_source": "/org/a/intake",
        "ce_type": message["name"],
        "ce_sequence": "7",
    }
    assert validator.is_valid(headers)
    for name, value in (("ce_specversion", "0.3"), ("ce_type", "another"), ("ce_sequence", "x")):
        assert not validator.is_valid(headers | {name: value})
    for name in ("ce_specversion", "ce_id", "ce_source", "ce_type"):
        assert not validator.is_valid({each: value for each, value in headers.items() if each != name})


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_receives_in_its_own_group_and_the_registry_in_none(service: str) -> None:
    document = asyncapi(service)
    shared = {}
    for operation in document["operations"].values():
        if operation["action"] == "receive":
            address = _resolve(document, operation["channel"]["$ref"])["address"]
            shared[address] = operation.get("bindings", {}).get("kafka", {}).get("groupId", {}).get("const")
    expected = {topic.name: f"mizban.{service}" for topic in GROUPS.get(f"mizban.{service}", ())}
    if service == "notify":  # those of partners that have a webhook
        expected[OUTCOMES.name] = WEBHOOK_GROUP
    assert {address: group for address, group in shared.items() if group} == expected
    assert all(address.startswith("sd.registry.") for address, group in shared.items() if not group)


def test_a_partner_sends_submissions_and_receives_its_own_outcomes_and_nothing_else() -> None:
    document = asyncapi(PARTNERS)
    seen = {
        (operation["action"], _resolve(document, operation["channel"]["$ref"])["address"])
        for operation in document["operations"].values()
    }
    assert seen == {("send", "sd.kiosk.submission.v1"), ("receive", "sd.kiosk.outcome.{partner}.v1")}
    assert document["servers"]["partners"]["security"]


def test_a_service_that_does_not_exist_has_no_document() -> None:
    with pytest.raises(ValueError, match="no service"):
        asyncapi("portal-of-tomorrow")
