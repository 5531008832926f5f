"""`./mizban` offers what the design names, and tells mishaps in one message."""

import errno
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.ops import cli, stack
from services.ops.errors import StackError

run = CliRunner().invoke


@pytest.mark.parametrize("name", ["up", "down", "status", "reset", "env", "clock", "test", *cli.LATE])
def test_every_command_explains_itself(name: str) -> None:
    answer = run(cli.app, [name, "--help"])
    assert answer.exit_code == 0, answer.output
    assert "Usage" in answer.output
    assert "--install-completion" not in answer.output


def test_every_command_is_listed_by_its_name() -> None:
    listed = run(cli.app, ["-h"], env={"COLUMNS": "80"}).output
    assert [name for name in cli.LATE if f"│ {name} " not in listed] == []


def test_a_clock_for_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIZBAN_HOME", str(tmp_path))
    run(cli.app, ["clock", "set", "2040-11-23T12:00"])
    assert run(cli.app, ["clock", "show", "--utc"]).output.startswith("2040-11-23T08:30:0")


def test_a_command_that_is_not_there_is_refused() -> None:
    assert run(cli.app, ["fly"]).exit_code == 2


def test_reset_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    deleted: list[object] = []
    monkeypatch.setattr(stack, "reset", deleted.append)
    asked = run(cli.app, ["reset"], input="n\n")
    assert (asked.exit_code, "passwords and keys" in asked.output) == (1, True)
    assert not deleted
    assert run(cli.app, ["reset"], input="y\n").exit_code == 0
    assert run(cli.app, ["reset", "--yes"]).exit_code == 0
    assert len(deleted) == 2


def test_a_clock_that_goes_back_says_what_it_means(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIZBAN_HOME", str(tmp_path))
    on = run(cli.app, ["clock", "set", "2040-11-23T08:30"])
    assert (on.exit_code, "went back" in on.output) == (0, False)
    back = run(cli.app, ["clock", "set", "2040-11-23T08:00"])
    assert (back.exit_code, "it showed 2040-11-23 08:30" in back.output) == (0, True)
    assert "do not fire again" in back.output


@pytest.mark.parametrize("folder", ["not-there", "."])
def test_an_import_of_nothing_shows_no_tick(folder: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIZBAN_HOME", str(tmp_path))
    answer = run(cli.app, ["import", str(tmp_path / folder)])
    assert isinstance(answer.exception, StackError)
    assert "1 problem:" in str(answer.exception)
    assert ("there is no such folder" in str(answer.exception)) == (folder == "not-there")
    assert "✗" in answer.output
    assert "✓" not in answer.output


@pytest.mark.parametrize(
    ("mishap", "told"),
    [
        (StackError("port 8081 is taken [really]"), "port 8081 is taken [really]"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
    ],
)
def test_a_mishap_is_one_message_and_a_failed_exit(
    mishap: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise mishap

    monkeypatch.setattr(stack, "down", fail)
    monkeypatch.setattr(sys, "argv", ["mizban", "down"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    shown = capsys.readouterr().err
    assert told in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize(("ready", "code"), [(True, 0), (False, 1)])
def test_status_succeeds_only_when_every_part_is_ready(ready: bool, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [stack.PartStatus("kafka", 1, 1, True, 1), stack.PartStatus("intake", 2, 2, ready, 1)]
    monkeypatch.setattr(stack, "status", lambda _home: parts)
    assert run(cli.app, ["status"]).exit_code == code
    assert run(cli.app, ["status", "--json"]).exit_code == code


def test_status_shows_the_last_words_of_what_has_died(monkeypatch: pytest.MonkeyPatch) -> None:
    dead = stack.PartStatus("intake", 2, None, False, 0, last_lines="    out of memory [once]")
    monkeypatch.setattr(stack, "status", lambda _home: [dead])
    shown = run(cli.app, ["status"]).output
    assert "intake has ended by itself" in shown
    assert "out of memory [once]" in shown


def test_status_of_a_stack_that_is_not_up_says_how_to_start_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIZBAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MIZBAN_PORT_OFFSET", "31000")
    shown = run(cli.app, ["status"])
    assert (shown.exit_code, "the stack is not up; start it: ./mizban up" in shown.output) == (1, True)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("command", [["env"], ["topics"], ["dlq", "ls"], ["trace", "x"], ["clock", "show"]])
def test_a_look_writes_nothing(command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIZBAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MIZBAN_PORT_OFFSET", "31000")
    run(cli.app, command)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("amount", ["-1h", "-2d12h", "-90"])
def test_the_clock_advances_only(amount: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIZBAN_HOME", str(tmp_path))
    answer = run(cli.app, ["clock", "advance", amount])
    assert isinstance(answer.exception, StackError)
    assert "./mizban clock set" in str(answer.exception)


def test_the_help_of_the_measurements_starts_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MIZBAN_HOME", str(tmp_path / "home"))
    monkeypatch.delattr(stack, "up")
    assert run(cli.app, ["bench", "--", "--help"]).exit_code == 0
    assert not (tmp_path / "home").exists()
