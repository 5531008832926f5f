"""Commands on one entity, as POST <path>/{id}/<verb>: a table in place of a function for each."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response

from services.contracts.wire import Command, TypedId
from services.runtime.http import IdempotencyKey, IfMatch

Submit = Callable[[str, Any, str, int | None, Response], Awaitable[dict[str, Any]]]
"""(id, command, Idempotency-Key, version of If-Match, response) -> the answer."""


def add_commands(
    router: APIRouter, path: str, commands: Mapping[str, tuple[type[Command], str]], submit: Submit
) -> None:
    """`commands`: verb -> what its body is, and what it does in a sentence for the API's description."""
    for verb, (model, does) in commands.items():
        _add(router, path, verb, model, does, submit)


def _add(router: APIRouter, path: str, verb: str, model: type[Command], does: str, submit: Submit) -> None:
    async def call(
        id: TypedId, body: Command, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        return await submit(id, body, key, expected, response)

    call.__annotations__["body"] = model  # FastAPI reads the model of the body from here
    name = f"{verb} {path}".replace("/", " ").replace("-", " ").replace("  ", " ").replace(" ", "_").removesuffix("s")
    router.post(f"{path}/{{id}}/{verb}", name=name, operation_id=name, description=does)(call)
