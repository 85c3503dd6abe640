"""HTTPS without a proxy: everything goes the plain way."""

from __future__ import annotations

import os
import shutil
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tusclient.client import TusClient

from tests.api.wire import MIB, arrived, chunk_head, wav
from tests.certificates import certify, certify_long_ago
from tests.cli.shell import Shell
from tests.harness import PATIENCE, Api, LiveBox, serving, wait_until
from tests.tools import needs

pytestmark = needs("openssl")


def settings(folder: Path) -> dict[str, str]:
    return {"SERVER_TLS_CERT": str(folder / "cert.pem"), "SERVER_TLS_KEY": str(folder / "key.pem")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the secure box's certificate."""
    return certify(tmp_path_factory.mktemp("tls")).parent


@pytest.fixture(scope="module")
def secure_box(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[LiveBox]:
    with serving(tmp_path_factory.mktemp("secure"), settings(folder)) as box:
        assert box.url.startswith("https://")
        yield box


@pytest.fixture
def api(secure_box: LiveBox) -> Iterator[Api]:
    client = Api(secure_box)
    with client.http:
        yield client


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "cert.pem"))


def certificate_of(box: LiveBox) -> bytes:
    """Return the certificate that a new connection gets."""
    return ssl.get_server_certificate(("127.0.0.1", box.port), timeout=PATIENCE).strip().encode()


def test_upload_and_download(api: Api) -> None:
    content = wav(5 * MIB)
    asset_id, url = api.asset(len(content))
    assert url.startswith(api.box.url)
    assert api.patch(url, 0, content[: 2 * MIB]).status_code == 204
    assert api.patch(url, 2 * MIB, iter([content[2 * MIB : 4 * MIB]])).status_code == 204
    assert api.patch(url, 4 * MIB, content[4 * MIB :]).status_code == 204
    asset = api.settled(asset_id)
    assert asset["state"] == "ready"
    assert httpx.get(asset["download_url"], verify=False).content == content
    part = api.http.get(asset["download_url"], headers={"Range": "bytes=1000000-1000999"})
    assert (part.status_code, part.content) == (206, content[1_000_000:1_001_000])


def test_file_not_media_is_refused(api: Api) -> None:
    text = b"This is a letter and no film.\n" * 100_000
    letter_id, url = api.asset(len(text))
    refused = api.patch(url, 0, text)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "unsupported_media")
    assert api.get(letter_id)["error_code"] == "unsupported_media"


def test_tuspy_resumes_after_an_interruption(
    api: Api, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "cert.pem"))
    content = wav(4 * MIB)
    path = tmp_path / "talk.wav"
    path.write_bytes(content)
    asset_id, url = api.asset(len(content))
    with trusting(folder).wrap_socket(api.box.connect(), server_hostname="localhost") as wire:
        wire.sendall(chunk_head(api.box, url, 0, len(content)) + content[:MIB])
        arrived(api, url, MIB)
    client = TusClient(f"{api.box.url}/v1/uploads", headers={"Authorization": f"Bearer {api.box.key}"})
    uploader = client.uploader(str(path), url=url, chunk_size=MIB, retries=5, retry_delay=1)
    assert uploader.offset == MIB
    uploader.upload()
    asset = api.settled(asset_id)
    assert api.http.get(asset["download_url"]).content == content


def test_renewed_certificate_is_loaded_while_serving(
    secure_box: LiveBox, api: Api, folder: Path, tmp_path: Path
) -> None:
    content = wav(MIB)
    asset_id, url = api.asset(len(content))
    before = certificate_of(secure_box)
    assert before == (folder / "cert.pem").read_bytes().strip()
    renewed = certify(tmp_path / "renewed")
    with trusting(folder).wrap_socket(secure_box.connect(), server_hostname="localhost") as wire:
        wire.sendall(chunk_head(secure_box, url, 0, len(content)) + content[: MIB // 2])
        # Halfway through a renewal the two do not match.
        os.replace(renewed, folder / "cert.pem")
        wait_until(lambda: "the previous certificate stays in use: server.tls_key" in secure_box.log())
        assert certificate_of(secure_box) == before
        os.replace(renewed.with_name("key.pem"), folder / "key.pem")
        wait_until(lambda: "the certificate was renewed" in secure_box.log())
        assert certificate_of(secure_box) == (folder / "cert.pem").read_bytes().strip() != before
        # A running transfer continues.
        wire.sendall(content[MIB // 2 :])
        assert wire.recv(100).startswith(b"HTTP/1.1 204")
    assert api.settled(asset_id)["state"] == "ready"


def no_certificate(folder: Path) -> None:
    (folder / "cert.pem").unlink()


def no_pem(folder: Path) -> None:
    (folder / "cert.pem").write_bytes(b"\x30\x82\x01\x00")


def key_for_certificate(folder: Path) -> None:
    shutil.copy(folder / "cert.pem", folder / "key.pem")


def key_of_another(folder: Path) -> None:
    shutil.copy(certify(folder / "other").with_name("key.pem"), folder / "key.pem")


def key_with_password(folder: Path) -> None:
    certify(folder, "-passout", "pass:secret")


def cut_off(folder: Path) -> None:
    path = folder / "cert.pem"
    path.write_bytes(path.read_bytes()[:300])


WRONG = {
    no_certificate: ["server.tls_cert", "cert.pem cannot be read: No such file"],
    no_pem: ["server.tls_cert", "cert.pem does not hold a certificate chain, as PEM"],
    key_for_certificate: ["server.tls_key", "key.pem does not hold a private key, as PEM"],
    key_of_another: ["server.tls_key", "is not the key of the first certificate"],
    key_with_password: ["server.tls_key", "openssl pkey"],
    cut_off: ["server.tls_cert", "cannot be used"],
}


@pytest.mark.parametrize("spoil", WRONG)
def test_unusable_certificate_is_refused(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    certify(tmp_path)
    spoil(tmp_path)
    shell = Shell(tmp_path, {f"ROUGHY_BOX_{name}": value for name, value in settings(tmp_path).items()})
    shell.json("init")
    shell.run("serve", "--port", "0").refused(*WRONG[spoil])


def test_expired_certificate_serves_with_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cert = certify_long_ago(tmp_path / "tls")
    folder = tmp_path / "box"
    folder.mkdir()
    with serving(folder, settings(cert.parent)) as box:
        assert "the certificate in server.tls_cert has expired" in box.log()
        assert box.client().get("/healthz").status_code == 200
        shell = Shell(folder, box.environ | {"SSL_CERT_FILE": str(cert), "ROUGHY_BOX_CLIENT_KEY": box.key})
        local = shell.run("doctor", "--json")
        assert local.status == 1
        assert f"the certificate in {cert} has expired" in local.out
        visit = shell.run("doctor", "--url", box.url, "--json")
        assert visit.status == 1
        assert "certificate has expired" in visit.out
        assert "Renew it" in visit.out
