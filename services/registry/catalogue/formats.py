"""The three forms of a catalogue, their names and media types."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final


class Format(StrEnum):
    JSONLD = "JSONLD"
    XLSX = "XLSX"
    CSV = "CSV"


MEDIA_TYPES: Final[dict[Format, str]] = {
    Format.JSONLD: "application/ld+json",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv",
}
MAX_BYTES: Final = 24 * 1024**2
"""Of a file to be imported: 2,000 long sheets in JSON-LD take 20 MiB, and reading them fifteen times that."""


def format_of(media_type: str) -> Format | None:
    kind = media_type.partition(";")[0].strip().lower()
    return next((format for format, known in MEDIA_TYPES.items() if known == kind), None)


def preferred(accept: str | None, offered: Sequence[str]) -> str | None:
    """The media type that an Accept header likes best of those that we have; None when it takes none of them."""
    if not (accept or "").strip():
        return offered[0]
    best, found = 0.0, None
    for media_type in offered:
        likes = [weight for range, weight in _ranges(accept or "") if _fits(media_type, range)]
        if likes and likes[-1] > best:
            best, found = likes[-1], media_type
    return found


def _ranges(accept: str) -> list[tuple[str, float]]:
    """Ranges with their weights, from `*/*` to the exact ones: the last that fits a type is the one that counts."""
    found = []
    for part in accept.split(","):
        range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        try:
            found.append((range, float(weight)))
        except ValueError:
            continue
    return sorted(found, key=lambda one: -one[0].count("*"))


def _fits(media_type: str, range: str) -> bool:
    return range in ("*/*", media_type) or (range.endswith("/*") and media_type.startswith(range[:-1]))
