"""What the registry says of a service, looked up once per snapshot: thousands of cases are of a few services."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from services.contracts.entry import Entry, Status
from services.contracts.kiosk import Responsible
from services.contracts.persian import rials
from services.contracts.reachable import licensed
from services.contracts.registry import Desk, Kiosk, KioskClass, Organization, Unit
from services.contracts.service_sheet import Channel, Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.intake.domain.requirements import Demanded, demanded
from services.worktime import Calendar, NeverOpen, Presence, WorktimeError, next_opening
from services.worktime.jalali import civil_day, start_of_day
from services.worktime.published import calendar_of

COST_UNSAID = "در شناسنامهٔ خدمت نیامده است؛ از میز خدمت بپرسید"
"""Where to pay, of a channel whose cost a sheet leaves unsaid though not that of others: it may not be free."""

KIOSK_CHANNEL = {KioskClass.URBAN: Channel.KIOSK_URBAN, KioskClass.RURAL: Channel.KIOSK_RURAL}


@dataclass(frozen=True)
class Standing:
    """A sheet with all that stands behind it: the unit that works, its agency, and the agency's permanent desk."""

    sheet: Sheet
    unit: Unit
    agency: Organization
    permanent_desk: Desk
    responsible: Responsible
    demanded: tuple[Demanded, ...]
    """Evidence the citizen must bring. Never what an agency already holds (I10)."""

    def cost(self, channel: Channel) -> tuple[int, str | None]:
        """IRR in all, and where to pay: the channel's own costs, else the general ones.

        Of several places it says how much is paid at each. None where the sheet has no costs at all.
        """
        costs = [cost for cost in self.sheet.costs if cost.channel == channel]
        costs = costs or [cost for cost in self.sheet.costs if cost.channel is None]
        if not costs:
            return 0, COST_UNSAID if self.sheet.costs else None
        places: dict[str, int] = {}
        for cost in costs:
            places[cost.pay_at] = places.get(cost.pay_at, 0) + cost.amount
        paid = {place: amount for place, amount in places.items() if amount} or dict.fromkeys([costs[0].pay_at], 0)
        if len(paid) == 1:
            return sum(paid.values()), next(iter(paid))
        return sum(paid.values()), "؛ ".join(f"{place} ({rials(amount)})" for place, amount in paid.items())


def standing(registry: Snapshot, service_id: str) -> Standing | None:
    """The service in its newest version; None when that is not in force, or it or what is behind it is not known."""
    service = standing_of_open(registry, service_id)
    return service if service is not None and service.sheet.status is Status.ACTIVE else None


def standing_of_open(registry: Snapshot, service_id: str, version: int | None = None) -> Standing | None:
    """The same for a case that is there already, which goes on while the service is suspended (domain 3).

    `version`: of the sheet that the case was filed under, as `filed_sheet` has it. None when it, its unit, its agency
    or their desk is not known.
    """
    return registry.once(("standing", service_id, version), lambda: _standing(registry, service_id, version))


def _standing(registry: Snapshot, service_id: str, version: int | None) -> Standing | None:
    sheet = filed_sheet(registry, service_id, version)
    if sheet is None:
        return None
    unit = registry.unit(sheet.unit_id)
    agency = registry.organization(unit.org_id) if unit else None
    desk = registry.desk(agency.desk_id) if agency else None
    if unit is None or agency is None or desk is None or desk_calendar(registry, desk) is None:
        return None
    return Standing(sheet, unit, agency, desk, _responsible(registry, sheet), demanded(sheet))


def _responsible(registry: Snapshot, sheet: Sheet) -> Responsible:
    """The officer whom the sheet names; its contact where that one is not in service: who has left answers nobody."""
    officer = registry.officer(sheet.responsible_officer_id)
    if officer is None or idle(officer):
        return Responsible(name=sheet.contact.name, post="", phone=sheet.contact.phone)
    return Responsible(name=officer.name, post=officer.post, phone=officer.phone)


def idle(*entries: Entry) -> Entry | None:
    """The first of them that is not in force: what is promised of it would be kept by nobody."""
    return next((entry for entry in entries if entry.status is not Status.ACTIVE), None)


