"""The first start: creates a box where none exists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from roughy_box.config.options import Config
from roughy_box.config.values import parse_key
from roughy_box.domain.errors import SetupError
from roughy_box.services import accounts
from roughy_box.services.box import open_for_command
from roughy_box.storage import folder
from roughy_box.storage.models import Account

_LONGEST = 4096  # characters of a key file, white space included


@dataclass(frozen=True, slots=True)
class InitResult:
    """The first account of a box; ``key`` is set only if it was generated just now."""

    account: Account
    is_new: bool
    key: str | None = None


async def ensure(config: Config, account_name: str | None = None, starter_credits: int | None = None) -> InitResult:
    """Create what the data folder lacks of a box with an account; change nothing in a complete box.

    Missing arguments come from the settings of ``[init]``, which only this function uses.
    Errors: :class:`SetupError`.
    """
    name = accounts.checked_name(config.init.account if account_name is None else account_name)
    root = config.storage.data_dir
    if not folder.is_box(root):
        given_key(config)  # refused before anything is made
    with folder.creation_lock(root):
        return await _ensure(config, name, starter_credits)


async def _ensure(config: Config, name: str, starter_credits: int | None) -> InitResult:
    root = config.storage.data_dir
    if not folder.is_box(root):
        folder.create(root)
    async with open_for_command(config):
        if present := await accounts.list_all():
            return InitResult(present[0], is_new=False)
        starter = config.init.credits if starter_credits is None else starter_credits
        given = given_key(config)
        new = await accounts.add(name, starter, given)
        return InitResult(new.account, is_new=True, key=None if given else new.secret)


def given_key(config: Config) -> str | None:
    """Return the key for the first account, if the settings name one. Errors: :class:`SetupError`."""
    path = config.init.key_file
    if config.init.key and path:
        raise SetupError("init.key and init.key_file exclude each other; set one of them.")
    return _read(path) if path else config.init.key


def _read(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():
            raise SetupError(f"init.key_file: {path} is not a regular file.")
        with path.open(encoding="utf-8-sig") as file:
            return parse_key(file.read(_LONGEST).strip())
    except OSError as error:
        raise SetupError(f"init.key_file: {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        # Without the content: it may be a secret.
        reason = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise SetupError(f"init.key_file: the content of {path} {reason}.") from None
