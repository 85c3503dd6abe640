"""The addresses that requests may go to: those of the rules of the domain, and never the box itself."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from roughy_box.config.options import Config
from roughy_box.domain.webhook_address import Address, Target, check_address, plain
from roughy_box.outgoing.names import Names


class RefusedAddress(Exception):
    """An address that no request may go to; the text says why, after the name of the URL."""


class UnknownName(Exception):
    """A host name that has no address, for now."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The addresses that are allowed, on a box that listens on ``port``."""

    allow_http_private: bool
    port: int
    public_host: str | None
    names: Names

    async def addresses(self, target: Target) -> list[Address]:
        """Resolve the host of ``target`` once, and return its addresses, each of which may be connected to.

        One bad address refuses them all. Errors: :class:`RefusedAddress`, :class:`UnknownName`.
        """
        self.check_host(target)
        found = [target.address] if target.address else await self._resolve(target.host)
        for address in found:
            self._check(target, address)
        return [plain(address) for address in found]

    def check_host(self, target: Target) -> None:
        """Refuse what can be known without a look-up. Errors: :class:`RefusedAddress`."""
        if target.host == self.public_host:
            raise RefusedAddress("leads to this box (server.public_url): no deliveries go there")
        if target.address:
            self._check(target, target.address)

    async def _resolve(self, host: str) -> list[Address]:
        try:
            return await self.names.resolve(host)
        except OSError:
            raise UnknownName from None

    def _check(self, target: Target, address: Address) -> None:
        try:
            check_address(target, address, allow_http_private=self.allow_http_private)
        except ValueError as error:
            raise RefusedAddress(str(error)) from None
        if str(plain(address)) == self.public_host or (target.port == self.port and is_own(plain(address))):
            raise RefusedAddress("leads to this box: no deliveries go there")


def policy_of(config: Config, port: int) -> Policy:
    """Return the policy of a box that listens on ``port``."""
    public = urlsplit(config.server.public_url).hostname if config.server.public_url else None
    return Policy(config.webhooks.allow_http_private, port, public, Names())


def is_own(address: Address) -> bool:
    """Return whether an address is one of this machine: a socket can be bound to it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True
