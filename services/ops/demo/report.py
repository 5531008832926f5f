"""What the demo prints at its end: sample cases, totals, the reconciliation, and what to try next."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from services.ops.demo.day import Outcome
from services.ops.demo.deficiency import AGENCY
from services.ops.demo.stage import Json
from services.ops.tables import Column, table
from services.ops.words import counted

WIDE = 150
"""Where there is no terminal to fit."""

Wanted = tuple[str, Callable[[Json], bool]]
SAMPLES: tuple[Wanted, ...] = (
    ("from an urban kiosk", lambda c: c["channel"] == "KIOSK_URBAN" and c["channelReason"] is None),
    ("from a rural kiosk", lambda c: c["channel"] == "KIOSK_RURAL" and c["channelReason"] is None),
    ("sent to a kiosk, and came", lambda c: c["redirect"] is not None and c["kiosk"] is not None),
    ("sent to a kiosk that was shut", lambda c: c["channelReason"] == "KIOSK_FAILED"),
    ("sent to a kiosk, awaited", lambda c: c["state"] == "REDIRECTED"),
    ("filed electronically at the desk", lambda c: c["channelReason"] == "E_FIRST" and bool(c["commitments"])),
    ("desk only", lambda c: c["channelReason"] == "DESK_ONLY"),
    ("presence by law", lambda c: c["channelReason"] == "PRESENCE"),
    ("done on the spot", lambda c: c["state"] == "CLOSED" and not c["commitments"]),
    ("refused", lambda c: _kind(c) == "REFUSED"),
    ("partly granted", lambda c: _kind(c) == "PARTIAL"),
    ("information only", lambda c: c["state"] == "GUIDED"),
)

SAMPLE_COLUMNS = (
    Column("path"),
    Column("service, tracking code", least=14),  # the digits of a code
    Column("promise"),
    Column("result"),
    Column("last SMS as sent"),
)


def print_report(outcome: Outcome) -> None:
    """To standard output."""
    out = Console()
    out = out if out.is_terminal else Console(width=WIDE)
    out.print(_samples(out, outcome))
    for line in _scenes(outcome):
        out.print(line, soft_wrap=True, highlight=False)
    out.print(_totals(outcome.reconciliation.states))
    out.print(_sums(outcome))
    out.print(_visits(outcome.visits))
    for line in (*outcome.reconciliation.missing, *outcome.surprises):
        out.print(f"[red]✗[/] {escape(line)}", soft_wrap=True)
    if outcome.is_good:
        out.print(f"[green]✓[/] Nothing is missing, nothing happened twice ({outcome.seconds:.0f} s).")
    else:
        out.print("[red]✗ The sums do not match, or something is missing: see above.[/]")


def example(outcome: Outcome) -> Json | None:
    """A case that its citizen may track."""
    return next((case for _, case in _chosen(outcome) if case["applicantRef"]), None)


def print_addresses(env: Mapping[str, Any], outcome: Outcome, last4: str) -> None:
    """For whoever goes on by hand. `last4`: of whoever filed the example."""
    out = Console(soft_wrap=True)
    for name, service in env["services"].items():
        out.print(f"  {name:<10} {service['url']}  (/openapi.json, /asyncapi, /metrics)")
    out.print(f"  {'SMS':<10} {env['smsSimulator']['url']}/messages")
    out.print(f"  {'Kafka':<10} {env['kafka']['bootstrap']}, partners {env['kafka']['partners']}")
    shown = example(outcome)
    out.print("The stack stays up. Try next:")
    out.print("  ./mizban status")
    out.print("  ./mizban topics")
    if shown is not None:
        out.print(f"  ./mizban trace {shown['trackingCode']}")
        for line in _tracking(env, shown, last4):
            out.print(line, highlight=False)
    if letters := outcome.reconciliation.dead_letters:
        out.print(
            f"  ./mizban dlq ls  ({counted(letters, 'dead letter')} of this day, intended: it has malformed records)"
        )
    if month := next((scene.figures["month"] for scene in outcome.scenes if "month" in scene.figures), None):
        out.print(f"  ./mizban pack {AGENCY} {month}  (the month as it was frozen, as a page to print)")
    out.print("  ./mizban down    (stops it; the data stays)")


def _tracking(env: Mapping[str, Any], case: Json, last4: str) -> Iterator[str]:
    """The citizen's own look at the case. The last four stand on the receipt too; the demo's people are invented."""
    intake = env["services"]["intake"]["url"]
    body = json.dumps({"code": case["trackingCode"], "last4": last4})
    yield f"  curl -X POST {intake}/v1/track -H 'content-type: application/json' -d '{body}'"
    yield f"      (as its citizen does, with the last four of the id: {last4})"


def _samples(out: Console, outcome: Outcome) -> RenderableType:
    rows: list[tuple[str, ...]] = []
    texts: dict[str, str] = {}
    for row in outcome.evidence.sms:
        texts[row["ref"].rpartition(".")[0]] = row["text"]
    for path, case in _chosen(outcome):
        id = case["requestId"]
        promise = case["commitments"][-1] if case["commitments"] else None
        told = "(told at the desk)" if id in outcome.told_at_desk else "-"
        rows.append(
            (
                path,
                f"{escape(case['serviceName'])}\n{case['trackingCode']}",
                f"{promise['promisedLocal']}\n{promise['state']}" if promise else "-",
                f"{_kind(case) or '-'}\n{case['state']}",
                escape(texts[id]) if id in texts and id not in outcome.told_at_desk else told,
            )
        )
    return table(out, SAMPLE_COLUMNS, rows, title="Sample cases", title_justify="left", show_lines=True)


def _chosen(outcome: Outcome) -> Iterator[tuple[str, Json]]:
    """One case for each kind of path, none twice; and one that only the desk could tell."""
    taken: set[str] = set()
    told: Wanted = ("told at the desk", lambda c: c["requestId"] in outcome.told_at_desk)
    for path, fits in (*SAMPLES, told):
        for id, case in sorted(outcome.evidence.shown.items()):
            if id not in taken and fits(case) and (path == told[0] or id not in outcome.told_at_desk):
                taken.add(id)
                yield path, case
                break


def _scenes(outcome: Outcome) -> Iterator[str]:
    """What happened in each, and the words that went out."""
    words = {row["ref"]: row["text"] for row in outcome.evidence.sms}
    for scene in outcome.scenes:
        yield f"{'[red]✗[/]' if scene.fault else '[green]✓[/]'} Scene: {scene.name}"
        for line in scene.story:
            yield f"    {escape(line)}"
        for message in scene.messages:
            yield f"    SMS: {escape(' / '.join(words.get(message, '').splitlines()))}"


def _totals(states: Mapping[str, int]) -> Table:
    totals = Table("state", "cases", title="Cases by state", title_justify="left")
    for state, count in sorted(states.items()):
        totals.add_row(state, str(count))
    totals.add_section()
    totals.add_row("all", str(sum(states.values())))
    return totals


def _visits(visits: Json) -> str:
    """In one line, from the registry's report."""
    ended = ", ".join(f"{count} {reason}" for reason, count in sorted(visits["ended"].items())) or "none"
    return f"Visits with a ticket, by the registry's report: {ended}; {visits['guidanceOnly']} for information alone."


