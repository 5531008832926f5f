"""What an outsider writes into ids and trace headers is not repeated in ours (I12)."""

import pytest

from services.contracts.envelope import derived_id
from tests.support.bank import TARGET, a_door, outside

UUID = derived_id("an", "id")
ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def published(**headers: str) -> dict[str, str]:
    door = a_door()
    await door.records(outside(1, **headers))
    return door.publisher.events(TARGET.name)[0]


@pytest.mark.parametrize("written", ["0013542419", "09121234567", "زهرا کریمی", "visit-0013542419-2"])
async def test_only_ids_that_mean_nothing_are_repeated(written: str) -> None:
    event = await published(ce_id=written, ce_correlationid=written, traceparent=written)
    assert all(written not in value for name, value in event.items() if name != "value")
    again = await published(ce_id=written, ce_correlationid=written)
    assert (event["ce_causationid"], event["ce_correlationid"]) == (again["ce_causationid"], again["ce_correlationid"])


@pytest.mark.parametrize("id", [UUID, ULID])
async def test_an_opaque_id_is_repeated_as_it_is(id: str) -> None:
    event = await published(ce_id=id, ce_correlationid=id, traceparent=TRACE)
    assert (event["ce_causationid"], event["ce_correlationid"], event["traceparent"]) == (id, id, TRACE)
