"""What the registry refuses is told in its own words, with every field that is wrong."""

import httpx
import pytest

from services.ops.registry_http import problem

WRONG = [
    {"field": "month", "code": "value_error", "detail": "1405-13 is no month"},
    {"field": "orgId", "code": "missing", "detail": "Field required"},
]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            httpx.Response(422, json={"code": "INVALID", "detail": "some fields are not right", "errors": WRONG}),
            "refused with 422 INVALID: some fields are not right; month: 1405-13 is no month; orgId: Field required",
        ),
        (
            httpx.Response(409, json={"code": "CONFLICT", "detail": "somebody was first"}),
            "refused with 409 CONFLICT: somebody was first",
        ),
        (httpx.Response(502, text="<html>"), "refused with 502"),
    ],
)
def test_a_refusal_names_what_is_wrong(answer: httpx.Response, told: str) -> None:
    assert problem(answer) == told
