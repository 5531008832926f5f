"""The signatures of kiosk records are verified: a batch at a time, with keys from the registry alone."""

from collections.abc import Sequence
from datetime import datetime

from nacl.signing import VerifyKey

from services.contracts.decision import World
from services.contracts.envelope import MAX_VALUE_BYTES
from services.contracts.persian import fold_digits
from services.contracts.registry import Kiosk
from services.contracts.signature import HEADER, Detached, is_good, public_key, read_signature
from services.contracts.snapshot import Snapshot
from services.intake.domain.proving import NOBODY_KNOWN, OWN, Proof, holder_of, proof, unsigned
from services.intake.domain.rules import Rules
from services.runtime.entity import Received
from services.worktime.jalali import civil_day


def proofs(records: Sequence[Received], world: World[Rules]) -> list[Proof]:
    """What each record's signature shows, whether or not the record can be read."""
    return [_of_record(record, world) for record in records]


def proof_of(
    kiosk: Kiosk | None, value: bytes, signature: bytes | None, at: datetime, registry: Snapshot, *, vouched: bool
) -> Proof:
    """`vouched`: something else shows whose word it is, so that it need not be signed; but if it is, then rightly."""
    if kiosk is None:
        return NOBODY_KNOWN
    if signature is None:
        return OWN if vouched else unsigned(kiosk)
    detached = read_signature(signature) if len(value) <= MAX_VALUE_BYTES else None
    if detached is None:
        return unsigned(kiosk)
    signed_by = holder_of(registry, kiosk, detached.kid)
    good = signed_by is not None and _verified(detached, value, signed_by[1].public_key, registry)
    return proof(kiosk, signed_by, good=good, day=civil_day(at))


def _of_record(record: Received, world: World[Rules]) -> Proof:
    kiosk_id = fold_digits(record.key.decode(errors="replace")).rpartition(":")[0]
    signatures = [value for name, value in record.headers if name == HEADER]
    signature = (signatures[0] or b"") if signatures else None
    if len(signatures) > 1:
        signature = b""  # which of them is meant, nobody knows
    kiosk, vouched = world.registry.kiosk(kiosk_id), not world.rules.signatures_required
    return proof_of(kiosk, record.value, signature, record.at, world.registry, vouched=vouched)


def _verified(detached: Detached, value: bytes, registered: str, registry: Snapshot) -> bool:
    key = registry.once(("verifying-key", registered), lambda: _loaded(registered))
    return key is not None and is_good(detached, value, key)


def _loaded(registered: str) -> VerifyKey | None:
    return public_key(registered)
