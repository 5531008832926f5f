"""`./mizban dlq`: look at dead letters, and send their records again once the cause is mended."""

import base64
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.markup import escape

from services.contracts.wire import instant_text
from services.ops import looking
from services.ops.credentials import Credentials
from services.ops.errors import StackError
from services.ops.home import Home
from services.ops.letters import (
    Letter,
    again,
    group_of,
    letters_in,
    mark,
    printable,
    seen_headers,
    seen_key,
    seen_value,
    unsealed,
)
from services.ops.progress import console
from services.ops.tables import Column, table
from services.ops.words import counted
from services.runtime import broker_admin, broker_records
from services.runtime.broker_records import ToSend
from services.runtime.message import Record
from services.runtime.seal import BrokenSeal, Sealer
from services.worktime.jalali import jalali_text

SHORT_ID = 13
"""Characters of a letter's id in tables; any unambiguous beginning names a letter."""
PLAN_ROWS = 50
AT_ONCE = 100
"""Sent, acknowledged and marked together: so many at most are sent twice when the command is killed."""

dlq = typer.Typer(
    help="Look at dead letters, and send their records again.", no_args_is_help=True, add_completion=False
)

Group = Annotated[str | None, typer.Option(help="Only those of a consumer group, such as mizban.intake.")]
Code = Annotated[str | None, typer.Option(help="Only those with a reason code, such as SCHEMA.")]


@dlq.command("ls")
def ls(
    group: Group = None,
    code: Code = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only those not sent again yet.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest to show.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="All of them, for programs.")] = False,
) -> None:
    """List dead letters, the newest last. Never shows what was in them."""
    letters = all_letters(looking.kafka(Home.of()), group)
    _tell_unknown(code, letters)
    found = chosen(letters, group=group, code=code)
    letters = [letter for letter in found if letter.is_open or not only_open]
    if as_json:
        print(json.dumps([_as_json(letter) for letter in letters], indent=2))
        return
    out = looking.output()
    if letters:
        out.print(_table(out, letters[-limit:]))
    if not all(letter.is_open for letter in letters[-limit:]):
        out.print("[dim]Given up by the stack's clock, sent again by this machine's.[/]")
    counts = Counter((letter.group, letter.code) for letter in letters if letter.is_open)
    for (name, reason), count in sorted(counts.items()):
        out.print(f"{escape(name)}  {escape(reason)}  {count} open")
    hidden = f"; the newest {limit} are shown" if len(letters) > limit else ""
    out.print(f"{counted(len(letters), 'dead letter')}, {counts.total()} open{hidden}.")


@dlq.command("show")
def show(
    id: Annotated[str, typer.Argument(help="The letter's id, or an unambiguous beginning of it.")],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Also what was sealed: key, headers and value with personal data.")
    ] = False,
) -> None:
    """Show one letter: why it was given up and the shape of its record; the record itself only with --reveal."""
    home = Home.of()
    letter = named(all_letters(looking.kafka(home)), id)
    try:
        record = _open(letter, home)
    except BrokenSeal as error:
        raise StackError(_broken(letter)) from error
    out = looking.output()
    for name, value in (*_about(letter), *_inside(record, reveal)):
        out.print(f"{name:>15}  {escape(value)}", highlight=False)
    out.print(f"{'value':>15}")
    out.print(escape(printable(record.value) if reveal else seen_value(record.value)), highlight=False, soft_wrap=True)
    if not reveal:
        out.print("[dim]Contents are redacted; --reveal shows them.[/]")


