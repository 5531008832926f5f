"""`./mizban pack`: the governorate pack of an agency and a month, frozen if it is not yet, as a file."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import httpx
import typer

from services.ops.errors import StackError
from services.ops.progress import console
from services.ops.registry_http import RegistryUrl, problem, registry


class Form(StrEnum):
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"


def pack_command(
    org: Annotated[str, typer.Argument(help="Id of the agency.")],
    month: Annotated[str, typer.Argument(help="A Jalali month that is over: 1405-08.")],
    form: Annotated[Form, typer.Option("--format", help="json, csv, xlsx, or html: a page to print.")] = Form.HTML,
    out: Annotated[Path | None, typer.Option(help="Where to write it; by default <org>-<month>.<format>.")] = None,
    officer: Annotated[str | None, typer.Option(help="Who freezes it; by default the agency's head.")] = None,
    revise: Annotated[bool, typer.Option("--revise", help="Count again; what differs is another revision.")] = False,
    public: Annotated[bool, typer.Option("--public", help="Only what everybody may see.")] = False,
    registry_url: RegistryUrl = None,
) -> None:
    """Freeze an agency's month, once, and write its governorate pack to a file."""
    file = out or Path(f"{org}-{month}{'-public' if public else ''}.{form}")
    with registry(registry_url) as http:
        said = {"orgId": org, "month": month, "revise": revise, "officerId": officer or _head(http, org)}
        frozen = http.post("/v1/reports/packs", json=said, headers={"Idempotency-Key": uuid4().hex})
        if not frozen.is_success:
            raise StackError(problem(frozen))
        told = frozen.json()
        wanted = {"revision": told["revision"], "format": form, "public": str(public).lower()}
        pack = http.get(f"/v1/reports/packs/{org}/{told['month']}", params=wanted)
        if not pack.is_success:
            raise StackError(problem(pack))
    try:
        file.write_bytes(pack.content)
    except OSError as error:
        raise StackError(f"{file} cannot be written ({error.strerror})") from error
    how = "frozen now" if told["created"] else "as it was frozen before"
    digest = pack.headers["etag"].strip('"')
    console.print(
        f"{file}: {org} {told['month']}, revision {told['revision']}, {how}; SHA-256 {digest}.",
        soft_wrap=True,
        highlight=False,
    )


def _head(http: httpx.Client, org: str) -> str:
    answer = http.get(f"/v1/organizations/{org}")
    if not answer.is_success:
        raise StackError(problem(answer))
    head: str | None = answer.json()["headOfficerId"]
    if head is None:
        raise StackError(f"the registry names no head of {org}; say who freezes it: --officer")
    return head
