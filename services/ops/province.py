"""`./mizban import`: brings a province's files into the registry. Importing again publishes only what changed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

import httpx
import stamina
import typer

from services.contracts.entries import read_entry
from services.contracts.entry import Entry
from services.contracts.province_check import Problem
from services.contracts.registry import ENTRIES, Kiosk, Officer, Partner
from services.contracts.service_sheet import Sheet
from services.contracts.working_calendar import DayException, WorkingCalendar
from services.ops.calendar_days import Place, decided_places, own_days
from services.ops.credentials import Credentials
from services.ops.errors import StackError
from services.ops.home import ROOT, Home, Port
from services.ops.kiosk_keys import with_access
from services.ops.progress import Steps, console
from services.ops.province_files import BadProvince, load_province
from services.ops.words import counted
from services.runtime.client import client

SAMPLE = ROOT / "deploy" / "sample" / "west-azerbaijan"
AT_ONCE = 16
"""Calls in flight: enough to fill the registry's group commit, few enough to be a good neighbour."""
ATTEMPTS = 6

ORDER = ("calendar", "organization", "partner", "unit", "desk", "officer", "offering", "kiosk", "service", "rule")
"""What others name comes first; a sheet late, since it is published only when it can be served; its rule after it."""

BY_COMMAND = ("status", "planned", "maturity_verified", "maturity_verified_by", "maturity_verified_at")
"""Of a sheet."""
HISTORY_PAGE = 100

Json = dict[str, Any]
E = TypeVar("E", bound=Entry)
Progress = Callable[[int, int], None]
"""Told (done, total) after each entry."""


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did. With `problems` from the files nothing was sent; the registry's name what it refused.

    `announced`: of those recorded, calendars with days that the files call certain, and an officer has yet to confirm.
    """

    recorded: int = 0
    unchanged: int = 0
    announced: int = field(default=0, compare=False)
    problems: tuple[Problem, ...] = field(default=())


class _Result(StrEnum):
    RECORDED = "RECORDED"
    UNCHANGED = "UNCHANGED"
    ANNOUNCED = "ANNOUNCED"


class _Away(Exception):
    """The registry cannot answer at the moment."""


def import_sample(home: Home) -> ImportSummary:
    """The sample province into the registry of a local stack, whose offices and partners have keys of this home."""
    return import_province(f"http://{home.address(Port.REGISTRY)}", given=with_access(Credentials(home)))


def import_province(
    registry_url: str,
    directory: Path = SAMPLE,
    on_progress: Progress | None = None,
    given: Callable[[Entry], Entry] = lambda entry: entry,
) -> ImportSummary:
    """Records every entry of the folder. All reasons against the files come at once, before anything is sent.

    `given` adds what no file says. Raises StackError when the registry does not answer.
    """
    try:
        entries = [given(entry) for entry in load_province(directory)]
    except BadProvince as bad:
        return ImportSummary(problems=tuple(bad.problems))
    try:
        return asyncio.run(_send_all(registry_url, entries, on_progress or (lambda done, total: None)))
    except (httpx.TransportError, _Away) as error:
        raise StackError(f"the registry at {registry_url} does not answer; is the stack up? ({error})") from error


async def _send_all(registry_url: str, entries: list[Entry], on_progress: Progress) -> ImportSummary:
    results: list[_Result | Problem] = []
    turn = asyncio.Semaphore(AT_ONCE)

    async def send(http: httpx.AsyncClient, entry: Entry) -> None:
        async with turn:
            result = await (_published(http, entry) if isinstance(entry, Sheet) else _record(http, entry))
        results.append(result)
        on_progress(len(results), len(entries))

    async with client(registry_url, timeout=30) as http:
        for kind in ORDER:
            for some in _in_turn([entry for entry in entries if kind == entry.KIND]):
                await asyncio.gather(*(send(http, entry) for entry in some))
    return ImportSummary(
        recorded=results.count(_Result.RECORDED) + results.count(_Result.ANNOUNCED),
        unchanged=results.count(_Result.UNCHANGED),
        announced=results.count(_Result.ANNOUNCED),
        problems=tuple(result for result in results if isinstance(result, Problem)),
    )


def _in_turn(entries: list[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Officers who were delegated something come after those who delegate it, calendars after what they stand on."""

    def waits(entry: Entry) -> bool:
        if isinstance(entry, Officer):
            return any(authority.delegated_by for authority in entry.authorities)
        return isinstance(entry, WorkingCalendar) and entry.base is not None

    return [entry for entry in entries if not waits(entry)], [entry for entry in entries if waits(entry)]


