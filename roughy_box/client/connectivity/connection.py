"""Check that a box answers, with a trusted certificate, and that the key reaches it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from roughy_box.client.connectivity.findings import Finding, Stop
from roughy_box.client.connectivity.visit import UNKNOWN_PROXY, Visit
from roughy_box.client.connectivity.wire import Answer, code_of, document, message_of, speaks_http2
from roughy_box.domain.errors import CATALOG

_NOT_A_BOX = "Check the address, and that the proxy passes all of it on (nginx: proxy_pass, Caddy: reverse_proxy)."
_PLAIN_TO_TLS = ("plain HTTP request was sent to HTTPS port", "HTTP request to an HTTPS server")
_PASSWORD = (
    "Leave the password out (nginx: auth_basic off; Caddy: no basicauth): "
    "there is one Authorization header, and the API key needs it."
)
_LONGEST = 300  # characters of an address that is shown
_BALANCE = "/v1/credits/balance"
_REFUSALS = (401, 403, 407)
_BY_CERTIFICATE = {
    "expired": "Renew it, and have the proxy read it: 'certbot renew' and 'systemctl reload nginx', for example.",
    "not yet valid": "Set the clock of this machine, or get a new certificate.",
    "mismatch": "Get a certificate for that name, or use the name it is for.",
    "issuer": "Give the proxy the whole chain (nginx: ssl_certificate with fullchain.pem, not cert.pem). "
    "For an authority of your own, set SSL_CERT_FILE to its certificate on every client.",
}


def check_connection(visit: Visit) -> Iterator[Finding]:
    """Make the calls that need no key: it is sent only to what behaves like a box. Errors: :class:`Stop`."""
    try:
        response = visit.get_without_key("/healthz")
        visit.facts["proxy"] = response.headers.get("server")
        visit.facts["http2"] = visit.is_secure and speaks_http2(visit.url, visit.tls, visit.deadline)
        if stop := _not_a_box(visit, response):
            raise stop
        _expect_refusal_without_key(visit.get_without_key(_BALANCE))
    except httpx.RequestError as error:
        raise _unreachable(visit, error) from None
    yield from ()


def _expect_refusal_without_key(response: Answer) -> None:
    """Check for the 401 of a box: many programs have a health check that says "ok". Errors: :class:`Stop`."""
    if response.status == 401 and code_of(response) == "unauthenticated":
        return
    if code_of(response) is None and response.status in _REFUSALS:
        raise _refuses(response)
    problem = f"it answers {response.status} where a Roughy Box asks for a key, so the key was not sent"
    raise Stop("box", problem, _NOT_A_BOX)


def check_key(visit: Visit) -> Iterator[Finding]:
    """Read the balance. Errors: :class:`Stop` without a valid key or without credits to begin an upload."""
    response = visit.call("GET", _BALANCE)
    code = code_of(response)
    if code == "unauthenticated" and message_of(response) == CATALOG[code][1]:
        raise Stop(
            "authorization",
            "the API key does not reach the box",
            "Have the proxy pass the Authorization header on (nginx: no 'proxy_set_header Authorization'; Caddy: no "
            "'header_up -Authorization').",
        )
    if code:
        raise Stop(
            "key", message_of(response), "Give a valid one with --key; 'roughy-box key create' on the box makes one."
        )
    if response.status in _REFUSALS:
        raise _refuses(response)
    balance = document(response).get("balance")
    if not isinstance(balance, int):
        raise Stop("box", f"it answers {response.status} instead of the balance", _NOT_A_BOX)
    if balance <= 0:
        raise Stop("credits", f"the balance is {balance}", "Top it up: roughy-box topup 1. The check spends nothing.")
    yield from ()


def _refuses(response: Answer) -> Stop:
    return Stop("authorization", f"the proxy itself refuses the call with {response.status}", _PASSWORD)


def _unreachable(visit: Visit, error: httpx.RequestError) -> Stop:
    place = urlsplit(visit.url).netloc
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _distrusted(cause)
        if isinstance(cause, ssl.SSLError):
            return Stop("tls", f"{place} does not speak TLS: {cause.reason}", "Use http://, or serve HTTPS there.")
        if isinstance(cause, socket.gaierror):
            return Stop("connection", f"the host name in {place} is not known", "Correct it, or add it to your DNS.")
        if isinstance(cause, ConnectionRefusedError):
            remedy = "Start the proxy or the box, and check the port. A box alone listens on server.host, server.port."
            return Stop("connection", f"nothing listens at {place}", remedy)
    if isinstance(error, httpx.TimeoutException):
        return Stop("connection", f"{place} does not answer in time", "Look for a firewall, or correct the address.")
    hint = "" if visit.is_secure else "It may speak HTTPS only: try https://. "
    return Stop("connection", f"{place} does not answer: {error}", f"{hint}{UNKNOWN_PROXY}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause:
        yield cause
        if isinstance(cause, BaseExceptionGroup):  # a name with several addresses
            yield from cause.exceptions
        cause = cause.__cause__ or cause.__context__


def _distrusted(error: ssl.SSLCertVerificationError) -> Stop:
    reason = error.verify_message
    remedy = next((text for word, text in _BY_CERTIFICATE.items() if word in reason), _BY_CERTIFICATE["issuer"])
    return Stop("certificate", f"the certificate is not trusted: {reason}", remedy)


def _not_a_box(visit: Visit, response: Answer) -> Stop | None:
    status, health = response.status, document(response)
    if status in (301, 302, 303, 307, 308):
        target = response.headers.get("location", "nowhere").removesuffix("/healthz")[:_LONGEST]
        remedy = f"Use that address: --url {target}. Clients do not follow redirects of uploads."
        return Stop("address", f"{visit.url} redirects to {target}", remedy)
    if status == 200 and health == {"status": "ok"}:
        return None
    if status == 200 and health == {"status": "draining"}:
        return Stop("box", "the box is shutting down", "Try again when it has started.")
    if code_of(response) == "not_found":
        return Stop(
            "path",
            "the path in the address reaches the box as part of the request",
            "Have the proxy strip the path (nginx: 'location /media/ { proxy_pass http://127.0.0.1:8750/; }', with "
            "the slash at the end; Caddy: handle_path) and set server.public_url to the whole address.",
        )
    if any(sentence in response.text for sentence in _PLAIN_TO_TLS):
        return Stop("tls", "it speaks HTTPS only", f"Use https://: --url {visit.url.replace('http:', 'https:', 1)}")
    if status in (502, 503, 504):
        remedy = "Start the box, and correct its address in the proxy (nginx: proxy_pass; Caddy: reverse_proxy)."
        return Stop("upstream", f"the proxy does not reach the box: it answers {status}", remedy)
    if status == 401:
        return Stop("authorization", "the proxy asks for a password of its own", _PASSWORD)
    return Stop("box", f"it answers {status}, but not like a Roughy Box", _NOT_A_BOX)
