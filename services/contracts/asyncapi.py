"""The AsyncAPI 3.0 document of one service, or of the partners: its topics, their bindings and their event types."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from services.contracts import topics
from services.contracts.catalogue import CATALOGUE, PARTNER, SERVICES, Carried, group_of
from services.contracts.json_schema import WireJsonSchema
from services.contracts.topics import GROUPS, OUTCOMES, WEBHOOK_GROUP, Classification, Topic

VERSION = "1.0.0"
BINDING = "0.5.0"
PARTNERS = "partners"
_SEEN_BY = {PARTNERS: ("kiosk-office", "partner")}

_HEADERS: dict[str, tuple[bool, dict[str, Any]]] = {
    "ce_specversion": (True, {"const": "1.0"}),
    "ce_id": (True, {"description": "Unique for the source; a repeated id is the same event."}),
    "ce_source": (True, {"description": "`/org/<orgId>/<service>`, or `/kiosk/<kioskId>`."}),
    "ce_type": (True, {}),
    "ce_time": (False, {"format": "date-time"}),
    "ce_subject": (False, {"description": "The entity the event is about."}),
    "ce_partitionkey": (False, {"description": "The record key."}),
    "ce_correlationid": (False, {"description": "The same for all events of one case."}),
    "ce_causationid": (False, {"description": "The `ce_id` of what led to this event."}),
    "ce_sequence": (False, {"pattern": "^[0-9]{1,18}$", "description": "Counts the events of one source and subject."}),
    "ce_minor": (False, {"const": "true", "description": "A receiver who does not keep such books may pass it over."}),
    "ce_after": (
        False,
        {"pattern": "^[0-9]{1,18}$", "description": "The last event before it that is not minor; else the one before."},
    ),
    "ce_dataclassification": (False, {"enum": [each.value for each in Classification]}),
    "traceparent": (False, {"description": "W3C trace context."}),
    "content-type": (False, {"const": "application/json"}),
}
_LETTER_HEADERS = ("dl_id", "dl_topic", "dl_partition", "dl_offset", "dl_code", "dl_attempts", "dl_at", "dl_group")
_LETTER_NOTES = {
    "dl_detail": {"type": "string", "description": "Where in the record the fault is, if that is known."},
    "dl_cut": {"type": "string", "description": "The bytes of the value, of a record too large to be kept whole."},
}


@cache
def asyncapi(service: str) -> dict[str, Any]:
    """What `service` (or "partners") sends and receives. Raises ValueError for any other name."""
    if service not in (*SERVICES, PARTNERS):
        raise ValueError(f"there is no service {service!r}")
    carried = [each for each in CATALOGUE if _sends(service, each.topic) or _receives(service, each.topic)]
    references, defined = models_json_schema(
        [(each.model, "validation") for each in carried],
        ref_template="#/components/schemas/{model}",
        schema_generator=WireJsonSchema,
    )
    document: dict[str, Any] = {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"mizban {service}",
            "version": VERSION,
            "description": "CloudEvents 1.0 in Kafka's binary mode: headers carry the attributes, the value is the "
            "JSON data alone. Ignore fields and types you do not know: v1 grows by addition only.",
        },
        "defaultContentType": "application/json",
        "servers": _servers(service),
        "channels": _channels(carried),
        "operations": dict(_operations(service, carried)),
        "components": {
            "messages": dict(
                message for each in carried for message in _messages(each, references[each.model, "validation"])
            ),
            "schemas": _with_tuples_of_draft_7(defined.get("$defs", {})) | {"CloudEventHeaders": _headers()},
        },
    }
    if group_of(service) in GROUPS:
        _add_dead_letters(document, service)
    if service == PARTNERS:
        document["components"]["securitySchemes"] = {"scram": {"type": "scramSha512"}}
    return document


def channel_name(topic: Topic) -> str:
    """`sd.intake.request.v1` -> `intake.request`; a dead-letter topic keeps its name."""
    return topic.name.removeprefix("sd.").removesuffix(".v1").replace(f".{PARTNER}", "")


def _sends(service: str, topic: Topic) -> bool:
    return any(name in topic.producers for name in _SEEN_BY.get(service, (service,)))


def _receives(service: str, topic: Topic) -> bool:
    return any(name in topic.consumers for name in _SEEN_BY.get(service, (service,)))


def _servers(service: str) -> dict[str, Any]:
    if service != PARTNERS:
        return {"inside": {"host": "localhost:19092", "protocol": "kafka", "description": "The listener for services."}}
    return {
        "partners": {
            "host": "localhost:19094",
            "protocol": "kafka",
            "description": "The listener for partners: SASL SCRAM-SHA-512, with TLS except on the local stack.",
            "security": [{"$ref": "#/components/securitySchemes/scram"}],
        }
    }


def _channels(carried: list[Carried]) -> dict[str, dict[str, Any]]:
    """One for each topic, with the types of all entities that tell something on it."""
    types: dict[Topic, tuple[str, ...]] = {}
    for each in carried:
        types[each.topic] = (*types.get(each.topic, ()), *each.types)
    return {channel_name(topic): _channel(topic, told) for topic, told in types.items()}


def _channel(topic: Topic, types: tuple[str, ...]) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": topic.name,
        "description": f"From {' and '.join(topic.producers)} to {', '.join(topic.consumers)}.",
        "messages": {type_: {"$ref": f"#/components/messages/{type_}"} for type_ in types},
        "bindings": {"kafka": _topic_binding(topic)},
        "x-key": topic.key,
        "x-classification": topic.classification.value,
    }
    if PARTNER in topic.name:
        channel["parameters"] = {"partner": {"description": "The partner's id in the registry."}}
    if topic.compacted:
        channel["description"] += " Compacted, full state; what is retired stays, with that status."
    return channel


def _topic_binding(topic: Topic) -> dict[str, Any]:
    kept = {"retention.ms": -1 if topic.retention_ms is None else topic.retention_ms}
    cleanup = {"cleanup.policy": ["compact" if topic.compacted else "delete"], "max.message.bytes": topic.max_bytes}
    return {"partitions": topic.partitions, "topicConfiguration": cleanup | kept, "bindingVersion": BINDING}


def _messages(carried: Carried, payload: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for type_ in carried.types:
        yield (
            type_,
            {
                "name": type_,
                "title": ".".join(type_.split(".")[3:-1]),
                "contentType": "application/json",
                "headers": {
                    "type": "object",
                    "allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}],
                    "properties": {"ce_type": {"const": type_}},
                },
                "payload": payload,
                "bindings": {"kafka": {"key": _key(carried.topic), "bindingVersion": BINDING}},
            },
        )


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Attributes as record headers, UTF-8, at most 1024 bytes each, none twice, none null.",
        "properties": {name: {"type": "string"} | rest for name, (_, rest) in _HEADERS.items()},
        "required": [name for name, (required, _) in _HEADERS.items() if required],
    }


def _key(topic: Topic) -> dict[str, Any]:
    return {"type": "string", "description": topic.key}


def _operations(service: str, carried: list[Carried]) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in carried:
        name = channel_name(each.topic)
        reference = {"$ref": f"#/channels/{name}"}
        if _sends(service, each.topic):
            yield f"send.{name}", {"action": "send", "channel": reference}
        if _receives(service, each.topic):
            operation: dict[str, Any] = {"action": "receive", "channel": reference}
            if group := _group(service, each.topic):
                operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": BINDING}}
            yield f"receive.{name}", operation


def _group(service: str, topic: Topic) -> dict[str, Any] | None:
    """Registry topics are read whole by each process, without a group."""
    if service == PARTNERS:
        return {"type": "string", "pattern": r"^[a-z0-9-]+\..+$", "description": "Begins with `<partner>.`"}
    group = WEBHOOK_GROUP if topic == OUTCOMES else group_of(service)
    return {"type": "string", "const": group} if topic in (OUTCOMES, *GROUPS.get(group, ())) else None


def _add_dead_letters(document: dict[str, Any], service: str) -> None:
    topic = topics.dead_letter_topic(group_of(service))
    name = channel_name(topic)
    document["channels"][name] = {
        "address": topic.name,
        "description": "What the service could not use, for operators: `./mizban dlq`.",
        "messages": {"dead-letter": {"$ref": "#/components/messages/dead-letter"}},
        "bindings": {"kafka": _topic_binding(topic)},
        "x-key": topic.key,
        "x-classification": topic.classification.value,
    }
    document["operations"][f"send.{name}"] = {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}
    document["components"]["messages"]["dead-letter"] = {
        "name": "dead-letter",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": {header: {"type": "string"} for header in _LETTER_HEADERS} | _LETTER_NOTES,
            "required": list(_LETTER_HEADERS),
        },
        "payload": {
            "type": "string",
            "format": "binary",
            "description": "The whole record, sealed with the service's key.",
        },
        "bindings": {"kafka": {"key": _key(topic), "bindingVersion": BINDING}},
    }


def _with_tuples_of_draft_7(schema: Any) -> Any:
    """AsyncAPI's schema object follows draft 7, where a tuple is `items: [...]`; pydantic writes `prefixItems`."""
    if isinstance(schema, list):
        return [_with_tuples_of_draft_7(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    renamed = {"items" if name == "prefixItems" else name: value for name, value in schema.items()}
    return {name: _with_tuples_of_draft_7(value) for name, value in renamed.items()}
