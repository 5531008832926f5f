"""A partner gets its credentials, and new ones; a kiosk office's key is registered; what is lost is revoked.

Whoever licenses them gives; to revoke protects, and is the agency's own as well (domain 3).
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from services.contracts.decision import Decision, Refused, World
from services.contracts.entry import Reason
from services.contracts.identifiers import bears_number
from services.contracts.registry import ApiKey, Kiosk, Partner, SigningKey
from services.contracts.signature import weak
from services.contracts.wire import Command, Day, Id, TypedId
from services.registry.domain import access, against, claims
from services.registry.domain.changing import licence_by_officer
from services.registry.domain.officers import of_agency_or_above
from services.registry.domain.recording import Asked, published
from services.worktime.jalali import civil_day

KEYS_KEPT = 5
"""API keys of one partner: the one in use, and former ones whose time is not over."""


class Onboard(Command):
    """POST /v1/partners/{id}/onboard."""

    officer_id: TypedId


class Rotate(Command):
    """POST /v1/partners/{id}/rotate."""

    officer_id: TypedId
    reason: Reason


class RegisterKey(Command):
    """POST /v1/kiosks/{id}/keys: the public half of a key that the office has made."""

    kid: Id
    public_key: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    valid_from: Day | None = None
    """None = today."""
    valid_to: Day | None = None
    officer_id: TypedId


class RevokeKey(Command):
    """POST /v1/kiosks/{id}/keys/{kid}/revoke."""

    reason: Reason
    officer_id: TypedId


class WhichApiKeys(StrEnum):
    """Of a partner's API keys that are still taken."""

    FORMER = "FORMER"
    """Those before the one in use."""
    ALL = "ALL"


class RevokeApiKeys(Command):
    """POST /v1/partners/{id}/api-keys/revoke."""

    which: WhichApiKeys
    reason: Reason
    officer_id: TypedId


class CredentialsWish(Asked):
    """New credentials. What is drawn for the call is no part of what was asked: a repeat is the same call."""

    command: Onboard | Rotate
    nonce: str = Field(exclude=True)
    """Names the password and the API key that follow from it."""
    api_key_sha256: str = Field(exclude=True)
    grace: timedelta = Field(exclude=True)
    """How long the API key before is still taken."""


class RegisterKeyWish(Asked):
    command: RegisterKey


class RevokeKeyWish(Asked):
    kid: Id
    command: RevokeKey


class RevokeApiKeysWish(Asked):
    command: RevokeApiKeys


def credentials(partner: Partner | None, wish: CredentialsWish, world: World[None]) -> Decision[Partner]:
    """A password for the broker and an API key, the first ones or new ones.

    The broker has one password for an account: the former ends when the new one is set. The former API key is taken
    for a while yet. Refused: NOT_FOUND, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), NOT_IN_FORCE, ALREADY_ONBOARDED
    (rotate instead), NOT_ONBOARDED.
    """
    partner = _there(partner)
    licence_by_officer(partner, wish.command.officer_id, wish.around.entries)
    first = isinstance(wish.command, Onboard)
    if not partner.in_force(civil_day(world.now)):
        raise Refused("NOT_IN_FORCE", "its contract has ended, or is suspended")
    if first and partner.api_keys:
        raise Refused("ALREADY_ONBOARDED", "it has credentials; rotate gives it new ones")
    if not first and not partner.api_keys:
        raise Refused("NOT_ONBOARDED", "it has no credentials yet")
    until = world.now + wish.grace
    former = (_ends(key, until) for key in partner.api_keys if _taken(key, world.now))
    keys = (ApiKey(sha256=wish.api_key_sha256), *former)[:KEYS_KEPT]
    reason = None if isinstance(wish.command, Onboard) else wish.command.reason
    told = published(
        partner, partner.model_copy(update={"api_keys": keys}), world, by=wish.command.officer_id, reason=reason
    )
    opened = access.wanted(partner.id, granted=True, nonce=wish.nonce)
    answer = {**(told.answer or {}), "nonce": wish.nonce}
    return Decision(told.state, events=told.events, sends=(*told.sends, opened), answer=answer)


