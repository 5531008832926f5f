"""Whose requests an officer looks for, and by which reference somebody is known: each answer is written down first."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from fastapi import APIRouter

from services.contracts.entry import Status
from services.contracts.identifiers import InvalidIdentifier, applicant_value, mobile, normalise_tracking_code
from services.contracts.kiosk import Scheme
from services.contracts.personal_data import FindRequests, NamePerson, PersonNamed
from services.contracts.registry import Officer
from services.contracts.snapshot import Snapshot
from services.contracts.wire import instant_text
from services.intake.access import Accesses, Outcome, What, in_service
from services.intake.domain import codes
from services.intake.domain.authority import wrong_field
from services.intake.domain.people import masked
from services.intake.domain.request import Request, the_case
from services.intake.personal import by_mobile, by_name
from services.intake.places import place, place_cursor
from services.intake.searches import Searches
from services.intake.store import by_code, of_persons
from services.runtime.http import Problem
from services.runtime.store import Store
from services.worktime import jalali_text

PERSONS = 100
"""A name that so many have in common finds nobody: a page of them would be no answer."""


def search_routes(
    store: Store,
    accesses: Accesses,
    *,
    secret: bytes,
    snapshot: Callable[[], Snapshot],
    searches: Searches,
) -> APIRouter:
    router = APIRouter()

    @router.post("/requests/search")
    async def search(body: FindRequests) -> dict[str, Any]:
        """Requests to the officer's own agency: of a person, by number, mobile or name, or the one with a code.

        None of people whom the officer has declared (I8).
        """
        officer = await _searching(body.officer_id)
        shown, withheld, more = await _shown(body, officer)
        if withheld:
            await accesses.note(What.SEARCH, Outcome.REFUSED, officer=officer, cases=withheld, how=_how(body))
        if shown or not withheld:
            outcome = Outcome.GIVEN if shown else Outcome.NOTHING
            await accesses.note(What.SEARCH, outcome, officer=officer, cases=shown, how=_how(body))
        return {
            "items": [_item(request) for request in shown],
            "next": _cursor(shown[-1]) if more else None,
        }

    @router.post("/applicants/ref")
    async def name_person(body: NamePerson) -> dict[str, Any]:
        """The reference of a person, for the registry, which keeps no identifiers of people; counts as a search."""
        officer = in_service(snapshot(), body.officer_id)
        if officer is None:
            raise Problem("NOT_AUTHORISED", 403, "no such officer")
        searches.count(officer)
        ref = _ref(body.scheme, body.value, "value", "INVALID_PERSON")
        await accesses.note(What.REFERENCE, Outcome.GIVEN, officer=officer, refs=[ref], how=body.scheme.value)
        return PersonNamed(ref=ref).to_wire()

    async def _searching(officer_id: str) -> Officer:
        """Raises Problem NOT_AUTHORISED (403), TOO_MANY_ATTEMPTS (429)."""
        officer = in_service(snapshot(), officer_id)
        desk = snapshot().desk(officer.desk_id) if officer else None
        if officer is None or desk is None or desk.status is not Status.ACTIVE:
            if officer is not None:
                await accesses.note(What.SEARCH, Outcome.REFUSED, officer=officer)
            raise Problem("NOT_AUTHORISED", 403, "متصدیان میز خدمت جست‌وجو می‌کنند — officers of a desk search")
        searches.count(officer)
        return officer

    async def _shown(body: FindRequests, officer: Officer) -> tuple[list[Request], list[Request], bool]:
        """A page, what is withheld from it, and whether more follows: where that begins is nothing that is withheld."""
        shown: list[Request] = []
        withheld: list[Request] = []
        async for request in _found(body, officer.org_id):
            case = request.case
            if case is None or case.erased:
                continue
            if officer.in_conflict(*case.people()):
                withheld.append(request)
            elif len(shown) == body.limit:
                return shown, withheld, True
            else:
                shown.append(request)
        return shown, withheld, False

    async def _found(body: FindRequests, org_id: str) -> AsyncIterator[Request]:
        if body.text is not None and (code := _code(body.text)):
            stored = await by_code(store, code)
            if stored and stored.state.case and stored.state.case.org_id == org_id:
                yield stored.state
            return
        if body.national_id is not None:
            refs: Sequence[str] = [_ref(body.scheme, body.national_id, "nationalId", "INVALID_APPLICANT")]
        else:
            refs = await _bearing(body, org_id)
        at, there = body.cursor, bool(refs)
        while there:
            page = await of_persons(store, refs, org_id, place(at), body.limit)
            for request in page:
                yield request
            there = len(page) == body.limit
            at = _cursor(page[-1]) if there else None

    def _ref(scheme: Scheme, typed: str, field: str, code: str) -> str:
        """Raises Refused (422), which names the field and no value."""
        try:
            return codes.person_ref(secret, scheme, applicant_value(scheme, typed))
        except InvalidIdentifier as error:
            raise wrong_field(field, code, str(error)) from None

    async def _bearing(body: FindRequests, org_id: str) -> Sequence[str]:
        refs = await store.keyring.bearing(_terms(body, org_id), PERSONS + 1)
        if len(refs) > PERSONS:
            raise wrong_field("text", "TOO_BROAD", "too many people have this in common: more of the name, or a number")
        return refs

    return router


def _terms(body: FindRequests, org_id: str) -> list[str]:
    """Raises Refused INVALID_APPLICANT, NOTHING_TO_SEARCH (422)."""
    if body.mobile is not None:
        try:
            return [by_mobile(org_id, mobile(body.mobile))]
        except InvalidIdentifier as error:
            raise wrong_field("mobile", "INVALID_APPLICANT", str(error)) from None
    terms = by_name(org_id, body.text or "")
    if not terms:
        raise wrong_field("text", "NOTHING_TO_SEARCH", "there is no word in it")
    return terms


def _cursor(request: Request) -> str:
    _, case = the_case(request)
    return place_cursor(case.filed_at, request.id)


def _how(body: FindRequests) -> str:
    if body.national_id is not None:
        return body.scheme.value
    return "MOBILE" if body.mobile is not None else "CODE" if _code(body.text or "") else "NAME"


def _code(text: str) -> str | None:
    try:
        return normalise_tracking_code(text)
    except InvalidIdentifier:
        return None


def _item(request: Request) -> dict[str, Any]:
    _, case = the_case(request)
    promise = case.promise()
    return {
        "requestId": request.id,
        "trackingCode": case.tracking_code,
        "state": case.state,
        "serviceId": case.service_id,
        "serviceName": case.service_name,
        "deskId": case.desk_id,
        "applicant": masked(case.applicant) if case.applicant else None,
        "promisedAt": instant_text(promise.promised_at) if promise else None,
        "promisedLocal": promise.promised_local if promise else None,
        "filedAt": instant_text(case.filed_at),
        "filedLocal": jalali_text(case.filed_at),
    }
