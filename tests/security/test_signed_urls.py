"""Signed addresses beyond what tests/api/test_files.py shows: what a right signature does not open, and rotation."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.api.answers import GHOST, refused
from tests.api.conftest import Member
from tests.api.wire import Wire
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox
from tests.media_bytes import wav
from tests.security.conftest import signed

CONTENT = wav(1)
EXPIRIES = [
    *("-1", "-99999999999", "0", "00", "+9999999999", "9" * 19, "9" * 400, "1e10", "0x7fffffff", "inf", "nan", "never"),
    *(
        "",
        " ",
        " 9999999999",
        "9999999999 ",
        "9_999_999_999",
        "9999999999.0",
        "٩٩٩٩٩٩٩٩٩٩",
        "９９９９９９９９９９",
        "²",
    ),
    *("\0", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "9999999999\r\nX-Evil: 1", "\u202e9999999999"),
]


def path_of(asset: dict[str, str], extension: str = "wav") -> str:
    return f"/files/projects/{asset['project_id']}/{asset['id']}.{extension}"


@pytest.mark.parametrize("expires", EXPIRIES, ids=ascii)
def test_signed_url_unknown_expiry_refused(api: Api, anyone: httpx.Client, expires: str) -> None:
    path = f"/files/projects/{GHOST}/{GHOST}.wav"
    query = {"expires": expires, "signature": "0" * 64}
    refused(anyone.get(path, params=query), "forbidden")


def test_signed_url_repeated_parameters_first_used(api: Api, anyone: httpx.Client) -> None:
    asset = api.upload(CONTENT)
    path = path_of(asset)
    given = parse_qs(urlsplit(api.get(asset["id"])["download_url"]).query)
    expires, signature = given["expires"][0], given["signature"][0]
    later = str(int(expires) + 3600)
    tampered = (
        f"expires={later}&expires={expires}&signature={signature}",
        f"expires={later}&signature={signature}&expires={expires}",
        f"expires={expires}&signature={'0' * 64}&signature={signature}",
        f"expires={expires};signature={signature}",
        f"EXPIRES={expires}&Signature={signature}",
        f"expires[]={expires}&signature[]={signature}",
    )
    for query in tampered:
        refused(anyone.get(f"{path}?{query}"), "forbidden")
    # Appending something to a URL has no effect.
    assert anyone.get(f"{path}?expires={expires}&signature={signature}&expires={later}&path=/secret").content == CONTENT


def test_signature_valid_for_one_file_only(api: Api, anyone: httpx.Client) -> None:
    asset, other = api.upload(CONTENT), api.upload(CONTENT)
    query = urlsplit(asset["download_url"]).query
    project, mine = asset["project_id"], asset["id"]
    for path in (
        path_of(other),
        f"/v1/assets/{mine}",
        f"/v1/projects/{project}",
        f"/v1/uploads/{mine}",
        "/v1/credits/balance",
    ):
        answer = anyone.get(f"{path}?{query}")
        assert answer.status_code in (401, 403, 405), path


def test_signed_path_resolved_by_rows_only(api: Api, shared_box: LiveBox) -> None:
    """Behind the signature stands a second wall: the name on disk is made from the row, never from the address."""
    asset, other = api.upload(CONTENT), api.upload(CONTENT)
    pending, _ = api.asset(1000)
    project, mine = asset["project_id"], asset["id"]
    folder = f"/files/projects/{project}"

    def status(path: str) -> int:
        with Wire(shared_box) as wire:
            wire.send(f"GET {signed(shared_box, path)} HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n".encode())
            return int(wire.rest().split()[1])

    assert status(f"{folder}/{mine}.wav") == 200, "the signature of this test is the box's own"
    for name in (
        *("..", "../../secret", "../../../secret", "%2e%2e%2f%2e%2e%2fsecret", "..%5c..%5csecret", "%00", "", "secret"),
        *(f"{mine}.mp4", f"{mine}.WAV", f"{mine}.wav.", f"{mine}.", mine, f"{mine}.wav%00", f"%2e/{mine}.wav"),
        *(f"{mine}.wav/../../../../secret", f"{mine.upper()}.wav", f"{GHOST}.wav", f"{pending}.wav", f"{pending}.None"),
        *(f"{other['id']}.wav", "*.wav", f"{mine[:-1]}?.wav", f"{mine}.wav%0d%0aX-Evil:1", f"./{mine}.wav"),
    ):
        assert status(f"{folder}/{name}") in (403, 404), name
    for path in (
        "/files/projects/../../secret",
        "/files/projects/%2e%2e/secret",
        f"/files/projects/{GHOST}/{mine}.wav",
    ):
        assert status(path) in (403, 404), path


def test_unpaid_asset_valid_signature_not_found(member: Callable[..., Member], accounts_box: LiveBox) -> None:
    poor = member(credits=1)
    asset = poor.api.upload(wav(120, rate=100))
    assert asset["state"] == "pending_payment"
    assert asset["download_url"] is None
    target = signed(accounts_box, path_of(asset))
    refused(httpx.get(accounts_box.url + target, verify=False), "not_found")
    poor.book("topup", 5)
    assert httpx.get(accounts_box.url + target, verify=False).status_code == 200


def test_deleted_project_signed_urls_end(api: Api, anyone: httpx.Client) -> None:
    asset = api.upload(CONTENT)
    assert anyone.get(asset["download_url"]).status_code == 200
    api.http.delete(f"/v1/projects/{asset['project_id']}")
    refused(anyone.get(asset["download_url"]), "not_found")


def test_new_secret_only_signed_urls_end(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    asset = api.upload(CONTENT)
    before = asset["download_url"]
    _, begun = api.asset(len(CONTENT))
    api.patch(begun, 0, CONTENT[:500])
    assert api.http.get(before).status_code == 200

    box.stop()
    secret = box.data_dir / "secret"
    old = secret.read_bytes()
    secret.unlink()
    repaired = Shell(box.folder, {"ROUGHY_BOX_CONFIG": box.environ["ROUGHY_BOX_CONFIG"]}).run("doctor", "--repair")
    assert (repaired.status, len(secret.read_bytes()) >= 32, secret.read_bytes() != old) == (0, True, True), repaired
    box.start()
    api = Api(box)
    refused(api.http.get(before), "forbidden")
    after = api.get(asset["id"])["download_url"]
    assert api.http.get(after).content == CONTENT
    # Keys, rows and open uploads do not hang on it.
    assert api.offset(begun) == 500
    assert api.patch(begun, 500, CONTENT[500:]).status_code == 204
    api.http.close()


@pytest.mark.parametrize("size", [0, 1, 31])
def test_short_secret_box_not_served(box_shell: Shell, size: int) -> None:
    secret = box_shell.folder / "roughy-box-data" / "secret"
    secret.write_bytes(bytes(size))
    box_shell.run("serve", "--port", "0").refused("secret")
    assert secret.read_bytes() == bytes(size)
