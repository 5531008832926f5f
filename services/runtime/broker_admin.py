"""Administration of Kafka: topics kept in step with the closed list, partners' rights, and how far groups are behind.

The data path is in `consumer` and `publisher`; this file is for the operators' command, and for `broker_access`, by
which the registry keeps partners' accounts in step.
Every function takes the inside address `host:port`, is synchronous and raises `AdministrationFailed`.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)

from services.contracts.topics import KIOSK_SUBMISSION, Topic, outcome_topic

CALL_SECONDS = 20
BROKER_DEFAULT = -1
LEADER_SECONDS = 10
LEADER_MOVES = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
}
"""A partition that was made or moved this moment has no leader yet: to be asked again."""


class AdministrationFailed(Exception):
    """Kafka refused or did not answer."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What bringing the topics in step did.

    `misfits` are topics whose number of partitions differs from the list: that is never changed here, because keys
    would move to other partitions and lose their order.
    """

    created: tuple[str, ...] = ()
    reconfigured: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extent:
    """What one partition holds: offsets from `begin` up to, not including, `end`."""

    topic: str
    partition: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """How far one group is in one partition."""

    topic: str
    partition: int
    committed: int
    begin: int
    end: int

    @property
    def records(self) -> int:
        """Records that wait for the group."""
        return self.end - max(self.begin, self.committed)


def answers(bootstrap: str, seconds: float = 2) -> bool:
    """Whether a broker answers at this address."""
    try:
        return bool(administrator(bootstrap).list_topics(timeout=seconds).brokers)
    except KafkaException:
        return False


def bring_in_step(bootstrap: str, topics: Sequence[Topic]) -> Changes:
    """Creates what is missing and sets retention, compaction and size where they differ. Safe to repeat."""
    admin = administrator(bootstrap)
    present = _call(lambda: admin.list_topics(timeout=CALL_SECONDS)).topics
    missing = [topic for topic in topics if topic.name not in present]
    _create(admin, missing)
    known = [topic for topic in topics if topic.name in present]
    return Changes(
        created=tuple(topic.name for topic in missing),
        reconfigured=_reconfigure(admin, known),
        misfits=tuple(topic.name for topic in known if len(present[topic.name].partitions) != topic.partitions),
    )


def grant_rights(bootstrap: str, partner: str, *, anew: bool = True) -> None:
    """Gives a partner exactly its rights: write submissions, read its own outcomes, in groups named `<partner>.`

    `anew`: also when it has none. Else it stays without.
    """
    admin = administrator(bootstrap)
    wanted = {
        _right(partner, ResourceType.TOPIC, KIOSK_SUBMISSION.name, AclOperation.WRITE),
        _right(partner, ResourceType.TOPIC, KIOSK_SUBMISSION.name, AclOperation.DESCRIBE),
        _right(partner, ResourceType.TOPIC, outcome_topic(partner).name, AclOperation.READ),
        _right(partner, ResourceType.TOPIC, outcome_topic(partner).name, AclOperation.DESCRIBE),
        _right(partner, ResourceType.GROUP, f"{partner}.", AclOperation.READ, ResourcePatternType.PREFIXED),
    }
    held = rights(bootstrap, partner)
    if not held and not anew:
        return
    if missing := wanted - held:
        _results(admin.create_acls(list(missing), request_timeout=CALL_SECONDS))
    if excess := held - wanted:
        _results(admin.delete_acls([_exactly(right) for right in excess], request_timeout=CALL_SECONDS))


def rights(bootstrap: str, partner: str) -> set[AclBinding]:
    """What a partner may do."""
    client = administrator(bootstrap)  # kept until the answer is there
    return set(_result(client.describe_acls(_every_right_of(partner), request_timeout=CALL_SECONDS)))


def take_rights(bootstrap: str, partner: str) -> None:
    """Takes every right of a partner. Kafka looks at each request, so it holds for open connections too."""
    client = administrator(bootstrap)
    _results(client.delete_acls([_every_right_of(partner)], request_timeout=CALL_SECONDS))


def lag(bootstrap: str, group: str) -> list[PartitionLag]:
    """How far a group is in every partition that it has committed to."""
    held = committed(bootstrap, [group])[group]
    return [
        PartitionLag(extent.topic, extent.partition, held[extent.topic, extent.partition], extent.begin, extent.end)
        for extent in extents(bootstrap, {topic for topic, _ in held})
        if (extent.topic, extent.partition) in held
    ]


def topic_names(bootstrap: str) -> list[str]:
    """Every topic there is, without Kafka's own."""
    present = _call(lambda: administrator(bootstrap).list_topics(timeout=CALL_SECONDS)).topics
    return sorted(name for name in present if not name.startswith("__"))


