"""`./mizban dlq` says by which clock its times are: letters by the stack's, marks by the machine's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from services.ops import dead_letters, looking
from services.ops.letters import Letter

OPEN = Letter("l-1", "mizban.intake", "sd.x.v1", 0, 7, "SCHEMA", 1, datetime(2027, 1, 5, tzinfo=UTC), "k", b"")
SENT_AGAIN = replace(OPEN, id="l-2", replayed_at=datetime(2026, 11, 27, tzinfo=UTC))


@pytest.mark.parametrize("letters", [[OPEN], [OPEN, SENT_AGAIN]])
def test_a_list_with_times_of_two_clocks_says_which_is_whose(
    letters: list[Letter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "kafka", lambda home: "broker.example:9092")
    monkeypatch.setattr(dead_letters, "all_letters", lambda bootstrap, group: letters)
    listed = CliRunner().invoke(dead_letters.dlq, ["ls"])
    assert listed.exit_code == 0, listed.output
    told = "Given up by the stack's clock, sent again by this machine's." in listed.output
    assert told == (SENT_AGAIN in letters)
