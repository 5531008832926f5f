"""`./mizban pack`: reads what is frozen; freezes, and counts again, in the name of whoever says so."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from services.ops.cli import app
from services.ops.errors import StackError

MONTH = "1405-09"


class Registry:
    """One agency's month; `asked` are the bodies of what was to be frozen."""

    def __init__(self) -> None:
        self.revisions = 0
        self.differs = True
        self.asked: list[dict[str, Any]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            body = json.loads(request.content)
            self.asked.append(body)
            created = not self.revisions or (body["revise"] and self.differs)
            self.revisions += created
            told = {"month": MONTH, "revision": self.revisions, "created": created}
            return httpx.Response(201 if created else 200, json=told)
        if not self.revisions:
            return httpx.Response(404, json={"code": "NOT_FOUND", "detail": "not frozen"})
        told = {"revision": self.revisions, "content": {"month": MONTH}}
        return httpx.Response(200, json=told, headers={"ETag": '"abc"'})


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    stub, client = Registry(), httpx.Client
    transport = httpx.MockTransport(stub.answer)
    monkeypatch.setattr(httpx, "Client", lambda **options: client(**options, transport=transport))
    return stub


def pack(folder: Path, *more: str, month: str = MONTH) -> str:
    words = ["pack", "wa-tax", month, "--out", str(folder / "pack.html"), *more]
    done = CliRunner().invoke(app, words)
    if isinstance(done.exception, StackError):
        return str(done.exception)
    return " ".join(done.output.split())


def test_nobody_freezes_a_month_in_another_s_name(registry: Registry, tmp_path: Path) -> None:
    assert "not frozen yet; say who freezes it: --officer" in pack(tmp_path)
    assert "say who has it counted again" in pack(tmp_path, "--revise")
    assert registry.asked == []
    assert "revision 1, frozen now" in pack(tmp_path, "--officer", "wa-tax-desk-01")
    assert registry.asked[0]["officerId"] == "wa-tax-desk-01"
    assert "revision 1, as it was frozen before" in pack(tmp_path)
    assert len(registry.asked) == 1
    assert (tmp_path / "pack.html").exists()


def test_a_count_that_gives_the_same_says_so(registry: Registry, tmp_path: Path) -> None:
    by = ["--officer", "wa-tax-desk-01"]
    pack(tmp_path, *by)
    assert "revision 2, frozen now" in pack(tmp_path, *by, "--revise")
    registry.differs = False
    assert "revision 2, counted again: nothing differs" in pack(tmp_path, *by, "--revise")
    assert "revision 2, as it was frozen before" in pack(tmp_path, *by)


@pytest.mark.parametrize("month", ["1405-9", "1405/09", "۱۴۰۵-۰۹", "1405/9"])
def test_a_month_may_be_written_as_people_write_it(registry: Registry, tmp_path: Path, month: str) -> None:
    assert f"wa-tax {MONTH}, revision 1" in pack(tmp_path, "--officer", "wa-tax-desk-01", month=month)
    assert registry.asked[0]["month"] == MONTH


@pytest.mark.parametrize("month", ["1405-13", "1405-0", "09-1405", "mehr", "1405"])
def test_what_is_no_month_is_told_so_before_anything_is_asked(registry: Registry, tmp_path: Path, month: str) -> None:
    assert "it is written as 1405-08" in pack(tmp_path, "--officer", "wa-tax-desk-01", month=month)
    assert registry.asked == []
