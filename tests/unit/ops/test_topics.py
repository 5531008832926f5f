"""What `./mizban topics` makes of offsets: nothing is hidden by a group that is not there, no rate is guessed."""

from services.contracts.topics import INTAKE_REQUEST, KIOSK_SUBMISSION
from services.ops.topics import Sample, flows
from services.runtime.broker_admin import Extent

TOPIC = "test.payments"


def sample(at: float, end: int, **committed: int) -> Sample:
    return Sample(
        at,
        [Extent(TOPIC, 0, 10, end), Extent(TOPIC, 1, 0, 5)],
        {group: {(TOPIC, 0): offset} for group, offset in committed.items()},
        {"readers": "STABLE"},
    )


def test_rates_are_what_came_and_went_between_two_looks() -> None:
    (flow,) = flows(sample(100, 20, readers=12), sample(102, 40, readers=30), {("readers", TOPIC): 7.04})
    assert (flow.topic, flow.records, flow.per_second) == (TOPIC, 35, 10)
    (reader,) = flow.readers
    assert (reader.lag_records, reader.lag_seconds, reader.per_second, reader.state) == (15, 7.0, 9, "STABLE")


def test_a_partition_never_committed_is_lag_from_its_oldest_record() -> None:
    assert sample(0, 20, readers=20).unread("readers") == {(TOPIC, 1): 0}


def test_what_was_deleted_unread_is_lag_no_more() -> None:
    assert sample(0, 20, readers=3).unread("readers")[TOPIC, 0] == 10


def test_a_group_of_the_list_that_nobody_has_started_shows_as_absent_with_all_of_its_lag() -> None:
    quiet = Sample(0, [Extent(KIOSK_SUBMISSION.name, 0, 0, 4)], {}, {})
    (flow,) = flows(quiet, quiet, {})
    assert [(r.group, r.state, r.lag_records) for r in flow.readers] == [("mizban.intake", "ABSENT", 4)]


def test_each_group_of_a_topic_has_its_own_lag() -> None:
    one = (INTAKE_REQUEST.name, 0)
    both = Sample(
        0,
        [Extent(*one, 0, 9)],
        {"mizban.routing": {one: 9}, "mizban.notify": {one: 2}, "mizban.registry": {one: 8}, "pishkhan-a.x": {one: 5}},
        {},
    )
    (flow,) = flows(both, both, {})
    assert {r.group: r.lag_records for r in flow.readers} == {
        "mizban.notify": 7,
        "mizban.registry": 1,
        "mizban.routing": 0,
        "pishkhan-a.x": 4,
    }
    assert both.unread("mizban.routing") == {}
    assert both.unread("mizban.notify") == {one: 2}
