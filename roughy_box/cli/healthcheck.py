"""``healthcheck``: run every half minute next to a server, so it imports very little."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import click

from roughy_box.base.text import all_printable
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.config.values import duration, parse_url
from roughy_box.domain.errors import SetupError

_MOST = 16 * 1024  # bytes of an answer; that of a box has about 1,000
_LONGEST = 500  # characters of a message
_Answer = tuple[int, Any]  # the status and JSON


def _parsed(parse: Any) -> Any:
    def callback(_context: click.Context, _parameter: click.Parameter, value: str | None) -> Any:
        try:
            return None if value is None else parse(value)
        except ValueError as error:
            raise click.BadParameter(f"{value} {error}") from None

    return callback


@command(group, "healthcheck")
@click.option(
    "--url", callback=_parsed(parse_url), help="The address of the box, instead of that in the configuration."
)
@click.option(
    "--timeout", default="5s", show_default=True, callback=_parsed(duration(high=3600)), help="The time limit."
)
def healthcheck(session: Session, url: str | None, timeout: float) -> None:
    """Check that the box of this configuration is ready; exit with 0 if it is, else with 1.

    For container engines and monitors. With TLS, the certificate is not verified unless --url is given.
    """
    address = url or session.load().local_url()
    try:
        status, answer = _within(timeout, lambda: _ask(f"{address}/readyz", timeout, verify=url is not None))
    except (OSError, ValueError) as error:
        _finish(session, address, ready=False, message=f"{address} does not answer: {_reason(error)}.")
        return
    ready = status == 200 and isinstance(answer, dict) and answer.get("status") == "ready"
    message = "ready" if ready else _problem(status, answer)
    _finish(session, address, ready=ready, message=message, checks=_checks(answer))


def _within(timeout: float, ask: Callable[[], _Answer]) -> _Answer:
    """Return the result of ``ask`` within ``timeout`` seconds in all. Errors: those of ``ask``, TimeoutError."""
    outcomes: SimpleQueue[_Answer | Exception] = SimpleQueue()

    def work() -> None:
        try:
            outcomes.put(ask())
        except Exception as error:
            outcomes.put(error)

    # Its own timeout applies between bytes, and restarts with each that drips. This thread ends with the process.
    threading.Thread(target=work, daemon=True).start()
    try:
        outcome = outcomes.get(timeout=timeout)
    except Empty:
        raise TimeoutError from None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _ask(url: str, timeout: float, *, verify: bool) -> _Answer:
    """Return the status and JSON of an answer. Errors: ``OSError``, ``ValueError``."""
    # Imported only here: ssl is half of the time this command takes.
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    assert parts.hostname
    if parts.scheme == "https":
        import ssl

        context = ssl.create_default_context()
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=timeout, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request("GET", parts.path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return answer.status, _content(answer.read(_MOST))
    except http.client.HTTPException as error:
        raise ValueError(f"it does not speak HTTP ({type(error).__name__})") from None
    finally:
        connection.close()


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _problem(status: int, answer: Any) -> str:
    match answer:
        case {"error": {"message": str(message)}}:
            return f"not ready: {message[:_LONGEST]}"
    return f"not ready: it answered {status} and may not be a Roughy Box"


def _checks(answer: Any) -> list[Any]:
    match answer:
        case {"checks": [*checks]}:
            return [valid for each in checks if (valid := _check(each))]
    return []


def _check(check: Any) -> dict[str, Any] | None:
    match check:
        case {"name": str(name), "ok": bool(ok), "message": str() | None as message}:
            return {"name": name, "ok": ok, "message": message}
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no complete answer in time"
    return getattr(error, "strerror", None) or str(error)


def _finish(session: Session, address: str, *, ready: bool, message: str, checks: list[Any] | None = None) -> None:
    if session.as_json:
        answer = {"ready": ready, "url": address, "message": message, "checks": checks or []}
        output.document(all_printable(answer))
    elif ready:
        click.echo(message)
    else:
        raise SetupError(message)
    sys.exit(0 if ready else 1)
