"""The one promise of a case."""

from services.contracts.commitment import Commitment
from services.intake.domain.request import Request


def the_promise(request: Request) -> Commitment:
    assert request.case is not None
    (promise,) = request.case.commitments
    return promise
