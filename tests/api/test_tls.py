"""HTTPS without a proxy: no socket to lend, so everything goes the plain way."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import httpx

from tests.api.wire import MIB, wav
from tests.harness import Api, LiveBox
from tests.tools import needs

pytestmark = needs("openssl")

MAKE_CERTIFICATE = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key.pem -out cert.pem"


def test_an_upload_and_its_download(fresh_box: Callable[..., LiveBox], tmp_path):
    subprocess.run(MAKE_CERTIFICATE.split(), cwd=tmp_path, check=True, capture_output=True)
    box = fresh_box({"SERVER_TLS_CERT": str(tmp_path / "cert.pem"), "SERVER_TLS_KEY": str(tmp_path / "key.pem")})
    assert box.url.startswith("https://")
    api, content = Api(box), wav(5 * MIB)
    asset_id, url = api.asset(len(content))
    assert url.startswith(box.url)
    assert api.patch(url, 0, content[: 2 * MIB]).status_code == 204
    assert api.patch(url, 2 * MIB, iter([content[2 * MIB : 4 * MIB]])).status_code == 204
    assert api.patch(url, 4 * MIB, content[4 * MIB :]).status_code == 204
    asset = api.settled(asset_id)
    assert asset["state"] == "ready"
    assert httpx.get(asset["download_url"], verify=False).content == content

    text = b"This is a letter and no film.\n" * 100_000
    letter_id, url = api.asset(len(text))
    refused = api.patch(url, 0, text)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "unsupported_media")
    assert api.get(letter_id)["error_code"] == "unsupported_media"
