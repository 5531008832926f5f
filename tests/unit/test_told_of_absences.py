"""A desk or an officer that is away has closed no day: each is told to whoever it moves (12.9)."""

from services.worktime.jalali import civil_day
from tests.unit.closed_days import CLOSED, Expecting, going_out
from tests.unit.intake import cases as desk
from tests.unit.test_moved_dates import FIRST, SECOND


async def test_an_absence_is_no_closure_and_told_to_each_who_is_booked() -> None:
    province = Expecting("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
        await province.ask_back(id, "APPOINTMENT", f"{CLOSED} 10:10")
    for id in (FIRST, SECOND):
        officer_id = next(one for one in province.of(id).commitments if one.visit).visit
        assert officer_id is not None
        officer = province.intake.registry.officer(officer_id.officer_id or "")
        assert officer is not None
        away = officer.model_copy(update={"status": "SUSPENDED", "version": officer.version + 1})
        province.intake.registry = province.intake.registry.with_entries([away])
    await province.look(FIRST, SECOND)
    assert [(message.notice, message.state) for message in province.heard()] == [("VISIT_OFF", "SENDING")] * 2


def _out_of_service(province: Expecting, *days: tuple[str, str]) -> None:
    """The registry has planned the permits desk to be away: from a day on, to be back from another one on."""
    known = province.intake.registry.desk(desk.PERMITS_DESK)
    assert known is not None
    planned = [
        {"status": status, "since": civil_day(desk.at(f"{since} 12:00")).isoformat(), "reason": "r"}
        for pair in days
        for status, since in zip(("SUSPENDED", "ACTIVE"), pair, strict=True)
    ]
    away = known.model_validate(known.to_wire() | {"planned": planned, "version": known.version + 1})
    province.intake.registry = province.intake.registry.with_entries([away])


async def test_a_desk_that_is_away_is_no_closure_and_each_of_its_absences_is_told_to_whoever_it_moves() -> None:
    """The calendar is the same all the while: it has closed nothing."""
    province = Expecting("ada")
    for id in (FIRST, SECOND):
        await province.file_as(id)
    await province.ask_back(FIRST, "NEXT_VISIT", "1405/09/10 10:00")
    await province.ask_back(SECOND, "NEXT_VISIT", "1405/09/14 10:00")
    for away in (("1405/09/10", "1405/09/11"), ("1405/09/14", "1405/09/15")):
        _out_of_service(province, away)
        await province.look(FIRST, SECOND)
    assert [province.of(id).commitments[1].promised_local for id in (FIRST, SECOND)] == [
        "1405/09/11 07:30",
        "1405/09/15 07:30",
    ]
    assert going_out(province) == [(FIRST, "VISIT_MOVED"), (SECOND, "VISIT_MOVED")]


async def test_a_deadline_that_is_put_off_by_a_desk_that_is_away_is_told_whatever_else_it_has_moved() -> None:
    province = Expecting("ada")
    await province.file_as(FIRST)
    await province.await_documents(SECOND)
    await province.ask_back(FIRST, "NEXT_VISIT", "1405/09/10 10:00")
    for away in (("1405/09/10", "1405/09/11"), ("1405/09/14", "1405/09/15")):
        _out_of_service(province, away)
        await province.look(FIRST, SECOND)
    assert going_out(province) == [(FIRST, "VISIT_MOVED"), (SECOND, "DOCUMENTS_POSTPONED")]
