"""Fields that are sealed where states meet the store: they come back, and only under the right key (I12)."""

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from services.runtime.keys import Erased, Held
from services.runtime.seal import BrokenSeal
from services.runtime.sealing import SealedFields, Sealing
from tests.support.memory_keys import MemoryKeys, a_key

FIELDS = SealedFields(
    within="case",
    owner="ref",
    fields=("who", "note", "result.note", "rounds[].words", "rounds[].result.note"),
    terms=lambda case: [case["who"]] if case.get("who") else [],
)
SECRETS = ("Zahra", "loud words", "a free word")


def a_state(**changes: Any) -> dict[str, Any]:
    case: dict[str, Any] = {
        "ref": "A-1",
        "who": "Zahra",
        "note": None,
        "result": {"kind": "GRANTED", "note": "a free word"},
        "rounds": [{"n": 1, "words": "loud words"}, {"n": 2, "result": None}],
        "open": "stays",
    }
    return {"id": "1", "case": case | changes}


async def stored(state: dict[str, Any], keys: MemoryKeys, id: str = "1") -> dict[str, Any]:
    sealed = copy.deepcopy(state)
    await Sealing(keys, bytes(32)).seal(FIELDS, "thing", [(id, sealed)])
    return sealed


async def opened(state: dict[str, Any], keys: MemoryKeys, id: str = "1", seal_key: bytes = bytes(32)) -> dict[str, Any]:
    state = copy.deepcopy(state)
    await Sealing(keys, seal_key).open(FIELDS, "thing", [(id, state)])
    return state


@pytest.mark.parametrize(
    "state",
    [
        a_state(),
        a_state(ref=None),
        a_state(who="زهرا", note="نیم‌فاصله"),
        a_state(result=None, rounds=[]),
        {"id": "1", "case": None},
        {"id": "1"},
    ],
)
async def test_what_was_sealed_is_read_as_it_was(state: dict[str, Any]) -> None:
    keys = MemoryKeys()
    assert await opened(await stored(state, keys), keys) == state


async def test_nothing_of_it_stands_in_what_is_stored() -> None:
    sealed = await stored(a_state(), MemoryKeys())
    blob = sealed["case"].pop("sealed")
    assert isinstance(blob, bytes)
    for word in SECRETS:
        assert word not in json.dumps(sealed)
        assert word.encode() not in blob
    assert sealed["case"]["open"] == "stays"


async def test_a_state_without_anything_personal_needs_no_key() -> None:
    keys, state = MemoryKeys(), {"id": "1", "case": {"ref": "A-1", "who": None, "note": None}}
    assert await stored(state, keys) == state
    assert keys.owners == {}


async def test_a_state_from_before_sealing_is_read_as_it_stands() -> None:
    assert await opened(a_state(), MemoryKeys()) == a_state()


def spoilt(sealed: Mapping[str, Any]) -> dict[str, Any]:
    blob = bytearray(sealed["case"]["sealed"])
    blob[-1] ^= 1
    return {**sealed, "case": {**sealed["case"], "sealed": bytes(blob)}}


async def test_a_spoilt_blob_is_not_taken_for_an_erased_one() -> None:
    keys = MemoryKeys()
    sealed = await stored(a_state(), keys)
    wrong = {
        "changed": (await opened(spoilt(sealed), keys))["case"],
        "cut": (await opened({**sealed, "case": {**sealed["case"], "sealed": b"\0\0\0\1"}}, keys))["case"],
        "moved to another document": (await opened(sealed, keys, id="2"))["case"],
        "key gone without an erasure": (await opened(sealed, MemoryKeys()))["case"],
        "a generation that never was": (await opened(sealed, MemoryKeys({"A-1": Held(a_key("A-1", 0))})))["case"],
    }
    for why, case in wrong.items():
        assert isinstance(case["sealed"], bytes), why
        assert "erased" not in case, why
        assert "who" not in case, why


async def test_nobodys_fields_are_sealed_by_the_services_own_key() -> None:
    keys = MemoryKeys()
    sealed = await stored(a_state(ref=None), keys)
    assert keys.owners == {}
    other = await opened(sealed, keys, seal_key=b"another service's key of 32 bytes")
    assert isinstance(other["case"]["sealed"], bytes)


async def test_what_could_not_be_opened_is_stored_again_as_it_was() -> None:
    keys = MemoryKeys()
    unread = await opened(spoilt(await stored(a_state(), keys)), keys)
    assert await stored(unread, keys) == unread


async def test_what_a_destroyed_key_sealed_reads_as_erased_and_what_came_after_is_open() -> None:
    keys = MemoryKeys()
    before = await stored(a_state(), keys)
    erasure = await keys.retire("A-1", datetime.now(UTC), {})
    after = await stored(a_state(note="later"), keys)
    assert await opened(before, keys) == a_state(), "until the key is destroyed"
    await keys.destroy(erasure, ["Zahra"])
    erased = await opened(before, keys)
    assert erased["case"]["erased"] is True
    assert not any(word in json.dumps(erased) for word in SECRETS)
    assert await opened(after, keys) == a_state(note="later")


async def test_an_owner_is_found_by_the_terms_of_what_was_sealed() -> None:
    keys = MemoryKeys()
    await stored(a_state(), keys)
    assert await keys.bearing(["Zahra"], 10) == ["A-1"]
    assert await keys.bearing(["Zahra", "another"], 10) == []


def test_a_key_tells_erased_from_unknown() -> None:
    held = Held(a_key("A-1", 3), a_key("A-1", 2))
    assert [held.of(2).generation, held.of(3).generation] == [2, 3]
    with pytest.raises(Erased):
        held.of(1)
    for never in (0, 4):
        with pytest.raises(BrokenSeal):
            held.of(never)
