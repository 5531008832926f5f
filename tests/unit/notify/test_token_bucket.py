"""The pace of a gateway: never faster than it is set, never slower while somebody waits."""

from hypothesis import given
from hypothesis import strategies as st

from services.notify.dispatch.token_bucket import TokenBucket

RATES = st.floats(0.5, 2000)
PAUSES = st.lists(st.floats(0, 3), min_size=1, max_size=60)


@given(RATES, st.integers(1, 200), PAUSES)
def test_in_no_stretch_are_there_more_calls_than_the_burst_and_the_rate_allow(
    rate: float, burst: int, pauses: list[float]
) -> None:
    bucket, now, calls = TokenBucket(rate, burst), 1000.0, list[float]()
    for pause in pauses:
        now += pause
        calls.append(now + bucket.take(now))
    assert calls == sorted(calls)
    for first, begin in enumerate(calls):
        for last, end in enumerate(calls[first:], first):
            assert last - first + 1 <= burst + rate * (end - begin) + 1e-3


@given(RATES, st.integers(1, 50), st.integers(1, 500))
def test_many_who_come_at_once_go_at_exactly_the_rate(rate: float, burst: int, count: int) -> None:
    bucket = TokenBucket(rate, burst)
    waits = [bucket.take(7.0) for _ in range(count)]
    assert all(wait < 1e-9 for wait in waits[:burst])
    assert abs(waits[-1] - max(0, count - burst) / rate) < 1e-6 * max(1, count)


def test_a_pause_saves_up_no_more_than_the_burst() -> None:
    bucket = TokenBucket(10, burst=3)
    bucket.take(0.0)
    assert [round(bucket.take(3600.0), 3) for _ in range(5)] == [0, 0, 0, 0.1, 0.2]
