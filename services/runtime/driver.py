"""MongoDB's driver: what its errors mean to whoever uses the store."""

from pymongo.errors import BulkWriteError, ConnectionFailure, ExecutionTimeout, OperationFailure, PyMongoError

DUPLICATE_KEY = 11000
"""Of one write: a unique index, that of the ids among them, has its value already."""


class StoreAway(Exception):
    """The store does not answer, or not in time; what was being written may or may not be there."""


def translated(error: PyMongoError) -> Exception:
    """A passing condition becomes StoreAway; anything else is a fault of ours and stays what it is."""
    if isinstance(error, ConnectionFailure | ExecutionTimeout):
        return StoreAway(type(error).__name__)
    if isinstance(error, BulkWriteError) and _only_passing(error):
        return StoreAway("a bulk write was not confirmed")
    if isinstance(error, OperationFailure) and (error.code in _PASSING or error.has_error_label("RetryableWriteError")):
        return StoreAway(f"code {error.code}")
    return error


def _only_passing(error: BulkWriteError) -> bool:
    """Whether all that went wrong is a primary that stepped down, or that most have not confirmed what was written."""
    details = error.details or {}
    refused = [item.get("code") for item in details.get("writeErrors", ())]
    return bool(refused or details.get("writeConcernErrors")) and _PASSING.issuperset(refused)


_PASSING = frozenset({6, 7, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436, 14031, 50})
"""Server codes that pass: hosts unreachable, stepping down, shutting down, time limits, out of disk space (14031)."""
