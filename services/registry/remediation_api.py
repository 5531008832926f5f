"""Reports of agencies about their deficiencies over HTTP: submitted by the head, received with a number (domain 3)."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.registry import Officer
from services.contracts.wire import TypedId, instant_text
from services.registry.domain.month import span
from services.registry.domain.recording import Around
from services.registry.domain.remediation import (
    ReceiveReport,
    ReceiveWish,
    RemediationReport,
    Revision,
    SubmitReport,
    SubmitWish,
    report_id,
)
from services.registry.duty_store import ID, around_agency, of_org, open_in
from services.registry.handlers import REPORT
from services.runtime.cursors import after, behind
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, IfMatch, Problem, etag
from services.runtime.lookups import Stored
from services.runtime.store import Store
from services.worktime import jalali_text

NUMBER_TRIES = 100


def add_remediation_calls(router: APIRouter, door: Door, store: Store) -> None:
    @router.post("/remediation-reports", status_code=201)
    async def submit(body: SubmitReport, key: IdempotencyKey, expected: IfMatch, response: Response) -> dict[str, Any]:
        """The head of an agency reports a month that is over; said once more otherwise, it is a correction."""
        id = report_id(body.org_id, body.period)
        around = Around(entries=await around_agency(store, body.org_id, [(Officer, body.officer_id)]))
        open_ = await open_in(store, body.org_id, *span(body.period))
        wish = SubmitWish(command=body, open_in_period=open_, around=around)
        done = await door.submit(REPORT, id, wish, key=key, caller=body.officer_id, expected=expected)
        response.headers.update({**etag(done.decided), "Location": f"/v1/remediation-reports/{id}"})
        return {**(done.answer or {}), "version": done.decided}

    @router.post("/remediation-reports/{id}/receive")
    async def receive(
        id: TypedId, body: ReceiveReport, key: IdempotencyKey, expected: IfMatch, response: Response
    ) -> dict[str, Any]:
        """An office above has it, and gives it the next number of its register for the year."""
        stored = await _stored(id)
        around = Around(entries=await around_agency(store, stored.state.org_id, [(Officer, body.officer_id)]))
        wish = ReceiveWish(command=body, around=around)
        done = await door.submit(REPORT, id, wish, key=key, caller=body.officer_id, expected=expected)
        answer = dict(done.answer or {})
        response.headers.update(etag(done.decided))
        return answer | {"receiptNo": await _number(id, int(answer["revision"]))}

    @router.get("/remediation-reports")
    async def list_reports(
        org_id: Annotated[TypedId | None, Query(alias="orgId")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Reports in the order of their ids, each with its newest revision."""
        found = await store.find(REPORT, of_org(org_id, None, after(cursor)), sort=[ID], limit=limit)
        return {"items": [_brief(stored.state) for stored in found], "next": behind(found, limit)}

    @router.get("/remediation-reports/{id}")
    async def read(id: TypedId, response: Response) -> dict[str, Any]:
        """A report with all its revisions."""
        stored = await _stored(id)
        report = stored.state
        response.headers.update(etag(stored.version))
        return _brief(report) | {"revisions": [_revision(each) for each in report.revisions]}

    async def _stored(id: str) -> Stored[RemediationReport]:
        stored = await store.get(REPORT, id)
        if stored is None:
            raise Problem("NOT_FOUND", 404, "there is no such report")
        return stored

    async def _number(id: str, revision: int) -> str | None:
        """Waits a moment for the register, which answers in the same batch; after a crash the scanner sees to it."""
        for _ in range(NUMBER_TRIES):
            receipt = (await _stored(id)).state.revisions[revision - 1].receipt
            if receipt is not None and receipt.number is not None:
                return receipt.number
            await asyncio.sleep(0.02)
        return None


def _brief(report: RemediationReport) -> dict[str, Any]:
    return {
        "reportId": report.id,
        "orgId": report.org_id,
        "period": report.period,
        "revision": len(report.revisions),
        **_revision(report.newest),
    }


def _revision(revision: Revision) -> dict[str, Any]:
    receipt = revision.receipt
    return {
        "items": list(revision.items),
        "noneFound": revision.none_found,
        "text": revision.text,
        "submittedBy": revision.submitted_by,
        "submittedAt": instant_text(revision.submitted_at),
        "submittedLocal": jalali_text(revision.submitted_at),
        "received": {
            "office": receipt.office,
            "officerId": receipt.officer_id,
            "at": instant_text(receipt.at),
            "atLocal": jalali_text(receipt.at),
            "receiptNo": receipt.number,
        }
        if receipt
        else None,
    }
