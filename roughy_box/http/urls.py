"""Absolute addresses, made from what we trust: the configuration before the request."""

from __future__ import annotations

import ipaddress
import re

from sanic import Request

from roughy_box.config import Config
from roughy_box.domain.errors import BoxError

_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[(?P<ip>[0-9A-Fa-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?"
)


def base_url(request: Request, config: Config) -> str:
    """``https://box.example`` without a trailing slash.

    ``server.public_url`` if set; else the forwarded host when the peer is a trusted proxy; else
    the ``Host`` the client used, if it is a plain name. Errors: ``bad_request``.
    """
    if config.server.public_url:
        return config.server.public_url
    scheme = "https" if config.server.tls_cert else "http"
    host = request.headers.get("host", "")
    if is_trusted(request, config):
        scheme = _last(request, "x-forwarded-proto") or scheme
        host = _last(request, "x-forwarded-host") or host
    match = _HOST.fullmatch(host)
    is_sound = match and int(match["port"] or 0) <= 65535 and _is_ipv6(match["ip"] or "::")
    if scheme not in ("http", "https") or not is_sound:
        raise BoxError("bad_request", "The Host header is not a plain host name.")
    return f"{scheme}://{host}"


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def client_address(request: Request, config: Config) -> str:
    """The IP address of the client: of the peer, or the nearest one behind trusted proxies (X-Forwarded-For)."""
    address = _peer(request)
    forwarded = str(request.headers.get("x-forwarded-for", "")).split(",")
    while _is_proxy(address, config) and forwarded:
        address = forwarded.pop().strip() or address
    return address


def is_trusted(request: Request, config: Config) -> bool:
    """Whether the request came through a proxy named in ``server.trusted_proxies``."""
    return _is_proxy(_peer(request), config)


def _peer(request: Request) -> str:
    return str(request.conn_info.client_ip) if request.conn_info else ""


def _is_proxy(address: str, config: Config) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in proxy for proxy in config.server.trusted_proxies)


def _last(request: Request, header: str) -> str:
    """The value the nearest proxy added."""
    return str(request.headers.get(header, "")).rsplit(",", 1)[-1].strip()
