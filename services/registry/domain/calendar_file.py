"""A calendar and those that stand on it: what one tells the other (domain 6)."""

from collections.abc import Iterable

from services.contracts.decision import Decision, Send, World
from services.contracts.wire import Day, Id, Wire
from services.contracts.working_calendar import DayException, WorkingCalendar
from services.registry.domain import recording
from services.registry.domain.calendar_base import inheriting

CALENDAR = WorkingCalendar.KIND


class CalendarFile(Wire):
    """A calendar as published, and who stands on it."""

    id: Id
    published: WorkingCalendar | None = None
    """None while only others have named it."""
    base_version: int = 0
    """The version of the calendar below whose exceptions it has."""
    base_since: Day | None = None
    """From this day on it has those of the calendar below; before it, what it had of another. None: it has them all."""
    followers: tuple[Id, ...] = ()
    """The calendars that stand on it."""


class Follow(Wire):
    """A calendar to the one that it stands on, from now on."""

    base: Id
    follower: Id


class Unfollow(Wire):
    """A calendar to one that it does not stand on any more."""

    base: Id
    follower: Id


class Below(Wire):
    """A calendar to one that stands on it: this is what holds by me now."""

    base: Id
    version: int
    exceptions: tuple[DayException, ...]


def follow(file: CalendarFile | None, message: Follow, world: World[None]) -> Decision[CalendarFile]:
    """Somebody stands on this calendar from now on, and is told what holds."""
    file = file or CalendarFile(id=message.base)
    followers = tuple(dict.fromkeys((*file.followers, message.follower)))
    file = file.model_copy(update={"followers": followers})
    return Decision(file, sends=_telling(file, (message.follower,)))


def unfollow(file: CalendarFile | None, message: Unfollow, world: World[None]) -> Decision[CalendarFile]:
    if file is None:
        return Decision(None)
    left = tuple(follower for follower in file.followers if follower != message.follower)
    return Decision(file.model_copy(update={"followers": left}))


def below_changed(file: CalendarFile | None, message: Below, world: World[None]) -> Decision[CalendarFile]:
    """The calendar below has changed: so has this one. What comes late, or from where it stands no more, is dropped."""
    calendar = file.published if file else None
    if file is None or calendar is None or calendar.base != message.base or message.version <= file.base_version:
        return Decision(file)
    file = file.model_copy(update={"base_version": message.version})
    own = tuple(exception for exception in calendar.exceptions if exception.layer == 0)
    inherited = inheriting(calendar, message.exceptions, file.base_since)
    wanted = calendar.model_copy(update={"exceptions": (*own, *inherited)})
    if wanted == calendar:
        return Decision(file)
    return published(file, recording.published(calendar, wanted, world, by=None, reason=f"calendar {message.base}"))


def published(file: CalendarFile, done: Decision[WorkingCalendar]) -> Decision[CalendarFile]:
    """The file with its calendar as decided; who stands on it is told when it has changed."""
    told = file.model_copy(update={"published": done.state})
    telling = _telling(told, told.followers) if done.events else ()
    return Decision(told, events=done.events, sends=(*done.sends, *telling), answer=done.answer)


def linked(done: Decision[CalendarFile], before: str | None) -> Decision[CalendarFile]:
    """Tells the calendar below that this one stands on it, and the one before that it does not any more."""
    assert done.state is not None
    assert done.state.published is not None
    id, base = done.state.id, done.state.published.base
    if base == before:
        return done
    sends = [Send(CALENDAR, base, Follow(base=base, follower=id))] if base else []
    sends += [Send(CALENDAR, before, Unfollow(base=before, follower=id))] if before else []
    return Decision(done.state, events=done.events, sends=(*done.sends, *sends), answer=done.answer)


def _telling(file: CalendarFile, followers: Iterable[str]) -> tuple[Send, ...]:
    calendar = file.published
    if calendar is None:
        return ()
    below = Below(base=calendar.id, version=calendar.version, exceptions=calendar.exceptions)
    return tuple(Send(CALENDAR, follower, below) for follower in followers)
