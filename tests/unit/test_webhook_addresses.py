"""Which addresses webhooks may be delivered to, by everything that a URL or a resolver can say."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

import pytest

from roughy_box.domain.webhook_address import LONGEST_URL, Address, parse_target
from roughy_box.outgoing.names import Names
from roughy_box.outgoing.policy import Policy, RefusedAddress, UnknownName, is_own

PORT = 8750
METADATA = "169.254.169.254"


class Known(Names):
    """Resolves from a table."""

    def __init__(self, **names: str | list[str]) -> None:
        self.names = names
        self.asked: list[str] = []

    async def resolve(self, host: str) -> list[Address]:
        self.asked.append(host)
        if host not in self.names:
            raise OSError("unknown")
        found = self.names[host]
        return [ipaddress.ip_address(each) for each in ([found] if isinstance(found, str) else found)]


def policy(*, allow: bool = True, public: str | None = "box.example.com", **names: Any) -> Policy:
    return Policy(allow, PORT, public, Known(**names))


def refusal(url: str, **settings: Any) -> str:
    """Return why a URL is refused, "" if it is not."""
    try:
        asyncio.run(policy(**settings).addresses(parse_target(url)))
    except (ValueError, RefusedAddress) as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        # Spellings of the metadata service, as resolvers take them.
        (f"http://{METADATA}/latest", "a metadata service"),
        ("http://2852039166/", "four decimal numbers"),
        ("http://0xa9fea9fe/", "four decimal numbers"),
        ("http://0xa9.0xfe.0xa9.0xfe/", "four decimal numbers"),
        ("http://0251.0376.0251.0376/", "four decimal numbers"),
        ("http://169.254.43518/", "four decimal numbers"),
        ("http://169.254.169.254./", "no valid host name"),
        ("http://169。254。169。254/", "must be ASCII"),
        ("http://①⑥⑨.254.169.254/", "must be ASCII"),
        ("http://%31%36%39.254.169.254/", "four decimal numbers"),
        (f"https://[::ffff:{METADATA}]/", "a metadata service"),
        ("https://[::ffff:a9fe:a9fe]/", "a metadata service"),
        ("https://[fd00:ec2::254]/", "a metadata service"),
        ("https://[fd20:ce::254]/", "a metadata service"),
        ("https://[64:ff9b::a9fe:a9fe]/", "NAT64"),
        ("https://[64:ff9b:1::a9fe:a9fe]/", "NAT64"),
        ("https://[2002:a9fe:a9fe::]/", "6to4"),
        ("https://[::a9fe:a9fe]/", "IPv4-compatible"),
        ("https://[::ffff:0:a9fe:a9fe]/", "IPv4-translated"),
        ("https://[2001:0:a9fe:a9fe::1]/", "Teredo"),
        ("https://100.100.100.200/", "a metadata service"),
        # Ranges that are never allowed.
        ("https://169.254.1.1/", "link-local"),
        ("https://[fe80::1]/", "link-local"),
        ("https://[fe80::1%25eth0]/", "no valid host name"),
        ("https://[fec0::1]/", "site-local"),
        ("https://224.0.0.1/", "multicast"),
        ("https://239.255.255.250/", "multicast"),
        ("https://[ff02::1]/", "multicast"),
        ("https://0.0.0.0/", "unspecified"),
        ("https://0.1.2.3/", "unspecified"),
        ("https://0/", "four decimal numbers"),
        ("https://[::]/", "unspecified"),
        ("https://240.0.0.1/", "reserved"),
        ("https://255.255.255.255/", "reserved"),
        # Names that resolve to one of these, or also to one of these.
        ("https://metadata/", "a metadata service"),
        ("https://two/", "link-local"),
        ("https://mapped/", "a metadata service"),
        # http beyond the studio.
        ("http://93.184.216.34/", "http is for private addresses only"),
        ("http://world/", "http is for private addresses only"),
        ("http://[2606:4700::1111]/", "http is for private addresses only"),
        # The box itself.
        ("https://box.example.com/", "this box"),
        ("https://BOX.example.COM:9443/", "this box"),
        (f"http://127.0.0.1:{PORT}/", "this box"),
        (f"http://127.9.9.9:{PORT}/", "this box"),
        (f"http://[::1]:{PORT}/", "this box"),
        (f"http://[::ffff:127.0.0.1]:{PORT}/", "this box"),
        (f"https://local:{PORT}/", "this box"),
        # What is no plain URL of http.
        ("https://user@example.com/", "a user name"),
        ("https://user:secret@example.com/", "a user name"),
        (f"https://example.com:443@{METADATA}/", "a user name"),
        (f"https://example.com\\@{METADATA}/", "must be ASCII"),
        ("https://example.com:0/", "port from 1 to 65535"),
        ("https://example.com:65536/", "port from 1 to 65535"),
        ("https://example.com:99999999999999/", "port from 1 to 65535"),
        ("https://example.com:/", "no valid host name"),
        ("https://example.com:80:80/", "no valid host name"),
        ("https://example.com:+80/", "no valid host name"),
        ("ftp://example.com/", "must start with https://"),
        ("file:///etc/passwd", "must start with https://"),
        ("gopher://example.com/", "must start with https://"),
        ("unix:///run/docker.sock", "must start with https://"),
        ("javascript:alert(1)", "must be a URL"),
        ("//example.com/", "must be a URL"),
        ("example.com", "must be a URL"),
        ("", "must be a URL"),
        ("https:///path", "no valid host name"),
        ("https://", "no valid host name"),
        ("https://example.com/#part", "fragment"),
        ("https://example.com/a b", "must be ASCII"),
        ("https://example.com/\r\nX-Evil: 1", "must be ASCII"),
        ("https://example.com/%0", "must be ASCII"),
        ("https://exa\0mple.com/", "must be ASCII"),
        ("https://münchen.example/", "must be ASCII"),
        ("https://example.com/\u202e", "must be ASCII"),
        ("https://[::1/", "no valid host name"),
        ("https://example.com/hook?y=[", "no brackets"),
        ("https://::1/", "no valid host name"),
        ("https://[::1]x/", "no valid host name"),
        ("https://[1:2]/", "no valid IPv6"),
        ("https://-example.com/", "no valid host name"),
        ("https://example..com/", "no valid host name"),
        (f"https://{'a' * 64}.com/", "no valid host name"),
        (f"https://{'a.' * 150}com/", "no valid host name"),
        (f"https://example.com/{'x' * LONGEST_URL}", f"at most {LONGEST_URL} characters"),
    ],
)
def test_address_refused_with_reason(url: str, reason: str) -> None:
    names = {
        "metadata": METADATA,
        "two": ["93.184.216.34", "169.254.1.1"],
        "mapped": f"::ffff:{METADATA}",
        "world": "93.184.216.34",
        "local": "127.0.0.1",
    }
    assert reason in refusal(url, **names)


@pytest.mark.parametrize(
    "url",
    [
        "https://93.184.216.34/hook",
        "https://[2606:4700::1111]:8443/",
        "https://world/hook?key=%20x&y=/?",
        "https://world",
        "HTTPS://WORLD:443/a;b=c,d!$&'()*+:@~",
        "https://10.1.2.3/",
        "http://127.0.0.1:9000/hook",
        "http://[::1]:9000/hook",
        "http://10.1.2.3/",
        "http://172.31.255.255/",
        "http://192.168.1.5:5678/webhook/box",
        "http://100.64.0.7/",
        "http://[fd12:3456::7]/",
        "http://[::ffff:192.168.1.5]/",
        "http://near/hook",
        "http://under_score/hook",
        "https://xn--mnchen-3ya.example/",
    ],
)
def test_address_allowed(url: str) -> None:
    names = {
        "world": ["93.184.216.34", "2606:4700::1111"],
        "near": "192.168.1.5",
        "under_score": "10.0.0.1",
        "xn--mnchen-3ya.example": "93.184.216.34",
    }
    assert refusal(url, **names) == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://192.168.1.5/", "http://[::1]/", "http://near/"])
def test_http_switched_off_refused(url: str) -> None:
    assert "webhooks.allow_http_private" in refusal(url, allow=False, near="10.0.0.1")
    assert refusal(url.replace("http", "https"), allow=False, near="10.0.0.1") == ""


def test_public_url_by_address_refused() -> None:
    assert "this box" in refusal("https://alias/", public="203.0.113.7", alias="203.0.113.7")


def test_own_port_elsewhere_allowed() -> None:
    assert refusal(f"https://198.51.100.7:{PORT}/") == ""


def test_own_addresses_are_those_of_this_machine() -> None:
    own = {ipaddress.ip_address(row[4][0]) for row in socket.getaddrinfo("localhost", None)}
    assert all(is_own(address) for address in own)
    assert not is_own(ipaddress.ip_address("203.0.113.7"))


def test_name_resolved_once_unknown_one_reported() -> None:
    rules = policy(public="93.184.216.34")
    assert isinstance(rules.names, Known)
    with pytest.raises(UnknownName):
        asyncio.run(rules.addresses(parse_target("https://nowhere.example/")))
    assert rules.names.asked == ["nowhere.example"]
