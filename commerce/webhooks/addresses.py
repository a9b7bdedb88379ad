"""Where webhooks may go: to the open net by https, and never into our own network (SSRF)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import Final
from urllib.parse import SplitResult, urlsplit

import anyio

from commerce.webhooks.errors import WebhookUrlInvalid
from foundation.settings import settings

Address = IPv4Address | IPv6Address

_NEVER: Final = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # the metadata service of Azure, in public space
            "192.88.99.0/24",  # relays of 6to4
            "64:ff9b::/96",  # NAT64, which reaches IPv4 behind it
            "64:ff9b:1::/48",
            "2002::/16",  # 6to4
            "::/96",  # IPv4 in the old notation
        ),
    )
)


class TargetRefused(Exception):
    """The name leads nowhere, or to where webhooks do not go."""


def check_url(url: str) -> SplitResult:
    """The parts of a URL that webhooks may go to, as far as the URL itself tells. Raises WebhookUrlInvalid."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise WebhookUrlInvalid(url, "write it like https://example.com/webhooks") from None
    if not host or not url.isascii() or any(char.isspace() or not char.isprintable() for char in url):
        raise WebhookUrlInvalid(url, "write it like https://example.com/webhooks")
    if parts.username or parts.password:
        raise WebhookUrlInvalid(url, "leave user and password out of it: the signature proves who sends")
    if parts.fragment:
        raise WebhookUrlInvalid(url, "leave out the part after #, which is never sent")
    literal = _literal(host)
    loopback = settings().webhooks_to_loopback and literal is not None and literal.is_loopback
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise WebhookUrlInvalid(url, "give an https address")
    if literal is not None and not may_be_reached(literal):
        raise WebhookUrlInvalid(url, "give an address of the open internet")
    return parts


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def may_be_reached(address: Address) -> bool:
    """Whether webhooks go to this address: on the open net, or this machine where the settings let them."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return may_be_reached(address.ipv4_mapped)
    if address.is_loopback:
        return settings().webhooks_to_loopback
    never = any(address in network for network in _NEVER if network.version == address.version)
    return address.is_global and not address.is_multicast and not never


async def resolved(host: str, port: int) -> Address:
    """The address to connect to, asked once. Raises TargetRefused when one of them is not to be reached."""
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise TargetRefused(f"the name {host} is not known") from None
    return chosen(host, [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found])


def chosen(host: str, addresses: Iterable[Address]) -> Address:
    """The first of a name's addresses. Raises TargetRefused when any is not to be reached: a name that also
    leads inside is no honest one."""
    all_of_them = list(addresses)
    if not all_of_them or not all(map(may_be_reached, all_of_them)):
        raise TargetRefused(f"the name {host} leads to an address that is not of the open internet")
    return all_of_them[0]
