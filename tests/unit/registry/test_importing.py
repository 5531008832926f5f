"""An import tells how far it is and how it ended; one that nobody works on any more says so (domain 10)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.decision import Refused, TimerFired, World
from services.contracts.snapshot import Snapshot
from services.registry.catalogue.formats import MEDIA_TYPES, Format, format_of, preferred
from services.registry.domain.importing import (
    MOVES,
    SILENCE,
    SILENT,
    CatalogueImport,
    Ended,
    Fate,
    Heard,
    ImportState,
    Outcome,
    Reason,
    ReportPage,
    StartImport,
    due_times,
    end,
    fall_silent,
    hear,
    start,
)

NOON = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def at(moment: datetime) -> World[None]:
    return World(now=moment, registry=Snapshot(), rules=None)


def begun() -> CatalogueImport:
    wish = StartImport(id="import-1", format="CSV", size=10, sha256="00")
    state = start(None, wish, at(NOON)).state
    assert state is not None
    return state


def outcome(row: int, fate: Fate, kind: str | None = None, offerings: int = 0) -> Outcome:
    said = {"field": "name", "column": "نام", "fa": "گفته نشده است", "en": "is not given"}
    reasons = () if kind is None else (Reason.model_validate(said | {"kind": kind}),)
    return Outcome(row=row, where=f"row {row}", id=f"s-{row}", fate=fate, reasons=reasons, offerings=offerings)


def heard(known: CatalogueImport, *outcomes: Outcome, total: int | None = None, after: float = 1) -> CatalogueImport:
    state = hear(known, Heard(total=total, outcomes=outcomes), at(known.heard_at + timedelta(seconds=after))).state
    assert state is not None
    return state


def test_what_was_done_is_counted_and_what_there_is_to_say_is_kept_page_by_page() -> None:
    known = heard(begun(), total=4)
    assert (known.total, known.done) == (4, 0)
    first = (outcome(2, Fate.DRAFTED, offerings=3), outcome(3, Fate.FAILED, "ERROR"), outcome(4, Fate.DRAFTED, "GAP"))
    decision = hear(known, Heard(outcomes=first), at(NOON))
    page = decision.sends[0]
    assert (page.entity, page.id) == ("catalogue-import-page", "import-1:0000")
    assert isinstance(page.body, ReportPage)
    assert [one.row for one in page.body.outcomes] == [3, 4], "nothing is to be said about the others"
    assert decision.state is not None
    after = hear(decision.state, Heard(outcomes=(outcome(5, Fate.UNCHANGED),)), at(NOON))
    assert after.sends == ()
    now = after.state
    assert now is not None
    assert (now.done, now.fates, now.incomplete, now.offerings, now.pages) == (
        4,
        {Fate.DRAFTED: 2, Fate.FAILED: 1, Fate.UNCHANGED: 1},
        1,
        3,
        1,
    )


def test_an_import_of_which_nothing_is_heard_for_a_minute_is_interrupted() -> None:
    known = heard(begun(), total=2000)
    silent = known.heard_at + SILENCE
    assert due_times(known) == {SILENT: silent}
    fired = TimerFired(name=SILENT, due=silent)
    interrupted = fall_silent(known, fired, at(silent)).state
    assert interrupted is not None
    assert interrupted.state is ImportState.INTERRUPTED
    assert due_times(interrupted) == {}
    assert heard(interrupted, outcome(2, Fate.DRAFTED)).state is ImportState.RUNNING, "somebody works on it after all"


def test_one_that_was_heard_of_meanwhile_goes_on() -> None:
    known = heard(begun(), total=2000)
    fired = TimerFired(name=SILENT, due=known.heard_at + SILENCE)
    later = heard(known, after=30)
    assert fall_silent(later, fired, at(known.heard_at + SILENCE)).state == later


def test_an_import_ends_done_or_with_the_reason_why_nothing_could_be_read() -> None:
    done = end(begun(), Ended(), at(NOON + timedelta(minutes=1))).state
    failed = end(begun(), Ended(code="NOT_XLSX", detail="not a workbook"), at(NOON)).state
    assert done is not None
    assert failed is not None
    assert (done.state, done.ended_at) == (ImportState.DONE, NOON + timedelta(minutes=1))
    assert (failed.state, failed.code) == (ImportState.FAILED, "NOT_XLSX")
    for known in (done, failed):
        assert due_times(known) == {}
        with pytest.raises(Refused, match="ILLEGAL_MOVE") as refused:
            hear(known, Heard(), at(NOON))
        assert refused.value.facts == {"from": known.state, "to": "RUNNING"}


def test_a_repeat_of_the_call_finds_the_import_that_is_there() -> None:
    known = heard(begun(), total=3)
    again = start(known, StartImport(id="import-1", format="CSV", size=10, sha256="00"), at(NOON))
    assert (again.state, again.answer) == (known, {"importId": "import-1"})


def test_nothing_is_heard_of_an_import_that_never_began() -> None:
    with pytest.raises(Refused, match="NOT_FOUND"):
        hear(None, Heard(), at(NOON))


def test_every_state_is_reached_and_every_one_that_is_not_an_end_has_an_exit() -> None:
    reached = {ImportState.RUNNING} | {state for targets in MOVES.table.values() for state in targets}
    assert reached == set(ImportState)
    assert set(MOVES.table) == {ImportState.RUNNING, ImportState.INTERRUPTED}


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, Format.JSONLD),
        ("*/*", Format.JSONLD),
        ("text/csv", Format.CSV),
        ("text/*", Format.CSV),
        ("text/html, application/xhtml+xml;q=0.9, */*;q=0.1", Format.JSONLD),
        (f"text/csv;q=0.5, {MEDIA_TYPES[Format.XLSX]}", Format.XLSX),
        ("*/*, application/ld+json;q=0", Format.XLSX),
        ("application/ld+json;q=0, */*", Format.XLSX),
        ("image/png", None),
        ("text/csv;q=much", None),
    ],
)
def test_the_form_is_the_one_that_the_caller_likes_best(accept: str | None, form: Format | None) -> None:
    assert preferred(accept, tuple(MEDIA_TYPES.values())) == (MEDIA_TYPES[form] if form else None)


def test_the_form_of_a_file_is_told_by_its_media_type() -> None:
    assert format_of("Text/CSV; charset=utf-8") is Format.CSV
    assert format_of("application/json") is None
