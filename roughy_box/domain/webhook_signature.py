"""The secrets and signatures of webhooks (Standard Webhooks, standardwebhooks.com; Svix uses the same).

The secret of an endpoint is derived from the secret of the box and a random salt, so the database alone, or a copy of
it, does not let anyone sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "whsec_"
SALT_BYTES = 32


def derive_secret(box_secret: bytes, salt: str) -> str:
    """Return the secret that belongs to a salt, as receivers are given it: ``whsec_`` and 32 bytes in base64."""
    key = hmac.new(box_secret, f"webhook\n{salt}".encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(key).decode()


def signed_headers(secrets: Iterable[str], delivery_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that authenticate a body, with one signature for each secret.

    ``timestamp``: seconds since the epoch; receivers refuse one that is minutes off.
    """
    content = f"{delivery_id}.{timestamp}.".encode() + body
    values = {
        "id": delivery_id,
        "timestamp": str(timestamp),
        "signature": " ".join(f"v1,{_signature(secret, content)}" for secret in secrets),
    }
    return {f"{family}-{name}": value for family in ("svix", "webhook") for name, value in values.items()}


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
