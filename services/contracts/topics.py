"""Every topic there is. Topics, access rights, container resources and docs are made from this list (design 3)."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

DAY_MS = 86_400_000
TYPE_PREFIX = "ir.servicedesk"


class Classification(StrEnum):
    """What kind of data a topic carries; `ce_dataclassification` repeats it on every record."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: who writes it, who reads it, how it is keyed, how long it keeps what.

    `retention_ms` None = for ever (compacted topics). `consumers` and `producers` are service names, or `kiosk-office`
    and `partner` for the external programs, or `operator`.
    """

    name: str
    key: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int = 6
    retention_ms: int | None = 14 * DAY_MS
    compacted: bool = False
    classification: Classification = Classification.INTERNAL
    max_bytes: int = 1_048_576
    broker_time: bool = False
    """Records bear the time at which the broker took them, not the one their sender claims."""


def _registry(entity: str, classification: Classification = Classification.PUBLIC) -> Topic:
    return Topic(
        name=f"sd.registry.{entity}.v1",
        key="orgId:entityId@version",
        producers=("registry",),
        consumers=("intake", "routing"),
        partitions=1,  # small, read whole by every process; one partition keeps one order
        retention_ms=None,
        compacted=True,
        classification=classification,
    )


REGISTRY_ORGANIZATION = _registry("organization")
REGISTRY_UNIT = _registry("unit")
REGISTRY_DESK = _registry("desk")
REGISTRY_OFFICER = _registry("officer", Classification.INTERNAL)
REGISTRY_PARTNER = _registry("partner", Classification.INTERNAL)
REGISTRY_KIOSK = _registry("kiosk")
REGISTRY_SERVICE = _registry("service")
REGISTRY_OFFERING = _registry("offering")
REGISTRY_CALENDAR = _registry("calendar")
REGISTRY_RULE = _registry("rule")

REGISTRY_DEFICIENCY = Topic(
    name="sd.registry.deficiency.v1", key="deficiencyId", producers=("registry",), consumers=("notify",)
)
KIOSK_SUBMISSION = Topic(
    name="sd.kiosk.submission.v1",
    key="kioskId:externalRef",
    producers=("kiosk-office",),
    consumers=("intake",),
    retention_ms=7 * DAY_MS,
    classification=Classification.PERSONAL,
    broker_time=True,  # what is too old is judged by its first receipt
)
INTAKE_REQUEST = Topic(
    name="sd.intake.request.v1", key="requestId", producers=("intake",), consumers=("routing", "notify", "registry")
)
INTAKE_VISIT = Topic(name="sd.intake.visit.v1", key="visitId", producers=("intake",), consumers=("registry",))
ROUTING_WORK = Topic(
    name="sd.routing.work.v1", key="requestId", producers=("routing",), consumers=("intake", "registry")
)
NOTIFY_STATUS = Topic(name="sd.notify.status.v1", key="requestId", producers=("notify",), consumers=("intake",))

REGISTRY_TOPICS = (
    REGISTRY_ORGANIZATION,
    REGISTRY_UNIT,
    REGISTRY_DESK,
    REGISTRY_OFFICER,
    REGISTRY_PARTNER,
    REGISTRY_KIOSK,
    REGISTRY_SERVICE,
    REGISTRY_OFFERING,
    REGISTRY_CALENDAR,
    REGISTRY_RULE,
)
TOPICS: tuple[Topic, ...] = (
    *REGISTRY_TOPICS,
    REGISTRY_DEFICIENCY,
    KIOSK_SUBMISSION,
    INTAKE_REQUEST,
    INTAKE_VISIT,
    ROUTING_WORK,
    NOTIFY_STATUS,
)

BROKER_TIMED = frozenset(topic.name for topic in TOPICS if topic.broker_time)


@cache
def outcome_topic(partner: str) -> Topic:
    """The topic on which one partner's kiosks learn what became of their submissions."""
    return Topic(
        name=f"sd.kiosk.outcome.{partner}.v1",
        key="kioskId:externalRef",
        producers=("intake",),
        consumers=("partner", "notify"),
        retention_ms=30 * DAY_MS,
        classification=Classification.INTERNAL,
    )


PARTNER = "{partner}"
"""Stands for the id of each in the name of a family of topics."""
OUTCOMES = outcome_topic(PARTNER)
"""The family of these: there are as many as the registry has partners."""


def pattern_of(name: str) -> str:
    """A regular expression for the names of a family's topics; for a topic that is no family, of its own name."""
    return re.escape(name).replace(re.escape(PARTNER), "([a-z0-9-]+)")


GROUPS: dict[str, tuple[Topic, ...]] = {
    "mizban.registry": (INTAKE_REQUEST, INTAKE_VISIT, ROUTING_WORK),
    "mizban.intake": (KIOSK_SUBMISSION, ROUTING_WORK, NOTIFY_STATUS),
    "mizban.routing": (INTAKE_REQUEST,),
    "mizban.notify": (INTAKE_REQUEST, REGISTRY_DEFICIENCY),
}
"""Consumer group -> the topics its members share. Registry topics are read whole by each process, without a group."""
WEBHOOK_GROUP = "mizban.notify.webhooks"
"""Reads, of `OUTCOMES`, the topics of partners that have a webhook. What it cannot use is a dead letter of notify's."""


def dead_letter_topic(group: str) -> Topic:
    """Where a consumer group puts what it cannot use; values are sealed with the service's key."""
    service = group.removeprefix("mizban.")
    return Topic(
        name=f"{group}.dlq",
        key="the original key",
        producers=(service,),
        consumers=("operator",),
        partitions=1,
        retention_ms=90 * DAY_MS,
        classification=Classification.SEALED,
        max_bytes=6 * 1_048_576,  # a letter holds a whole record, which may itself be as large as a topic takes
    )


def all_topics(partners: list[str]) -> list[Topic]:
    """The whole list for an installation with these partners."""
    return [*TOPICS, *(outcome_topic(p) for p in partners), *(dead_letter_topic(g) for g in GROUPS)]
