"""The entries of an outbox: what a decision tells others, numbered, and how it is read out again.

There are three kinds: events and dead letters, which go to a topic (`t`), and local messages, which go to another
entity of this service (`to`). The fields are short, since every document carries them.
"""

from collections.abc import Mapping
from typing import Any

from services.contracts.decision import Decision
from services.contracts.envelope import MAX_VALUE_BYTES, event_id
from services.contracts.event import Event
from services.contracts.wire import instant_text
from services.runtime.entity import Entity
from services.runtime.folded import Folded
from services.runtime.message import DeadLetter, Message, Outgoing, Source


def entries_of(decision: Decision[Any]) -> list[dict[str, Any]]:
    """The entries of a decision, not yet numbered. Raises before anything has changed."""
    entries = [entry_of(event) for event in decision.events]
    for send in decision.sends:
        body = send.body
        entries.append({"to": send.entity, "id": send.id, "b": type(body).__name__, "v": body.to_json(), "body": body})
    return entries


def entry_of(event: Event) -> dict[str, Any]:
    topic, value = event.topic(), event.to_json()
    if len(value) > MAX_VALUE_BYTES:  # before the write: what cannot be published must not be decided
        raise ValueError(f"{type(event).__name__} is larger than {MAX_VALUE_BYTES} bytes")
    return {
        "t": topic.name,
        "k": event.key(),
        "ty": event.type(),
        "sub": event.subject(),
        "cx": event.CONTEXT,
        "cl": topic.classification.value,
        "mi": event.minor(),
        "org": event.org(),
        "v": value,
    }


def put(folded: Folded, entry: dict[str, Any], message: Message) -> None:
    """Numbers an entry and adds it to the outbox: `n` counts entries, `q` the events of one stream."""
    document = folded.document
    stream = entry.pop("cx", "~")
    number = document.sequence[stream] = document.sequence.get(stream, 0) + 1
    entry["q"] = number
    if "t" in entry:
        # while the last events of the stream are minor, `^` keeps the number of the one before them
        entry["af"] = document.sequence.pop(f"{stream}^", number - 1)
        if entry["mi"]:
            document.sequence[f"{stream}^"] = entry["af"]
        document.org = document.org or entry["org"]  # one source for all events of an entity, whatever moves later
        source = entry["src"] = f"/org/{document.org}/{folded.context.service}"
        del entry["org"]
        entry["id"] = event_id(source, entry["sub"], number)
        entry["at"] = instant_text(folded.context.now)
    entry["n"] = document.sequence["#"] = document.sequence.get("#", 0) + 1
    if "to" in entry:
        folded.sent[entry["n"]] = entry.pop("body")
        if folded.entity.sealed is not None:
            entry["v"], entry["s"] = folded.context.seal(entry["v"], _about(folded, entry)), True
    entry["co"] = message.correlation or message.message_id
    entry["ca"] = message.message_id
    if message.traceparent:
        entry["tp"] = message.traceparent
    document.outbox.append(entry)
    folded.changed = True


def put_letter(folded: Folded, letter: DeadLetter) -> None:
    """The dead letter goes by the outbox: its record is remembered, or left Kafka long ago, and comes no more."""
    topic, key, value, headers = folded.context.letter(letter)
    document = folded.document
    number = document.sequence["#"] = document.sequence.get("#", 0) + 1
    entry = {"t": topic, "k": key, "v": value, "h": [list(header) for header in headers], "c": letter.code, "n": number}
    document.outbox.append(entry)
    folded.changed = True


def outgoing(entry: Mapping[str, Any]) -> Outgoing:
    """An entry as a CloudEvents record in binary mode (design 3); a dead letter has headers of its own."""
    if "h" in entry:
        return entry["t"], entry["k"], bytes(entry["v"]), [(name, bytes(value)) for name, value in entry["h"]]
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", entry["id"].encode()),
        ("ce_source", entry["src"].encode()),
        ("ce_type", entry["ty"].encode()),
        ("ce_subject", entry["sub"].encode()),
        ("ce_time", entry["at"].encode()),
        ("ce_partitionkey", entry["k"].encode()),
        ("ce_correlationid", entry["co"].encode()),
        ("ce_causationid", entry["ca"].encode()),
        ("ce_sequence", str(entry["q"]).encode()),
        ("ce_dataclassification", entry["cl"].encode()),
        ("content-type", b"application/json"),
    ]
    if entry["af"] != entry["q"] - 1:
        headers.append(("ce_after", str(entry["af"]).encode()))
    if entry["mi"]:
        headers.append(("ce_minor", b"true"))
    if "tp" in entry:
        headers.append(("traceparent", entry["tp"].encode()))
    return entry["t"], entry["k"], bytes(entry["v"]), headers


def local(folded: Folded, entry: Mapping[str, Any], receiver: Entity[Any]) -> Message:
    """An entry as the message that it is to another entity of this service."""
    body = folded.sent.get(entry["n"]) or receiver.body(entry["b"]).model_validate_json(_plain(folded, entry))
    source = f"~{folded.entity.name}/{folded.document.id}"
    return Message(
        entity=receiver,
        id=entry["id"],
        body=body,
        source=Source.LOCAL,
        message_id=entry["ca"],  # what led to it: an id that others know
        received=folded.context.now,
        stream=source,
        sequence=entry["q"],
        correlation=entry["co"],
        traceparent=entry.get("tp", ""),
    )


def _plain(folded: Folded, entry: Mapping[str, Any]) -> bytes:
    """Raises BrokenSeal."""
    value = bytes(entry["v"])
    return folded.context.open(value, _about(folded, entry)) if entry.get("s") else value


def _about(folded: Folded, entry: Mapping[str, Any]) -> str:
    return f"{folded.entity.name}/{folded.document.id}/{entry['n']}"
