"""Facts grow and commands do not; an instant is written in one way (design 3)."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from services.contracts.wire import Command, Id, Instant, Made, TypedId, Wire, digest
from services.ops.home import ROOT


class Promise(Wire):
    promised_at: Instant


class Step(Made):
    name: Id
    at: Instant
    parts: tuple[str, ...] = ()


class Move(Command):
    request_id: Id


moments = st.datetimes(
    min_value=datetime(1, 1, 2, tzinfo=UTC).replace(tzinfo=None),  # hypothesis adds the zone
    max_value=datetime(9999, 12, 30, tzinfo=UTC).replace(tzinfo=None),
    timezones=st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-1439, 1439)),
)


@given(moments)
def test_an_instant_is_written_in_one_width_and_read_back(moment: datetime) -> None:
    promise = Promise(promised_at=moment)
    text = promise.to_wire()["promisedAt"]
    assert len(text) == len("2026-11-23T08:30:00Z")
    assert text.endswith("Z")
    assert Promise.model_validate_json(promise.to_json()) == promise
    assert promise.promised_at == moment.astimezone(UTC).replace(microsecond=0)


def test_parts_of_a_second_are_dropped_in_utc_too() -> None:
    assert Promise(promised_at=datetime(2026, 11, 23, 8, 30, 0, 999_999, UTC)).promised_at == datetime(
        2026, 11, 23, 8, 30, tzinfo=UTC
    )


def test_a_copy_has_the_changes_and_leaves_the_original() -> None:
    one, other = datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    promise = Promise(promised_at=one)
    changed = promise.model_copy(update={"promised_at": other})
    assert changed == Promise(promised_at=other)
    assert promise == promise.model_copy() == promise.model_copy(deep=True) == Promise(promised_at=one)
    with pytest.raises(ValidationError, match="frozen"):
        Promise.__setattr__(changed, "promised_at", one)


def test_what_is_made_is_what_would_be_read_in_the_order_of_its_fields() -> None:
    made = Step(at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC), name="called")
    assert made.to_json() == b'{"name":"called","at":"2026-11-23T08:30:00Z","parts":[]}'
    assert made == Step.model_validate_json(made.to_json()) == Step.model_validate(made.to_wire())
    assert made.model_copy(update={"name": "ended"}).to_wire() == made.to_wire() | {"name": "ended"}
    with pytest.raises(ValidationError, match="frozen"):
        Step.__setattr__(made, "name", "ended")


def test_what_is_read_is_validated_whoever_could_have_made_it() -> None:
    with pytest.raises(ValidationError, match="name"):
        Step.model_validate_json(b'{"name":"a name","at":"2026-11-23T08:30:00Z"}')


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "a name"}, "no reader takes"),
        ({"at": datetime(2026, 11, 23, 8, 30, 0, 5, tzinfo=UTC)}, "would be read as"),
        ({"parts": ["one"]}, "would be read as"),
        ({"names": "called"}, "would be read as"),
    ],
)
def test_whoever_makes_what_a_reader_would_not_have_fails_here(changed: dict[str, Any], told: str) -> None:
    fields: dict[str, Any] = {"name": "called", "at": datetime(2026, 11, 23, tzinfo=UTC)} | changed
    with pytest.raises(AssertionError, match=told):
        Step(**fields)
    del fields["name"]
    with pytest.raises(AssertionError, match="no reader takes"):
        Step(**fields)


AS_DEPLOYED = """
from services.contracts.working_calendar import CalendarRef
made = CalendarRef(id="no id", version=1)
for read in (CalendarRef.model_validate, lambda fields: CalendarRef.model_validate_json(made.to_json())):
    try:
        read({"id": "no id", "version": 1})
    except ValueError as refused:
        print(type(refused).__name__)
