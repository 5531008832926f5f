"""What an import found in a file: services as far as they could be read, and all that is wrong with each, at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.contracts.service_sheet import Offering
from services.registry.catalogue.remarks import Remark


@dataclass(frozen=True, slots=True)
class Found:
    """A service of a file. `where`: its row or its address there; `row`: its number in a table.

    `fields`: the JSON of a draft, as far as it goes. `given`: what a sheet gets in its life, which no draft takes.
    `unsaid`: fields of which the file has no word, and which stay as they are.
    `errors`: why it is not taken. `gaps`: what it still lacks, and what of it was left out.
    """

    where: str
    id: str | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    unsaid: tuple[str, ...] = ()
    offerings: tuple[Offering, ...] = ()
    errors: tuple[Remark, ...] = ()
    gaps: tuple[Remark, ...] = ()
    row: int | None = None
