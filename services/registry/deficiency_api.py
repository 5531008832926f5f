"""Deficiencies over HTTP: reported, remedied by their agency, looked at by the one above; lists (domain 1.6, 3)."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.contracts.deficiency import DeficiencyState, SubjectType
from services.contracts.entry import Entry
from services.contracts.envelope import derived_id
from services.contracts.registry import Desk, Kiosk, Officer, Partner
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.wire import Command, TypedId, instant_text
from services.registry import store as look_up
from services.registry import words
from services.registry.domain.deficiency import STEPS, Deficiency, Evidence, RemedyAction
from services.registry.domain.recording import Around
from services.registry.domain.remedying import TARGETS, Acknowledge, Fix, Plan, Reject, RemedyWish, Start, Verify
from services.registry.domain.reporting import ReportDeficiency, ReportWish
from services.registry.duty_store import Wanted, around_agency, deficiencies
from services.registry.handlers import DEFICIENCY
from services.runtime.clock import Clock
from services.runtime.command_calls import add_commands
from services.runtime.cursors import decode_cursor, encode_cursor
from services.runtime.door import Door
from services.runtime.http import IdempotencyKey, Problem, etag
from services.runtime.store import Store
from services.worktime import jalali_text

OF_SUBJECT: dict[SubjectType, type[Entry]] = {
    SubjectType.DESK: Desk,
    SubjectType.SERVICE: Sheet,
    SubjectType.OFFERING: Offering,
}


COMMANDS: dict[str, tuple[type[Command], str]] = {
    "acknowledge": (Acknowledge, "The agency has taken note."),
    "plan": (Plan, "What is done, who answers for it, until when."),
    "start": (Start, "The remedy is begun; after a rejection again, or another one."),
    "fix": (Fix, "It is remedied, and this shows it."),
    "verify": (Verify, "The agency above has looked, and it is so."),
    "reject": (Reject, "The agency above has looked, and it is not so."),
}


def add_deficiency_calls(router: APIRouter, door: Door, store: Store, clock: Clock) -> None:
    @router.post("/deficiencies", status_code=201)
    async def report(body: ReportDeficiency, key: IdempotencyKey, response: Response) -> dict[str, Any]:
        """An inspector, the agency's own staff or a kiosk office reports what is wrong."""
        caller = body.reporter.officer_id or body.reporter.kiosk_id or ""
        id = derived_id("reported", caller, key)
        named: list[tuple[type[Entry], str]] = []
        if body.reporter.officer_id:
            named.append((Officer, body.reporter.officer_id))
        if body.reporter.kiosk_id:
            kiosk = await look_up.newest(store, Kiosk, body.reporter.kiosk_id)
            named.append((Kiosk, body.reporter.kiosk_id))
            named += [(Partner, kiosk.partner)] if isinstance(kiosk, Kiosk) else []
        if body.subject.type in OF_SUBJECT:
            named.append((OF_SUBJECT[body.subject.type], body.subject.id))
        around = Around(entries=await around_agency(store, body.org_id, named))
        wish = ReportWish(deficiency_id=id, command=body, around=around)
        done = await door.submit(DEFICIENCY, id, wish, key=key, caller=caller)
        response.headers.update({**etag(done.decided), "Location": f"/v1/deficiencies/{id}"})
        return {**(done.answer or {}), "version": done.decided}

    @router.get("/deficiencies")
    async def list_deficiencies(
        org_id: Annotated[TypedId | None, Query(alias="orgId")] = None,
        state: DeficiencyState | None = None,
        overdue: bool = False,
        inspection_id: Annotated[TypedId | None, Query(alias="inspectionId")] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Deficiencies, also those that are verified; of overdue ones the longest overdue first."""
        now, place = clock.now(), decode_cursor(cursor, due=str, id=str)
        wanted = Wanted(org_id, state, inspection_id, now if overdue else None)
        found = await deficiencies(store, wanted, (place["due"], place["id"]) if place else None, limit)
        more = None
        if len(found) == limit:
            last = found[-1]
            due = last.state.due_at if overdue else None
            more = encode_cursor({"due": instant_text(due) if due else "", "id": last.id})
        return {"items": [in_brief(stored.state, now) for stored in found], "next": more}

    @router.get("/deficiencies/{id}")
    async def read(id: TypedId, response: Response) -> dict[str, Any]:
        """One deficiency, with what is done about it and its history."""
        stored = await store.get(DEFICIENCY, id)
        if stored is None:
            raise Problem("NOT_FOUND", 404, "there is no such deficiency")
        response.headers.update(etag(stored.version))
        return in_full(stored.state, clock.now())

    async def submit(
        id: str,
        body: Acknowledge | Plan | Start | Fix | Verify | Reject,
        key: str,
        expected: int | None,
        response: Response,
    ) -> dict[str, Any]:
        stored = await store.get(DEFICIENCY, id)
        if stored is None:
            raise Problem("NOT_FOUND", 404, "there is no such deficiency")
        named: list[tuple[type[Entry], str]] = [(Officer, body.officer_id)]
        responsible = body if isinstance(body, Plan) else body.remedy if isinstance(body, Start) else None
        if responsible is not None:
            named.append((Officer, responsible.responsible_id))
        around = Around(entries=await around_agency(store, stored.state.org_id, named))
        wish = RemedyWish(target=TARGETS[type(body)], command=body, around=around)
        done = await door.submit(DEFICIENCY, id, wish, key=key, caller=body.officer_id, expected=expected)
        response.headers.update(etag(done.decided))
        return {**(done.answer or {}), "version": done.decided}

    add_commands(router, "/deficiencies", COMMANDS, submit)


def in_brief(deficiency: Deficiency, now: datetime) -> dict[str, Any]:
    """A line of a list."""
    step = STEPS.get(deficiency.state)
    return {
        "deficiencyId": deficiency.id,
        "orgId": deficiency.org_id,
        "state": deficiency.state,
        "stateLocal": words.STATES[deficiency.state],
        "kind": deficiency.kind,
        "kindLocal": words.KINDS[deficiency.kind],
        "subject": deficiency.subject.to_wire() | {"typeLocal": words.SUBJECTS[deficiency.subject.type]},
        "mode": deficiency.mode,
        "modeLocal": words.MODES[deficiency.mode] if deficiency.mode else None,
        "foundBy": deficiency.found_by.to_wire() | {"roleLocal": words.FINDERS[deficiency.found_by.role]},
        "owner": deficiency.owner,
        **_moment("reported", deficiency.reported_at),
        "nextStep": step,
        "nextStepLocal": words.STEPS[step] if step else None,
        **_moment("due", deficiency.due_at),
        "overdue": deficiency.overdue(now),
        "level": deficiency.level,
        "occurrences": deficiency.occurrences,
        **_moment("lastSeen", deficiency.last_seen_at),
        **_moment("gone", deficiency.gone_at),
        "rejections": deficiency.rejections,
        "inspectionIds": list(deficiency.inspection_ids),
    }


def in_full(deficiency: Deficiency, now: datetime) -> dict[str, Any]:
    return {
        **in_brief(deficiency, now),
        **_moment("acknowledgeBy", deficiency.terms.acknowledge_by, suffix=""),
        **_moment("planBy", deficiency.terms.plan_by, suffix=""),
        "calendar": deficiency.terms.calendar.to_wire() if deficiency.terms.calendar else None,
        "text": deficiency.text,
        "evidence": _evidence(deficiency.evidence),
        "remedies": [_remedy(action) for action in deficiency.remedies],
        "escalations": [
            {
                "step": each.step,
                "stepLocal": words.STEPS[each.step],
                **_moment("due", each.due_at),
                **_moment("", each.at, suffix="at"),
            }
            for each in deficiency.escalations
        ],
        "history": [
            {
                "at": instant_text(line.at),
                "atLocal": jalali_text(line.at),
                "type": line.verb,
                "typeLocal": words.HISTORY[line.verb],
                "by": line.by,
                "text": line.text,
            }
            for line in deficiency.history
        ],
    }


def _remedy(action: RemedyAction) -> dict[str, Any]:
    return {
        "what": action.what,
        "responsible": action.responsible,
        **_moment("due", action.due_at),
        **_moment("started", action.started_at),
        **_moment("fixed", action.fixed_at),
        "evidence": _evidence(action.evidence),
    }


def _evidence(evidence: Evidence | None) -> dict[str, Any] | None:
    return evidence.to_wire() if evidence else None


def _moment(name: str, moment: datetime | None, suffix: str = "At") -> dict[str, str | None]:
    """An instant, and as people read it."""
    return {
        f"{name}{suffix}": instant_text(moment) if moment else None,
        f"{name}Local" if name else f"{suffix}Local": jalali_text(moment) if moment else None,
    }
