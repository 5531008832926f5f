"""The sample province as values: what the registry publishes once it is imported (contract: The sample province)."""

from functools import cache
from pathlib import Path

from services.contracts.registry import Entry
from services.contracts.snapshot import Snapshot
from services.ops.province_files import load_province

DIRECTORY = Path(__file__).resolve().parents[2] / "deploy" / "sample" / "west-azerbaijan"


@cache
def sample_entries() -> list[Entry]:
    """Every entry as written in the files: version 0, nothing recorded yet."""
    return load_province(DIRECTORY)


@cache
def sample_snapshot() -> Snapshot:
    """The province right after its first import: every entry in version 1."""
    return Snapshot().with_entries(entry.model_copy(update={"version": 1}) for entry in sample_entries())
