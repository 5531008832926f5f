"""Which gateway carries the SMS is a setting; an incomplete or unsafe set of them stops the start (design 5)."""

from collections.abc import Sequence
from typing import Any

import pytest

from services.notify.app import MAILS_AT_ONCE, mail_lane, sms_lane, sms_provider
from services.notify.dispatch.token_bucket import TokenBucket
from services.notify.domain.sending import BY_NAME
from services.notify.providers.http import HttpGateway
from services.notify.providers.kannel import Kannel
from services.notify.providers.kavenegar import Kavenegar
from services.notify.settings import NEEDED, Settings, SmsProvider
from services.runtime.settings import BadSettings
from tests.support.provider_servers import KEY, PASSWORD, TOKEN

SETS: dict[SmsProvider, dict[str, Any]] = {
    "http": {},
    "kavenegar": {"sms_key": KEY},
    "kannel": {
        "sms_user": "mizban",
        "sms_password": PASSWORD,
        "sms_receipt_url": "http://notify:8083/v1/receipts/kannel",
        "sms_receipt_token": TOKEN,
    },
}
CLASSES: dict[SmsProvider, type] = {"http": HttpGateway, "kavenegar": Kavenegar, "kannel": Kannel}


@pytest.mark.parametrize("name", SETS)
async def test_a_complete_set_makes_that_provider(name: SmsProvider) -> None:
    settings = Settings.load(sms_provider=name, **SETS[name])
    (route,) = settings.gateways()
    provider = sms_provider(route, settings)
    assert (type(provider), provider.name) == (CLASSES[name], "sim" if name == "http" else name)
    await provider.close()


def test_each_provider_that_there_is_says_what_it_needs() -> None:
    assert {name: {f"sms_{setting}" for setting in needed} for name, needed in NEEDED.items()} == {
        name: set(SETS[name]) for name in SETS
    }


@pytest.mark.parametrize(("name", "missing"), [(name, missing) for name in SETS for missing in SETS[name]])
def test_without_one_of_its_settings_the_service_does_not_start(name: SmsProvider, missing: str) -> None:
    values = {setting: value for setting, value in SETS[name].items() if setting != missing}
    with pytest.raises(BadSettings, match=missing):
        Settings.load(sms_provider=name, **values)


@pytest.mark.parametrize("key", ["short", "a key of sixteen letters", "../../other/account", "key-with-%41-in-it-"])
@pytest.mark.parametrize(("name", "setting"), [("kavenegar", "sms_key"), ("kannel", "sms_receipt_token")])
def test_what_stands_in_an_address_has_letters_that_mean_nothing_there(
    name: SmsProvider, setting: str, key: str
) -> None:
    with pytest.raises(BadSettings, match=setting) as refused:
        Settings.load(sms_provider=name, **SETS[name] | {setting: key})
    assert key not in str(refused.value)


@pytest.mark.parametrize("url", ["notify:8083/v1/receipts/kannel", "http://notify/?token=1", "http://notify/%d"])
def test_an_address_for_receipts_leaves_room_for_what_is_put_behind_it(url: str) -> None:
    with pytest.raises(BadSettings, match="RECEIPT_URL"):
        Settings.load(sms_provider="kannel", **SETS["kannel"] | {"sms_receipt_url": url})


def test_in_production_a_key_in_an_address_goes_over_https_only() -> None:
    values: dict[str, Any] = SETS["kavenegar"] | {"sms_provider": "kavenegar", "profile": "production"}
    with pytest.raises(BadSettings, match="sms_url"):
        Settings.load(**values, sms_url="http://api.kavenegar.com")
    with pytest.raises(BadSettings) as refused:  # of development's keys, which are not this test's matter
        Settings.load(**values, sms_url="https://api.kavenegar.com")
    assert "sms_url" not in str(refused.value)


