"""Pages to print: HTML from a template that lies beside the code, with all that is put into it escaped."""

from functools import cache
from pathlib import Path
from typing import Any

from services.contracts.persian import persian_digits


@cache
def page(module: str, name: str) -> Any:
    """The template of this name in the folder `pages` beside a module (its `__file__`).

    The filter `fa` writes digits as Persian does. A name that is given no value is an error, not a gap.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only printing needs it

    environment = Environment(
        loader=FileSystemLoader(Path(module).parent / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fa"] = lambda value: persian_digits(str(value))
    return environment.get_template(name)
