"""The registry over HTTP: record an entry, read one and its history, list a kind, change its life (design 6).

What sheets and calendars have beyond that stands in `sheet_api.py` and `calendar_api.py`.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.registry import ENTRIES, Kiosk
from services.contracts.service_sheet import Sheet
from services.contracts.wire import TypedId, instant_text
from services.registry import store as look_up
from services.registry import surroundings
from services.registry.calendar_api import add_calendar_calls
from services.registry.catalogue.api import add_catalogue_calls
from services.registry.catalogue.cpsv.writing import document
from services.registry.catalogue.exporting import described
from services.registry.catalogue.formats import MEDIA_TYPES, Format, preferred
from services.registry.catalogue.importing import Importer
from services.registry.claiming import claimed
from services.registry.conflict_api import add_conflict_calls
from services.registry.credentials import Issuer
from services.registry.deficiency_api import add_deficiency_calls
from services.registry.directive_api import add_directive_calls
from services.registry.domain.claims import Sole, newly
from services.registry.domain.life import ChangeLife, retired_by
from services.registry.domain.recording import Edition, StatusWish, Wish
from services.registry.domain.sheets import SheetFile
from services.registry.followers import Follower
from services.registry.handlers import FILES
from services.registry.in_use import in_use
from services.registry.inspection_api import add_inspection_calls
from services.registry.pack_api import add_pack_calls
from services.registry.partner_api import add_partner_calls
from services.registry.people import People
from services.registry.preview_api import add_preview_calls
from services.registry.promises import Promises, answering
from services.registry.reading import refuse_lost_fields
from services.registry.remediation_api import add_remediation_calls
from services.registry.routed import Routed
from services.registry.rule_preview_api import add_rule_preview
from services.registry.sheet_api import add_sheet_calls, sheet_view
from services.registry.sheet_words import in_persian_too
from services.registry.visit_report import visit_report_routes
from services.runtime.clock import Clock
from services.runtime.cursors import LARGEST, after, behind, decode_cursor, encode_cursor
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.store import Store
from services.worktime import jalali_text
from services.worktime.jalali import civil_day

Limit = Annotated[int, Query(ge=1, le=500)]
Sure = Annotated[str | None, Header(alias="If-Match")]
By = Annotated[TypedId | None, Query(alias="officerId")]
"""Who records it, until sign-in tells; none for an import."""

LINKED_DATA = MEDIA_TYPES[Format.JSONLD]
READABLE = ("application/json", LINKED_DATA)

LIFE = {"suspend": Status.SUSPENDED, "resume": Status.ACTIVE, "retire": Status.RETIRED}


def routes(
    door: Door,
    store: Store,
    promises: Promises,
    people: People,
    intake: Follower,
    routed: Routed,
    importer: Importer,
    clock: Clock,
    issuer: Issuer,
    grace: timedelta,
) -> APIRouter:
    """The same calls for every kind, under /v1/<kind>s; and what is found wrong with an agency's desks."""
    router = APIRouter(prefix="/v1")
    router.include_router(visit_report_routes(store))
    add_catalogue_calls(router, door, store, importer, clock)
    add_sheet_calls(router, door, store, clock)
    add_calendar_calls(router, door, store, clock)
    add_preview_calls(router, store, promises, clock)
    add_rule_preview(router, store, promises, routed, clock)
    add_partner_calls(router, door, store, intake, issuer, grace, clock)
    add_conflict_calls(router, door, store, people)
    add_deficiency_calls(router, door, store, clock)
    add_directive_calls(router, door, store, clock)
    add_inspection_calls(router, door, store)
    add_remediation_calls(router, door, store)
    add_pack_calls(router, door, store, clock)
    for kind in ENTRIES:
        if kind is not Sheet:
            _add_recording(router, kind, door, store, promises, clock)
        _add_reading(router, kind, store, clock)
        _add_life(router, kind, door, store, promises, clock)
    return router


def _add_recording(
    router: APIRouter, kind: type[Entry], door: Door, store: Store, promises: Promises, clock: Clock
) -> None:
    async def put(
        id: TypedId,
        wish: Entry,
        request: Request,
        response: Response,
        expected: IfMatch,
        seen: Sure = None,
        by: By = None,
    ) -> dict[str, Any]:
        """Record the whole entry. Repeating it changes nothing; a change needs If-Match, a version or `*`."""
        refuse_lost_fields(await request.json(), wish.to_wire())
        if wish.id != id:
            raise Problem("ID_MISMATCH", 422, "the id of the body is not the id of the path")
        async with claimed(door, clock, id, await _newly_had(store, wish)) as since:
            today = civil_day(clock.now())
            around = await surroundings.of_wish(store, promises, kind, wish, by, today)
            around = replace(around, claimed_at=since)
            body = Wish(entry=wish, by=by, sure=seen is not None, around=around)
            done = await door.submit(FILES[kind], id, body, expected=expected)
        answer = dict(done.answer or {})
        response.status_code = 201 if answer["recorded"] and answer["version"] == 1 else 200
        response.headers.update(etag(done.decided))
        return answer

    put.__annotations__["wish"] = kind  # FastAPI reads the model of the body from here
    plural = f"{kind.KIND}s"
    router.put(f"/{plural}/{{id}}", name=f"record {kind.KIND}", operation_id=f"record_{kind.KIND}")(put)


