"""Keys cannot be guessed, are not stored, and count only in their header. tests/api/test_access.py has the rest."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterator

import httpx
import pytest

from tests.api.answers import GHOST, refused
from tests.api.wire import Wire, request_head
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, serving
from tests.media_bytes import wav

ALPHABET = 64
ENOUGH_BITS = 160


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveBox, Shell]]:
    """A served box and a shell for it."""
    with serving(tmp_path_factory.mktemp("keys")) as box:
        yield box, Shell(box.folder, {"ROUGHY_BOX_CONFIG": box.environ["ROUGHY_BOX_CONFIG"]})


def new_keys(shell: Shell, count: int) -> list[str]:
    return [shell.json("key", "create", "--account", "studio")["api_key"] for _ in range(count)]


def test_key_enough_random_bits(box_shell: Shell) -> None:
    keys = new_keys(box_shell, 24)
    assert len(set(keys)) == len(keys)
    for key in keys:
        assert key.startswith("sk_")
        assert len(base64.urlsafe_b64decode(key.removeprefix("sk_") + "=")) * 8 >= ENOUGH_BITS
    # No place of a key is fixed or counts up: 24 draws of 64 signs rarely give fewer than 12 different ones.
    assert all(len(set(place)) >= 12 for place in list(zip(*keys, strict=True))[3:-1])


def test_key_hint_leaves_enough_random_bits(box_shell: Shell) -> None:
    (key,) = new_keys(box_shell, 1)
    hint = box_shell.json("key", "list")["items"][-1]["hint"]
    begin, _, end = hint.partition("...")
    assert key.startswith(begin)
    assert key.endswith(end)
    hidden = len(key) - len(begin) - len(end)
    assert hidden * math.log2(ALPHABET) >= ENOUGH_BITS


def test_box_stores_digests_not_keys(served: tuple[LiveBox, Shell]) -> None:
    """Nor are they in the write-ahead log, which gets every row first, or in other files of the folder."""
    box, shell = served
    made = shell.json("key", "create", "--account", "studio")
    keys = [box.key, made["api_key"], shell.json("account", "add", "other")["api_key"]]
    for key in keys:
        with box.client(key) as client:
            assert client.get("/v1/credits/balance").status_code == 200
            refused(client.get("/v1/credits/balance", headers={"Authorization": f"Bearer {key}x"}), "unauthenticated")
    shell.json("key", "revoke", made["id"])

    assert (box.data_dir / "box.db-wal").stat().st_size > 0, "what was written last is still in the log"
    written = {path: path.read_bytes() for path in box.folder.rglob("*") if path.is_file()}
    database = b"".join(content for path, content in written.items() if path.name.startswith("box.db"))
    for key in keys:
        assert hashlib.sha256(key.encode()).hexdigest().encode() in database
        coded = base64.b64encode(key.encode()).decode(), key.encode().hex()
        for form in (key, key.removeprefix("sk_"), key[:20], key[-20:], *coded):
            assert not [path for path, content in written.items() if form.encode() in content], form[:8]


def test_key_outside_authorization_header_ignored(shared_box: LiveBox) -> None:
    key, path = shared_box.key, "/v1/credits/balance"
    basic = base64.b64encode(f"{key}:".encode()).decode()
    elsewhere: list[dict[str, dict[str, str]]] = [
        *({"params": {name: key}} for name in ("access_token", "api_key", "token", "Authorization", "key")),
        *({"headers": {name: f"Bearer {key}"}} for name in ("Proxy-Authorization", "X-Authorization", "X-Api-Key")),
        {"headers": {"Cookie": f"Authorization=Bearer {key}; access_token={key}; key={key}"}},
        {"headers": {"Authorization": f"Basic {basic}"}},
        {"headers": {"Authorization": f"Bearer access_token={key}"}},
        {"headers": {"Authorization": f"Digest username={key}"}},
    ]
    for place in elsewhere:
        refused(httpx.get(shared_box.url + path, verify=False, **place), "unauthenticated")  # type: ignore[arg-type]
    form = httpx.post(shared_box.url + "/v1/projects", data={"access_token": key}, verify=False)
    refused(form, "unauthenticated")


def test_revoked_key_cached_refused_on_every_route(served: tuple[LiveBox, Shell]) -> None:
    box, shell = served
    made = shell.json("key", "create", "--account", "studio")
    content = wav(1)
    api = Api(box, made["api_key"])
    with api.http:
        asset_id, url = api.asset(len(content))
        assert api.patch(url, 0, content[:100]).status_code == 204
        with Wire(box) as wire:
            # Kept alive across the revocation: a connection has no key of its own.
            wire.send(request_head(box, "HEAD", url, key=made["api_key"]))
            assert wire.answer("HEAD").status == 200
            shell.json("key", "revoke", made["id"])
            wire.send(request_head(box, "HEAD", url, key=made["api_key"]))
            assert wire.answer("HEAD").status == 401
        for method, path in (
            ("GET", "/v1/projects"),
            ("POST", "/v1/assets"),
            ("GET", f"/v1/assets/{asset_id}"),
            ("DELETE", f"/v1/assets/{asset_id}"),
            ("HEAD", f"/v1/uploads/{asset_id}"),
            ("DELETE", f"/v1/uploads/{asset_id}"),
            ("GET", "/v1/credits/history"),
        ):
            assert api.http.request(method, path, headers={"Tus-Resumable": "1.0.0"}).status_code == 401
    mine = Api(box)
    with mine.http:
        assert mine.offset(url) == 100


@pytest.mark.parametrize("what", ["missing", "malformed", "unknown", "of the form of one"])
def test_wrong_keys_same_answer(shared_box: LiveBox, what: str) -> None:
    values = {
        "missing": None,
        "malformed": "Bearer x",
        "unknown": "Bearer sk_x",
        "of the form of one": f"Bearer sk_{'x' * 43}",
    }
    value = values[what]
    headers = {} if value is None else {"Authorization": value}
    answers = [
        httpx.get(f"{shared_box.url}{path}", headers=headers, verify=False)
        for path in ("/v1/projects", f"/v1/assets/{GHOST}")
    ]
    for answer in answers:
        error = refused(answer, "unauthenticated")
        # A missing key has another answer: it shows a client that a proxy strips its header.
        assert error["message"] == (
            "This API key is unknown or was revoked." if value else "Send an API key: 'Authorization: Bearer sk_...'."
        )
        assert answer.headers["WWW-Authenticate"] == "Bearer"