"""


def test_where_nothing_looks_at_what_is_made_what_is_read_is_validated_all_the_same() -> None:
    """In a process of its own: in that of the tests each that is made is validated, too."""
    done = subprocess.run([sys.executable, "-c", AS_DEPLOYED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ValidationError"] * 2


def test_nothing_that_is_made_shares_a_value_that_could_change() -> None:
    with pytest.raises(TypeError, match="loads would be shared"):
        type("Loads", (Made,), {"__annotations__": {"loads": dict[str, int]}, "loads": Field(default_factory=dict)})


@given(moments, moments)
def test_the_text_of_instants_sorts_as_time_does(one: datetime, other: datetime) -> None:
    earlier, later = Promise(promised_at=one), Promise(promised_at=other)
    by_time = earlier.promised_at <= later.promised_at
    assert (earlier.to_wire()["promisedAt"] <= later.to_wire()["promisedAt"]) == by_time


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-23T08:30:00",  # no zone
        "2026-11-23",
        "1700000000",
        1700000000,
        1.5,
        True,
        None,
        "",
        "۲۰۲۶-۱۱-۲۳T08:30:00Z",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+05:00",  # before the first instant in UTC
        "9999-12-31T23:59:59-05:00",
    ],
)
def test_what_is_no_instant_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Promise.model_validate_json(json.dumps({"promisedAt": value}))


def test_a_naive_time_inside_the_program_is_refused_too() -> None:
    with pytest.raises(ValidationError, match="zone"):
        Promise(promised_at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC).replace(tzinfo=None))


def test_facts_ignore_what_they_do_not_know_and_commands_refuse_it() -> None:
    Promise.model_validate({"promisedAt": "2026-11-23T08:30:00Z", "tomorrow": 1})
    with pytest.raises(ValidationError, match="tomorrow"):
        Move.model_validate({"requestId": "r1", "tomorrow": 1})


def test_fields_are_camel_case_outside_and_frozen_inside() -> None:
    move = Move(request_id="r1")
    assert move.to_wire() == {"requestId": "r1"}
    for name in Move.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(move, name, "r2")


@pytest.mark.parametrize("id", ["r1", "wa-urmia-017", "01JD0000000000000000000000", "a:b@3", "A" * 100])
def test_an_id_is_safe_in_keys_headers_and_paths(id: str) -> None:
    assert Move(request_id=id).request_id == id


@pytest.mark.parametrize("id", ["", " ", "-a", "a b", "a/b", "a\n", "شناسه", "۱۲", "a" * 101, "a#b", "a?b"])
def test_an_id_that_would_need_escaping_is_refused(id: str) -> None:
    with pytest.raises(ValidationError):
        Move(request_id=id)


class Ask(Command):
    kiosk_id: TypedId


def test_digits_of_other_scripts_in_an_id_are_read_as_ascii() -> None:
    assert Ask(kiosk_id="wa-urmia-۰۱۷").kiosk_id == Ask(kiosk_id="wa-urmia-٠١٧").kiosk_id == "wa-urmia-017"


@pytest.mark.parametrize(
    "text",
    ["2026-11-23T08Z", "2026-11-23T08:30Z", "2026-W48-1T08:30:00Z", "20261123T083000Z", "2026-11-23T08:30:00,5Z"],
)
def test_only_the_form_of_rfc_3339_is_an_instant(text: str) -> None:
    with pytest.raises(ValidationError, match=r"an instant is .*text"):
        Promise.model_validate({"promisedAt": text})


class Older(Command):
    request_id: Id


class Newer(Command):
    """The same command in a later version."""

    request_id: Id
    urgent: bool = False
    note: str | None = None


def test_a_repeat_is_known_again_by_a_later_version_with_more_fields() -> None:
    told = digest(Older(request_id="r-1"))
    assert told == digest(Newer(request_id="r-1")) == digest(Newer(request_id="r-1", urgent=False, note=None))
    assert told != digest(Newer(request_id="r-1", urgent=True))
    assert told != digest(Older(request_id="r-2"))


def test_the_digest_is_what_stored_commands_and_submissions_bear() -> None:
    """Changing it makes every repeat of what was filed before look like another content."""
    assert digest(Older(request_id="r-1")) == "7b94ae8c02746b5c9d442c3cd57a8c4f"
