"""Absolute URLs and client addresses, from what can be trusted: the configuration before the request."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from sanic import Request

from roughy_box.config.options import Config
from roughy_box.domain.errors import BoxError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[(?P<ip>[0-9A-Fa-f:.]{2,45})\])(?::(?P<port>[0-9]{1,5}))?"
)


def base_url(request: Request, config: Config) -> str:
    """Return ``https://box.example`` without a trailing slash.

    This is ``server.public_url`` if set; else the forwarded host when the peer is a trusted proxy; else the ``Host``
    of the request, if it is a plain name. Errors: ``bad_request``.
    """
    if config.server.public_url:
        return config.server.public_url
    scheme = "https" if config.server.tls_cert else "http"
    host = str(request.headers.get("host", ""))
    if proxies := _client_and_proxies(request, config)[1]:
        scheme = _added(request, "x-forwarded-proto", proxies).lower() or scheme
        host = _added(request, "x-forwarded-host", proxies) or host
        host = _with_port(host, _added(request, "x-forwarded-port", proxies))
    match = _HOST.fullmatch(host)
    is_sound = match and int(match["port"] or 0) <= 65535 and _is_ipv6(match["ip"] or "::")
    if scheme not in ("http", "https") or not is_sound:
        raise BoxError("bad_request", "The Host header is not a plain host name.")
    return f"{scheme}://{host}"


def is_loopback(address: str) -> bool:
    """Return whether an address is a loopback one, also where an IPv6 socket took an IPv4 connection."""
    parsed = _parse(address)
    return parsed is not None and parsed.is_loopback


def template(path: str) -> str:
    """Return the path of a route as OpenAPI writes it: ``/v1/assets/{asset_id}``."""
    return re.sub(r"<(\w+):\w+>", r"{\1}", path)


def _with_port(host: str, port: str) -> str:
    """Return ``host`` with the port that some proxies send apart; 80 and 443 are left out, whatever the scheme."""
    has_port = host.rpartition("]")[2].count(":") == 1
    return host if has_port or port in ("", "80", "443") else f"{host}:{port}"


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def client_address(request: Request, config: Config) -> str:
    """Return the IP address of the client: the peer, or the nearest one behind trusted proxies (X-Forwarded-For)."""
    return _client_and_proxies(request, config)[0]


def peer(request: Request) -> str:
    """Return the IP address at the other end of the connection."""
    return str(request.conn_info.client_ip) if request.conn_info else ""


def _client_and_proxies(request: Request, config: Config) -> tuple[str, int]:
    """Return the client's address and how many trusted proxies the request came through.

    Each proxy adds the address of its caller at the right end, so the first one from there that is not a trusted
    proxy is the client; what stands before it may be made up.
    """
    address, proxies = _parse(peer(request)), 0
    if address is None:
        return peer(request), 0
    chain = _listed(request, "x-forwarded-for")
    while _is_proxy(address, config):
        proxies += 1
        before = _parse(_without_port(chain.pop())) if chain else None
        if before is None:
            break
        address = before
    return str(address), proxies


@lru_cache(1024)
def _parse(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket for both families reports an IPv4 peer as mapped.
    return getattr(address, "ipv4_mapped", None) or address


def _without_port(text: str) -> str:
    """Return the address in ``192.0.2.1:4711`` or ``[2001:db8::1]:4711``, as some proxies write it."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _is_proxy(address: _Address, config: Config) -> bool:
    return any(address in proxy for proxy in config.server.trusted_proxies)


def _added(request: Request, header: str, proxies: int) -> str:
    """Return the value that the outermost trusted proxy added, or the first one where fewer added any."""
    values = _listed(request, header)
    return values[-min(proxies, len(values))]


def _listed(request: Request, header: str) -> list[str]:
    """Return the values of a list, which may be spread over several lines (RFC 9110, section 5.3)."""
    return [value.strip() for value in ",".join(request.headers.getall(header, [])).split(",")]