async def _record(http: httpx.AsyncClient, entry: Entry) -> _Result | Problem:
    """What the file says, whatever was recorded before; a status that it does not name stays as it is."""
    body = entry.model_dump(mode="json", by_alias=True, exclude_unset=True)
    match entry:
        case WorkingCalendar():
            body["exceptions"] = await _with_decided_days(http, entry)
        case Kiosk() if entry.keys:
            body["keys"] = await _with_registered_keys(http, entry)
        case Partner() if entry.api_keys and (known := await _known(http, entry)) and known.api_keys:
            del body["apiKeys"]  # they were issued, or renewed, by a command
    put = partial(_call, http, "PUT", f"/v1/{entry.KIND}s/{entry.id}", body, {"If-Match": "*"})
    answer = await put()
    to_confirm = _to_confirm(answer) if isinstance(entry, WorkingCalendar) else set()
    if to_confirm:
        for day in body["exceptions"]:
            if day["status"] == "CONFIRMED" and day["date"] in to_confirm:
                day["status"] = "PROVISIONAL"
        answer = await put()
    if not answer.is_success:
        return _refused(entry, answer)
    recorded = _Result.ANNOUNCED if to_confirm else _Result.RECORDED
    return recorded if answer.json()["recorded"] else _Result.UNCHANGED


def _to_confirm(answer: httpx.Response) -> set[str]:
    """Days ahead that a file calls certain, and no officer has: they are announced (domain 6)."""
    refused = answer.json() if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY else {}
    return set(refused.get("names", ())) if refused.get("code") == "BY_COMMAND" else set()


async def _with_decided_days(http: httpx.AsyncClient, calendar: WorkingCalendar) -> list[Json]:
    """The file's days, and those that officers have decided since: a closure must not go with an import.

    Nor does a day become uncertain again that an officer has confirmed, or said otherwise for certain, nor certain that
    none has confirmed, nor come back that they have withdrawn.
    """
    days = own_days(calendar)
    known = await _known(http, calendar)
    if known is None:
        return [day.to_wire() for day in days.values()]
    decided = await _decided_places(http, calendar)
    for place, day in own_days(known).items():
        said = days.get(place)
        if said is None or place in decided or _one_is_open(said, day):
            days[place] = day
    gone = decided - own_days(known).keys()
    return [day.to_wire() for place, day in days.items() if place not in gone]


def _one_is_open(said: DayException, known: DayException) -> bool:
    """A file makes nothing certain, nor uncertain; what it calls fixed by law the registry judges."""
    return said.status != "FIXED" and (said.status == "PROVISIONAL") != (known.status == "PROVISIONAL")


async def _decided_places(http: httpx.AsyncClient, calendar: WorkingCalendar) -> set[Place]:
    """Of which days an officer, and not an import, has had the last word."""
    editions: list[Json] = []
    cursor: Json = {}
    while True:
        query = urlencode({"limit": HISTORY_PAGE} | cursor)
        answer = await _call(http, "GET", f"/v1/calendars/{calendar.id}/history?{query}")
        page = answer.json() if answer.is_success else {"items": [], "next": None}
        editions += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    return decided_places(editions)


async def _with_registered_keys(http: httpx.AsyncClient, kiosk: Kiosk) -> list[Json]:
    """The file's keys, and those that were registered since; what was revoked since stays revoked."""
    known = await _known(http, kiosk) or kiosk
    revoked = {key.kid: key.revoked_at for key in known.keys if key.revoked_at is not None}
    said = {key.kid: key.model_copy(update={"revoked_at": revoked.get(key.kid, key.revoked_at)}) for key in kiosk.keys}
    return [key.to_wire() for key in (*said.values(), *(key for key in known.keys if key.kid not in said))]


