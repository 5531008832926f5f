"""The registry as a service keeps it: never backwards, never lost, never stopped by one bad entry (design 3)."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from services.contracts.entry import Entry
from services.contracts.registry import Partner
from services.contracts.topics import REGISTRY_PARTNER
from services.runtime.driver import StoreAway
from services.runtime.message import Record
from services.runtime.projection import Projection
from services.runtime.store import Store

TOPIC = REGISTRY_PARTNER.name


class Kept:
    """What the store keeps of the topics; `away` fails so many calls."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}
        self.away = 0

    async def keep(self, collection: str, rows: Mapping[str, bytes]) -> None:
        if self.away:
            self.away -= 1
            raise StoreAway("away")
        self.rows |= rows

    async def kept(self, collection: str) -> dict[str, bytes]:
        return dict(self.rows)


class Log:
    def __init__(self) -> None:
        self.errors: list[str] = []

    def error(self, event: str, **facts: Any) -> None:
        self.errors.append(f"{event} {facts}")


def a_projection(kept: Kept) -> tuple[Projection, Log]:
    log = Log()
    return Projection(cast(Store, kept), log), log


def a_partner(version: int, **changes: Any) -> Partner:
    fields = {"id": "p", "orgId": "o", "name": f"name {version}", "contact": "c", "moves": ["partner.recorded"]}
    return Partner.model_validate(fields | {"version": version} | changes)


def record(entry: Entry | bytes | None, topic: str = TOPIC) -> Record:
    value = entry.to_json() if isinstance(entry, Entry) else entry
    return Record(topic, 0, 0, b"o:p@1", value, ())


def version_of(projection: Projection, id: str = "p") -> int | None:
    partner = projection.snapshot().partner(id)
    return partner.version if partner else None


async def test_a_late_old_version_does_not_win() -> None:
    projection, _ = a_projection(Kept())
    await projection.take([record(a_partner(2)), record(a_partner(1))])
    await projection.take([record(a_partner(1))])
    assert version_of(projection) == 2


async def test_it_starts_from_what_was_kept_without_kafka() -> None:
    kept = Kept()
    first, _ = a_projection(kept)
    await first.take([record(a_partner(1)), record(a_partner(2)), record(a_partner(1, id="q"))])
    second, _ = a_projection(kept)
    assert second.snapshot().counts() == {}
    await second.load()
    assert (version_of(second), version_of(second, "q")) == (2, 1)


@pytest.mark.parametrize("spoiled", [b"{", b"\xff", b"{}", b'{"id": "p", "version": "two"}', b"[" * 100_000, None])
async def test_a_spoiled_entry_or_a_tombstone_costs_no_other(spoiled: bytes | None) -> None:
    kept = Kept()
    projection, log = a_projection(kept)
    await projection.take([record(spoiled), record(a_partner(1)), record(spoiled)])
    assert version_of(projection) == 1
    assert len(kept.rows) == 1, "what cannot be read is not kept"
    assert len(log.errors) == (0 if spoiled is None else 2)


async def test_a_spoiled_row_does_not_keep_the_service_from_starting() -> None:
    kept = Kept()
    projection, _ = a_projection(kept)
    await projection.take([record(a_partner(1))])
    kept.rows |= {f"{TOPIC}|x@1": b"{", "sd.registry.of-a-later-version.v1|y@1": b"{}"}
    again, log = a_projection(kept)
    await again.load()
    assert version_of(again) == 1
    assert len(log.errors) == 2


async def test_it_is_kept_before_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else remembers how far the topics were read: with the store away it waits, it does not pass by."""
    kept = Kept()
    projection, _ = a_projection(kept)
    kept.away = 2
    waits: list[float] = []

    async def no_time_passes(seconds: float) -> None:
        waits.append(seconds)
        assert version_of(projection) is None

    monkeypatch.setattr("services.runtime.projection.asyncio.sleep", no_time_passes)
    await projection.take([record(a_partner(1))])
    assert (len(waits), version_of(projection), len(kept.rows)) == (2, 1, 1)


async def test_the_log_never_repeats_what_an_entry_says() -> None:
    projection, log = a_projection(Kept())
    await projection.take([record(b'{"id": "p", "name": "0013542419"}')])
    assert "0013542419" not in log.errors[0]
