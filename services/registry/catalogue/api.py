"""The catalogue over HTTP: the whole of it out, and a file of it in, in the background (domain 10)."""

from collections.abc import AsyncIterator, Sequence
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.contracts.wire import TypedId, instant_text
from services.registry.catalogue.exporting import exported
from services.registry.catalogue.formats import MAX_BYTES, MEDIA_TYPES, Format, format_of, preferred
from services.registry.catalogue.importing import Importer, Job
from services.registry.catalogue.table.writing import CellTooLong
from services.registry.domain.importing import CatalogueImport, Fate, Outcome, StartImport, page_id
from services.registry.handlers import CATALOGUE_IMPORT, IMPORT_PAGE
from services.runtime.clock import Clock
from services.runtime.cursors import decode_cursor, encode_cursor
from services.runtime.door import Door
from services.runtime.file_body import takes_file
from services.runtime.http import IdempotencyKey, Problem
from services.runtime.store import Store
from services.worktime import jalali_text
from services.worktime.jalali import civil_day

PAGES = 10
"""Pages of a report in one answer; each tells of up to a hundred services."""
Accept = Annotated[str | None, Header()]


def add_catalogue_calls(router: APIRouter, door: Door, store: Store, importer: Importer, clock: Clock) -> None:
    @router.get("/catalogue", response_class=StreamingResponse)
    async def export(
        accept: Accept = None,
        format: Annotated[Format | None, Query()] = None,
        org_id: Annotated[TypedId | None, Query(alias="orgId")] = None,
    ) -> Response:
        """All published sheets, or an agency's: CPSV-AP 3.2.0 as JSON-LD, or the table as XLSX or CSV, by Accept."""
        wanted = format or _wanted(accept)
        pieces = exported(store, wanted, org_id, civil_day(clock.now()))
        try:
            first = await anext(pieces, b"")
        except CellTooLong as too_long:
            raise Problem("CELL_TOO_LONG", 422, f"{too_long}; CSV and JSON-LD have room") from None
        name = f"catalogue.{wanted.lower()}"
        return StreamingResponse(
            _after(first, pieces),
            media_type=MEDIA_TYPES[wanted],
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"},
        )

    @router.post("/catalogue/imports", status_code=202)
    async def begin(
        request: Request,
        response: Response,
        key: IdempotencyKey,
        officer_id: Annotated[TypedId | None, Query(alias="officerId")] = None,
        org_id: Annotated[TypedId | None, Query(alias="orgId")] = None,
        replace: bool = False,
    ) -> dict[str, Any]:
        """Take a file; each good service of it becomes a draft. The form is told by Content-Type.

        `orgId`: whose the services are whose agency is not recorded here. `replace`: overwrite drafts of somebody else.
        One file at a time: 409 IMPORT_RUNNING.
        """
        format = format_of(request.headers.get("content-type", ""))
        if format is None:
            raise Problem("UNSUPPORTED_MEDIA_TYPE", 415, f"a catalogue is {', '.join(MEDIA_TYPES.values())}")
        # the id follows from the call, so that a repeat of it finds its import
        id = f"import-{sha256(f'{officer_id}|{key}'.encode()).hexdigest()[:24]}"
        if importer.working_on not in (None, id):
            detail = f"one file at a time; import {importer.working_on} is being read"
            raise Problem("IMPORT_RUNNING", 409, detail, headers={"Retry-After": "10"})
        file = await takes_file(request, MAX_BYTES)
        wish = StartImport(
            id=id,
            format=format,
            size=file.size,
            sha256=file.sha256,
            officer_id=officer_id,
            org_id=org_id,
            replace=replace,
        )
        try:
            done = await door.submit(CATALOGUE_IMPORT, id, wish, key=key, caller=officer_id or "")
        except BaseException:
            file.content.close()
            raise
        if done.replayed:
            file.content.close()
        else:
            importer.begin(Job(id, format, file, officer_id, org_id, replace))
        response.headers["Location"] = f"/v1/catalogue/imports/{id}"
        return {"importId": id}

    @router.get("/catalogue/imports/{id}")
    async def show(id: TypedId, cursor: str | None = None) -> dict[str, Any]:
        """How far an import is, and the services of the file about which there is something to say."""
        stored = await store.get(CATALOGUE_IMPORT, id)
        if stored is None:
            raise Problem("NOT_FOUND", 404, "there is no such import")
        place = decode_cursor(cursor, page=int)
        first = place["page"] if place else 0
        known = stored.state
        numbers = range(first, min(first + PAGES, known.pages))
        pages = await store.get_many(IMPORT_PAGE, [page_id(id, n) for n in numbers]) if numbers else []
        outcomes = [one for page in sorted(pages, key=lambda page: page.id) for one in page.state.outcomes]
        more = encode_cursor({"page": first + PAGES}) if first + PAGES < known.pages else None
        return view(known, outcomes) | {"next": more}


def view(known: CatalogueImport, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "importId": known.id,
        "state": known.state,
        "format": known.format,
        "officerId": known.officer_id,
        "startedAt": instant_text(known.started_at),
        "startedLocal": jalali_text(known.started_at),
        "endedAt": None if known.ended_at is None else instant_text(known.ended_at),
        "total": known.total,
        "done": known.done,
        "drafted": known.fates.get(Fate.DRAFTED, 0),
        "unchanged": known.fates.get(Fate.UNCHANGED, 0),
        "failed": known.fates.get(Fate.FAILED, 0),
        "incomplete": known.incomplete,
        "offerings": known.offerings,
        "code": known.code,
        "detail": known.detail,
        "rows": [outcome.to_wire() for outcome in outcomes],
    }


def _wanted(accept: str | None) -> Format:
    found = preferred(accept, tuple(MEDIA_TYPES.values()))
    if found is None:
        raise Problem("NOT_ACCEPTABLE", 406, f"there are {', '.join(MEDIA_TYPES.values())}")
    return next(format for format, media_type in MEDIA_TYPES.items() if media_type == found)


async def _after(first: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in others:
        yield piece
