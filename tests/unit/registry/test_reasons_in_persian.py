"""Every sentence in which the rules say what is wrong with a sheet has its Persian words, and no words are left over.

Persian is found by a pattern of the English sentence: a rule that says it otherwise would be told as `incomplete`.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

from services.contracts import counties, flaws, servable
from services.registry.catalogue.remarks import FLAWS
from services.registry.domain import serving, sheets
from services.registry.sheet_words import REASONS

RULES: Final[tuple[ModuleType | Callable[..., Any], ...]] = (
    servable,
    serving,
    sheets.publish,
    counties.nothing_in,
    flaws.flaws,
    flaws.numbered_types,
    flaws._of_sheet,
    flaws._of_times,
    flaws._of_offering,
    flaws._of_span,
)
PATTERNS: Final = (*(pattern for pattern, _ in REASONS), *(pattern for pattern, _, _ in FLAWS))
EXAMPLES: Final = {"what": "the offering"}
"""What a sentence names, where not anything may stand there."""


def test_every_sentence_has_its_persian_words() -> None:
    found = [*sentences()]
    assert len(found) > 25
    assert [said for said in found if not any(re.fullmatch(pattern, said) for pattern in PATTERNS)] == []


def test_no_words_are_for_a_sentence_that_no_rule_says() -> None:
    found = [*sentences(), "unitId is missing"]  # a gap of a draft: said by its type
    assert [pattern for pattern in PATTERNS if not any(re.fullmatch(pattern, said) for said in found)] == []


def sentences() -> Iterator[str]:
    """What the rules yield, append or return as a text; `1` for whatever it names."""
    for rule in RULES:
        known = vars(rule if isinstance(rule, ModuleType) else sys.modules[rule.__module__])
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(rule)))):
            said: ast.expr | None = None
            if isinstance(node, ast.Yield | ast.Return):
                said = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
                said = node.args[0]
            text = _text(said, known)
            if text:
                yield text


def _text(said: ast.expr | None, known: dict[str, Any]) -> str:
    match said:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            value = EXAMPLES.get(name, known.get(name))
            return str(value) if isinstance(value, str | int) else ""
        case ast.JoinedStr(values=parts):
            return "".join(_text(part, known) for part in parts)
        case ast.FormattedValue(value=value):
            return _text(value, known) or "1"
    return ""
