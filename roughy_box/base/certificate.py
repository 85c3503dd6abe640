"""The certificate of a box that serves HTTPS by itself: what is wrong with it, and how it is renewed while serving."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path

from roughy_box.domain.errors import SetupError

log = logging.getLogger(__name__)

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL


class Certificate:
    """A chain and its key, as files; ``context`` serves with them."""

    def __init__(self, chain: Path, key: Path) -> None:
        """Load both. Errors: :class:`SetupError`, which names the setting, the reason and the way out."""
        self._chain, self._key = chain, key
        self._seen = self._state()
        self.context = _loaded(chain, key)

    def renew(self) -> None:
        """Serve new connections with what is in the files now, if that has changed and is a pair."""
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        try:
            # A program that renews writes one file after the other; what does not fit must not get into use.
            _loaded(self._chain, self._key)
            self.context.load_cert_chain(self._chain, self._key, _no_password)
        except SetupError as error:
            log.warning("the certificate before stays in use: %s", error)
        except OSError:
            self._seen = []  # changed again between the two, so look again
        else:
            log.info("the certificate was renewed")

    def is_expired(self) -> bool:
        """Whether clients refuse it for its age."""
        # It vouches for itself here, so that nothing but its dates can be wrong.
        client = ssl.create_default_context(cafile=str(self._chain))
        client.check_hostname = False
        client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            _shake_hands(client, self.context)
        except ssl.SSLError as error:
            return getattr(error, "verify_code", 0) == _EXPIRED
        return False

    def _state(self) -> list[tuple[int, int, int] | None]:
        return [_identity(path) for path in (self._chain, self._key)]


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _loaded(chain: Path, key: Path) -> ssl.SSLContext:
    _check_file("server.tls_cert", chain, b"-----BEGIN CERTIFICATE-----", "a certificate chain, as PEM")
    _check_file("server.tls_key", key, b"PRIVATE KEY-----", "a private key, as PEM")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(chain, key, _no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise SetupError(
                f"server.tls_key: {key} is not the key of the first certificate in {chain}. Put the pair there that "
                "was made together, the certificate of the box before those that vouch for it."
            ) from None
        raise SetupError(f"server.tls_cert and server.tls_key cannot be used: {error}.") from None
    return context


def _check_file(setting: str, path: Path, sign: bytes, what: str) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetupError(
            f"{setting}: {path} cannot be read: {error.strerror}. Correct it, or let the user of the server read it."
        ) from None
    if sign not in content:
        raise SetupError(f"{setting}: {path} does not hold {what}.")


def _no_password() -> str:
    # Without this, OpenSSL would ask for it at the terminal and wait.
    raise SetupError(
        "server.tls_key: the key is protected by a password, and nobody is there to type it. "
        "Write it without one: openssl pkey -in KEY -out NEWKEY"
    )


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> None:
    """A handshake in memory. Errors: ssl.SSLCertVerificationError of the client."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    steps: list[Callable[[], None]] = [
        client.wrap_bio(down, up).do_handshake,
        server.wrap_bio(up, down, server_side=True).do_handshake,
    ]
    while steps:
        step = steps.pop(0)
        try:
            step()
        except ssl.SSLWantReadError:
            steps.append(step)
