"""Whether the units that a routing rule names can do the work: all that stands in the way, at once (domain 7)."""

from collections.abc import Iterator
from datetime import date

from services.contracts.entry import Status
from services.contracts.routing_rule import RoutingRule
from services.contracts.servable import agencies_of, too_few
from services.contracts.snapshot import Snapshot


def strangers(rule: RoutingRule, registry: Snapshot) -> Iterator[str]:
    """What it names of agencies that do no work for the service: nobody gives work to a stranger's people.

    The work is done by the agency that publishes the service, and by that of the unit which its sheet names.
    """
    sheet = registry.sheet(rule.service_id)
    if sheet is None:
        return
    if sheet.org_id != rule.org_id:
        yield f"serviceId names service {sheet.id}, which is of another agency"
    agencies = agencies_of(sheet, registry)
    for field, id in named_units(rule):
        unit = registry.unit(id)
        if unit is not None and unit.org_id not in agencies:
            yield f"{field} names unit {id}, which is of another agency"


def unattended(rule: RoutingRule, registry: Snapshot, day: date | None) -> Iterator[str]:
    """Units that are not in force, or have too few officers for the service, on that day. None: whatever their days."""
    for field, id in named_units(rule):
        unit = registry.unit(id)
        if unit is not None and unit.status is not Status.ACTIVE:
            yield f"{field} names unit {id}, which is not in force"
        elif unit is not None and registry.sheet(rule.service_id) is not None:
            yield from too_few(rule.service_id, id, registry, day)


def named_units(rule: RoutingRule) -> Iterator[tuple[str, str]]:
    """Each unit once, with the field in which it is named first."""
    fields: dict[str, str] = {}
    for number, row in enumerate(rule.rows):
        for place, step in enumerate(row.steps):
            fields.setdefault(step.unit_id, f"rows.{number}.steps.{place}.unitId")
        if row.no_competence_to is not None:
            fields.setdefault(row.no_competence_to, f"rows.{number}.noCompetenceTo")
    return ((field, id) for id, field in fields.items())