ROUTES: dict[SmsProvider, dict[str, Any]] = {
    kind: {"name": "second", "provider": kind, "url": "https://gateway", "line": "10002222"}
    | {name.removeprefix("sms_"): value for name, value in values.items()}
    for kind, values in SETS.items()
}
MAIL = {"smtp_sender": "desk@example.ir"}
FIRST = {"name": "first", "url": "https://first", "line": "10001111"}


@pytest.mark.parametrize("kind", ROUTES)
async def test_each_of_several_gateways_is_of_its_own_kind_and_has_its_own_name(kind: SmsProvider) -> None:
    settings = Settings.load(sms_routes=[FIRST, ROUTES[kind]])
    _, route = settings.gateways()
    provider = sms_provider(route, settings)
    assert (type(provider), provider.name) == (CLASSES[kind], "second")
    await provider.close()


@pytest.mark.parametrize(("kind", "missing"), [(kind, missing) for kind in SETS for missing in NEEDED[kind]])
def test_one_of_several_that_is_incomplete_stops_the_start(kind: SmsProvider, missing: str) -> None:
    route = {setting: value for setting, value in ROUTES[kind].items() if setting != missing}
    with pytest.raises(BadSettings, match=missing):
        Settings.load(sms_routes=[FIRST, route])


def test_who_does_not_call_back_by_get_shows_no_token() -> None:
    """Its receipts would be turned away unseen."""
    with pytest.raises(BadSettings, match="receipt_token"):
        Settings.load(sms_routes=[FIRST | {"receipt_token": TOKEN}])


def test_in_production_no_key_of_several_gateways_goes_in_clear() -> None:
    in_clear = ROUTES["kavenegar"] | {"url": "http://gateway"}
    with pytest.raises(BadSettings, match="sms_routes"):
        Settings.load(profile="production", sms_routes=[FIRST, in_clear])
    with pytest.raises(BadSettings) as refused:
        Settings.load(profile="production", sms_routes=[FIRST, ROUTES["kavenegar"]])
    assert "sms_routes" not in str(refused.value)


@pytest.mark.parametrize("name", sorted(BY_NAME.values()))
def test_no_gateway_has_the_name_of_what_goes_without_one(name: str) -> None:
    """An answer would be asked for at the wrong place."""
    with pytest.raises(BadSettings, match="without a gateway"):
        Settings.load(sms_routes=[FIRST, FIRST | {"name": name}])


NEARLY = 9.99
"""Ten seconds, and not the call that is due in their last instant."""


def _calls(buckets: Sequence[TokenBucket], seconds: float) -> int:
    """How many calls these allow within so many seconds after a pause, whoever wants them."""
    waits = [bucket.take(0.0) for bucket in buckets for _ in range(1000)]
    return sum(wait < seconds for wait in waits)


@pytest.mark.parametrize("members", [1, 2, 4])
async def test_processes_that_share_a_line_keep_its_pace_together(members: int) -> None:
    """Domain 8: a token bucket per provider and line. What a gateway allows it allows whoever calls from that line."""
    route = {"name": "a", "url": "http://a", "line": "1", "per_second": 20, "burst": 8}
    settings = Settings.load(members=members, sms_routes=[route], calls_at_once=64, smtp_host="localhost", **MAIL)
    (one,) = settings.gateways()
    lanes = [sms_lane(one, settings) for _ in range(members)]
    assert _calls([lane.bucket for lane in lanes], NEARLY) == 8 - members + 20 * 10
    assert sum(lane.at_once for lane in lanes) == 64
    by_mail = [mail for _ in range(members) if (mail := mail_lane(settings))]
    assert _calls([mail.bucket for mail in by_mail], NEARLY) == 20 * 10
    assert sum(mail.at_once for mail in by_mail) == MAILS_AT_ONCE
    for lane in (*lanes, *by_mail):
        await lane.provider.close()


async def test_a_share_is_never_nothing() -> None:
    settings = Settings.load(members=9, sends_burst=5, calls_at_once=8)
    (route,) = settings.gateways()
    lane = sms_lane(route, settings)
    assert (lane.bucket.burst, lane.at_once) == (1, 1)
    await lane.provider.close()
