"""Which gateway carries the SMS is a setting; an incomplete or unsafe set of them stops the start (design 5)."""

from typing import Any

import pytest

from services.notify.app import sms_provider
from services.notify.providers.http import HttpGateway
from services.notify.providers.kannel import Kannel
from services.notify.providers.kavenegar import Kavenegar
from services.notify.settings import NEEDED, Settings
from services.runtime.settings import BadSettings
from tests.support.provider_servers import KEY, PASSWORD, TOKEN

SETS: dict[str, dict[str, Any]] = {
    "http": {},
    "kavenegar": {"sms_key": KEY},
    "kannel": {
        "sms_user": "mizban",
        "sms_password": PASSWORD,
        "sms_receipt_url": "http://notify:8083/v1/receipts/kannel",
        "sms_receipt_token": TOKEN,
    },
}
CLASSES = {"http": HttpGateway, "kavenegar": Kavenegar, "kannel": Kannel}


@pytest.mark.parametrize("name", SETS)
async def test_a_complete_set_makes_that_provider(name: str) -> None:
    provider = sms_provider(Settings.load(sms_provider=name, **SETS[name]))
    assert type(provider) is CLASSES[name]
    await provider.close()


def test_each_provider_that_there_is_says_what_it_needs() -> None:
    assert {name: set(needed) for name, needed in NEEDED.items()} == {name: set(SETS[name]) for name in SETS}


@pytest.mark.parametrize(("name", "missing"), [(name, missing) for name in SETS for missing in NEEDED[name]])
def test_without_one_of_its_settings_the_service_does_not_start(name: str, missing: str) -> None:
    values = {setting: value for setting, value in SETS[name].items() if setting != missing}
    with pytest.raises(BadSettings, match=missing):
        Settings.load(sms_provider=name, **values)


@pytest.mark.parametrize("key", ["short", "a key of sixteen letters", "../../other/account", "key-with-%41-in-it-"])
@pytest.mark.parametrize(("name", "setting"), [("kavenegar", "sms_key"), ("kannel", "sms_receipt_token")])
def test_what_stands_in_an_address_has_letters_that_mean_nothing_there(name: str, setting: str, key: str) -> None:
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
