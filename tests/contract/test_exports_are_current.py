"""docs/contracts is what the code says, to the byte; outsiders read the files, not the code (design 3)."""

from pathlib import Path

import pytest

from services.contracts.export import DEFAULT_OUT, files, main, stale


def test_the_committed_contracts_are_what_the_code_exports() -> None:
    assert stale(DEFAULT_OUT) == [], "run: python -m services.contracts.export"


def test_exporting_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path)]) == 0
    assert stale(tmp_path) == []
    assert files() == files()


def test_a_stale_a_missing_and_a_left_over_file_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--out", str(tmp_path)])
    (tmp_path / "topics.md").write_text("yesterday's")
    (tmp_path / "schemas" / "kiosk.Outcome.json").unlink()
    (tmp_path / "schemas" / "kiosk.Forgotten.json").write_text("{}")
    capsys.readouterr()

    assert main(["--check", "--out", str(tmp_path)]) == 1

    complaint = capsys.readouterr().err
    for name in ("topics.md", "schemas/kiosk.Outcome.json", "schemas/kiosk.Forgotten.json"):
        assert f"stale: {tmp_path / name}" in complaint
    assert (tmp_path / "topics.md").read_text() == "yesterday's"  # a check writes nothing


def test_exporting_again_mends_what_was_stale(tmp_path: Path) -> None:
    main(["--out", str(tmp_path)])
    (tmp_path / "asyncapi" / "intake.json").write_text("{}")
    (tmp_path / "schemas" / "kiosk.Forgotten.json").write_text("{}")
    main(["--out", str(tmp_path)])
    assert main(["--check", "--out", str(tmp_path)]) == 0


def test_files_end_with_a_newline() -> None:
    assert [name for name, content in files().items() if not content.endswith(b"\n") or content.endswith(b"\n\n")] == []
