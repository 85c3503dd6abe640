"""The addresses of webhook endpoints: which URLs are well formed, and which IP addresses are refused.

A URL is read by a stricter rule than clients of HTTP use (RFC 3986, ASCII, canonical IP addresses), so that it cannot
mean one host here and another one there.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_URL = 2048  # characters
_PORTS = {"https": 443, "http": 80}

_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
_URL = re.compile(r"(?P<scheme>[A-Za-z]+)://(?P<authority>[^/?#]*)(?P<target>[/?][^#]*)?")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(?P<port>[0-9]+))?")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# What resolvers take as a number, and so the whole as an IPv4 address in one of its spellings (WHATWG URL, 3.5).
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")

# The first network that contains an address names it.
_REFUSED = tuple(
    (ipaddress.ip_network(network), name)
    for network, name in (
        ("169.254.169.254", "a metadata service"),
        ("100.100.100.200", "a metadata service"),
        ("168.63.129.16", "a metadata service"),
        ("192.0.0.192", "a metadata service"),
        ("fd00:ec2::254", "a metadata service"),
        ("fd20:ce::254", "a metadata service"),
        ("fd00:c1::a9fe:a9fe", "a metadata service"),
        ("0.0.0.0/8", "unspecified"),
        ("169.254.0.0/16", "link-local"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::", "unspecified"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
        # Each of these leads to an IPv4 address inside it.
        ("2002::/16", "6to4"),
        ("192.88.99.0/24", "6to4"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("2001::/32", "Teredo"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
    )
)
_LOOPBACK = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "::1")))
# 100.64.0.0/10 is that of overlay networks of a studio's machines (RFC 6598).
_PRIVATE = tuple(
    map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")  # deprecated (RFC 4291, section 2.5.5.1)


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of a URL that say where a request goes; ``host`` in lower case, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def address(self) -> Address | None:
        """Return the host if it is an IP address."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None


def parse_target(url: str) -> Target:
    """Return where a URL leads. Errors: ``ValueError`` with what is wrong."""
    if len(url) > LONGEST_URL:
        raise ValueError(f"must have at most {LONGEST_URL} characters")
    if not _CHARACTERS.fullmatch(url):
        raise ValueError(
            'must be ASCII without spaces and quotes: write international names as "xn--...", other characters as "%XX"'
        )
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError('must be a URL such as "https://hooks.example.com/box", without a fragment ("#")')
    scheme = match["scheme"].lower()
    if scheme not in _PORTS:
        raise ValueError("must start with https://, or http:// for a private address")
    if "@" in match["authority"]:
        raise ValueError("must not contain a user name or a password")
    authority = _AUTHORITY.fullmatch(match["authority"])
    if authority is None:
        raise ValueError("has no valid host name")
    if any(char in (match["target"] or "") for char in "[]"):
        raise ValueError('must have no brackets after the host: write them as "%5B" and "%5D"')
    port = int(authority["port"]) if authority["port"] else _PORTS[scheme]
    if not 1 <= port <= 65_535:
        raise ValueError("must have a port from 1 to 65535")
    return Target(scheme, _host(authority["host"]), port)


def _host(written: str) -> str:
    if written.startswith("["):
        try:
            return str(ipaddress.IPv6Address(written[1:-1]))
        except ValueError:
            raise ValueError("has no valid IPv6 address in its brackets") from None
    if _NUMBER.fullmatch(written.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(written))
        except ValueError:
            raise ValueError('must have its IPv4 address as four decimal numbers, such as "192.168.1.5"') from None
    if not _NAME.fullmatch(written) or len(written) > 253:
        raise ValueError("has no valid host name")
    return written.lower()


def plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv4-mapped one stands for, else the address itself."""
    return getattr(address, "ipv4_mapped", None) or address


def check_address(target: Target, address: Address, *, allow_http_private: bool) -> None:
    """Refuse an address that no delivery may go to. Errors: ``ValueError`` with the reason."""
    address = plain(address)
    for network, name in _REFUSED:
        if address in network:
            raise ValueError(f"leads to {address}, which is {name}: no deliveries go there")
    is_near = any(address in network for network in (*_LOOPBACK, *_PRIVATE))
    if address in _IPV4_COMPATIBLE and not is_near:
        raise ValueError(f"leads to {address}, which is IPv4-compatible: no deliveries go there")
    if target.scheme == "https":
        return
    if not is_near:
        raise ValueError("must start with https://: http is for private addresses only")
    if not allow_http_private:
        raise ValueError("must start with https://: http is switched off (webhooks.allow_http_private)")
