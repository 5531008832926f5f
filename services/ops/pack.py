"""`./mizban pack`: the governorate pack of an agency and a month as a file, frozen by whoever says so."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple
from uuid import uuid4

import httpx
import typer

from services.contracts.persian import fold_digits
from services.ops.errors import StackError
from services.ops.progress import console
from services.ops.registry_http import RegistryUrl, problem, registry


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"


_MONTH = re.compile(r"(\d{4})[-/](0?[1-9]|1[0-2])", re.ASCII)


def _month(text: str) -> str:
    found = _MONTH.fullmatch(fold_digits(text))
    if found is None:
        raise typer.BadParameter(f"{text!r} is no month: it is written as 1405-08")
    return f"{found[1]}-{found[2]:0>2}"


def pack_command(
    org: Annotated[str, typer.Argument(help="Id of the agency.")],
    month: Annotated[str, typer.Argument(help="A Jalali month that is over: 1405-08.", parser=_month)],
    form: Annotated[Form, typer.Option("--format", help="json, csv, xlsx, or html: a page to print.")] = Form.HTML,
    out: Annotated[Path | None, typer.Option(help="Where to write it; by default <org>-<month>.<format>.")] = None,
    officer: Annotated[str | None, typer.Option(help="Who freezes it, or has it counted again.")] = None,
    revise: Annotated[bool, typer.Option("--revise", help="Count again; what differs is another revision.")] = False,
    public: Annotated[bool, typer.Option("--public", help="Only what everybody may see.")] = False,
    registry_url: RegistryUrl = None,
) -> None:
    """Write an agency's governorate pack of a month to a file; with --officer the month is frozen first, once."""
    if revise and officer is None:
        raise typer.BadParameter("say who has it counted again: --officer")
    file = out or Path(f"{org}-{month}{'-public' if public else ''}.{form}")
    with registry(registry_url) as http:
        found = _as_it_is(http, org, month) if officer is None else _frozen(http, org, month, officer, revise)
        wanted: dict[str, str | int] = {
            "revision": found.revision,
            "format": form,
            "public": str(public).lower(),
        }
        pack = _told(http.get(f"/v1/reports/packs/{org}/{found.month}", params=wanted))
    try:
        file.write_bytes(pack.content)
    except OSError as error:
        raise StackError(f"{file} cannot be written ({error.strerror})") from error
    digest = pack.headers["etag"].strip('"')
    console.print(
        f"{file}: {org} {found.month}, revision {found.revision}, {found.how}; SHA-256 {digest}.",
        soft_wrap=True,
        highlight=False,
    )


class Found(NamedTuple):
    month: str
    revision: int
    how: str


def _as_it_is(http: httpx.Client, org: str, month: str) -> Found:
    answer = http.get(f"/v1/reports/packs/{org}/{month}", params={"format": Form.JSON})
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise StackError(f"{org} {month} is not frozen yet; say who freezes it: --officer")
    told = _told(answer).json()
    return Found(told["content"]["month"], told["revision"], "as it was frozen before")


def _frozen(http: httpx.Client, org: str, month: str, officer: str, revise: bool) -> Found:
    said = {"orgId": org, "month": month, "revise": revise, "officerId": officer}
    told = _told(http.post("/v1/reports/packs", json=said, headers={"Idempotency-Key": uuid4().hex})).json()
    unchanged = "counted again: nothing differs" if revise else "as it was frozen before"
    return Found(told["month"], told["revision"], "frozen now" if told["created"] else unchanged)


def _told(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise StackError(problem(answer))
    return answer
