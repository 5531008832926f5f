"""The channel decision of domain 5: the first row that fits, and its reason (I4)."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.entry import Status
from services.contracts.intake import ChannelReason
from services.contracts.registry import Kiosk
from services.contracts.service_sheet import ELECTRONIC, Channel, Extent, Presence
from services.intake.domain.channel import TABLE, Situation, back_from_kiosk, decide, on_to_another
from services.worktime.jalali import civil_day
from tests.support.sample import sample_snapshot
from tests.unit.intake.cases import (
    DEEDS_DESK,
    DEEDS_OFFICER,
    MORNING,
    PERMITS_DESK,
    PERMITS_OFFICER,
    SOCIAL_DESK,
    SOCIAL_OFFICER,
    TAX_DESK,
    TAX_OFFICER,
    case_of,
    file_at_desk,
    move_of,
    person,
    world,
)


def kiosk(id: str = "wa-urmia-017") -> Kiosk:
    found = sample_snapshot().kiosk(id)
    assert found is not None
    return found


NOTHING = Situation(
    information_only=False,
    presence=None,
    kiosk_failed=False,
    electronic=Extent.NONE,
    electronic_channel=None,
    able_and_willing=True,
    kiosks=(),
)
IDENTITY = Presence(ground="IDENTITY", stage="request", law="قانون")


@pytest.mark.parametrize(
    ("situation", "channel", "reason"),
    [
        ({"information_only": True, "presence": IDENTITY}, Channel.AGENCY_DESK, ChannelReason.INFO),
        ({"presence": IDENTITY, "electronic": Extent.FULL}, Channel.AGENCY_DESK, ChannelReason.PRESENCE),
        ({"kiosk_failed": True, "kiosks": (kiosk(),)}, Channel.AGENCY_DESK, ChannelReason.KIOSK_FAILED),
        (
            {"electronic": Extent.FULL, "electronic_channel": Channel.WEB, "kiosks": (kiosk(),)},
            Channel.WEB,
            ChannelReason.E_FIRST,
        ),
        ({"electronic": Extent.FULL, "electronic_channel": Channel.MOBILE}, Channel.MOBILE, ChannelReason.E_FIRST),
        (
            {"electronic": Extent.FULL, "able_and_willing": False, "kiosks": (kiosk(),)},
            Channel.KIOSK_URBAN,
            ChannelReason.ASSISTED,
        ),
        ({"electronic": Extent.FULL, "able_and_willing": False}, Channel.AGENCY_DESK, ChannelReason.ASSISTED),
        ({"electronic": Extent.PARTIAL, "kiosks": (kiosk(),)}, Channel.KIOSK_URBAN, ChannelReason.KIOSK),
        ({"kiosks": (kiosk("wa-khoy-003"),)}, Channel.KIOSK_RURAL, ChannelReason.KIOSK),
        ({"electronic": Extent.PARTIAL, "electronic_channel": Channel.WEB}, Channel.WEB, ChannelReason.E_PARTIAL),
        ({"electronic": Extent.PARTIAL}, Channel.AGENCY_DESK, ChannelReason.E_PARTIAL),
        ({}, Channel.AGENCY_DESK, ChannelReason.DESK_ONLY),
    ],
)
def test_the_first_row_that_fits_decides(situation: dict[str, Any], channel: Channel, reason: ChannelReason) -> None:
    decision = decide(replace(NOTHING, **situation))
    assert (decision.channel, decision.reason) == (channel, reason)


def test_the_rows_stand_in_the_order_of_the_order() -> None:
    assert [row.reason for row in TABLE] == list(ChannelReason)


SITUATIONS = [
    Situation(information, presence, failed, electronic, files_through, able, kiosks)
    for information, presence, failed, electronic, files_through, able, kiosks in product(
        (False, True), (None, IDENTITY), (False, True), Extent, (None, *ELECTRONIC), (False, True), ((), (kiosk(),))
    )
]
"""All that there are, up to which kiosks."""


def test_every_row_of_the_table_is_reached_and_every_situation_has_a_reason() -> None:
    reached = {decide(situation).reason for situation in SITUATIONS}
    assert reached == {row.reason for row in TABLE} == set(ChannelReason)


def test_i4_what_is_offered_elsewhere_is_never_done_at_the_desk_as_if_it_were_not() -> None:
    """I4: with an open electronic or kiosk offering, the reason says which row kept the person at the desk."""
    for situation in SITUATIONS:
        if situation.electronic is not Extent.NONE or situation.kiosks:
            assert decide(situation).reason is not ChannelReason.DESK_ONLY, situation


def test_whoever_is_back_from_a_kiosk_is_never_sent_to_one_by_the_table() -> None:
    for situation in SITUATIONS:
        for failed in (True, False):
            decision = back_from_kiosk(situation, failed=failed)
            assert decision.kiosks == ()
            assert decision.reason is not ChannelReason.INFO, "a case in hand is no question"
            assert failed <= (decision.reason in (ChannelReason.PRESENCE, ChannelReason.KIOSK_FAILED))
            assert failed or decision.reason is not ChannelReason.KIOSK_FAILED


def test_whoever_is_sent_on_goes_to_another_kiosk_or_nowhere() -> None:
    for situation in SITUATIONS:
        assert decide(on_to_another(situation, frozenset({kiosk().id}))).kiosks == ()
        others = decide(on_to_another(situation, frozenset({"another"}))).kiosks
        assert bool(others) == bool(situation.kiosks and situation.presence is None and not situation.kiosk_failed)


SERVICES = {
    "tax-clearance": (TAX_DESK, TAX_OFFICER),
    "social-insurance-record": (SOCIAL_DESK, SOCIAL_OFFICER),
    "building-permit": (PERMITS_DESK, PERMITS_OFFICER),
    "land-deed-original": (DEEDS_DESK, DEEDS_OFFICER),
}
DAY = civil_day(world().now)
OFFERED = st.builds(
    lambda channel, request, delivery, counties, ends: {
        "channel": channel,
        "request": request,
        "delivery": delivery,
        "counties": counties,
        "valid_to": ends,
    },
    st.sampled_from((Channel.WEB, Channel.MOBILE, Channel.KIOSK_URBAN, Channel.KIOSK_RURAL)),
    st.sampled_from(Extent),
    st.sampled_from(Extent),
    st.sampled_from(((), ("urmia",), ("khoy",))),
    st.sampled_from((None, DAY, DAY - timedelta(days=1))),
)


@settings(max_examples=150, deadline=None)
@given(
    service=st.sampled_from(sorted(SERVICES)),
    offered=st.lists(OFFERED, max_size=3),
    able=st.booleans(),
    county=st.sampled_from(("urmia", "khoy", "chaldoran", None)),
)
def test_i4_whatever_is_offered_a_desk_request_says_why_it_took_its_channel(
    service: str, offered: list[dict[str, Any]], able: bool, county: str | None
) -> None:
    """I4, from the registry's entries to the event. Offerings come and go; the reason follows them."""
    desk, officer = SERVICES[service]
    pattern = sample_snapshot().offerings("tax-clearance")[0]
    entries = [known.model_copy(update={"status": Status.RETIRED}) for known in sample_snapshot().offerings(service)]
    entries += [
        pattern.model_copy(update={"id": f"{service}-{number}", "service_id": service, **facts})
        for number, facts in enumerate(offered)
    ]
    decision = file_at_desk(
        service, desk, officer, world(MORNING, *entries), electronicallyAble=able, applicant=person(county=county)
    )
    case, here = case_of(decision), county or "urmia"
    assert case.channel_reason in set(ChannelReason)
    assert move_of(decision).channel_reason is case.channel_reason
    open_now = [
        facts
        for facts in offered
        if facts["valid_to"] in (None, DAY) and (not facts["counties"] or here in facts["counties"])
    ]
    stages = [(o["request"], o["delivery"]) for o in open_now if o["channel"] in (Channel.WEB, Channel.MOBILE)]
    electronic = any(stage is not Extent.NONE for pair in stages for stage in pair)
    sent_to = case.redirect.kiosks if case.redirect else ()
    if service == "land-deed-original":
        assert case.channel_reason == "PRESENCE"
    elif (Extent.FULL, Extent.FULL) in stages:
        assert case.channel_reason == ("E_FIRST" if able else "ASSISTED")
    elif sent_to:
        assert case.channel_reason == "KIOSK"
        channels = {offer["channel"] for offer in open_now}
        assert {f"KIOSK_{office.kiosk_class}" for office in sent_to} <= channels
    else:
        assert case.channel_reason == ("E_PARTIAL" if electronic else "DESK_ONLY")
    assert (case.state == "REDIRECTED") == bool(sent_to)
    if case.channel_reason in ("E_FIRST", "E_PARTIAL"):
        wanted = [(way, True) for way in ELECTRONIC] + [(way, False) for way in ELECTRONIC]
        there = [
            (o["channel"], (o["request"], o["delivery"]) == (Extent.FULL,) * 2)
            for o in open_now
            if o["request"] != "NONE"
        ]
        through = next((way for way, full in wanted if (way, full) in there), Channel.AGENCY_DESK)
        assert case.channel is through, "wholly electronic before partly, the web before an app"


def test_what_another_desk_files_through_an_app_is_the_permanent_desks_as_what_it_files_through_the_web() -> None:
    known = sample_snapshot().offerings("social-insurance-record")[0]
    by_app = {"id": "by-app", "channel": Channel.MOBILE, "request": Extent.FULL, "delivery": Extent.FULL}
    khoy = ("wa-social-security-khoy-desk", "wa-social-security-khoy-desk-01")
    decision = file_at_desk("social-insurance-record", *khoy, world(MORNING, known.model_copy(update=by_app)))
    case = case_of(decision)
    assert (case.channel, case.desk_id) == (Channel.MOBILE, SOCIAL_DESK)


def test_an_app_that_does_it_all_goes_before_a_page_that_does_some_of_it() -> None:
    page = next(each for each in sample_snapshot().offerings("tax-clearance") if each.channel is Channel.WEB)
    some = page.model_copy(update={"delivery": Extent.NONE})
    app = page.model_copy(update={"id": "by-app", "channel": Channel.MOBILE})
    assert case_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER, world(MORNING, some, app))).channel == "MOBILE"
    assert case_of(file_at_desk("tax-clearance", TAX_DESK, TAX_OFFICER, world(MORNING, page, app))).channel == "WEB"
