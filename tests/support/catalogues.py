"""Catalogues for tests: the sample province's, and any that the published language allows."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from hypothesis import strategies as st

from services.contracts.entry import MANY, Status
from services.contracts.registry import Officer, Organization, Unit
from services.contracts.service_sheet import Channel, DurationUnit, Extent, Maturity, Offering, Sheet
from services.registry.catalogue.found import Found
from services.registry.catalogue.listed import Authority, Catalogue, Service, Surroundings
from tests.support.sample import sample_entries


@cache
def sample_catalogue() -> Catalogue:
    """Every sheet of the sample province with its offerings, and what must be known of its agencies."""
    entries = sample_entries()
    offerings = [entry for entry in entries if isinstance(entry, Offering)]
    services = tuple(
        Service(sheet, tuple(sorted((o for o in offerings if o.service_id == sheet.id), key=lambda o: o.id)))
        for sheet in sorted((e for e in entries if isinstance(e, Sheet)), key=lambda sheet: sheet.id)
    )
    parties = {f"unit:{entry.id}": entry.name for entry in entries if isinstance(entry, Unit)}
    parties |= {f"officer:{entry.id}": entry.post for entry in entries if isinstance(entry, Officer)}
    return Catalogue(
        services,
        Surroundings(
            authorities={
                entry.id: Authority(entry.id, entry.name, entry.province, entry.name_en)
                for entry in entries
                if isinstance(entry, Organization)
            },
            parties=parties,
            hours={"wa-tax": "شنبه ۰۷:۳۰ تا ۱۴:۳۰"},
            publisher="wa-governorate",
        ),
    )


def sheet_of(found: Found) -> Sheet:
    """The sheet that a file says in full."""
    assert (found.errors, found.gaps) == ((), ()), found.id
    return Sheet.model_validate({**found.fields, **found.given})


def service_of(found: Found) -> Service:
    return Service(sheet_of(found), found.offerings)


# --- any catalogue ---------------------------------------------------------------------------------------------------

_AWKWARD = st.sampled_from(
    ["", " ", "می‌شود", "\\e", "\\", "\\n", "a|b", "a\\|b", "=1+1", "'=1", "+98", "-", "@x", "x005F_x_x0041_", "،,;"]
)
TEXTS = _AWKWARD | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
"""What people write, and what spoils files: no half characters and no NUL, which no text of ours may hold."""
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,20}", fullmatch=True)
DAYS = st.dates(date(1922, 1, 1), date(2120, 12, 31))
MOMENTS = st.integers(0, 3_786_912_000).map(lambda second: datetime.fromtimestamp(second, UTC))
"""Until 2090."""


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def _tuples(values: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(values, min_size=least, max_size=3).map(tuple)


_TIMES = st.fixed_dictionaries({"value": st.integers(1, MANY), "unit": st.sampled_from(DurationUnit)})
_PLANS = _tuples(
    st.fixed_dictionaries(
        {
            "status": st.sampled_from([Status.ACTIVE, Status.SUSPENDED, Status.RETIRED]),
            "since": DAYS,
        }
    )
)
_COUNTS = st.integers(0, MANY)
_GROUNDS = st.sampled_from(["IDENTITY", "ORIGINAL", "BIOMETRIC", "OATH"])
_DECIDED = st.sampled_from(["YES", "NO", "UNDECIDED"])
_CHANNELS = st.sampled_from(Channel)
_EXTENTS = st.sampled_from(Extent)

_SHEETS = st.fixed_dictionaries(
    {
        "id": IDS,
        "org_id": IDS,
        "version": st.integers(0, 2**53),
        "status": st.sampled_from(Status),
        "planned": _PLANS,
        "name": TEXTS,
        "name_en": TEXTS,
        "description": TEXTS,
        "audience": st.sampled_from(["CITIZEN", "BUSINESS", "BOTH"]),
        "sector": TEXTS,
        "spatial": TEXTS,
        "life_events": _tuples(TEXTS),
        "initiation": st.sampled_from(["REQUEST", "DATE", "EVENT", "AGENCY", "OTHER"]),
        "information_only": st.booleans(),
        "information": TEXTS,
        "requirements": _tuples(
            st.fixed_dictionaries(
                {
                    "evidence_type": IDS,
                    "name": TEXTS,
                    "original_needed": st.booleans(),
                    "mandatory": st.booleans(),
                    "held_by": _maybe(IDS),
                    "condition": _maybe(TEXTS),
                }
            )
        ),
        "legal_resources": _tuples(st.fixed_dictionaries({"title": TEXTS, "article": TEXTS})),
        "processing_time": st.fixed_dictionaries(
            {
                "average": _TIMES,
                "maximum": _TIMES,
                "legal": _TIMES,
                "by_channel": _tuples(
                    st.fixed_dictionaries({"channel": _CHANNELS, "average": _TIMES, "maximum": _TIMES})
                ),
            }
        ),
        "costs": _tuples(
            st.fixed_dictionaries({"amount": st.integers(0, 10**15), "channel": _maybe(_CHANNELS), "pay_at": TEXTS})
        ),
        "output": st.fixed_dictionaries({"type": IDS, "name": TEXTS, "collectable": st.booleans()}),
        "declared_visits": _COUNTS,
        "stages": _tuples(TEXTS, least=1),
        "unit_id": IDS,
        "responsible_officer_id": IDS,
        "contact": st.fixed_dictionaries({"name": TEXTS, "phone": TEXTS}),
        "presence": _maybe(
            st.fixed_dictionaries(
                {"ground": _GROUNDS, "stage": st.sampled_from(["request", "production", "delivery"]), "law": TEXTS}
            )
        ),
        "kioskable": st.fixed_dictionaries({"urban": _DECIDED, "rural": _DECIDED, "reason": TEXTS}),
        "objection": st.fixed_dictionaries({"days": _COUNTS, "body": TEXTS, "how": TEXTS}),
        "maturity_declared": st.sampled_from(Maturity),
        "maturity_verified": st.sampled_from(Maturity),
        "maturity_verified_by": _maybe(IDS),
        "maturity_verified_at": _maybe(MOMENTS),
        "on_spot": st.booleans(),
        "attested_by": IDS,
        "attested_at": MOMENTS,
        "attestation_expires": DAYS,
    }
).map(Sheet.model_validate)

_OFFERINGS = st.fixed_dictionaries(
    {
        "id": IDS,
        "org_id": IDS,
        "version": st.integers(0, 2**53),
        "status": st.sampled_from(Status),
        "planned": _PLANS,
        "service_id": IDS,
        "channel": _CHANNELS,
        "information": _EXTENTS,
        "request": _EXTENTS,
        "production": _EXTENTS,
        "delivery": _EXTENTS,
        "presence_reason": _maybe(_GROUNDS),
        "counties": _tuples(TEXTS),
        "valid_from": DAYS,
        "valid_to": _maybe(DAYS),
        "url": _maybe(TEXTS),
    }
).map(Offering.model_validate)


@st.composite
def services(draw: st.DrawFn) -> Service:
    """A sheet and its offerings, each offering with an id of its own."""
    sheet = draw(_SHEETS)
    offerings = draw(st.lists(_OFFERINGS, max_size=2, unique_by=lambda offering: offering.id))
    whose = {"service_id": sheet.id}
    found = sorted((offering.model_copy(update=whose) for offering in offerings), key=lambda offering: offering.id)
    return Service(sheet, tuple(found))


def catalogues() -> st.SearchStrategy[Catalogue]:
    """Up to two services; all offerings have ids of their own, as in the registry."""

    def apart(found: list[Service]) -> bool:
        ids = [offering.id for service in found for offering in service.offerings]
        return len(ids) == len(set(ids))

    lists = st.lists(services(), max_size=2, unique_by=lambda service: service.sheet.id).filter(apart)
    return lists.map(lambda found: Catalogue(tuple(sorted(found, key=lambda service: service.sheet.id))))
