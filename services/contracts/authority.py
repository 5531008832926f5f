"""What an officer may do: by an authority of their own, or by one that somebody delegates who still has it (I13)."""

from collections.abc import Container, Iterator
from datetime import date

from services.contracts.entry import Status
from services.contracts.registry import Action, Authority, Officer
from services.contracts.snapshot import Snapshot


def held(registry: Snapshot, officer: Officer, service_id: str, action: Action, day: date) -> Iterator[Authority]:
    """The officer's authorities for that action on that day. One that was delegated ends with the one behind it."""
    for authority in officer.authorities:
        if _covers(authority, service_id, action, day) and _stands(registry, authority, service_id, action, day):
            yield authority


def within(authority: Authority, amount: int | None) -> bool:
    """Whose authority ends at an amount does not decide where none is named: else it would be left out."""
    return authority.max_amount is None or (amount is not None and amount <= authority.max_amount)


def over_delegated(officer: Officer, registry: Snapshot, stood: Container[Authority] = ()) -> Iterator[str]:
    """Each authority that was delegated by somebody who does not have it, or not so much, or not so long.

    `stood`: those that the officer had before. They are not judged again: what they allow is judged day by day.
    """
    for authority in officer.authorities:
        if authority.delegated_by is None or authority in stood:
            continue
        source = registry.officer(authority.delegated_by)
        what = f"authority for {authority.service_id}, delegated by {authority.delegated_by}"
        if source is None or source.status is not Status.ACTIVE:
            yield f"{what}: no such officer is in service"
        elif source.id == officer.id:
            yield f"{what}: nobody delegates to themselves"
        elif source.org_id != officer.org_id:
            yield f"{what}: they are of another agency"
        else:
            for action in authority.actions:
                if not any(_includes(own, authority, action) for own in source.authorities):
                    yield f"{what}: they may not {action.lower()} it themselves, so much and so long"


def _includes(own: Authority, delegated: Authority, action: Action) -> bool:
    """Whether one authority covers another for an action. What was delegated is not delegated on."""
    return (
        own.delegated_by is None
        and own.service_id == delegated.service_id
        and action in own.actions
        and own.valid_from <= delegated.valid_from
        and (own.valid_to is None or (delegated.valid_to is not None and delegated.valid_to <= own.valid_to))
        and (own.max_amount is None or (delegated.max_amount is not None and delegated.max_amount <= own.max_amount))
    )


def _covers(authority: Authority, service_id: str, action: Action, day: date) -> bool:
    return (
        authority.service_id == service_id
        and action in authority.actions
        and authority.valid_from <= day
        and (authority.valid_to is None or day <= authority.valid_to)
    )


def _stands(registry: Snapshot, authority: Authority, service_id: str, action: Action, day: date) -> bool:
    if authority.delegated_by is None:
        return True
    source = registry.officer(authority.delegated_by)
    return (
        source is not None
        and source.status is Status.ACTIVE
        and any(
            own.delegated_by is None
            and _covers(own, service_id, action, day)
            and (own.max_amount is None or within(own, authority.max_amount))
            for own in source.authorities
        )
    )