@dlq.command("replay")
def replay(
    ids: Annotated[list[str] | None, typer.Option("--id", help="A letter's id; may be given several times.")] = None,
    code: Code = None,
    group: Group = None,
    once_more: Annotated[bool, typer.Option("--again", help="Also those that were sent again already.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without this nothing is sent.")] = False,
) -> None:
    """Send the records of dead letters to their topics again, byte for byte. First shows what it would do."""
    if not (ids or code or group):
        raise StackError("say which letters: --id, --code or --group")
    home = Home.of()
    bootstrap = looking.kafka(home)
    letters = all_letters(bootstrap, group)
    if ids:
        letters = list({letter.id: letter for letter in (named(letters, id) for id in ids)}.values())
    _tell_unknown(code, letters)
    letters = sorted(chosen(letters, group=group, code=code), key=lambda letter: letter.place)
    due = [letter for letter in letters if letter.is_open or once_more]
    opened: list[tuple[Letter, Record]] = []
    out = looking.output()
    for letter in due:
        try:
            opened.append((letter, _open(letter, home)))
        except BrokenSeal:
            out.print(f"[red]{_broken(letter)}[/]")
    broken = len(due) - len(opened)
    if opened:
        out.print(_plan(out, opened))
    if left_out := len(letters) - len(due):
        out.print(f"{left_out} sent again already and left out (--again: once more).")
    if not yes:
        out.print(f"Dry run: {len(opened)} would be sent, nothing was. Add [bold]--yes[/] to send.")
        raise typer.Exit(1 if broken else 0)
    sent = send_again(bootstrap, [(letter, again(record, _sealer(letter, home))) for letter, record in opened])
    out.print(f"{len(sent)} of {len(opened)} sent again.")
    raise typer.Exit(0 if len(sent) == len(due) else 1)


def all_letters(bootstrap: str, group: str | None = None) -> list[Letter]:
    """Every dead letter of the group, or of all groups, oldest first. Raises StackError for a group without any."""
    with looking.told_plainly():
        topics = {name: topic for topic in broker_admin.topic_names(bootstrap) if (name := group_of(topic))}
    if group is not None and group not in topics:
        raise StackError(f"no group {group} has a dead-letter topic; there are: {', '.join(topics) or 'none'}")
    records = looking.records(bootstrap, [topics[group]] if group else topics.values(), "reading dead letters")
    passed_over: list[Record] = []
    letters = letters_in(records, passed_over.append)
    if passed_over:
        console.print(f"[yellow]![/] {counted(len(passed_over), 'record')} could not be read as a letter.")
    return letters


def chosen(letters: Sequence[Letter], *, group: str | None = None, code: str | None = None) -> list[Letter]:
    """Those of the group and with the code, where these are given."""
    return [letter for letter in letters if group in (None, letter.group) and code in (None, letter.code)]


def named(letters: Sequence[Letter], id: str) -> Letter:
    """The one letter whose id begins so. Raises StackError when there is none or more than one."""
    found = [letter for letter in letters if letter.id.startswith(id)]
    if len(found) != 1:
        why = f"{len(found)} dead letters have an id that begins with" if found else "there is no dead letter"
        raise StackError(f"{why} {id}; ./mizban dlq ls --json shows whole ids")
    return found[0]


def send_again(bootstrap: str, letters: Sequence[tuple[Letter, ToSend]]) -> list[Letter]:
    """Sends the records and marks what Kafka acknowledged: the letters that are given back.

    First the record, then its mark: killed between them, the record may be sent once more, and its receiver drops it by
    its event id or its place in the sequence.
    """
    sent: list[Letter] = []
    with looking.told_plainly():
        for start in range(0, len(letters), AT_ONCE):
            part = letters[start : start + AT_ONCE]
            acknowledged = broker_records.send(bootstrap, [record for _, record in part])
            taken = [letter for (letter, _), is_taken in zip(part, acknowledged, strict=True) if is_taken]
            now = datetime.now(UTC)
            broker_records.send(bootstrap, [mark(letter, now) for letter in taken])
            sent += taken
            if len(taken) < len(part):
                break  # what follows of the same keys must not overtake
    return sent


def _tell_unknown(code: str | None, letters: Sequence[Letter]) -> None:
    codes = {letter.code for letter in letters}
    if code is not None and code not in codes:
        console.print(f"No letter has the code {code}; there are: {', '.join(sorted(codes)) or 'none'}.", markup=False)


