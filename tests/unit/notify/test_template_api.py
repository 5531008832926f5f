"""The texts over HTTP: what there is and what it costs; the installation's own, in force at once and on record."""

from itertools import count
from typing import Any

import httpx
import pytest

from services.contracts.persian import sms_cost
from services.notify.domain.publishing import FIRST_OWN
from tests.unit.notify.in_memory import Notify

WORDS = "کد {code}\nپاسخ: {promised}\n{service}"
DRAFT = {"name": "registered", "text": WORDS, "officerId": "o-1"}
KEYS = count()


async def post(http: httpx.AsyncClient, path: str, body: dict[str, Any], seen: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": f"key-{next(KEYS)}"} | ({"If-Match": seen} if seen else {})
    return await http.post(f"/v1/templates{path}", json=body, headers=headers)


async def newest(http: httpx.AsyncClient, id: str = "registered") -> dict[str, Any]:
    (found,) = [item for item in (await http.get("/v1/templates?inForce=true")).json()["items"] if item["id"] == id]
    return dict(found)


async def test_the_templates_show_their_tokens_and_what_they_cost_at_most(http: httpx.AsyncClient) -> None:
    registered = await newest(http)
    assert registered["tokens"] == ["code", "promised", "service", "phone"]
    assert registered["maySay"] == ["code", "phone", "promised", "responsible", "service"]
    assert (registered["purpose"], registered["mayOptOut"]) == ("SERVICE", False)
    assert (registered["longestParts"], registered["lang"], registered["audience"]) == (2, "fa", "citizen")
    assert (registered["shipped"], registered["publishedBy"]) == (True, None)


async def test_texts_are_listed_by_name_notice_channel_and_language(http: httpx.AsyncClient) -> None:
    query = "name=re-dated&notice=RE_DATED&channel=SMS&lang=fa"
    items = (await http.get(f"/v1/templates?{query}")).json()["items"]
    assert [(item["id"], item["version"], item["inForce"]) for item in items] == [
        ("re-dated", 1, False),
        ("re-dated", 2, True),
    ]
    assert (await http.get("/v1/templates?notice=NONE")).status_code == 422


async def test_a_published_text_is_said_by_the_next_message_and_stands_with_who_and_when(
    notify: Notify, http: httpx.AsyncClient
) -> None:
    await notify.hear("r-1")
    answer = await post(http, "", DRAFT | {"publish": True, "reason": "کوتاه‌تر"})
    assert (answer.status_code, answer.json()["status"], answer.json()["version"]) == (201, "PUBLISHED", FIRST_OWN)
    await notify.hear("r-2")
    before, after = (accepted.text for accepted in notify.gateway.accepted)
    assert before.endswith("۰۴۴\u00a0۳۳۴۴۰۰۰۰")
    assert after.endswith("پروانه ساختمانی")
    read = (await http.get("/v1/templates/registered")).json()
    own, shipped = read["versions"]
    assert (own["publishedBy"], own["reason"], own["inForce"], own["shipped"]) == ("o-1", "کوتاه‌تر", True, False)
    assert (shipped["version"], shipped["inForce"], shipped["shipped"]) == (1, False, True)
    messages = (await http.get("/v1/messages?requestId=r-1")).json()["items"]
    assert [(message["templateVersion"], message["text"]) for message in messages] == [(1, before)]


async def test_a_draft_is_read_with_its_flaws_then_published_by_who_has_seen_it(http: httpx.AsyncClient) -> None:
    drafted = await post(http, "", DRAFT | {"text": "{promised} {code}"})
    assert (drafted.status_code, drafted.json()["status"]) == (201, "DRAFT")
    read = await http.get("/v1/templates/registered")
    assert [flaw["code"] for flaw in read.json()["draft"]["flaws"]] == ["CODE_FIRST", "WRONG_LANGUAGE"]
    refused = await post(http, "/registered/publish", {"officerId": "o-2"}, read.headers["ETag"])
    assert (refused.status_code, refused.json()["code"]) == (422, "FLAWED_TEMPLATE")
    assert [error["code"] for error in refused.json()["errors"]] == ["CODE_FIRST", "WRONG_LANGUAGE"]
    assert (await post(http, "", DRAFT)).status_code == 428
    mended = await post(http, "", DRAFT, read.headers["ETag"])
    stale = await post(http, "/registered/publish", {"officerId": "o-2"}, read.headers["ETag"])
    assert stale.status_code == 412, "somebody has written another draft since"
    done = await post(http, "/registered/publish", {"officerId": "o-2"}, mended.headers["ETag"])
    assert done.json()["version"] == FIRST_OWN
    assert (await http.get("/v1/templates/registered")).json()["draft"] is None


async def test_what_is_retired_is_said_no_more(notify: Notify, http: httpx.AsyncClient) -> None:
    await post(http, "", DRAFT | {"publish": True})
    retired = await post(http, "/registered/retire", {"officerId": "o-3", "reason": "نادرست"})
    assert (retired.status_code, retired.json()["version"]) == (200, FIRST_OWN)
    assert (await newest(http))["version"] == 1
    own, _ = (await http.get("/v1/templates/registered")).json()["versions"]
    assert (own["retiredBy"], own["retiredFor"], own["inForce"]) == ("o-3", "نادرست", False)
    again = await post(http, "/registered/retire", {"officerId": "o-3", "reason": "نادرست"})
    assert (again.status_code, again.json()["code"]) == (409, "NOTHING_PUBLISHED")


async def test_i11_a_repeated_command_publishes_once(http: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "the-same-one"}
    answers = [await http.post("/v1/templates", json=DRAFT | {"publish": True}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert len((await http.get("/v1/templates/registered")).json()["versions"]) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "greeting"}, "UNKNOWN_TEMPLATE"),
        ({"channel": "FAX"}, "INVALID"),
        ({"lang": "ku"}, "INVALID"),
        ({"text": " "}, "INVALID"),
        ({"publish": "no"}, "INVALID"),
        ({"purpose": "LEGAL"}, "INVALID"),
    ],
)
async def test_what_cannot_be_a_template_is_refused_with_a_code(
    http: httpx.AsyncClient, change: dict[str, Any], code: str
) -> None:
    answer = await post(http, "", DRAFT | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_no_template_that_is_not_there_is_read_or_previewed(http: httpx.AsyncClient) -> None:
    for answer in (
        await http.get("/v1/templates/greeting"),
        await http.post("/v1/templates/greeting/preview", json={}),
        await http.post("/v1/templates/registered/preview", json={"version": 7}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_a_preview_is_at_its_longest_where_no_values_are_given(http: httpx.AsyncClient) -> None:
    preview = (await http.post("/v1/templates/registered/preview", json={})).json()
    assert "چهارشنبه ۲۹ اردیبهشت ساعت ۱۲:۳۰" in preview["text"]
    assert (preview["coding"], preview["units"], preview["parts"]) == sms_cost(preview["text"])
    assert (preview["coding"], preview["longestParts"], preview["flaws"]) == ("UCS-2", 2, [])


async def test_a_preview_writes_the_values_given_and_stores_nothing(notify: Notify, http: httpx.AsyncClient) -> None:
    body = {"text": "Code {code}: {promised}", "values": {"promised": "2026-12-14T08:30:00Z"}}
    preview = (await http.post("/v1/templates/registered:SMS:en/preview", json=body)).json()
    assert preview["text"] == "Code 1234 5678 9012 34: Mon 14 Dec, 12:00"
    assert (preview["coding"], preview["units"], preview["parts"]) == ("GSM-7", 41, 1)
    assert notify.store.collections.get("template", {}) == {}


async def test_a_preview_of_an_email_has_its_subject_and_costs_no_parts(http: httpx.AsyncClient) -> None:
    body = {"values": {"service": "پروانهٔ ساختمانی", "code": "12345678901234"}}
    preview = (await http.post("/v1/templates/result-refused:EMAIL:fa/preview", json=body)).json()
    assert preview["subject"] == "با درخواست شما موافقت نشد – کد ۱۲۳۴\u00a0۵۶۷۸\u00a0۹۰۱۲\u00a0۳۴"
    assert "خدمت: پروانهٔ ساختمانی" in preview["text"]
    assert (preview["coding"], preview["parts"]) == (None, None)


@pytest.mark.parametrize("text", ["کد {code} {nationalId}", "کد {code", "کد {code!r}"])
async def test_a_preview_of_what_cannot_be_written_tells_why(http: httpx.AsyncClient, text: str) -> None:
    preview = await http.post("/v1/templates/registered/preview", json={"text": text})
    assert preview.status_code == 200
    assert preview.json()["flaws"][0]["code"] in ("UNKNOWN_TOKEN", "UNREADABLE")
    assert preview.json()["text"] == text


@pytest.mark.parametrize(
    "values",
    [
        {"promised": "tomorrow"},
        {"promised": "2026-12-14"},
        {"promised": "9999-12-31T23:59:59Z"},
        {"promised": "0001-01-01T00:00:00Z"},
        {"collect": "1"},
        {"code": ""},
    ],
)
async def test_a_value_that_cannot_be_stored_is_refused_by_name(
    http: httpx.AsyncClient, values: dict[str, str]
) -> None:
    answer = await http.post("/v1/templates/registered/preview", json={"values": values})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID")
    assert next(iter(values)) in answer.json()["errors"][0]["field"]


async def test_12_12_the_coverage_tells_for_every_event_who_is_told_what_and_in_which_text(
    http: httpx.AsyncClient,
) -> None:
    coverage = (await http.get("/v1/templates/coverage")).json()
    assert coverage["holes"] == []
    assert {"event": "request.guided", "aboutVisit": False, "audience": "citizen", "notice": None,
            "noNotice": "TOLD_IN_PERSON"} in coverage["events"]  # fmt: skip
    refused = [text for text in coverage["texts"] if text["name"] == "refused-on-spot"]
    assert [(text["channel"], text["lang"], text["version"]) for text in refused] == [
        ("SMS", "fa", 1),
        ("SMS", "en", 1),
        ("EMAIL", "fa", 1),
        ("EMAIL", "en", 1),
    ]