def _add_reading(router: APIRouter, kind: type[Entry], store: Store, clock: Clock) -> None:
    plural = f"{kind.KIND}s"

    async def get(
        id: TypedId,
        response: Response,
        version: Annotated[int | None, Query(ge=1)] = None,
        accept: Annotated[str | None, Header()] = None,
    ) -> Any:
        """The newest version of the entry, or the one asked for; a service as CPSV-AP too, by Accept."""
        stored = await store.get(FILES[kind], id)
        entry = look_up.newest_of(stored) if stored else None
        newest = entry.version if entry else 0
        if entry is not None and version not in (None, newest):
            entry = await look_up.edition(store, kind, id, version or newest)
        if stored is None or entry is None:
            raise Problem("NOT_FOUND", 404, f"no such {kind.KIND}, or not in this version")
        if entry.version == newest and not _is_drafted(stored.state):
            response.headers.update(etag(stored.version))
        if isinstance(entry, Sheet) and preferred(accept, READABLE) == LINKED_DATA:
            catalogue = await described(store, entry, civil_day(clock.now()))
            response.headers["Vary"] = "Accept"
            return JSONResponse(document(catalogue), media_type=LINKED_DATA, headers=dict(response.headers))
        return view(entry) | (
            await sheet_view(store, entry, newest, civil_day(clock.now())) if isinstance(entry, Sheet) else {}
        )

    async def list_(request: Request, limit: Limit = 100, cursor: str | None = None) -> dict[str, Any]:
        """Entries in the order of their ids, also retired ones; `next` is the cursor of the next page."""
        wanted = _wanted(request, kind)
        found = await look_up.page(store, kind, wanted, after(cursor), limit)
        return {"items": [view(entry) for entry in found], "next": behind(found, limit)}

    async def history(id: TypedId, limit: Limit = 100, cursor: str | None = None) -> dict[str, Any]:
        """Every version there was, the newest first: who recorded it, when and why."""
        place = decode_cursor(cursor, before=int)
        found = await look_up.history(store, kind, id, place["before"] if place else LARGEST, limit)
        if not found and cursor is None:
            raise Problem("NOT_FOUND", 404, f"no such {kind.KIND}")
        more = encode_cursor({"before": found[-1].version}) if len(found) == limit else None
        return {"items": [_told(edition) for edition in found], "next": more}

    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in look_up.filters_of(kind)]
    router.get(f"/{plural}/{{id}}", name=f"read {kind.KIND}", operation_id=f"read_{kind.KIND}")(get)
    router.get(f"/{plural}/{{id}}/history", name=f"history of {kind.KIND}", operation_id=f"history_of_{kind.KIND}")(
        history
    )
    router.get(
        f"/{plural}",
        name=f"list {plural}",
        operation_id=f"list_{plural}",
        openapi_extra={"parameters": parameters},
    )(list_)


def _add_life(router: APIRouter, kind: type[Entry], door: Door, store: Store, promises: Promises, clock: Clock) -> None:
    def add(verb: str, status: Status) -> None:
        async def change(
            id: TypedId, body: ChangeLife, key: IdempotencyKey, expected: IfMatch, response: Response
        ) -> dict[str, Any]:
            """From today or a day ahead. What others stand on is not retired, nor in force what stands on it then."""
            users: tuple[str, ...] = ()
            known = await look_up.newest(store, kind, id)
            today = civil_day(clock.now())
            if status is Status.RETIRED and known is not None:
                with answering():
                    users = await in_use(store, promises, retired_by(known, body, today), today)
            wanted = newly(known, known.model_copy(update={"status": status})) if known is not None else ()
            try:
                async with claimed(door, clock, id, wanted) as since:
                    around = await surroundings.of_life(store, known, status, body, today)
                    around = replace(around, users=users, claimed_at=since)
                    wish = StatusWish(status=status, command=body, around=around)
                    done = await door.submit(FILES[kind], id, wish, key=key, caller=body.officer_id, expected=expected)
            except Refused as refused:
                raise in_persian_too(refused) from None
            response.headers.update(etag(done.decided))
            return dict(done.answer or {})

        path = f"/{kind.KIND}s/{{id}}/{verb}"
        router.post(path, name=f"{verb} {kind.KIND}", operation_id=f"{verb}_{kind.KIND}")(change)

    for verb, status in LIFE.items():
        add(verb, status)


async def _newly_had(store: Store, wish: Entry) -> list[tuple[Sole, str]]:
    """What it does not have yet and no other may have."""
    known = await look_up.newest(store, Kiosk, wish.id) if isinstance(wish, Kiosk) else None
    return list(newly(known, wish))


def view(entry: Entry) -> dict[str, Any]:
    """An entry as others see it: what may be sent back to record it."""
    return _shown(entry.public())


def _shown(entry: Entry) -> dict[str, Any]:
    shown = entry.to_wire()
    del shown["moves"]
    return shown


def _is_drafted(state: Any) -> bool:
    """Whoever has seen what is in force has not seen the draft of its next version, which a write would replace."""
    return isinstance(state, SheetFile) and state.draft is not None


def _told(edition: Edition) -> dict[str, Any]:
    return {
        "version": edition.version,
        "recordedAt": instant_text(edition.recorded_at),
        "recordedLocal": jalali_text(edition.recorded_at),
        "recordedBy": edition.recorded_by,
        "reason": edition.reason,
        "entry": _shown(edition.entry),
    }


def _wanted(request: Request, kind: type[Entry]) -> dict[str, str]:
    """The filters of a listing. An unknown one is refused: ignoring it would show too much."""
    given = {name: value for name, value in request.query_params.items() if name not in ("limit", "cursor")}
    unknown = sorted(given.keys() - set(look_up.filters_of(kind)))
    if unknown:
        raise Problem(
            "UNKNOWN_FILTER",
            422,
            f"{kind.KIND}s can be listed by {', '.join(look_up.filters_of(kind))}",
            errors=[{"field": f"query.{name}", "code": "unknown", "detail": "no such filter"} for name in unknown],
        )
    return given
