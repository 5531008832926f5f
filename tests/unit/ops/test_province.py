"""Importing a province: refused as a whole before anything is sent, and sent in the order of its references."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from services.contracts.entry import Entry
from services.contracts.registry import Kiosk, Partner
from services.contracts.service_sheet import Sheet
from services.contracts.working_calendar import DayKind, WorkingCalendar
from services.ops import province
from services.ops.errors import StackError
from services.ops.province import ORDER, import_province
from tests.support.sample import sample_entries
from tests.support.signing import signing_key


def in_files(service: str) -> Sheet:
    return next(entry for entry in sample_entries() if isinstance(entry, Sheet) and entry.id == service)


class Recorder(ThreadingHTTPServer):
    """Stands in for the registry: notes each call, is away for the first, refuses one kiosk and one publication."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.kinds: list[str] = []
        self.bodies: list[dict[str, object]] = []
        self.steps: dict[str, list[tuple[str, object]]] = {}
        """Service -> what was asked of it, and by whom."""
        self.known: dict[str, dict[str, object]] = {}
        """`<kind>s/<id>` -> the entry as it was recorded before."""
        self.ahead: set[str] = set()
        """Days that no officer has confirmed."""
        self.was_away = False
        self.noting = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: else each answer waits for a delayed acknowledgement
    server: Recorder

    def do_PUT(self) -> None:  # the name that http.server wants
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with self.server.noting:
            if not self.server.was_away:
                self.server.was_away = True
                return self._answer(503, {})
            self.server.kinds.append(self.path.split("/")[2].removesuffix("s"))
            self.server.bodies.append(body)
        certain = {day["date"] for day in body.get("exceptions", ()) if day["status"] == "CONFIRMED"}
        if certain & self.server.ahead:
            names = sorted(certain & self.server.ahead)
            return self._answer(422, {"code": "BY_COMMAND", "names": names})
        if body["id"] == "wa-urmia-017":
            return self._answer(422, {"code": "INCOMPLETE"})
        if "/services/" in self.path:
            in_force = body["id"] == "opening-hours"
            return self._answer(200, {"recorded": not in_force, "stage": "PUBLISHED" if in_force else "DRAFT"})
        return self._answer(200, {"recorded": body["id"] != "wa-tax"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        _, _, _, service, verb = self.path.split("/")
        with self.server.noting:
            self.server.steps.setdefault(service, []).append((verb, body["officerId"]))
        if (service, verb) == ("meter-test", "publish"):
            return self._answer(422, {"code": "CANNOT_BE_SERVED"})
        return self._answer(200, {"recorded": True})

    def do_GET(self) -> None:
        known = self.server.known.get(self.path.partition("?")[0].removeprefix("/v1/"))
        if known or "/services/" not in self.path:
            return self._answer(200, known) if known else self._answer(404, {})
        return self._answer(200, {"attestationExpires": in_files("opening-hours").attestation_expires.isoformat()})

    def _answer(self, status: int, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def registry() -> Iterator[Recorder]:
    server = Recorder()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_import_sends_every_entry_once_in_the_order_of_references_and_tells_what_became_of_each(
    registry: Recorder,
) -> None:
    steps: list[tuple[int, int]] = []
    summary = import_province(registry.url, on_progress=lambda done, total: steps.append((done, total)))
    everything = len(sample_entries())
    assert (summary.recorded, summary.unchanged) == (everything - 4, 2), "two were unchanged, two refused"
    assert [problem.where for problem in summary.problems] == ["kiosk wa-urmia-017", "service meter-test"]
    assert "INCOMPLETE" in summary.problems[0].what
    assert "CANNOT_BE_SERVED" in summary.problems[1].what
    assert registry.was_away, "and a registry that is away for a moment is asked again"
    assert sorted(registry.kinds, key=ORDER.index) == registry.kinds
    assert len(registry.bodies) == everything
    assert not any({"version", "moves"} & body.keys() for body in registry.bodies), "the registry's to give"
    assert steps[-1] == (everything, everything)
    by = in_files("tax-clearance").attested_by
    assert registry.steps["tax-clearance"] == [("attest", by), ("publish", by)]
    assert "opening-hours" not in registry.steps, "it is in force as the file says"


def test_with_a_bad_file_nothing_is_sent(registry: Recorder, tmp_path: Path) -> None:
    (tmp_path / "partners.yaml").write_text("orgId: wa-tax\npartners: [{id: p, name: N, contact: C}]\n")
    summary = import_province(registry.url, tmp_path)
    assert [str(problem) for problem in summary.problems] == [
        "partner p: orgId names organization wa-tax, which is not recorded"
    ]
    assert registry.kinds == []


def test_a_registry_that_does_not_answer_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(province, "ATTEMPTS", 1)
    with pytest.raises(StackError, match="does not answer"):
        import_province("http://127.0.0.1:9")


def test_an_import_brings_back_no_revoked_key_and_takes_away_none_that_was_registered_since(
    registry: Recorder,
) -> None:
    first, second, theirs = (signing_key(id).model_copy(update={"kid": id}) for id in ("a", "b", "c"))
    revoked = first.model_copy(update={"revoked_at": datetime(2026, 11, 1, tzinfo=UTC)})

    def given(entry: Entry) -> Entry:
        match entry:
            case Kiosk():
                return Kiosk.model_validate(entry.model_dump() | {"keys": [first, second]})
            case Partner():
                return Partner.model_validate(entry.model_dump() | {"api_keys": [{"sha256": "0" * 64}]})
        return entry

    recorded: dict[str, dict[str, Any]] = {
        "wa-khoy-003": {"keys": [revoked, theirs]},
        "pishkhan-a": {"api_keys": [{"sha256": "1" * 64}]},
    }
    for entry in sample_entries():
        if entry.id in recorded:
            told = type(entry).model_validate(entry.model_dump() | recorded[entry.id])
            registry.known[f"{entry.KIND}s/{entry.id}"] = told.to_wire()
    import_province(registry.url, given=given)
    bodies = {(kind, str(body["id"])): body for kind, body in zip(registry.kinds, registry.bodies, strict=True)}
    assert bodies["kiosk", "wa-khoy-003"]["keys"] == [key.to_wire() for key in (revoked, second, theirs)]
    assert bodies["kiosk", "wa-urmia-012"]["keys"] == [key.to_wire() for key in (first, second)], "it was not known"
    assert "apiKeys" not in bodies["partner", "pishkhan-a"], "it has others by now, and keeps them"
    assert "apiKeys" in bodies["partner", "pishkhan-b"]


def test_an_import_takes_no_closure_away_and_makes_no_confirmed_day_uncertain(registry: Recorder) -> None:
    calendar = next(e for e in sample_entries() if isinstance(e, WorkingCalendar) and e.id == "west-azerbaijan")
    open_, other = [day for day in calendar.exceptions if day.status == "PROVISIONAL"][:2]
    confirmed = open_.model_copy(update={"status": "CONFIRMED"})
    otherwise = other.model_copy(update={"status": "CONFIRMED", "source": "بخشنامه"})
    closure = confirmed.model_copy(update={"county": "khoy", "source": "برف"})
    decided = [{id(open_): confirmed, id(other): otherwise}.get(id(day), day) for day in calendar.exceptions]
    told = calendar.model_copy(update={"exceptions": (*decided, closure)})
    registry.known["calendars/west-azerbaijan"] = told.to_wire()
    import_province(registry.url)
    bodies = {str(body["id"]): body for body in registry.bodies}
    assert bodies["west-azerbaijan"]["exceptions"] == [day.to_wire() for day in (*decided, closure)]


def test_a_day_ahead_that_only_the_file_calls_certain_is_announced_and_stays_so_when_it_is_imported_again(
    registry: Recorder,
) -> None:
    """An imported day is PROVISIONAL until an officer confirms it (domain 6)."""
    calendar = next(e for e in sample_entries() if isinstance(e, WorkingCalendar) and e.id == "wa-offices")
    registry.ahead = {"2026-12-21"}
    summary = import_province(registry.url)
    assert summary.announced == len([body for body in registry.bodies if _confirms(body, "2026-12-21")])
    assert not [p for p in summary.problems if p.where.startswith("calendar")]
    announced = next(body for body in reversed(registry.bodies) if body["id"] == calendar.id)
    written = {day.date.isoformat(): day.to_wire() for day in calendar.exceptions}
    said: Any = announced["exceptions"]
    assert {day["date"]: day for day in said} == written | {
        "2026-12-21": written["2026-12-21"] | {"status": "PROVISIONAL"}
    }
    registry.known["calendars/wa-offices"] = calendar.to_wire() | {"exceptions": said}
    registry.bodies.clear()
    import_province(registry.url)
    (again,) = (body for body in registry.bodies if body["id"] == calendar.id)
    assert again["exceptions"] == said


def _confirms(body: dict[str, Any], day: str) -> bool:
    return any((each["date"], each["status"]) == (day, "CONFIRMED") for each in body.get("exceptions", ()))


def test_an_import_brings_no_day_back_that_an_officer_has_withdrawn_or_said_otherwise(registry: Recorder) -> None:
    """Else citizens would be promised by it anew; and once the day is over the calendar could not be imported."""
    calendar = next(e for e in sample_entries() if isinstance(e, WorkingCalendar) and e.id == "west-azerbaijan")
    withdrawn, otherwise, again = [day for day in calendar.exceptions if day.status == "FIXED"][:3]
    short = otherwise.model_copy(
        update={"kind": DayKind.SHORT, "intervals": (("08:00", "10:00"),), "status": "CONFIRMED"}
    )
    others = [day for day in calendar.exceptions if day not in (withdrawn, otherwise)]
    without_again = [day for day in others if day is not again]
    told = calendar.model_copy(update={"exceptions": (*others, short)})
    history = [
        (3, None, told),
        (2, "wa-governorate-desk-01", told.model_copy(update={"exceptions": (*without_again, short)})),
        (1, None, calendar),
    ]
    registry.known["calendars/west-azerbaijan"] = told.to_wire()
    registry.known["calendars/west-azerbaijan/history"] = {
        "items": [{"version": n, "recordedBy": by, "entry": entry.to_wire()} for n, by, entry in history],
        "next": None,
    }
    import_province(registry.url)
    bodies = {str(body["id"]): body for body in registry.bodies}
    days: Any = bodies["west-azerbaijan"]["exceptions"]
    assert sorted(map(str, days)) == sorted(str(day.to_wire()) for day in (*others, short))


def test_an_import_leaves_a_sheet_that_is_in_force_as_the_file_says_and_is_attested_for_longer(
    registry: Recorder,
) -> None:
    """It would end the attestation sooner, or fail once the day of the file is over; and throw a draft away."""
    sheet, newer = in_files("tax-clearance"), {"information": "دیگر"}
    for service, years, changed in (
        ("tax-clearance", 1, {}),
        ("tax-instalments", -1, {}),
        ("tax-registration", 1, newer),
    ):
        known = in_files(service)
        expires = known.attestation_expires.replace(year=known.attestation_expires.year + years)
        told = known.model_copy(update={"attestation_expires": expires, "version": 3, **changed})
        computed = {"stage": "PUBLISHED", "maturityComputed": "INFORMATION", "maturityVerified": "INTERACTIVE"}
        registry.known[f"services/{service}"] = told.to_wire() | computed
    summary = import_province(registry.url)
    assert summary.unchanged == 3
    assert sheet.id not in {str(body["id"]) for body in registry.bodies}
    assert {"tax-instalments", "tax-registration"} <= registry.steps.keys()
