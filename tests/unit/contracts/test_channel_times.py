"""How long a service takes may depend on the channel (domain 10)."""

import pytest

from services.contracts.service_sheet import Channel, ChannelTime, DurationUnit, ProcessingTime, WorkingTime


def days(value: int) -> WorkingTime:
    return WorkingTime(value=value, unit=DurationUnit.WORKING_DAYS)


OWN = (
    ChannelTime(channel=Channel.WEB, average=days(1), maximum=days(2)),
    ChannelTime(channel=Channel.POST, average=days(6), maximum=days(9)),
)
TIMES = ProcessingTime(average=days(3), maximum=days(5), legal=days(10), by_channel=OWN)


@pytest.mark.parametrize("channel", Channel)
def test_a_channel_has_its_own_maximum_or_else_the_general_one(channel: Channel) -> None:
    own = {Channel.WEB: days(2), Channel.POST: days(9)}
    assert TIMES.maximum_through(channel) == own.get(channel, days(5))
    assert TIMES.model_copy(update={"by_channel": ()}).maximum_through(channel) == days(5)


def test_a_sheet_from_before_channels_had_times_says_nothing_of_them() -> None:
    before = {name: time for name, time in TIMES.to_wire().items() if name != "byChannel"}
    assert ProcessingTime.model_validate(before).by_channel == ()
    assert ProcessingTime.model_validate(TIMES.to_wire()) == TIMES
