"""`./mizban catalogue`: the service sheets out of the registry as a file, and a file of them in."""

import json
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.ops.errors import StackError
from services.ops.progress import console
from services.ops.registry_http import RegistryUrl, problem, registry
from services.ops.tables import Column, table
from services.ops.words import counted

catalogue_app = typer.Typer(
    help="The catalogue of services as a file: out, and in as drafts.", no_args_is_help=True, add_completion=False
)


class Form(StrEnum):
    JSONLD = "jsonld"
    XLSX = "xlsx"
    CSV = "csv"


_MEDIA_TYPES = {
    Form.JSONLD: "application/ld+json",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.CSV: "text/csv",
}
_ENDINGS = {".jsonld": Form.JSONLD, ".json": Form.JSONLD, ".xlsx": Form.XLSX, ".csv": Form.CSV}
LOOK_SECONDS = 0.3
MOST_SHOWN = 200
"""Rows of the report on a screen; --report writes all."""

Format = Annotated[Form | None, typer.Option("--format", help="By default that of the file's ending.")]


@catalogue_app.command("export")
def export_command(
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
    form: Format = None,
    org: Annotated[str | None, typer.Option(help="Only the services of this agency.")] = None,
    registry_url: RegistryUrl = None,
) -> None:
    """Write all published sheets: CPSV-AP 3.2.0 as JSON-LD, or a table as XLSX or CSV."""
    parameters = {"format": _form(file, form).name} | ({"orgId": org} if org else {})
    unfinished = file.with_name(f".{file.name}.part")
    try:
        with (
            registry(registry_url) as http,
            http.stream("GET", "/v1/catalogue", params=parameters) as answer,
            unfinished.open("wb") as out,
        ):
            if not answer.is_success:
                answer.read()
                raise StackError(problem(answer))
            for piece in answer.iter_bytes():
                out.write(piece)
        unfinished.replace(file)
    except OSError as error:
        raise StackError(f"{file} cannot be written ({error.strerror})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    console.print(f"{file}: {file.stat().st_size:,} bytes.")


@catalogue_app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="A catalogue as JSON-LD, XLSX or CSV.")],
    form: Format = None,
    officer: Annotated[str | None, typer.Option(help="Id of the officer who drafts the sheets.")] = None,
    org: Annotated[str | None, typer.Option(help="Whose services are whose agency is not recorded here.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite drafts that somebody else wrote.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the whole report there, as JSON.")] = None,
    registry_url: RegistryUrl = None,
) -> None:
    """Bring in a file: each good service of it becomes a draft; of the others it tells row, column and reason.

    The exit code is 1 when a service could not be taken.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StackError(f"{file} cannot be read ({error.strerror})") from error
    with registry(registry_url) as http:
        said = {"replace": str(replace).lower(), "officerId": officer, "orgId": org}
        parameters = {name: value for name, value in said.items() if value is not None}
        headers = {"Content-Type": _MEDIA_TYPES[_form(file, form)], "Idempotency-Key": uuid4().hex}
        begun = http.post("/v1/catalogue/imports", content=content, params=parameters, headers=headers)
        if not begun.is_success:
            raise StackError(problem(begun))
        done = _followed(http, begun.json()["importId"], file.name)
        rows = list(_rows(http, done))
    if report is not None:
        report.write_text(json.dumps({**done, "rows": rows, "next": None}, ensure_ascii=False, indent=2), "utf-8")
    _tell(done, rows, file.name)
    raise typer.Exit(1 if done["failed"] else 0)


def _followed(http: httpx.Client, id: str, name: str) -> dict[str, Any]:
    """The import when it has ended. Raises StackError when nothing could be read, or nobody works on it any more."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"reading {name}", total=None)
        while True:
            known = _get(http, id)
            progress.update(task, total=known["total"], completed=known["done"])
            if known["total"] is not None:
                progress.update(task, description=f"importing {name}")
            if known["state"] == "DONE":
                return known
            if known["state"] == "FAILED":
                raise StackError(f"{name} cannot be read: {known['code']}: {known['detail']}")
            if known["state"] == "INTERRUPTED":
                raise StackError(
                    f"the import stopped after {known['done']} of {known['total']}: the registry was stopped or lost "
                    "its store. What was done stays; import the file again, it goes over what is there"
                )
            time.sleep(LOOK_SECONDS)


def _rows(http: httpx.Client, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from known["rows"]
    while known["next"] is not None:
        known = _get(http, known["importId"], known["next"])
        yield from known["rows"]


def _get(http: httpx.Client, id: str, cursor: str | None = None) -> dict[str, Any]:
    answer = http.get(f"/v1/catalogue/imports/{id}", params={"cursor": cursor} if cursor else None)
    if not answer.is_success:
        raise StackError(problem(answer))
    known: dict[str, Any] = answer.json()
    return known


def _tell(done: dict[str, Any], rows: list[dict[str, Any]], name: str) -> None:
    out = Console()
    reasons = [(row, reason) for row in rows for reason in row["reasons"]]
    if reasons:
        cells = [
            [
                str(row["row"] or ""),
                escape(row["id"] or row["where"]),
                "[red]error[/]" if reason["kind"] == "ERROR" else "[yellow]gap[/]",
                escape(f"{reason['column']} {reason['field']}".strip()),
                escape(reason["fa"]),
                escape(reason["en"]),
            ]
            for row, reason in reasons[:MOST_SHOWN]
        ]
        headings = ("row", "service", "what", "column", "به فارسی", "in English")
        out.print(table(out, [Column(heading) for heading in headings], cells, left_out="--report writes"))
        if len(reasons) > MOST_SHOWN:
            out.print(f"{len(reasons) - MOST_SHOWN} more; --report FILE writes them all.")
    console.print(
        f"{name}: {counted(done['total'], 'service')}: {done['drafted']} drafted ({done['incomplete']} with gaps), "
        f"{done['unchanged']} unchanged, {done['failed']} not taken; {counted(done['offerings'], 'channel')} recorded."
    )


def _form(file: Path, said: Form | None) -> Form:
    form = said or _ENDINGS.get(file.suffix.lower())
    if form is None:
        raise StackError(f"{file.name} ends in none of {', '.join(_ENDINGS)}; say --format")
    return form
