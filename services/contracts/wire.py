"""The two kinds of JSON object on the wire, and the instant they share."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from services.contracts.persian import fold_digits

D = TypeVar("D", date, datetime)
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
"""Date and time; that the zone is there is looked at apart, since its want has a word of its own."""


def _instant(value: Any) -> datetime:
    if type(value) is datetime and value.tzinfo is UTC and not value.microsecond:  # nearly always
        return value
    if isinstance(value, str):
        return _read_instant(value)
    if not isinstance(value, datetime):  # pydantic itself would read 1700000000 as one
        raise ValueError("an instant is text, for example 2026-11-23T08:30:00Z")
    return _whole_seconds(value)


@lru_cache(maxsize=4096)  # the events of a batch share most of theirs
def _read_instant(text: str) -> datetime:
    if not RFC_3339.fullmatch(text):
        raise ValueError("an instant is text, for example 2026-11-23T08:30:00Z")
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("an instant is RFC 3339 text, for example 2026-11-23T08:30:00Z") from None
    return _whole_seconds(value)


def _whole_seconds(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs a zone, for example 2026-11-23T08:30:00Z")
    try:
        return value.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise ValueError("an instant lies within the years 1 to 9999, in UTC too") from None


@lru_cache(maxsize=4096)  # the messages of a batch share their second
def instant_text(moment: datetime) -> str:
    """An instant as it is written and stored: of one width, so that its text sorts as time does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


Instant = Annotated[datetime, BeforeValidator(_instant)]
"""A moment in UTC, whole seconds, written `2026-11-23T08:30:00Z` (`instant_text`)."""


FIRST_YEAR, LAST_YEAR = 1922, 2120
"""Of our time, Jalali 1301 to 1499: beyond it a date is a slip of the hand, and cannot be reckoned with."""


def _of_our_time(value: D) -> D:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"a year from {FIRST_YEAR} to {LAST_YEAR} is meant; what has no end is left out")
    return value


Day = Annotated[date, AfterValidator(_of_our_time)]
"""A day that somebody has named, in Tehran."""

Moment = Annotated[Instant, AfterValidator(_of_our_time)]
"""An instant that somebody has named: when something was, or is to be."""


def _folded(value: Any) -> Any:
    return fold_digits(value) if isinstance(value, str) and not value.isascii() else value


AsciiDigits = BeforeValidator(_folded)
"""Persian and Arabic digits in a code are read as ASCII, whoever typed them (domain 9)."""

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$")]
"""An opaque identifier, safe in keys, headers and paths."""

TypedId = Annotated[Id, AsciiDigits]
"""An identifier as people and programs outside write it."""

Flag = Annotated[bool, Field(strict=True)]
"""True or false: a text such as "no" is a mistake of the sender, not an answer."""

Amount = Annotated[int, Field(ge=0, le=10**15, strict=True)]
"""IRR, up to far more than any service costs: a number that every store and every JSON reader holds."""


_set_fields, _set_fields_set, _set_extra, _set_private = (
    BaseModel.__dict__[slot].__set__
    for slot in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)
"""What a model is made of, set past the guard that keeps it frozen."""


class Wire(BaseModel):
    """A fact we publish or keep: camelCase, frozen; unknown fields are ignored, so that v1 may grow (design 3)."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's own in half the time: what is frozen may be shared, so `model_fields_set` is the original's."""
        if deep:
            return super().model_copy(update=update, deep=True)
        changed = self.__class__.__new__(self.__class__)
        _set_fields(changed, {**self.__dict__, **(update or {})})
        _set_fields_set(changed, self.__pydantic_fields_set__)
        _set_extra(changed, None)
        _set_private(changed, None)
        return changed

    def to_wire(self) -> dict[str, Any]:
        """The JSON object as plain dicts, lists, strings and numbers; most states are stored so."""
        return self.model_dump(mode="json", by_alias=True)

    def to_sparse(self) -> dict[str, Any]:
        """The same without what stands at its default: read again, it is the same object."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def to_json(self) -> bytes:
        return self.__pydantic_serializer__.to_json(self, by_alias=True)


class Made(Wire):
    """A fact that our own rules make, of values that were read and judged before: only what is read is validated.

    Making one this way takes a tenth of the time, and a case is made of thirty. The types of the fields are mypy's to
    check, where it is made; their bounds are a promise of the rule. Tests validate each that is made, and fail where
    that changes a value.
    """

    _fields_at_rest: ClassVar[dict[str, Any]]
    _names: ClassVar[set[str]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        made_anew = [name for name, field in cls.model_fields.items() if field.default_factory is not None]
        if made_anew:
            raise TypeError(f"{cls.__name__}: {', '.join(made_anew)} would be shared by all that are made")
        cls._fields_at_rest = {name: field.default for name, field in cls.model_fields.items()}
        cls._names = set(cls.model_fields)

    if not TYPE_CHECKING:

        def __init__(self, /, **fields: Any) -> None:
            _set_fields(self, {**self._fields_at_rest, **fields})
            _set_fields_set(self, self._names)
            _set_extra(self, None)
            _set_private(self, None)

        __init__.__pydantic_base_init__ = True  # what is read does not pass here: pydantic fills it in itself


class Command(BaseModel):
    """What a caller asks for: camelCase, frozen; an unknown field is refused, since it would be silently lost."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")

    def to_wire(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


def digest(body: BaseModel) -> str:
    """A fingerprint of what was said: the same for the same content, however its fields were ordered or spelt.

    A field left at its default does not count, so that a sender who repeats itself is known again by a later version
    that has more fields (design 3).
    """
    return sha256(body.__pydantic_serializer__.to_json(body, by_alias=True, exclude_defaults=True)).hexdigest()[:32]
