"""What our own rules make is taken at its word in production (`wire.Made`). Here each is validated where it is made."""

from typing import Any
from unittest.mock import patch

from pydantic import ValidationError

from services.contracts.wire import Made, Wire


def validated_when_made() -> None:
    """From now on whoever makes what a reader would refuse, or read as something else, fails."""
    taken_at_its_word = Made.__init__

    def validated(self: Made, /, **fields: Any) -> None:
        taken_at_its_word(self, **fields)
        _validate(self)

    vars(validated)["__pydantic_base_init__"] = True  # what is read does not pass here either
    patch.object(Made, "__init__", validated).start()


def _validate(made: Wire) -> None:
    kind = type(made)
    try:
        read = kind.model_validate(dict(made))
    except ValidationError as error:  # not let through: a rule might count on it, which production does not raise
        raise AssertionError(f"{kind.__name__} is made of what no reader takes: {error}") from None
    for name, value in dict(made).items():
        there = getattr(read, name, None)
        assert isinstance(value, type(there)), f"{kind.__name__}.{name}: {value!r} would be read as {there!r}"
        assert value == there, f"{kind.__name__}.{name}: {value!r} would be read as {there!r}"