def filed_sheet(registry: Snapshot, service_id: str, version: int | None) -> Sheet | None:
    """The sheet that a case was filed under; the newest one where that version is not known here any more."""
    return registry.sheet(service_id, version) or registry.sheet(service_id)


def desk_calendar(registry: Snapshot, desk: Desk) -> Calendar | None:
    """The desk's calendar with the exceptions of its county; None while it is not known."""
    return _calendar(registry, desk.calendar_id, desk.county)


def _calendar(registry: Snapshot, id: str, county: str) -> Calendar | None:
    def look_up() -> Calendar | None:
        entry = registry.calendar(id)
        return calendar_of(entry, county) if entry else None

    return registry.once(("calendar", id, county), look_up)


def open_offerings(registry: Snapshot, service_id: str, county: str | None, day: date) -> tuple[Offering, ...]:
    """What is offered on that day in that county; None asks for what is open everywhere."""

    def look_up() -> tuple[Offering, ...]:
        return tuple(
            offering
            for offering in registry.offerings(service_id)
            if offering.valid_from <= day
            and (offering.valid_to is None or day <= offering.valid_to)
            and (not offering.counties or county in offering.counties)
        )

    return registry.once(("offerings", service_id, county, day), look_up)


def shut(kiosk: Kiosk, day: date) -> bool:
    """Whether the office has announced that it is closed on that day."""
    return any(closure.first <= day <= closure.last for closure in kiosk.closures)


def receives(registry: Snapshot, kiosk: Kiosk, service_id: str, since: datetime, until: datetime) -> bool:
    """Whether people can file for the service at the office on a day between: it is open on that day, by its calendar
    and by what it has announced, and may take it then.

    Where no calendar answers it counts as open on every day.
    """
    calendar = _calendar(registry, kiosk.calendar_id, kiosk.county)
    days: Iterable[date] | None = _days_open(calendar, since, until) if calendar else None
    days = _every_day(since, until) if days is None else days
    return any(not shut(kiosk, day) and may_take(registry, kiosk, service_id, day) for day in days)


def may_take(registry: Snapshot, kiosk: Kiosk, service_id: str, day: date) -> bool:
    """Whether requests for the service may be filed at the office on that day, today or ahead, as far as is known: it
    has a licence, its partner a contract, and its class an offering there, none of which ends or is suspended by then.
    """
    holders = (kiosk, registry.partner(kiosk.partner))
    return (
        licensed(kiosk, registry, day)
        and all(holder is not None and holder.status_on(day) is Status.ACTIVE for holder in holders)
        and any(
            offering.takes_requests
            and offering.channel is KIOSK_CHANNEL[kiosk.kiosk_class]
            and offering.status_on(day) is Status.ACTIVE
            for offering in open_offerings(registry, service_id, kiosk.county, day)
        )
    )


def _every_day(since: datetime, until: datetime) -> Iterator[date]:
    first, last = civil_day(since), civil_day(until)
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


@lru_cache(maxsize=1024)  # the filings of one batch share their second, and the offices of a county their calendar
def _days_open(calendar: Calendar, since: datetime, until: datetime) -> tuple[date, ...] | None:
    """No PROVISIONAL ones: to be sent there is a promise, too (domain 6). None where the calendar has no answer."""
    days: list[date] = []
    try:
        while (since := next_opening(calendar, since, Presence.DESK, avoid_provisional=True)) < until:
            days.append(civil_day(since))
            since = start_of_day(days[-1] + timedelta(days=1))
    except NeverOpen:
        pass
    except WorktimeError:
        return None
    return tuple(days)


def licensed_kiosks(registry: Snapshot, service_id: str, county: str | None, day: date) -> tuple[Kiosk, ...]:
    """The kiosk offices of a county or all, with a licence whose class offers the service there, in a settled order.

    Those that have announced that they are closed on that day come last.
    """

    def look_up() -> tuple[Kiosk, ...]:
        found = (
            kiosk
            for kiosk in registry.kiosks()
            if county in (None, kiosk.county) and not kiosk.sandbox and may_take(registry, kiosk, service_id, day)
        )

        def order(kiosk: Kiosk) -> tuple[bool, bool, str]:
            return shut(kiosk, day), kiosk.kiosk_class is not KioskClass.URBAN, kiosk.id

        return tuple(sorted(found, key=order))

    return registry.once(("kiosks", service_id, county, day), look_up)