async def _known(http: httpx.AsyncClient, entry: E) -> E | None:
    """What the registry has of it, if it has it."""
    answer = await _call(http, "GET", f"/v1/{entry.KIND}s/{entry.id}")
    if not answer.is_success:
        return None
    known = read_entry(entry.KIND, answer.json())
    assert isinstance(known, type(entry))
    return known


async def _published(http: httpx.AsyncClient, sheet: Sheet) -> _Result | Problem:
    """Drafted, attested and published by the officer whom the file names; left alone when it is in force already.

    So are then a draft of its next version, and an attestation that was made for longer since.
    """
    path = f"/v1/services/{sheet.id}"
    given = {"moves", "version", "attested_by", "attested_at", "attestation_expires"}
    body = sheet.model_dump(mode="json", by_alias=True, exclude=given)
    by, expires = sheet.attested_by, sheet.attestation_expires.isoformat()
    known = await _call(http, "GET", path)
    if known.is_success and known.json()["attestationExpires"] >= expires and _says(known.json(), body):
        return _Result.UNCHANGED
    answer = await _call(http, "PUT", path, body, {"If-Match": "*"})
    if answer.is_success and answer.json()["stage"] == "PUBLISHED":
        known = await _call(http, "GET", path)
        if known.is_success and known.json()["attestationExpires"] >= expires:
            return _Result.UNCHANGED
    for verb, command in (("attest", {"officerId": by, "expires": expires}), ("publish", {"officerId": by})):
        if not answer.is_success:
            break
        seen = answer.headers.get("etag", "*")
        headers = {"Idempotency-Key": f"import-{verb}-{seen}-{sheet.id}".replace('"', ""), "If-Match": seen}
        answer = await _call(http, "POST", f"{path}/{verb}", command, headers)
    return _Result.RECORDED if answer.is_success else _refused(sheet, answer)


def _says(published: Json, body: Json) -> bool:
    """Whether a sheet in force says what the file says; what is decided by command is no matter of the file."""
    by_command = {Sheet.model_fields[name].alias or name for name in BY_COMMAND}
    return all(published.get(name) == said for name, said in body.items() if name not in by_command)


async def _call(
    http: httpx.AsyncClient, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
) -> httpx.Response:
    """The registry's answer. Raises _Away when it is not there for long."""
    async for attempt in stamina.retry_context(on=(httpx.TransportError, _Away), attempts=ATTEMPTS, timeout=60):
        with attempt:
            answer = await http.request(method, path, json=body, headers=headers)
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                raise _Away("it answers 503, temporarily unavailable")
    return answer


def _refused(entry: Entry, answer: httpx.Response) -> Problem:
    return Problem(f"{entry.KIND} {entry.id}", f"refused with {answer.status_code}: {answer.text[:500]}")


def import_command(
    directory: Annotated[Path, typer.Argument(help="Folder with the province's YAML files.")] = SAMPLE,
    registry_url: Annotated[str | None, typer.Option(help="The registry; by default that of the local stack.")] = None,
) -> None:
    """Bring a province's organizations, services, officers, kiosks and calendars into the registry."""
    stamina.instrumentation.set_on_retry_hooks(())  # a person is told once, at the end
    home = Home.of()
    url = registry_url or f"http://{home.address(Port.REGISTRY)}"
    given = with_access(Credentials(home)) if registry_url is None else lambda entry: entry
    with Steps() as steps, steps.step(f"importing {directory.name}"):
        summary = import_province(url, directory, given=given)
        done = f"{summary.recorded} recorded, {summary.unchanged} unchanged"
        if summary.problems:
            told = f"{done}, {counted(len(summary.problems), 'problem')}:"
            raise StackError("\n".join([told, *map(str, summary.problems)]))
    console.print(f"{done}.")
    if summary.announced:
        console.print(f"{counted(summary.announced, 'calendar')} with days that an officer has yet to confirm.")


assert set(ORDER) == {kind.KIND for kind in ENTRIES}, "every kind of entry has its place in the order"
