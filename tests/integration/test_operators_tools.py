"""The operators' tools say so when what they are asked for, or the whole stack, is not there."""

from pathlib import Path

import pytest

from tests.support.operators import mizban
from tests.support.stack import Stack


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("dlq", "show", "no-such-letter"), "there is no dead letter no-such-letter"),
        (("dlq", "replay", "--id", "no-such-letter", "--yes"), "there is no dead letter"),
        (("dlq", "ls", "--group", "mizban.nobody"), "no group mizban.nobody"),
        (("dlq", "replay", "--yes"), "say which letters"),
    ],
)
def test_what_is_not_there_is_told(stack: Stack, command: tuple[str, ...], told: str) -> None:
    code, output = mizban(*command)
    assert (code, told in output) == (1, True), output


@pytest.mark.parametrize("command", [("topics",), ("dlq", "ls"), ("trace", "x")])
def test_without_a_stack_each_tool_says_so(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MIZBAN_HOME", str(tmp_path))
    code, output = mizban(*command)
    assert (code, "the stack is not up" in output) == (1, True)
