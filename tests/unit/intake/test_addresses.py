"""Whose look-up it is: the connection's address, or the one that a trusted proxy hands on (domain 8)."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.addresses import counted_address

PORTAL = "10.20.0.7"
TRUSTED = (ip_network("10.20.0.7/32"), ip_network("10.30.0.0/16"), ip_network("2001:db8:ffff::/48"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        pytest.param("192.0.2.1", [], "192.0.2.1", id="no proxy"),
        pytest.param("192.0.2.1", ["203.0.113.5"], "192.0.2.1", id="a stranger's word"),
        pytest.param(PORTAL, [], PORTAL, id="the portal for itself"),
        pytest.param(PORTAL, ["203.0.113.5"], "203.0.113.5", id="the portal for somebody"),
        pytest.param(PORTAL, ["198.51.100.9, 203.0.113.5"], "203.0.113.5", id="who forged an entry first"),
        pytest.param(PORTAL, ["198.51.100.9", "203.0.113.5"], "203.0.113.5", id="in two headers"),
        pytest.param(PORTAL, ["203.0.113.5, 10.30.9.9"], "203.0.113.5", id="through two proxies"),
        pytest.param(PORTAL, ["10.30.1.1, 10.30.9.9"], "10.30.1.1", id="a proxy for itself"),
        pytest.param(PORTAL, ["203.0.113.5, unknown"], PORTAL, id="no address on the right"),
        pytest.param(PORTAL, ["203.0.113.5, x, 10.30.9.9"], "10.30.9.9", id="no address further left"),
        pytest.param(PORTAL, ["203.0.113.5,"], PORTAL, id="an empty entry"),
        pytest.param(PORTAL, ["203.0.113.5:4711"], "203.0.113.5", id="with a port"),
        pytest.param(PORTAL, ["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::/64", id="IPv6 with a port"),
        pytest.param(PORTAL, ["2001:db8:1:2:3::4"], "2001:db8:1:2::/64", id="IPv6"),
        pytest.param(PORTAL, ["::ffff:203.0.113.5"], "203.0.113.5", id="IPv4 within IPv6"),
        pytest.param("::ffff:10.20.0.7", ["203.0.113.5"], "203.0.113.5", id="the portal within IPv6"),
        pytest.param("2001:db8:ffff::7", ["203.0.113.5"], "203.0.113.5", id="a proxy of IPv6"),
        pytest.param("fe80::1%eth0", [], "fe80::/64", id="with a zone"),
        pytest.param(None, ["203.0.113.5"], "", id="a connection without an address"),
    ],
)
def test_the_word_of_a_proxy_goes_as_far_as_it_is_trusted(peer: str | None, forwarded: list[str], counted: str) -> None:
    assert counted_address(peer, forwarded, TRUSTED) == counted


@given(st.lists(st.text(max_size=40) | st.sampled_from(["1.2.3.4", PORTAL, "::1", "[", "]:", "%", "1.2.3.4.5"])))
def test_whatever_stands_in_the_header_a_stranger_is_counted_under_their_own_address(forwarded: list[str]) -> None:
    assert counted_address("192.0.2.1", forwarded, TRUSTED) == "192.0.2.1"
    assert counted_address(PORTAL, [*forwarded, "203.0.113.5"], TRUSTED) == "203.0.113.5"
    counted_address(PORTAL, forwarded, TRUSTED)
