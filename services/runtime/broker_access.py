"""A partner's account at Kafka while it runs: SCRAM credentials, rights, quota, and its outcome topic.

Every function takes the inside address, is synchronous, safe to repeat, and raises AdministrationFailed.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError as ClientError
from aiokafka.protocol.admin import DescribeClientQuotasRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Float64, Int16, Int32, Schema, String
from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from services.contracts.topics import outcome_topic
from services.runtime.broker_admin import (
    CALL_SECONDS,
    AdministrationFailed,
    administrator,
    bring_in_step,
    grant_rights,
    take_rights,
)

ITERATIONS = 8192
"""Of SCRAM: twice what Kafka asks at least."""
EXACTLY = 0
"""In a question about quotas: of this name and no other."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What one partner may take of the broker; beyond it, its client is made to wait."""

    bytes_per_second: float
    """Written, and read, each."""
    request_percent: float
    """Of one of the broker's request threads."""


AS_A_RULE = Quota(bytes_per_second=2 * 1024 * 1024, request_percent=100)
"""Where nothing else was agreed with a partner."""


def grant(bootstrap: str, partner: str, password: str, quota: Quota) -> None:
    """The partner's topic, rights and quota, and its account with this password."""
    bring_in_step(bootstrap, [outcome_topic(partner)])
    _set_quota(bootstrap, partner, quota)
    grant_rights(bootstrap, partner)
    _set_password(bootstrap, partner, password)


def prepare(bootstrap: str, partners: Sequence[str], quota: Quota = AS_A_RULE) -> None:
    """For partners whose accounts are made with the broker: exactly their rights, and a quota where there is none.

    Who has a quota and no rights had them before, and was suspended: it gets them by `grant` alone.
    """
    for partner in partners:
        bounded = _has_quota(bootstrap, partner)
        grant_rights(bootstrap, partner, anew=not bounded)
        if not bounded:  # after the rights: what breaks off in between is begun anew
            _set_quota(bootstrap, partner, quota)


def withdraw(bootstrap: str, partner: str) -> None:
    """No rights, at once, also for whoever is connected; then a password that nobody knows. What the partner was told
    stays.

    The account is locked and not deleted: a deletion in Kafka's log can take every account with it (docs/adr/0035).
    """
    take_rights(bootstrap, partner)
    if _has_account(bootstrap, partner):
        _set_password(bootstrap, partner, token_urlsafe(32))


def _set_password(bootstrap: str, partner: str, password: str) -> None:
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, ITERATIONS)
    client = administrator(bootstrap)  # kept until the answer is there: it does not outlive its client
    change = UserScramCredentialUpsertion(partner, info, password.encode())
    (asked,) = client.alter_user_scram_credentials([change], request_timeout=CALL_SECONDS).values()
    _answer(asked)


def _has_account(bootstrap: str, partner: str) -> bool:
    client = administrator(bootstrap)
    everybody: Any = client.describe_user_scram_credentials(request_timeout=CALL_SECONDS)
    return partner in _answer(everybody)


def _answer(asked: "Future[Any]") -> Any:
    try:
        return asked.result(timeout=CALL_SECONDS + 5)
    except KafkaException as error:
        raise AdministrationFailed(f"Kafka: {error}") from error
    except TimeoutError as error:
        raise AdministrationFailed("Kafka did not answer") from error


def _has_quota(bootstrap: str, partner: str) -> bool:
    known = _ask(bootstrap, DescribeClientQuotasRequest([("user", EXACTLY, partner)], True))
    if known.error_code:
        raise AdministrationFailed(f"Kafka: quota not told, {known.error_code} {known.error_message}")
    return bool(known.entries)


def _set_quota(bootstrap: str, partner: str, quota: Quota) -> None:
    values = {
        "producer_byte_rate": quota.bytes_per_second,
        "consumer_byte_rate": quota.bytes_per_second,
        "request_percentage": quota.request_percent,
    }
    changes = [(name, float(value), False) for name, value in values.items()]
    answer = _ask(bootstrap, _AlterClientQuotas([([("user", partner)], changes)]))
    for code, message, _ in answer.entries:
        if code:
            raise AdministrationFailed(f"Kafka: quota refused, {code} {message}")


def _ask(bootstrap: str, request: Request[Any]) -> Any:
    async def ask() -> Any:
        client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=CALL_SECONDS * 1000)
        try:
            await client.start()
            return await client._send_to_controller(request)
        finally:
            await client.close()

    try:
        return asyncio.run(ask())
    except (ClientError, TimeoutError, OSError) as error:
        raise AdministrationFailed(f"Kafka: {type(error).__name__}") from error


class _Altered(Response):
    API_KEY = 49
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "entries",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("entity", Array(("entity_type", String("utf-8")), ("entity_name", String("utf-8")))),
            ),
        ),
    )


class _AlterStruct(RequestStruct):
    """KIP-546, version 0; neither Python client has the call."""

    API_KEY = 49
    API_VERSION = 0
    RESPONSE_TYPE = _Altered
    SCHEMA = Schema(
        (
            "entries",
            Array(
                ("entity", Array(("entity_type", String("utf-8")), ("entity_name", String("utf-8")))),
                ("ops", Array(("key", String("utf-8")), ("value", Float64), ("remove", Boolean))),
            ),
        ),
        ("validate_only", Boolean),
    )


class _AlterClientQuotas(Request[_AlterStruct]):
    API_KEY = 49

    def __init__(self, entries: list[Any]) -> None:
        self._entries = entries

    def build(self, request_struct_class: type[_AlterStruct]) -> _AlterStruct:
        return request_struct_class(self._entries, False)
