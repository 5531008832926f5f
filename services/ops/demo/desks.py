"""The service desks of the run: they file over HTTP, send citizens to kiosks, tell results and hand outputs over."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from services.ops.chance import Chance
from services.ops.demo.citizens import a_person
from services.ops.demo.kiosks import Partner
from services.ops.demo.stage import Json, Stage
from services.ops.demo.topics_read import Cases

LOOK_EVERY = 0.3
APART = 0.06
"""Seconds between two citizens at the desks."""
TWICE_EVERY = 3
"""Every third request is sent twice, as a browser does when the first answer is slow."""
WITHOUT_TICKET = 1
"""Of every three citizens one goes straight to the counter; the others draw a ticket."""


@dataclass(frozen=True)
class Errand:
    """Why a citizen comes to a desk, and what the table of domain 5 answers."""

    service_id: str
    desk_id: str
    state: str
    reason: str
    channel: str | None = None
    fields: Json = field(default_factory=dict)
    action: str = "REGISTER"
    goes_to_kiosk: bool = False
    """Whether the citizen then goes to the kiosk; else the redirect stays open."""
    finds_it_shut: bool = False
    """The kiosk is shut, and the citizen comes back to the desk."""


NOT_ABLE: Json = {"electronicallyAble": False, "assistanceReason": "AGE"}
TAX, INSURANCE = ("tax-clearance", "wa-tax-desk"), ("social-insurance-record", "wa-social-security-desk")
ERRANDS: tuple[Errand, ...] = (
    Errand(*TAX, state="PROMISED", reason="E_FIRST", channel="WEB"),
    Errand(*INSURANCE, state="REDIRECTED", reason="KIOSK", goes_to_kiosk=True),
    Errand("building-permit", "wa-municipality-urmia-desk", "PROMISED", "DESK_ONLY", "AGENCY_DESK"),
    Errand("land-deed-original", "wa-deeds-desk", "PROMISED", "PRESENCE", "AGENCY_DESK"),
    Errand(*TAX, state="REDIRECTED", reason="ASSISTED", fields=NOT_ABLE, goes_to_kiosk=True),
    Errand("opening-hours", "wa-governorate-desk", "GUIDED", "INFO", fields={"informationOnly": True}),
    Errand("greenhouse-licence", "wa-agriculture-desk", "PROMISED", "DESK_ONLY", "AGENCY_DESK"),
    Errand(*INSURANCE, state="REDIRECTED", reason="KIOSK", goes_to_kiosk=True),
    Errand(
        *("medical-coverage-certificate", "wa-social-security-desk", "CLOSED", "E_FIRST", "WEB"),
        fields={"decide": {"result": "GRANTED", "ground": None, "output": None}},
        action="DECIDE",
    ),
    Errand("national-card-renewal", "wa-civil-registration-desk", "PROMISED", "PRESENCE", "AGENCY_DESK"),
    Errand(*TAX, state="REDIRECTED", reason="ASSISTED", fields=NOT_ABLE),
    Errand(
        *("water-name-change", "wa-water-desk", "PROMISED", "DESK_ONLY", "AGENCY_DESK"),
        fields={"notOnSpotReason": "MISSING_DOCUMENT"},
    ),
    Errand(*INSURANCE, state="REDIRECTED", reason="KIOSK", finds_it_shut=True),
)


@dataclass(frozen=True)
class Filed:
    """One 201: what was asked, and what was answered."""

    errand: Errand
    request_id: str
    answer: Json
    asked: int


class Desks:
    """All desks of the run; `surprises` holds every answer that the contract does not promise."""

    def __init__(self, stage: Stage, intake: httpx.AsyncClient, partners: Sequence[Partner], cases: Cases) -> None:
        self._stage, self._intake, self._partners, self._cases = stage, intake, partners, cases
        self._chance = Chance(f"{stage.seed}:desks")
        self.filed: list[Filed] = []
        self.left_open: set[str] = set()
        """Redirected, and the citizen has not gone: the state that this script leaves them in."""
        self.taken_back: set[str] = set()
        """Redirected to a kiosk that was shut."""
        self.visits: list[Json] = []
        """The visits with a ticket, as they ended."""
        self.told: set[str] = set()
        self.handed_over: set[str] = set()
        self.surprises: list[str] = []

    async def file(self, count: int) -> None:
        """Citizens come one after the other, each with one errand."""
        for number in range(count):
            await self._file(number, ERRANDS[number % len(ERRANDS)])
            await asyncio.sleep(APART)

    async def tell_and_hand_over(self) -> None:
        """Until cancelled: results that no message could tell are told, outputs that are ready are handed over."""
        while True:
            for desk_id in sorted({event["deskId"] for event in self._cases.last().values()}):
                await self._tell(desk_id)
            for request_id, event in self._cases.last().items():
                if event["state"] == "COLLECTION_DUE" and request_id not in self.handed_over:
                    await self._hand_over(request_id, event["deskId"])
            await asyncio.sleep(LOOK_EVERY)

    async def take(
        self, errand: Errand, person: Json, key: str, *, visit_id: str | None = None, twice: bool = False
    ) -> Filed | None:
        """One request, counted for the reconciliation and judged by its errand; None when it was refused."""
        body = {
            "serviceId": errand.service_id,
            "deskId": errand.desk_id,
            "applicant": None if errand.fields.get("informationOnly") else person,
            "officerId": self._officer(errand),
            "visitId": visit_id,
            **errand.fields,
        }
        first = await self._post("/v1/requests", key, body)
        if first is None:
            return None
        if twice:
            again = await self._post("/v1/requests", key, body)
            if again is not None and again["requestId"] != first["requestId"]:
                self.surprises.append(f"{key}: a repeated request made a second case")
        filed = Filed(errand, first["requestId"], first, 1 + twice)
        self.filed.append(filed)
        self._cases.filed.add(filed.request_id)
        self._check(filed)
        return filed

    async def _file(self, number: int, errand: Errand) -> None:
        person = a_person(self._chance, with_mobile=number % 7 != 4)
        officer = self._officer(errand)
        key = f"demo-{self._stage.run}-{number}"
        visit_id = None if number % 3 == WITHOUT_TICKET else await self._received(key, errand.desk_id, officer)
        filed = await self.take(errand, person, key, visit_id=visit_id, twice=number % TWICE_EVERY == 0)
        if filed is None:
            return
        if visit_id is not None:
            reason = "GUIDED" if errand.fields.get("informationOnly") else "SERVED"
            over = await self._visit(f"{visit_id}/end", key, {"reason": reason, "officerId": officer})
            self.visits += [over] if over else []
        if errand.finds_it_shut:
            await self._take_back(filed)
        elif filed.answer["redirect"] is not None:
            self._send_on(filed, person)

    async def _received(self, key: str, desk_id: str, officer_id: str) -> str | None:
        """A ticket, its turn, and the person stands at the desk."""
        opened = await self._visit("", key, {"deskId": desk_id, "officerId": officer_id})
        if opened is None:
            return None
        for verb in ("call", "serve"):
            await self._visit(f"{opened['visitId']}/{verb}", key, {"officerId": officer_id})
        id: str = opened["visitId"]
        return id

    async def _visit(self, path: str, key: str, body: Json) -> Json | None:
        return await self._post(f"/v1/visits/{path}".rstrip("/"), f"{key}-{path.rpartition('/')[2]}", body)

    def _officer(self, errand: Errand) -> str:
        if errand.fields.get("informationOnly"):
            return self._stage.clerk(errand.desk_id)
        return self._stage.clerk_for(errand.desk_id, errand.service_id, errand.action)

    def _check(self, filed: Filed) -> None:
        errand, answer = filed.errand, filed.answer
        due = (errand.state, errand.reason, errand.channel or answer["channel"])
        got = (answer["state"], answer["channelReason"], answer["channel"])
        if got != due:
            self.surprises.append(f"{errand.service_id} at {errand.desk_id}: {got} where {due} was due")

    def _send_on(self, filed: Filed, person: Json) -> None:
        redirect = filed.answer["redirect"]
        kiosk = self._chance.choice(redirect["kiosks"])["id"]
        partner = next((partner for partner in self._partners if kiosk in partner.kiosks), None)
        if not filed.errand.goes_to_kiosk or partner is None:
            self.left_open.add(filed.request_id)
            return
        partner.send(redirect["ref"], kiosk, filed.errand.service_id, person)

    async def _take_back(self, filed: Filed) -> None:
        """The citizen was at the first of the offered kiosks and stands at the desk again."""
        kiosk = filed.answer["redirect"]["kiosks"][0]["id"]
        body = {"cause": "SHUT", "kioskId": kiosk, "officerId": self._officer(filed.errand)}
        id = filed.request_id
        taken = await self._post(f"/v1/requests/{id}/return-from-kiosk", f"return-{id}", body)
        if taken is None:
            return
        self.taken_back.add(id)
        got = (taken["state"], taken["channelReason"], taken["channel"])
        if got != ("PROMISED", "KIOSK_FAILED", "AGENCY_DESK"):
            self.surprises.append(f"{id}: {got} where the desk took it back from a kiosk")

    async def _tell(self, desk_id: str) -> None:
        """The desk's own work list says whom no message reached (I9)."""
        listed = await self._intake.get(f"/v1/desks/{desk_id}/work", params={"limit": 500})
        listed.raise_for_status()
        for item in listed.json()["items"]:
            id = item["requestId"]
            if item["state"] == "RESULT_READY" and "TELL_CITIZEN" in item["attention"] and id in self._cases.ours():
                body = {"toldTo": "APPLICANT", "identitySeen": True, "officerId": self._stage.clerk(desk_id)}
                if await self._post(f"/v1/requests/{id}/announce", f"announce-{id}", body) is not None:
                    self.told.add(id)

    async def _hand_over(self, request_id: str, desk_id: str) -> None:
        body = {"collectedBy": "APPLICANT", "identitySeen": True, "officerId": self._stage.clerk(desk_id)}
        self.handed_over.add(request_id)
        await self._post(f"/v1/requests/{request_id}/handover", f"handover-{request_id}", body)

    async def _post(self, path: str, key: str, body: Json) -> Json | None:
        answer = await self._intake.post(path, json=body, headers={"Idempotency-Key": key})
        if answer.is_success:
            found: Json = answer.json()
            return found
        self.surprises.append(f"POST {path} ({body.get('serviceId', '')}): {answer.status_code} {answer.text[:300]}")
        return None
