"""A catalogue as a value: sheets with their offerings, and what must be known of others to describe them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.contracts.service_sheet import Offering, Sheet


@dataclass(frozen=True, slots=True)
class Authority:
    """A public organization as a catalogue names it. `place`: the region it covers."""

    id: str
    name: str
    place: str
    name_en: str | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a catalogue tells about others than its services, by their ids."""

    authorities: Mapping[str, Authority] = field(default_factory=dict)
    parties: Mapping[str, str] = field(default_factory=dict)
    """Names of units (`unit:<id>`) and posts of officers (`officer:<id>`). No officer is named: people move on."""
    hours: Mapping[str, str] = field(default_factory=dict)
    """By agency: when its desk is open, in words."""
    publisher: str | None = None
    """The agency that answers for the whole."""


@dataclass(frozen=True, slots=True)
class Service:
    """A sheet with the ways to it."""

    sheet: Sheet
    offerings: tuple[Offering, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    services: tuple[Service, ...] = ()
    surroundings: Surroundings = Surroundings()
