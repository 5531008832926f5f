"""`mizban dlq ls` and `show` on a real Kafka: every letter once, with its reason, and nothing personal unless asked."""

import json

from services.contracts.topics import dead_letter_topic
from tests.support.operators import APPLICANT, MOBILE, NAME, NATIONAL_ID, PERSONAL, Desk, everything, mizban, written


def test_a_letter_is_listed_once_with_its_reason(desk: Desk) -> None:
    record = desk.write(b"{}")
    id = desk.give_up(record, code="HEADER_MISSING", times=2)
    (letter,) = desk.listed()
    assert letter == letter | {
        "id": id,
        "group": desk.group,
        "topic": desk.topic,
        "partition": 1,
        "offset": record.offset,
        "code": "HEADER_MISSING",
        "attempts": 2,
        "replayedAt": None,
    }
    code, table = mizban("dlq", "ls", "--group", desk.group, "--code", "HEADER_MISSING")
    assert (code, id[:13] in table, "1 dead letter, 1 open." in table) == (0, True, True)
    none = mizban("dlq", "ls", "--group", desk.group, "--code", "OTHER")[1]
    assert "No letter has the code OTHER; there are: HEADER_MISSING." in none
    assert "0 dead letters" in none
    assert "has the code" not in table


def test_a_letter_is_shown_with_what_is_known_and_its_times_named(desk: Desk) -> None:
    id = desk.give_up(desk.write(b"{}"))
    code, shown = mizban("dlq", "show", id)
    assert (code, "2026-11-23 08:30:00 UTC, 1405/09/02 12:00 Tehran" in shown, "sent again" in shown) == (
        0,
        True,
        False,
    )
    assert "1405/09/02 12:00 Tehran (the stack's clock)" in shown
    assert "Tehran (Kafka's own clock)" in shown
    assert "wrong: applicant.value" in shown
    assert "None" not in shown
    mizban("dlq", "replay", "--id", id, "--yes")
    assert "sent again at" in mizban("dlq", "show", id)[1]


def test_a_record_that_is_no_letter_is_told_and_hides_none(desk: Desk) -> None:
    id = desk.give_up(desk.write(b"{}"))
    topic = dead_letter_topic(desk.group).name
    letter = everything(desk.stack, topic)[0]
    headers = [(name, b"x" if name == "dl_partition" else value or b"") for name, value in letter.headers]
    written(desk.stack, topic, letter.value, letter.key, headers)
    code, output = mizban("dlq", "ls", "--group", desk.group)
    assert (code, id[:13] in output, "1 dead letter, 1 open." in output) == (0, True, True)
    assert "1 record could not be read as a letter" in output


def test_nothing_personal_is_shown_unless_it_is_asked_for(desk: Desk) -> None:
    value = json.dumps({"kioskId": 7, "applicant": APPLICANT, NATIONAL_ID: 1}, ensure_ascii=False).encode()
    record = desk.write(value, f"wa-urmia-017:{NATIONAL_ID}".encode(), ("ce_id", MOBILE.encode()), (NAME, b"1"))
    id = desk.give_up(record)
    shown = {command: mizban(*command) for command in commands_on(desk, id)}
    for command, (code, output) in shown.items():
        assert code == 0, output
        assert not [personal for personal in PERSONAL if personal in output], command
    assert '"kioskId": "number"' in shown["dlq", "show", id][1]
    code, revealed = mizban("dlq", "show", id[:13], "--reveal")
    assert code == 0
    for personal in PERSONAL:
        assert personal in revealed


def commands_on(desk: Desk, id: str) -> list[tuple[str, ...]]:
    return [
        ("dlq", "ls", "--group", desk.group),
        ("dlq", "ls", "--group", desk.group, "--json"),
        ("dlq", "show", id),
        ("dlq", "replay", "--id", id),
        ("dlq", "replay", "--id", id, "--yes"),
    ]
