"""Under which address a call is counted: that of its connection, unless a proxy of ours hands on another (domain 8)."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HOUSEHOLD = 64
"""Bits of an IPv6 address that name whoever has it: the rest they choose themselves, as often as they like."""


def counted_address(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The caller's address, of IPv6 its /64; `forwarded`: the values of X-Forwarded-For, in order.

    Every proxy adds on the right whom it has heard from, so the list is read from there and only as far as the word of
    a trusted one goes: what stands further left anybody may have written. Where an entry is no address, the call counts
    under the proxy that handed it on.
    """
    at = _address(peer or "")
    if at is None:
        return ""
    for entry in reversed(",".join(forwarded).split(",")):
        before = _address(entry) if any(at in network for network in trusted) else None
        if before is None:
            break
        at = before
    return str(at) if isinstance(at, IPv4Address) else str(IPv6Network((int(at), HOUSEHOLD), strict=False))


def _address(text: str) -> Address | None:
    """An address as connections and proxies write it: also with a port, in brackets, or an IPv4 one within IPv6."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    within = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return within or address
