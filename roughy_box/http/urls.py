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


def is_loopback(address: str) -> bool:
    """Whether an address is one of this machine alone, also where an IPv6 socket took an IPv4 connection."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return (mapped or parsed).is_loopback


def template(path: str) -> str:
    """A path of the routes as others write it: ``/v1/assets/{asset_id}``."""
    return re.sub(r"<(\w+):\w+>", r"{\1}", path)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def client_address(request: Request, config: Config) -> str:
    """The IP address of the client: of the peer, or the nearest one behind trusted proxies (X-Forwarded-For)."""
    address = peer(request)
    if not config.server.trusted_proxies:
        return address
    forwarded = str(request.headers.get("x-forwarded-for", "")).split(",")
    while _is_proxy(address, config) and forwarded:
        nearer = forwarded.pop().strip()
        if nearer and not _is_ip(nearer):
            break  # whatever it is, it must not get into a log
        address = nearer or address
    return address


def is_trusted(request: Request, config: Config) -> bool:
    """Whether the request came through a proxy named in ``server.trusted_proxies``."""
    return _is_proxy(peer(request), config)


def peer(request: Request) -> str:
    """The IP address at the other end of the connection."""
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
