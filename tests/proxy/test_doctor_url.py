"""``doctor --url``: it names each wrong setting of a real nginx, and finds nothing with good ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from roughy_box.client import connectivity
from roughy_box.client.connectivity import uploads
from tests.api.wire import wav as sized_wav
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox
from tests.media_bytes import wav
from tests.proxy.doctor import Doctor
from tests.proxy.proxies import Edit, Proxy, caddy, free_ports, nginx, replaced
from tests.tools import needs

pytestmark = needs("nginx", "caddy", "openssl")


def without(line: str, instead: str = "") -> Edit:
    return lambda text: replaced(text, **{line: instead})


def with_line(line: str) -> Edit:
    return without("proxy_redirect off;", f"proxy_redirect off; {line}")


def test_check_good_nginx_no_findings(doctor: Doctor, good_nginx: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connectivity, "PAUSES", (1.0,))
    shown = doctor.visit(good_nginx.url, good_nginx.cert)
    assert shown.status == 0, shown
    assert f"url    {good_nginx.url}\n" in shown.out
    assert "nginx" in shown.out
    assert shown.out.endswith("No problems found.\n")


@pytest.mark.usefixtures("quick")
def test_check_good_caddy_no_findings(doctor: Doctor, hidden_box: LiveBox, tmp_path: Path) -> None:
    with caddy(tmp_path / "caddy", hidden_box) as proxy:
        shown = doctor.visit(proxy.url, proxy.cert)
    assert (shown.status, shown.err) == (0, ""), shown
    assert "http2  True" in shown.out


@pytest.mark.usefixtures("quick")
def test_check_without_proxy(doctor: Doctor) -> None:
    found = doctor.found(doctor.box.url)
    # This machine is in server.trusted_proxies of that box.
    assert found.keys() == {"forwarded"}
    assert "ask from another one" in found["forwarded"]


# The edit, the expected checks, and words that must be in one of the findings.
WRONG: dict[str, tuple[Edit, set[str], str]] = {
    "buffering": (without("proxy_request_buffering off;"), {"buffering"}, "proxy_request_buffering off"),
    "body limit": (
        without("client_max_body_size 0;", "client_max_body_size 1m;"),
        {"body limit"},
        "client_max_body_size 0",
    ),
    "tiny body limit": (without("client_max_body_size 0;", "client_max_body_size 1k;"), {"body limit"}, "even a small"),
    "scheme": (without("proxy_set_header X-Forwarded-Proto $scheme;"), {"address"}, "X-Forwarded-Proto $scheme"),
    "host": (
        lambda text: replaced(
            text,
            **{
                "proxy_set_header Host $http_host;": "",
                "proxy_set_header X-Forwarded-Host $http_host;": 'proxy_set_header X-Forwarded-Host "";',
            },
        ),
        {"address"},
        "proxy_set_header Host $http_host",
    ),
    "forwarded": (without("proxy_set_header X-Forwarded-Host $http_host;"), {"forwarded"}, "X-Forwarded-Host"),
    "forwarded port": (
        lambda text: replaced(
            text,
            **{
                'proxy_set_header X-Forwarded-Port "";': "",
                "proxy_set_header X-Forwarded-Host $http_host;": "proxy_set_header X-Forwarded-Host $host;",
            },
        ),
        {"address", "forwarded"},
        "X-Forwarded-Port",
    ),
    "tus": (with_line('proxy_set_header Tus-Resumable "";'), {"headers"}, "Tus-Resumable does not reach the box"),
    "type": (with_line('proxy_set_header Content-Type "";'), {"headers"}, "Content-Type does not reach the box"),
    "offset": (with_line('proxy_set_header Upload-Offset "";'), {"headers"}, "Upload-Offset does not reach the box"),
    "answers": (with_line("proxy_hide_header Upload-Offset;"), {"headers"}, "Upload-Offset is missing from the answer"),
    "version": (with_line("proxy_hide_header Tus-Version;"), {"headers"}, "proxy_hide_header"),
    "location": (with_line("proxy_hide_header Location;"), {"headers"}, "Location is missing"),
    "key": (with_line('proxy_set_header Authorization "";'), {"authorization"}, "proxy_set_header Authorization"),
    "password": (with_line("auth_basic box; auth_basic_user_file /dev/null;"), {"authorization"}, "auth_basic off"),
    "path": (without("location / {", "location /media/ {"), {"path"}, "with the slash at the end"),
    "not a box": (with_line("root /nowhere; try_files $uri =404;"), {"box"}, "not like a Roughy Box"),
    "old": (without("proxy_http_version 1.1;"), set(), ""),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", WRONG)
def test_check_wrong_setting_is_named(
    doctor: Doctor, hidden_box: LiveBox, tmp_path: Path, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit, checks, words = WRONG[fault]
    if fault == "buffering":  # nothing arrives, however long the wait
        monkeypatch.setattr(uploads, "ARRIVAL", 1.0)
    with nginx(tmp_path / "nginx", hidden_box, edit) as proxy:
        found = doctor.found(f"{proxy.url}/media" if fault == "path" else proxy.url, proxy.cert)
    assert found.keys() == checks
    assert not checks or any(words in text for text in found.values()), found


def test_upload_nginx_body_limit_sends_smaller_chunks(hidden_box: LiveBox, tmp_path: Path) -> None:
    source = tmp_path / "long.wav"
    source.write_bytes(sized_wav(60 * 1024**2))
    edit = without("client_max_body_size 0;", "client_max_body_size 1m;")
    with nginx(tmp_path / "nginx", hidden_box, edit) as proxy:
        shell = Shell(tmp_path, {"SSL_CERT_FILE": str(proxy.cert), "ROUGHY_BOX_CLIENT_KEY": hidden_box.key})
        outcome = shell.run("upload", str(source), "--url", proxy.url, "--json")
        warnings = outcome.err.splitlines()
        asset = json.loads(outcome.out)["items"][0]
        assert (outcome.status, asset["state"]) == (0, "ready")
        assert [("client_max_body_size 0" in line, "localhost" in line) for line in warnings] == [(True, True)]
        api = Api(hidden_box)
        with api.http:
            assert api.http.get(api.get(asset["id"])["download_url"]).content == source.read_bytes()
            api.http.delete(f"/v1/projects/{asset['project_id']}")


def test_check_short_proxy_timeout_is_named(
    doctor: Doctor, hidden_box: LiveBox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connectivity, "PAUSES", (3.0,))
    with nginx(tmp_path / "nginx", hidden_box, without("client_body_timeout 120s", "client_body_timeout 1s")) as proxy:
        found = doctor.found(proxy.url, proxy.cert)
    assert found.keys() == {"time-outs"}
    assert "silent for 3 s" in found["time-outs"]
    assert "client_body_timeout" in found["time-outs"]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("line", "method"),
    [("limit_except GET POST { deny all; }", "PATCH"), ("if ($request_method = DELETE) { return 405; }", "DELETE")],
)
def test_check_blocked_method_is_named(hidden_box: LiveBox, tmp_path: Path, line: str, method: str) -> None:
    account = hidden_box.cli("account", "add", f"without {method}", "--credits", "5")
    doctor = Doctor(hidden_box, tmp_path, account["api_key"])
    with nginx(tmp_path / "nginx", hidden_box, with_line(line)) as proxy, doctor.api.http:
        report = doctor.report(proxy.url, proxy.cert)
        problems = [finding["problem"] for finding in report["findings"]]
        assert {finding["check"] for finding in report["findings"]} == {"methods"}
        assert any(problem.startswith(f"{method} is answered with 40") for problem in problems)
        assert any("X-HTTP-Method-Override gets through" in problem for problem in problems) == (method == "PATCH")
        # It could not delete its project, and says so.
        (note,) = (note for note in report["facts"]["notes"] if "could not be deleted" in note)
        (project,) = doctor.api.http.get("/v1/projects").json()["items"]
        assert project["id"] in note
        assert doctor.api.balance() == 5


@pytest.fixture
def ready(hidden_box: LiveBox) -> Iterator[None]:
    """An account with something to download."""
    api = Api(hidden_box)
    with api.http:
        asset = api.upload(wav(1))
        yield
        api.http.delete(f"/v1/projects/{asset['project_id']}")


@pytest.mark.usefixtures("ready", "quick")
def test_check_ranges_blocked_is_named(hidden_box: LiveBox, tmp_path: Path, doctor: Doctor) -> None:
    with nginx(tmp_path / "nginx", hidden_box, with_line('proxy_set_header Range "";')) as proxy:
        found = doctor.found(proxy.url, proxy.cert)
    assert found.keys() == {"downloads"}


@pytest.mark.usefixtures("quick")
def test_check_redirect_certificate_and_stopped_box(doctor: Doctor, tmp_path: Path, hidden_box: LiveBox) -> None:
    def elsewhere(text: str) -> str:
        return replaced(text, **{f"127.0.0.1:{hidden_box.port}": "127.0.0.1:9"})

    with nginx(tmp_path / "nginx", hidden_box, elsewhere) as proxy:
        assert doctor.found(proxy.url, proxy.cert).keys() == {"upstream"}
        assert "self-signed certificate" in doctor.found(proxy.url)["certificate"]
        assert "--url https://" in doctor.found(proxy.plain_url)["address"]
        assert "https://" in doctor.found(proxy.url.replace("https:", "http:"))["tls"]
        assert doctor.found(proxy.plain_url.replace("http:", "https:"), proxy.cert).keys() == {"tls"}
    assert "nothing listens" in doctor.found(proxy.url)["connection"]


@pytest.mark.usefixtures("quick")
def test_box_below_a_path_works(tmp_path: Path) -> None:
    """The box below a path of the proxy: everything works there, the console included."""
    folder = tmp_path / "box"
    folder.mkdir()
    box = LiveBox(folder, {"SERVER_TRUSTED_PROXIES": "127.0.0.1"})
    (box.port,) = free_ports(1)

    def below(text: str) -> str:
        return replaced(text, **{"location / {": "location /media/ {", "http://roughy_box;": "http://roughy_box/;"})

    with nginx(tmp_path / "nginx", box, below) as proxy:
        url = f"{proxy.url}/media"
        box.environ["ROUGHY_BOX_SERVER_PUBLIC_URL"] = url
        box.start()
        try:
            asset = Api(box).upload(wav(1))
            assert asset["download_url"].startswith(f"{url}/files/")
            desk = tmp_path / "desk"
            desk.mkdir()
            assert Doctor(box, desk).found(url, proxy.cert) == {}
            with httpx.Client(verify=proxy.trusting()) as browser:
                page = browser.get(f"{url}/").text
                for address in re.findall(r'(?:src|href)="([^"]+)"', page):
                    assert browser.get(f"{url}/{address}").status_code == 200, address
                assert browser.get(asset["download_url"]).content == wav(1)
        finally:
            box.stop()
