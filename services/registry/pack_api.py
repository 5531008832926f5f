"""Governorate packs over HTTP: a month is frozen, listed, and read in every form (domain 11)."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from services.contracts.decision import Refused
from services.contracts.registry import Officer
from services.contracts.wire import TypedId, instant_text
from services.registry.catalogue.formats import MEDIA_TYPES, Format, preferred
from services.registry.domain.late import pack_id
from services.registry.domain.month import Month
from services.registry.domain.packs import (
    BeginPack,
    Form,
    FreezePack,
    FreezeWish,
    Pack,
    PackRevision,
    Report,
    Revision,
    revision_id,
)
from services.registry.domain.recording import Around
from services.registry.duty_store import around_agency
from services.registry.handlers import PACK, PACK_REVISION
from services.registry.pack.printing import unpacked
from services.registry.packing import count
from services.registry.report_store import packs
from services.runtime.clock import Clock
from services.runtime.cursors import decode_cursor, encode_cursor
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, Problem
from services.runtime.message import Submitted
from services.runtime.store import Store
from services.worktime import jalali_text

TRIES = 5
"""How often a month is counted for one call while others freeze it too."""
KEPT_TRIES = 100
"""Fiftieths of a second."""
AFTER_ALL = "9999-99"
"""Behind every month."""

FORMS = {
    Form.JSON: "application/json",
    Form.CSV: MEDIA_TYPES[Format.CSV],
    Form.XLSX: MEDIA_TYPES[Format.XLSX],
    Form.HTML: "text/html",
}

PART_OF_NAME = {Report.PACK: "", Report.WORK: "-work"}


def add_pack_calls(router: APIRouter, door: Door, store: Store, clock: Clock) -> None:
    @router.post("/reports/packs")
    async def freeze(body: FreezePack, key: IdempotencyKey, response: Response) -> dict[str, Any]:
        """Freeze a month that is over: 201 with its first revision. Asked again: 200, the same.

        `revise` counts again; what differs from the newest revision is another one (201).
        """
        done = await _frozen(body, key)
        answer = dict(done.answer or {})
        path = f"/v1/reports/packs/{body.org_id}/{body.month}"
        response.status_code = 201 if answer["created"] else 200
        response.headers["Location"] = f"{path}?revision={answer['revision']}"
        return answer

    @router.get("/reports/packs")
    async def list_packs(
        org_id: Annotated[TypedId, Query(alias="orgId")],
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """The packs of an agency with all their revisions, the newest month first."""
        place = decode_cursor(cursor, before=str)
        found = await packs(store, org_id, place["before"] if place else AFTER_ALL, limit)
        more = encode_cursor({"before": found[-1].state.month}) if len(found) == limit else None
        return {"items": [_view(each.state) for each in found if each.state.revisions], "next": more}

    @router.get("/reports/packs/{org_id}/{month}", response_class=Response)
    async def read(
        org_id: TypedId,
        month: Month,
        revision: Annotated[int | None, Query(ge=1)] = None,
        form: Annotated[Form | None, Query(alias="format")] = None,
        public: bool = False,
        accept: Annotated[str | None, Header()] = None,
    ) -> Response:
        """A pack as it was printed when it was frozen, byte for byte: JSON, CSV, XLSX or a page, by Accept.

        `public`: with what may be shown to everybody.
        """
        return await _read(org_id, month, revision, form or _wanted(accept), public=public, report=Report.PACK)

    @router.get("/reports/work/{org_id}/{month}", response_class=Response)
    async def read_work(
        org_id: TypedId,
        month: Month,
        revision: Annotated[int | None, Query(ge=1)] = None,
        form: Annotated[Form | None, Query(alias="format")] = None,
        public: bool = False,
        accept: Annotated[str | None, Header()] = None,
    ) -> Response:
        """The work inside in a month, as it was frozen with the pack: by unit, officer and channel; in the same forms.

        `public`: with what may be shown to everybody, and without officers.
        """
        return await _read(org_id, month, revision, form or _wanted(accept), public=public, report=Report.WORK)

    async def _read(
        org_id: str, month: str, revision: int | None, wanted: Form, *, public: bool, report: Report
    ) -> Response:
        stored = await store.get(PACK, pack_id(org_id, month))
        number = revision or (len(stored.state.revisions) if stored else 0)
        if stored is None or not 0 < number <= len(stored.state.revisions):
            raise Problem("NOT_FOUND", 404, "this month is not frozen, or has no such revision")
        printed = (await _kept(stored.id, number)).printed(wanted, public=public, report=report)
        if printed is None:
            raise Problem("NOT_FOUND", 404, "this revision was printed before there was this report")
        name = f"{org_id}-{month}-{number}{PART_OF_NAME[report]}{'-public' if public else ''}.{wanted}"
        shown = "inline" if wanted in (Form.JSON, Form.HTML) else "attachment"
        return Response(
            unpacked(printed.content),
            media_type=FORMS[wanted],
            headers={
                "ETag": f'"{printed.sha256}"',
                "Vary": "Accept",
                "Content-Disposition": f'{shown}; filename="{name}"',
            },
        )

    async def _frozen(body: FreezePack, key: str) -> Submitted:
        around = Around(entries=await around_agency(store, body.org_id, [(Officer, body.officer_id)]))
        id = pack_id(body.org_id, body.month)
        pack: Pack = (await door.submit(PACK, id, BeginPack(command=body, around=around))).state
        for last in (*(False,) * (TRIES - 1), True):
            wanted = pack.newest is None or body.revise
            made = await count(store, pack, clock.now(), body.officer_id) if wanted else None
            wish = FreezeWish(command=body, count=made, around=around)
            try:
                return await door.submit(PACK, id, wish, key=key, caller=body.officer_id)
            except Refused as refused:
                if refused.code != "OVERTAKEN" or last:
                    raise
            stored = await store.get(PACK, id)
            pack = stored.state if stored else pack
        raise AssertionError("the last try returns or raises")

    async def _kept(id: str, number: int) -> PackRevision:
        """What was printed. It is written with the pack's own batch, a moment after who froze it is told."""
        for _ in range(KEPT_TRIES):
            found = await store.get(PACK_REVISION, revision_id(id, number))
            if found is not None:
                kept: PackRevision = found.state
                return kept
            await asyncio.sleep(0.02)
        raise Problem("NOT_FOUND", 404, "this revision is not there yet; ask again")


def _wanted(accept: str | None) -> Form:
    found = preferred(accept, tuple(FORMS.values()))
    if found is None:
        raise Problem("NOT_ACCEPTABLE", 406, f"there are {', '.join(FORMS.values())}")
    return next(form for form, media_type in FORMS.items() if media_type == found)


def _view(pack: Pack) -> dict[str, Any]:
    return {
        "packId": pack.id,
        "orgId": pack.org_id,
        "month": pack.month,
        "revisions": [_revision(pack, each) for each in pack.revisions],
        "cameLate": pack.late > pack.counted,
    }


def _revision(pack: Pack, revision: Revision) -> dict[str, Any]:
    return {
        "revision": revision.number,
        "supersedes": revision.number - 1 or None,
        "sha256": revision.sha256,
        "frozenAt": instant_text(revision.frozen_at),
        "frozenLocal": jalali_text(revision.frozen_at),
        "frozenBy": revision.frozen_by,
        "why": revision.why,
        "href": f"/v1/reports/packs/{pack.org_id}/{pack.month}?revision={revision.number}",
    }
