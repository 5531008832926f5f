"""A pack tells through which channels requests came, and through which the law's order puts them (domain 5, 11)."""

from typing import Any

import pytest

from services.contracts.intake import ChannelReason
from services.contracts.service_sheet import Channel
from services.ops.chance import Chance
from services.registry.pack.case_figures import BY_POLICY, NO_REASON, Counts
from services.registry.pack.cases import Cases
from tests.unit.registry.months import BEGINS, ENDS, Life, heard

DESK, WEB, KIOSK = Channel.AGENCY_DESK, Channel.WEB, Channel.KIOSK_URBAN


def counted(*cases: tuple[ChannelReason | None, Channel]) -> Counts:
    month = Cases(BEGINS, ENDS, lambda ref, desk_id: None)
    for number, (reason, channel) in enumerate(cases):
        life = Life(Chance(number), number)
        life.now = life.facts["filed_at"] = BEGINS
        life.tells("request.registered", channel=channel, channel_reason=reason)
        for case in heard(life.events).values():
            month.add(case)
    return month.counts


def told(*cases: tuple[ChannelReason | None, Channel]) -> dict[str, Any]:
    return {code.removeprefix("cases."): each["value"] for code, each in counted(*cases).figures().items()}


@pytest.mark.parametrize(
    ("reason", "channel", "policy", "elsewhere"),
    [
        (ChannelReason.E_FIRST, WEB, "electronic", 0),
        (ChannelReason.E_PARTIAL, WEB, "electronic", 0),
        (ChannelReason.E_PARTIAL, DESK, "desk", 0),
        (ChannelReason.ASSISTED, KIOSK, "kiosk", 0),
        (ChannelReason.ASSISTED, DESK, "kiosk", 1),
        (ChannelReason.KIOSK, KIOSK, "kiosk", 0),
        (ChannelReason.KIOSK, DESK, "kiosk", 1),
        (ChannelReason.KIOSK_FAILED, DESK, "kiosk", 1),
        (ChannelReason.PRESENCE, DESK, "desk", 0),
        (ChannelReason.DESK_ONLY, DESK, "desk", 0),
        (None, KIOSK, "kiosk", 0),
        (None, WEB, "electronic", 0),
    ],
)
def test_the_reason_of_the_channel_says_what_the_law_puts_first(
    reason: ChannelReason | None, channel: Channel, policy: str, elsewhere: int
) -> None:
    figures = told((reason, channel))
    shares = {way: figures[f"{way}ByPolicy"] for way in ("electronic", "kiosk", "desk")}
    assert shares == {"electronic": 0, "kiosk": 0, "desk": 0, policy: 100}
    assert figures["deskElsewhere"] == elsewhere


def test_what_the_desk_took_stands_beside_what_it_would_have_with_the_reasons() -> None:
    month = counted(
        (ChannelReason.DESK_ONLY, DESK),
        *[(ChannelReason.KIOSK, DESK)] * 2,
        (ChannelReason.KIOSK, KIOSK),
        (ChannelReason.INFO, DESK),
    )
    figures = month.figures()
    assert (figures["cases.desk"], figures["cases.deskByPolicy"]) == ({"value": 75, "of": 4}, {"value": 25, "of": 4})
    assert figures["cases.deskElsewhere"] == {"value": 2}
    rows = {row["id"]: (row["cases"], row["desk"]) for row in month.tables()["reasons"] if row["cases"]}
    assert rows == {"INFO": (1, 1), "KIOSK": (3, 2), "DESK_ONLY": (1, 1)}


def test_each_reason_says_what_is_first_or_nothing_can() -> None:
    assert {*ChannelReason} - {*BY_POLICY} == {ChannelReason.INFO, ChannelReason.E_PARTIAL}
    assert NO_REASON not in BY_POLICY, "nobody had to decide: it is where it came"
