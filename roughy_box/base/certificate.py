"""The TLS certificate of a box that serves HTTPS itself: loading, checking, renewal while serving."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path

from roughy_box.domain.errors import SetupError

log = logging.getLogger(__name__)

_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL


class Certificate:
    """A certificate chain and its key, as files; ``context`` serves with them."""

    def __init__(self, chain: Path, key: Path) -> None:
        """Load both. Errors: :class:`SetupError`, which names the setting, the reason and the remedy."""
        self._chain, self._key = chain, key
        self._seen = self._state()
        self.context = _loaded(chain, key)

    def renew(self) -> None:
        """Serve new connections with the present files, if they have changed and match each other."""
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        try:
            # A renewing program writes one file after the other; a pair that does not match must not be used.
            _loaded(self._chain, self._key)
            self.context.load_cert_chain(self._chain, self._key, _no_password)
        except SetupError as error:
            log.warning("the previous certificate stays in use: %s", error)
        except OSError:
            self._seen = []  # changed again between the two, so look again
        else:
            log.info("the certificate was renewed")

    def is_expired(self) -> bool:
        """Return whether the certificate has expired."""
        # It is its own authority here, so that only its dates can be wrong.
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
                f"server.tls_key: {key} is not the key of the first certificate in {chain}. Use a matching pair, "
                "with the certificate of the box before those of its issuers."
            ) from None
        raise SetupError(f"server.tls_cert and server.tls_key cannot be used: {error}.") from None
    return context


def _check_file(setting: str, path: Path, marker: bytes, what: str) -> None:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetupError(
            f"{setting}: {path} cannot be read: {error.strerror}. Correct the path or the permissions."
        ) from None
    if marker not in content:
        raise SetupError(f"{setting}: {path} does not hold {what}.")


def _no_password() -> str:
    # Without this, OpenSSL would ask for it at the terminal and wait.
    raise SetupError(
        "server.tls_key: the key is protected by a password, which a server cannot ask for. "
        "Remove it: openssl pkey -in KEY -out NEWKEY"
    )


def _shake_hands(client: ssl.SSLContext, server: ssl.SSLContext) -> None:
    """Perform a handshake in memory. Errors: ssl.SSLCertVerificationError of the client."""
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
