"""Without a mail server no e-mail goes out; one that is named incompletely or unsafely stops the start (design 5)."""

import base64
from typing import Any

import pytest

from services.notify.domain.sending import MAIL
from services.notify.providers.smtp import Mail
from services.notify.settings import Settings
from services.runtime.settings import BadSettings
from tests.support.provider_servers import PASSWORD

SERVER: dict[str, Any] = {"smtp_host": "mail.example.ir", "smtp_sender": "desk@example.ir"}


def test_no_e_mail_goes_out_unless_a_server_is_named() -> None:
    settings = Settings.load()
    assert settings.mail_server() is None
    assert not settings.rules().mail


def test_a_server_that_is_named_is_used_by_its_name() -> None:
    """In messages the name tells that nobody can be asked about them."""
    settings = Settings.load(**SERVER, smtp_user="desk", smtp_password=PASSWORD)
    server = settings.mail_server()
    assert server is not None
    assert (server.host, server.port, server.security) == ("mail.example.ir", 587, "starttls")
    assert settings.rules().mail
    assert Mail(server, seconds=1).name == MAIL


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"smtp_sender": ""}, "sender"),
        ({"smtp_sender": "desk"}, "sender"),
        ({"smtp_security": "none", "smtp_password": PASSWORD}, "password"),
        ({"smtp_timeout_seconds": 30}, "answer_within_seconds"),
        ({"sms_routes": [{"name": MAIL, "url": "http://sms", "line": "1000"}]}, "sms_routes"),
    ],
)
def test_a_server_that_is_incomplete_or_unsafe_stops_the_start(changed: dict[str, Any], named: str) -> None:
    with pytest.raises(BadSettings, match=named) as refused:
        Settings.load(**SERVER | changed)
    assert PASSWORD not in str(refused.value)


OURS = base64.b64encode(bytes(range(32))).decode()
PRODUCTION: dict[str, Any] = {"profile": "production", "seal_key": OURS, "webhook_key": OURS}


@pytest.mark.parametrize("host", ["mail.example.ir", "10.0.0.5", "localhost.example.ir"])
def test_in_production_no_letter_leaves_the_machine_in_clear(host: str) -> None:
    in_clear = SERVER | {"smtp_host": host, "smtp_security": "none"}
    assert Settings.load(**in_clear).mail_server() is not None  # in development it may
    with pytest.raises(BadSettings, match="smtp_security"):
        Settings.load(**PRODUCTION | in_clear)
    assert Settings.load(**PRODUCTION | in_clear | {"smtp_security": "starttls"}).mail_server() is not None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_in_production_a_server_on_the_same_machine_may_do_without_tls(host: str) -> None:
    server = Settings.load(**PRODUCTION | SERVER | {"smtp_host": host, "smtp_security": "none"}).mail_server()
    assert server is not None
    assert server.security == "none"


def test_in_production_without_a_mail_server_its_security_is_of_no_matter() -> None:
    assert Settings.load(**PRODUCTION, smtp_security="none").mail_server() is None