def register_key(kiosk: Kiosk | None, wish: RegisterKeyWish, world: World[None]) -> Decision[Kiosk]:
    """A key signs for its office from a day on.

    Refused: NOT_FOUND, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), KEY_KNOWN (a name has one key, and a key one
    name, of one office, for ever), CLAIM_ENDED, BAD_KID, WEAK_KEY, NO_SUCH_SPAN, TOO_MANY_KEYS (422).
    """
    kiosk, asked = _there(kiosk), wish.command
    licence_by_officer(kiosk, asked.officer_id, wish.around.entries)
    claims.in_time(wish.around.claimed_at, world.now)
    if any(key.kid == asked.kid for key in kiosk.keys):
        raise Refused("KEY_KNOWN", f"{kiosk.id} has, or had, a key of this name")
    if bears_number(asked.kid):
        raise Refused("BAD_KID", "its name bears somebody's national id or mobile", status=422)
    if weak(asked.public_key):
        raise Refused("WEAK_KEY", "not an Ed25519 public key that one holder alone can sign with", status=422)
    since = asked.valid_from or civil_day(world.now)
    if asked.valid_to is not None and asked.valid_to < since:
        raise Refused("NO_SUCH_SPAN", "it ends before it begins", status=422)
    key = SigningKey(kid=asked.kid, public_key=asked.public_key, valid_from=since, valid_to=asked.valid_to)
    keys = (*kiosk.keys, key)
    against.one_key(kiosk, kiosk.model_copy(update={"keys": keys}), wish.around.entries)
    return _with_keys(kiosk, keys, world, asked.officer_id, None)


def revoke_key(kiosk: Kiosk | None, wish: RevokeKeyWish, world: World[None]) -> Decision[Kiosk]:
    """From this moment on nothing that it signed is taken.

    Refused: NOT_FOUND, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), ALREADY_REVOKED.
    """
    kiosk = _there(kiosk)
    of_agency_or_above(wish.around.entries, wish.command.officer_id, kiosk.org_id)
    key = next((key for key in kiosk.keys if key.kid == wish.kid), None)
    if key is None:
        raise Refused("NOT_FOUND", f"{kiosk.id} has no such key", status=404)
    if key.revoked_at is not None:
        raise Refused("ALREADY_REVOKED", "it was revoked before")
    revoked = key.model_copy(update={"revoked_at": world.now})
    keys = tuple(revoked if known is key else known for known in kiosk.keys)
    return _with_keys(kiosk, keys, world, wish.command.officer_id, wish.command.reason)


def revoke_api_keys(partner: Partner | None, wish: RevokeApiKeysWish, world: World[None]) -> Decision[Partner]:
    """From this moment on they open nothing. Its account at the broker stays; rotation issues another API key.

    Refused: NOT_FOUND, UNKNOWN_OFFICER (422), NOT_AUTHORISED (403), ALREADY_REVOKED (none of these is taken any more).
    """
    partner, asked = _there(partner), wish.command
    of_agency_or_above(wish.around.entries, asked.officer_id, partner.org_id)
    lost = {
        key.sha256
        for key in partner.api_keys
        if _taken(key, world.now) and (asked.which is WhichApiKeys.ALL or key.valid_to is not None)
    }
    if not lost:
        raise Refused("ALREADY_REVOKED", "it has no such API key, or none that is still taken")
    keys = tuple(
        key.model_copy(update={"valid_to": world.now}) if key.sha256 in lost else key for key in partner.api_keys
    )
    changed = partner.model_copy(update={"api_keys": keys})
    told = published(partner, changed, world, by=asked.officer_id, reason=asked.reason)
    answer = {**(told.answer or {}), "revoked": len(lost)}
    return Decision(told.state, events=told.events, sends=told.sends, answer=answer)


def _with_keys(
    kiosk: Kiosk, keys: tuple[SigningKey, ...], world: World[None], by: str, reason: str | None
) -> Decision[Kiosk]:
    most = Kiosk.model_fields["keys"].metadata[0].max_length
    if len(keys) > most:
        raise Refused("TOO_MANY_KEYS", f"an office has at most {most} keys in its life", status=422)
    return published(kiosk, kiosk.model_copy(update={"keys": keys}), world, by=by, reason=reason)


def _taken(key: ApiKey, now: datetime) -> bool:
    return key.valid_to is None or key.valid_to > now


def _ends(key: ApiKey, until: datetime) -> ApiKey:
    return key if key.valid_to is not None else key.model_copy(update={"valid_to": until})


def _there(entry: Any) -> Any:
    if entry is None:
        raise Refused("NOT_FOUND", "there is no such entry", status=404)
    return entry
