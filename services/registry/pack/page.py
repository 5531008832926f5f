"""A pack on paper: A4, right to left, no scripts, nothing from outside; Persian digits and Jalali dates."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from services.contracts.persian import persian_digits
from services.registry.pack.figures import SECTIONS, TABLES
from services.registry.pack.words import WHY, month_name, row_to_read, to_read


def page(content: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """An HTML document."""
    shown = {
        "content": content,
        "about": about,
        "month": persian_digits(month_name(content["month"])),
        "sections": [
            (title, [_figure(content, code) for code in figures if code in content["figures"]])
            for title, figures in SECTIONS.values()
            if content["figures"].keys() & figures.keys()
        ],
        "tables": [_table(content, name) for name in TABLES if content["tables"].get(name)],
        "hash": " ".join(re.findall(".{8}", about["sha256"])),
    }
    text: str = _page().render(shown)
    return text


def _figure(content: Mapping[str, Any], code: str) -> dict[str, str]:
    told = next(figures[code] for _, figures in SECTIONS.values() if code in figures)
    figure = content["figures"][code]
    of, why = figure.get("of"), figure.get("why")
    return {
        "label": told.label,
        "value": to_read(figure["value"], told.measure),
        "of": f"از {persian_digits(str(of))}" if of else "",
        "why": WHY[why] if why else "",
    }


def _table(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    table, rows = TABLES[name], content["tables"][name]
    columns = {key: told for key, told in table.columns.items() if key in rows[0]}
    return {
        "label": table.label,
        "headings": [table.row, *(told.label for told in columns.values())],
        "rows": [
            [
                row_to_read(name, row["id"]),
                *(to_read(row[key], told.measure, key) for key, told in columns.items()),
            ]
            for row in rows
        ],
        "hidden": WHY["SMALL"] if any("why" in row for row in rows) else "",
    }


@cache
def _page() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only printing needs it

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fa"] = lambda value: persian_digits(str(value))
    return environment.get_template("pack.html")
