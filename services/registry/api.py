"""The registry over HTTP: record an entry, read one, list a kind (design 6)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from services.contracts.entries import unknown_fields
from services.contracts.registry import ENTRIES, Entry
from services.contracts.wire import TypedId
from services.registry.domain.recording import KEPT_BY_VERSION
from services.registry.handlers import RECORDED
from services.registry.store import edition, filters_of, newest, page
from services.runtime.door import Door
from services.runtime.http import Problem, decode_cursor, encode_cursor, etag, if_match
from services.runtime.store import Store

Limit = Annotated[int, Query(ge=1, le=500)]
IfMatch = Annotated[int | None, Depends(if_match)]


def routes(door: Door, store: Store) -> APIRouter:
    """The same three calls for every kind, under /v1/<kind>s."""
    router = APIRouter(prefix="/v1")
    for kind in ENTRIES:
        _add_kind(router, kind, door, store)
    return router


def _add_kind(router: APIRouter, kind: type[Entry], door: Door, store: Store) -> None:
    plural = f"{kind.KIND}s"

    async def put(id: TypedId, wish: Entry, request: Request, response: Response, expected: IfMatch) -> dict[str, Any]:
        """Record the whole entry. Repeating it changes nothing; `recorded` tells whether there is a new version."""
        _refuse_lost_fields(await request.json(), wish)
        if wish.id != id:
            raise Problem("ID_MISMATCH", 422, "the id of the body is not the id of the path")
        done = await door.submit(RECORDED[kind], id, wish, expected=expected)
        answer = dict(done.answer or {})
        response.status_code = 201 if answer["recorded"] and answer["version"] == 1 else 200
        response.headers.update(etag(answer["version"]))
        return answer

    async def get(
        id: TypedId, response: Response, version: Annotated[int | None, Query(ge=1)] = None
    ) -> dict[str, Any]:
        """The newest version of the entry, or the one asked for where the kind keeps them."""
        entry = await _entry(store, kind, id, version)
        if entry is None:
            raise Problem("NOT_FOUND", 404, f"no such {kind.KIND}, or not in this version")
        response.headers.update(etag(entry.version))
        return view(entry)

    async def list_(request: Request, limit: Limit = 100, cursor: str | None = None) -> dict[str, Any]:
        """Entries in the order of their ids, also retired ones; `next` is the cursor of the next page."""
        wanted = _wanted(request, kind)
        found = await page(store, kind, wanted, _after(cursor), limit)
        more = encode_cursor({"after": found[-1].id}) if len(found) == limit else None
        return {"items": [view(stored.state) for stored in found], "next": more}

    put.__annotations__["wish"] = kind  # FastAPI reads the model of the body from here
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in filters_of(kind)]
    router.put(f"/{plural}/{{id}}", name=f"record {kind.KIND}", operation_id=f"record_{kind.KIND}")(put)
    router.get(f"/{plural}/{{id}}", name=f"read {kind.KIND}", operation_id=f"read_{kind.KIND}")(get)
    router.get(
        f"/{plural}",
        name=f"list {plural}",
        operation_id=f"list_{plural}",
        openapi_extra={"parameters": parameters},
    )(list_)


async def _entry(store: Store, kind: type[Entry], id: str, version: int | None) -> Entry | None:
    if version is not None and kind in KEPT_BY_VERSION:
        return await edition(store, kind, id, version)
    stored = await newest(store, kind, id)
    if stored is None or version not in (None, stored.state.version):
        return None
    return stored.state


def view(entry: Entry) -> dict[str, Any]:
    """An entry as others see it: what may be sent back to record it."""
    shown = entry.to_wire()
    del shown["moves"]
    return shown


def _after(cursor: str | None) -> str:
    after = (decode_cursor(cursor) or {}).get("after", "")
    if not isinstance(after, str):
        raise Problem("BAD_CURSOR", 400, "the cursor is not one of ours")
    return after


def _wanted(request: Request, kind: type[Entry]) -> dict[str, str]:
    """The filters of a listing. An unknown one is refused: ignoring it would show too much."""
    given = {name: value for name, value in request.query_params.items() if name not in ("limit", "cursor")}
    unknown = sorted(given.keys() - set(filters_of(kind)))
    if unknown:
        raise Problem(
            "UNKNOWN_FILTER",
            422,
            f"{kind.KIND}s can be listed by {', '.join(filters_of(kind))}",
            errors=[{"field": f"query.{name}", "code": "unknown", "detail": "no such filter"} for name in unknown],
        )
    return given


def _refuse_lost_fields(written: Any, wish: Entry) -> None:
    unknown = list(unknown_fields(written, wish.to_wire()))
    if unknown:
        raise Problem(
            "INVALID",
            422,
            "some fields are not right",
            errors=[{"field": path, "code": "unknown", "detail": "no such field"} for path in unknown],
        )