def extents(bootstrap: str, topics: Iterable[str]) -> list[Extent]:
    """Every partition of the topics as it is now; a topic that does not exist is left out."""
    admin = administrator(bootstrap)
    present = _call(lambda: admin.list_topics(timeout=CALL_SECONDS)).topics
    places = [TopicPartition(name, number) for name in topics if name in present for number in present[name].partitions]
    begins, ends = _offsets(admin, places, OffsetSpec.earliest()), _offsets(admin, places, OffsetSpec.latest())
    return [Extent(*place, begins[place], ends[place]) for place in sorted(ends)]


def groups(bootstrap: str) -> dict[str, str]:
    """Every consumer group that Kafka knows -> its state, such as STABLE, or EMPTY while no member lives."""
    admin = administrator(bootstrap)  # kept until the answer is there: it does not outlive its client
    listed = _result(admin.list_consumer_groups(request_timeout=CALL_SECONDS))
    if listed.errors:  # with several brokers, one that did not answer
        raise AdministrationFailed(f"Kafka: {listed.errors[0]}")
    return {group.group_id: group.state.name for group in listed.valid}


def committed(bootstrap: str, groups: Iterable[str]) -> dict[str, dict[tuple[str, int], int]]:
    """Group -> (topic, partition) -> the offset it will read next, where it has committed."""
    admin = administrator(bootstrap)
    asked = {
        group: admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=CALL_SECONDS)
        for group in groups
    }
    answers = {group: _result(futures[group]).topic_partitions for group, futures in asked.items()}
    return {
        group: {(place.topic, place.partition): place.offset for place in places if place.offset >= 0}
        for group, places in answers.items()
    }


def administrator(bootstrap: str) -> AdminClient:
    """A client for administration. It must outlive the answers that it is asked for."""
    # log_level 2: librdkafka would print every refused connection while a broker starts
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 2, "socket.connection.setup.timeout.ms": 5000})


def _create(admin: AdminClient, topics: Sequence[Topic]) -> None:
    if not topics:
        return
    new = [
        NewTopic(topic.name, topic.partitions, replication_factor=BROKER_DEFAULT, config=_settings(topic))
        for topic in topics
    ]
    _results(admin.create_topics(new, request_timeout=CALL_SECONDS, operation_timeout=CALL_SECONDS))


def _reconfigure(admin: AdminClient, topics: Sequence[Topic]) -> tuple[str, ...]:
    if not topics:
        return ()
    asked = admin.describe_configs(
        [ConfigResource(ConfigResource.Type.TOPIC, topic.name) for topic in topics], request_timeout=CALL_SECONDS
    )
    held = {resource.name: _result(future) for resource, future in asked.items()}
    changed = {}
    for topic in topics:
        differing = {name: value for name, value in _settings(topic).items() if held[topic.name][name].value != value}
        if differing:
            changed[topic.name] = [
                ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                for name, value in differing.items()
            ]
    if changed:
        wanted = [
            ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=entries)
            for name, entries in changed.items()
        ]
        _results(admin.incremental_alter_configs(wanted, request_timeout=CALL_SECONDS))
    return tuple(changed)


def _settings(topic: Topic) -> dict[str, str]:
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(-1 if topic.retention_ms is None else topic.retention_ms),
        "max.message.bytes": str(topic.max_bytes),
        "message.timestamp.type": "LogAppendTime" if topic.broker_time else "CreateTime",
    }


def _right(
    partner: str,
    kind: ResourceType,
    name: str,
    operation: AclOperation,
    pattern: ResourcePatternType = ResourcePatternType.LITERAL,
) -> AclBinding:
    return AclBinding(kind, name, pattern, f"User:{partner}", "*", operation, AclPermissionType.ALLOW)


def _every_right_of(partner: str) -> AclBindingFilter:
    anything: Any = None  # as documented; confluent-kafka's annotation leaves it out
    return AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        f"User:{partner}",
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def _exactly(right: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        right.restype,
        right.name,
        right.resource_pattern_type,
        right.principal,
        right.host,
        right.operation,
        right.permission_type,
    )


def _offsets(admin: AdminClient, places: Sequence[TopicPartition], at: OffsetSpec) -> dict[tuple[str, int], int]:
    if not places:
        return {}
    deadline = time.monotonic() + LEADER_SECONDS
    while True:
        asked = admin.list_offsets(dict.fromkeys(places, at), request_timeout=CALL_SECONDS)
        try:
            return {(place.topic, place.partition): _result(future).offset for place, future in asked.items()}
        except AdministrationFailed as failed:
            cause = failed.__cause__
            moving = isinstance(cause, KafkaException) and cause.args[0].code() in LEADER_MOVES
            if not moving or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _results(asked: Mapping[Any, "Future[Any]"]) -> None:
    for future in asked.values():
        _result(future)


def _result(future: "Future[Any]") -> Any:
    return _call(lambda: future.result(timeout=CALL_SECONDS + 5))


def _call(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (KafkaException, TimeoutError) as error:
        raise AdministrationFailed(f"Kafka: {error}") from error
