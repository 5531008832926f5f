"""Whose word a submission is: who signed it, and what becomes of one that its office has not signed.

A record names a kiosk office; anybody with an account of some partner could write that name. So only what an office's
own key has signed, or what came with its partner's API key, gets to the office's filing. All else has an entity of its
own, apart from it: whatever is forged in an office's name uses up none of its references, revisions or answers, holds
up nothing of it, and is told under a subject of its own, without a revision.
"""

from datetime import date

from services.contracts.envelope import derived_id
from services.contracts.kiosk import Outcome, Rejection
from services.contracts.registry import Kiosk, SigningKey
from services.contracts.snapshot import Snapshot
from services.contracts.wire import Id, Wire


class Proof(Wire):
    """What a record's signature, or the API key it came with, shows."""

    own: bool
    """It is the word of the office that it names."""
    code: Rejection | None = None
    """Why it is not; None also while the office is not known, so that there is nobody to compare with."""
    partner: Id | None = None
    """Who is told: the signer's partner, or that of the office named when nobody has signed."""
    former_key: bool = False
    """A key of the office has signed it that is not in force: what is answered already gets no second answer."""


OWN = Proof(own=True)
NOBODY_KNOWN = Proof(own=False)


def holder_of(registry: Snapshot, kiosk: Kiosk, kid: str) -> tuple[Kiosk, SigningKey] | None:
    """Whose key is named: one of this office, else of the one other office that has a key of this name."""
    key = next((key for key in kiosk.keys if key.kid == kid), None)
    return (kiosk, key) if key is not None else registry.once(("holders",), lambda: _holders(registry)).get(kid)


def proof(kiosk: Kiosk, signed_by: tuple[Kiosk, SigningKey] | None, *, good: bool, day: date) -> Proof:
    """What follows for a record that is signed in the right form (reliability 4).

    SOURCE_MISMATCH: by a key that nobody has, or that is another office's, whose partner is told. BAD_SIGNATURE: it
    does not fit, or the key is not in force on the day on which the record came.
    """
    if signed_by is None:
        return Proof(own=False, code=Rejection.SOURCE_MISMATCH, partner=kiosk.partner)
    holder, key = signed_by
    if not good or not key.in_force(day):
        return unsigned(kiosk, former_key=good and holder.id == kiosk.id)
    if holder.id != kiosk.id:
        return Proof(own=False, code=Rejection.SOURCE_MISMATCH, partner=holder.partner)
    return OWN


def unsigned(kiosk: Kiosk, *, former_key: bool = False) -> Proof:
    """Nothing shows who has sent it: nor does a former key, which may be in anybody's hands."""
    return Proof(own=False, code=Rejection.BAD_SIGNATURE, partner=kiosk.partner, former_key=former_key)


class UnprovenOutcome(Outcome):
    """An answer to what nobody's signature proves: numbered apart from all that its office is told of its own."""

    def subject(self) -> str:
        return f"unproven/{self.partner}/{self.key()}"


def request_of(kiosk_id: str, external_ref: str) -> str:
    """The request that a kiosk's submission opens: all revisions lead to the same."""
    return derived_id("kiosk", kiosk_id, external_ref)


def apart(kiosk_id: str, external_ref: str, partner: str | None) -> str:
    """The entity of what came in an office's name and is not its word. `partner`: who is told."""
    return derived_id("unproven", partner or "", kiosk_id, external_ref)


def _holders(registry: Snapshot) -> dict[str, tuple[Kiosk, SigningKey]]:
    found: dict[str, list[tuple[Kiosk, SigningKey]]] = {}
    for kiosk in registry.every_kiosk():
        for key in kiosk.keys:
            found.setdefault(key.kid, []).append((kiosk, key))
    return {kid: holders[0] for kid, holders in found.items() if len(holders) == 1}
