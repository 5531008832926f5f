"""What stands against an entry as somebody wants it; who may want it stands in `changing.py` (domain 3)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from services.contracts.authority import over_delegated
from services.contracts.counties import nothing_in
from services.contracts.decision import Refused
from services.contracts.entry import Entry, Status
from services.contracts.flaws import RING, borrowed, elsewhere, is_ring
from services.contracts.references import references
from services.contracts.registry import Desk, Kiosk, Officer, Organization, Unit
from services.contracts.routable import strangers, unattended
from services.contracts.routing_rule import RoutingRule
from services.contracts.servable import contradictions
from services.contracts.service_sheet import Offering, Sheet
from services.contracts.snapshot import Snapshot
from services.contracts.working_calendar import WorkingCalendar
from services.registry.domain import life


def flaws_among(known: Entry | None, entry: Entry, others: Snapshot, today: date) -> list[str]:
    """Why it does not fit to what it names. An authority that somebody delegated is judged when it is given."""
    found = list(elsewhere(entry, others)) if isinstance(entry, Desk | Officer | Organization | Unit) else []
    if isinstance(entry, Desk | Kiosk | Unit | WorkingCalendar):
        found += borrowed(entry, others)
    if isinstance(entry, Officer):
        found += over_delegated(entry, others, known.authorities if isinstance(known, Officer) else ())
    if isinstance(entry, Organization) and is_ring(entry, others):
        found.append(RING)
    if isinstance(entry, Unit):
        found += _gone_before(known, entry, others)
    if isinstance(entry, RoutingRule):
        found += _unrecorded(entry, others)
        since = life.next_in_force(entry, today)
        found += strangers(entry, others) if since is None else unroutable(entry, others, since)
    return found


def _unrecorded(rule: RoutingRule, others: Snapshot) -> list[str]:
    """Nothing of a rule comes after it: by the next case somebody would look for it."""
    missing = {id: reference for reference, id in references(rule) if others.find(reference.kind, id) is None}
    return [f"{each.field} names {each.kind.KIND} {id}, which is not recorded" for id, each in missing.items()]


def unroutable(rule: RoutingRule, others: Snapshot, day: date) -> list[str]:
    """Why the units that it names could not do the work on that day."""
    then = Snapshot().with_entries(life.as_of(entry, day) for entry in others.every())
    return [*strangers(rule, then), *unattended(rule, then, day)]


def one_rule(rule: RoutingRule, others: Snapshot, today: date) -> None:
    """A service has one rule on any day. The next one is planned for the day on which the last is retired."""
    for other in others.every():
        if not isinstance(other, RoutingRule) or other.id == rule.id or other.service_id != rule.service_id:
            continue
        if day := life.both_in_force(rule, other, today):
            since = "" if day == today else f" from {day} on"
            raise Refused("SERVICE_HAS_RULE", f"{other.id} is the rule of {rule.service_id}{since}", names=[other.id])


def routes_again(rule: RoutingRule, others: Snapshot, day: date) -> None:
    """Raises Refused CANNOT_BE_ROUTED (422, with all `reasons`)."""
    if reasons := unroutable(rule, others, day):
        raise Refused("CANNOT_BE_ROUTED", "the rule cannot come back as it is", status=422, reasons=reasons)


def _gone_before(known: Entry | None, unit: Unit, others: Snapshot) -> list[str]:
    """Whom a unit newly names is there: its head in service, the others not gone for good.

    A unit that they have left since is not to be put right before anything else of it may change.
    """
    before = {(reference.path, id) for reference, id in references(known)} if known is not None else set()
    found = []
    for reference, id in references(unit):
        officer = others.officer(id) if reference.kind is Officer and (reference.path, id) not in before else None
        leads = reference.path == "head_officer_id"
        if officer is not None and (
            officer.status is Status.RETIRED or (leads and officer.status is not Status.ACTIVE)
        ):
            found.append(f"{reference.field}: {id} is not in service")
    return found


def one_licence(known: Entry | None, office: Kiosk, others: Snapshot) -> None:
    """A licence is of one office. Two that share one from before may still be changed, to put that right."""
    if isinstance(known, Kiosk) and known.holds_licence and known.licence_no == office.licence_no:
        return
    if not office.holds_licence:
        return
    for other in others.every_kiosk():
        if other.id != office.id and other.licence_no == office.licence_no and other.holds_licence:
            raise Refused("LICENCE_TAKEN", f"{other.id} has the licence {office.licence_no}", names=[other.id])


def one_key(known: Entry | None, office: Kiosk, others: Snapshot) -> None:
    """A public key has one name, of one office, for ever: else what was revoked signs again under another name.

    What is shared from before may stay, to be revoked.
    """
    stood = {(key.kid, key.public_key) for key in known.keys} if isinstance(known, Kiosk) else set()
    holders = {
        key.public_key: other.id for other in others.every_kiosk() if other.id != office.id for key in other.keys
    }
    named = Counter(key.public_key for key in office.keys)
    for key in office.keys:
        holder = office.id if named[key.public_key] > 1 else holders.get(key.public_key)
        if holder is not None and (key.kid, key.public_key) not in stood:
            detail = f"{holder} has, or had, a key with the public key of {key.kid}; make a new one"
            raise Refused("KEY_KNOWN", detail, names=[holder])


def keys_stay(known: Kiosk, entry: Kiosk) -> None:
    """A name has one key, for ever, and what was revoked stays so: an older copy of the office must not revive it."""
    wanted = {key.kid: key for key in entry.keys}
    for key in known.keys:
        same = wanted.get(key.kid)
        if same is None or same.public_key != key.public_key:
            raise Refused("KEY_FIXED", f"{key.kid} stays the name of the key that it was registered for; revoke it")
        if key.revoked_at is not None and same.revoked_at != key.revoked_at:
            raise Refused("KEY_FIXED", f"{key.kid} was revoked, and stays so; register another key")


def keys_go(known: Kiosk, entry: Kiosk, today: date) -> None:
    """An office that moves to another partner leaves the keys of the former one behind: nothing that they sign is its
    word any more (reliability 4)."""
    if entry.partner == known.partner:
        return
    former = {key.kid for key in known.keys}
    live = [
        key.kid
        for key in entry.keys
        if key.kid in former and key.revoked_at is None and (key.valid_to is None or key.valid_to >= today)
    ]
    if live:
        detail = f"keys that {known.partner} had registered would sign for it still; revoke them first: "
        raise Refused("KEYS_IN_FORCE", detail + ", ".join(live[:5]), names=live)


def as_its_sheet(known: Entry | None, entry: Entry, others: Snapshot, today: date) -> None:
    """Publishing refuses channels that contradict the sheet; so does recording one afterwards (domain 10).

    One that stands so from before may still be changed, to put that right; one that opens on no day contradicts nobody.
    """
    if not isinstance(entry, Offering) or not life.opens(entry, today):
        return
    sheet = others.sheet(entry.service_id)
    if sheet is None:
        return
    stood: frozenset[str] = frozenset()
    if isinstance(known, Offering) and life.opens(known, today):
        stood = frozenset(contradictions(sheet, known))
    reasons = [reason for reason in contradictions(sheet, entry) if reason not in stood]
    if reasons:
        raise Refused("CONTRADICTS_SHEET", "; ".join(reasons), status=422, reasons=reasons)


def named_there(known: Entry, entry: Entry, others: Snapshot, drafts: Mapping[str, str]) -> None:
    """What an officer newly names is there. A new entry may come before what it names: entries name each other."""
    before = _named(known)
    missing = {
        f"{kind.KIND} {id}": field
        for (kind, id), field in _named(entry).items()
        if (kind, id) not in before and others.find(kind, id) is None and not (kind is Sheet and id in drafts)
    }
    if missing:
        told = ", ".join(f"{field} names {name}" for name, field in [*missing.items()][:5])
        raise Refused("NAMES_UNKNOWN", f"not recorded: {told}", status=422, names=list(missing))


def _named(entry: Entry) -> dict[tuple[type[Entry], str], str]:
    """What it names, and in which field."""
    return {(reference.kind, id): reference.field for reference, id in references(entry)}


def in_no_county(nowhere: Sequence[str]) -> None:
    """A closure of a county in which nothing stands would be heard of by nobody, and looked for by nobody."""
    if nowhere:
        raise Refused("UNKNOWN_COUNTY", "; ".join(map(nothing_in, nowhere[:5])), status=422, names=list(nowhere))


def unused(known: Entry, entry: Entry, users: tuple[str, ...], today: date) -> None:
    """Whatever is in force, or will be, names nothing that is retired then, and no open case stands on it."""
    if users and life.ends_sooner(known, entry, today):
        raise Refused("IN_USE", f"still in use: {', '.join(users[:5])}", users=list(users))


def nothing_retired_under(known: Entry | None, entry: Entry, others: Snapshot, today: date) -> None:
    """The other way round: who comes, stays or comes back names nothing that is retired, or will be while it is not.

    What it newly names has to be there also while its own retirement waits; what it named may have waited with it.
    """
    before = _named(known) if known is not None else {}
    gone: dict[str, date] = {}
    for kind, id in _named(entry):
        other = others.find(kind, id)
        user = entry if (kind, id) in before else life.while_it_waits(entry, today)
        if other is not None and (day := life.retired_under(user, other, today)):
            gone[f"{kind.KIND} {id}"] = day
    if gone:
        told = [name if day == today else f"{name} from {day} on" for name, day in gone.items()]
        raise Refused("NAMES_RETIRED", f"retired: {', '.join(told[:5])}", names=list(gone))
