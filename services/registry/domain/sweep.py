"""How far the daily look through the entries of all agencies has come: what survives a restart (domain 12.24)."""

from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict

from services.contracts.decision import Decision, World
from services.contracts.wire import Id, Wire
from services.registry.domain.rules import Rules
from services.worktime.jalali import civil_day


class Swept(Wire):
    """Id = the agency's: the last day of which its entries were looked through to the end."""

    org_id: Id
    day: date


class AgencySwept(BaseModel):
    model_config = ConfigDict(frozen=True)

    org_id: Id
    day: date


def swept(known: Swept | None, command: AgencySwept, world: World[Rules]) -> Decision[Swept]:
    if known is not None and known.day >= command.day:
        return Decision(known)
    return Decision(Swept(org_id=command.org_id, day=command.day))


def day_of(now: datetime, hour: int) -> date:
    """Of which day a sweep is: a day's begins at that hour in Tehran, and may be made up until the next day's."""
    return civil_day(now - timedelta(hours=hour))