def _open(letter: Letter, home: Home) -> Record:
    return unsealed(letter, _sealer(letter, home))


def _sealer(letter: Letter, home: Home) -> Sealer:
    """That of the service which gave it up."""
    service = letter.group.removeprefix("mizban.")
    return Sealer(base64.b64decode(Credentials(home, only_look=True).key(f"seal.{service}")))


def _broken(letter: Letter) -> str:
    return f"{letter.id}: the seal does not open; it was made with another key than this home's for {letter.group}"


def _as_json(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "group": letter.group,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "code": letter.code,
        "detail": letter.detail,
        "attempts": letter.attempts,
        "at": instant_text(letter.at),
        "key": letter.key,
        "sealedBytes": len(letter.sealed),
        "replayedAt": instant_text(letter.replayed_at) if letter.replayed_at else None,
    }


def _about(letter: Letter) -> Iterator[tuple[str, str]]:
    yield "id", letter.id
    yield "group", letter.group
    yield "from", f"{letter.topic} / {letter.partition} / {letter.offset}"
    yield "code", letter.code
    if letter.detail:
        yield "where", letter.detail
    yield "tries", str(letter.attempts)
    yield "given up at", f"{_when(letter.at)} (the stack's clock)"
    if letter.replayed_at:
        yield "sent again at", f"{_when(letter.replayed_at)} (this machine's clock)"
    yield "key", letter.key
    yield "sealed", counted(len(letter.sealed), "byte")


def _inside(record: Record, reveal: bool) -> Iterator[tuple[str, str]]:
    yield "written at", f"{_when(datetime.fromtimestamp(record.timestamp / 1000, UTC))} (Kafka's own clock)"
    yield "sizes", f"key {len(record.key or b'')}, value {counted(len(record.value or b''), 'byte')}"
    yield "record key", printable(record.key) if reveal else seen_key(record.key)
    headers = [(printable(n.encode()), printable(v)) for n, v in record.headers] if reveal else seen_headers(record)
    for header, value in headers:
        yield "header", f"{header}: {value}"


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC, {jalali_text(at)} Tehran"


LETTERS = (
    Column("id", whole=True),
    Column("given up at (UTC)", gives_way=1),
    Column("given up at (Tehran)", instead=True),
    Column("group", gives_way=4),
    Column("code"),
    Column("tries", gives_way=2),
    Column("topic / partition / offset", gives_way=3),
    Column("key"),
    Column("state"),
)


def _table(out: Console, letters: Sequence[Letter]) -> RenderableType:
    rows = [
        (
            escape(letter.id[:SHORT_ID]),
            instant_text(letter.at),
            jalali_text(letter.at),
            escape(letter.group),
            escape(letter.code),
            str(letter.attempts),
            escape(f"{letter.topic} / {letter.partition} / {letter.offset}"),
            escape(letter.key),
            f"[green]sent again[/] {instant_text(letter.replayed_at)}" if letter.replayed_at else "[red]open[/]",
        )
        for letter in letters
    ]
    return table(out, LETTERS, rows)


PLAN = (
    Column("id", whole=True),
    Column("code"),
    Column("to topic / partition", gives_way=3),
    Column("key"),
    Column("event id", gives_way=1),
    Column("bytes", gives_way=2),
)


def _plan(out: Console, opened: Sequence[tuple[Letter, Record]]) -> RenderableType:
    more = len(opened) - PLAN_ROWS
    rows = [
        (
            letter.id[:SHORT_ID],
            escape(letter.code),
            f"{record.topic} / {record.partition}",
            escape(seen_key(record.key)),
            escape(dict(seen_headers(record)).get("ce_id", "-")),
            str(len(record.value or b"")),
        )
        for letter, record in opened[:PLAN_ROWS]
    ]
    shows = "./mizban dlq show shows"  # replay has no --json
    return table(out, PLAN, rows, left_out=shows, caption=f"and {more} more" if more > 0 else None)
