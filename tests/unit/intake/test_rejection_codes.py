"""Every code of the closed list has a message and is given by some rule (contract)."""

import ast
from collections.abc import Iterator

from services.contracts.kiosk import Rejection
from services.intake.domain.outcomes import MESSAGES
from services.ops.home import ROOT


def codes_in_functions() -> Iterator[Rejection]:
    """A code that only a table at the top of a module names is given by nobody."""
    for path in (ROOT / "services" / "intake").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for node in ast.walk(function):
                    match node:
                        case ast.Attribute(value=ast.Name(id="Rejection"), attr=name):
                            yield Rejection[name]


def test_every_code_has_a_message() -> None:
    assert set(MESSAGES) == set(Rejection)


def test_every_code_is_given_by_some_rule() -> None:
    assert set(codes_in_functions()) == set(Rejection)