def _sums(outcome: Outcome) -> Table:
    sums = outcome.reconciliation
    account = Table(title="Reconciliation, from topics and HTTP alone", title_justify="left", show_header=False)
    account.add_column()
    account.add_column(justify="right")
    account.add_column()
    account.add_row(
        "contents acknowledged to kiosks", str(sums.contents), f"in {sums.records} records: some came twice"
    )
    account.add_row("requests answered 201 at desks", str(sums.filed), f"in {sums.asked} calls: some came twice")
    account.add_row("[bold]acknowledged[/]", f"[bold]{sums.contents + sums.filed}[/]", "")
    account.add_section()
    account.add_row("cases", str(sums.cases), f"of them taken back from a kiosk that was shut: {sums.taken_back}")
    account.add_row("redirects honoured", str(sums.honoured), "a desk's request and a kiosk's submission, one case")
    account.add_row("rejections recorded", str(sums.rejected), "each told to its kiosk with a code")
    account.add_row("dead letters", str(sums.dead_letters), "malformed; the kiosk was told")
    accounted = sums.cases + sums.honoured + sums.rejected + sums.dead_letters
    account.add_row("[bold]accounted for[/]", f"[bold]{accounted}[/]", "")
    account.add_section()
    others = "; the others had lost their point, or ask later how it went" if sums.messages > sums.sms else ""
    account.add_row("SMS accepted by the gateway", str(sums.sms), f"of {counted(sums.messages, 'message')}{others}")
    return account


def _kind(case: Json) -> str | None:
    kind: str | None = case["result"]["kind"] if case["result"] else None
    return kind
