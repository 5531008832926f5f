"""Whether everybody hears of everything, or it is said why not: each event, audience, channel and language (12.12)."""

from collections.abc import Iterator
from itertools import product
from typing import Final, NamedTuple

from services.contracts.deficiency import DEFICIENCY_VERBS
from services.contracts.intake import DEMAND_VERBS, REQUEST_VERBS
from services.notify.domain.kinds import KINDS
from services.notify.domain.notices import Notice
from services.notify.domain.routes import DEFICIENCY_ROUTES, RETURN_ROUTES, RETURNED, ROUTES, VISIT_ROUTES, NoNotice
from services.notify.domain.templates import WRITTEN_FOR, Catalogue, TemplateError, template_id
from services.notify.domain.tokens import Lang

_HEARD: Final = (*REQUEST_VERBS, *DEMAND_VERBS)


class Told(NamedTuple):
    """What one audience is told after one event."""

    event: str
    about_visit: bool
    audience: str
    told: Notice | NoNotice


def told() -> Iterator[Told]:
    """The whole table, every event with each of its audiences."""
    tables = (
        *((verb, False, route._asdict()) for verb, route in ROUTES.items()),
        *((verb, True, route._asdict()) for verb, route in VISIT_ROUTES.items()),
        *((RETURNED, False, route._asdict()) for route in RETURN_ROUTES.values()),
        *((verb, False, route._asdict()) for verb, route in DEFICIENCY_ROUTES.items()),
    )
    for verb, about_visit, audiences in tables:
        for audience, said in audiences.items():
            yield Told(verb, about_visit, audience, said)


def holes(catalogue: Catalogue) -> tuple[str, ...]:
    """What nobody would hear of, each by name; nothing when all is covered."""
    known = catalogue.ids()
    texts = {
        template_id(name, channel, lang): KINDS[name].notice
        for name, channel, lang in product(KINDS, WRITTEN_FOR, Lang)
    }
    spoken = {kind.notice for kind in KINDS.values()}
    return (
        *(f"no route for {verb}" for verb in _HEARD if verb not in ROUTES),
        *(f"no route for {verb}" for verb in DEFICIENCY_VERBS if verb not in DEFICIENCY_ROUTES),
        *(f"no text says {notice}" for notice in Notice if notice not in spoken),
        *(f"no template {id} for {notice}" for id, notice in texts.items() if id not in known),
    )


def refuse_holes(catalogue: Catalogue) -> None:
    """Raises TemplateError, which names every hole: a service that would be silent somewhere does not start."""
    found = holes(catalogue)
    if found:
        raise TemplateError("; ".join(found))
