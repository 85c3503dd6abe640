"""Signed file URLs: the contract, section 6; ranges and conditions after RFC 9110, sections 13 and 14."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.api.answers import GHOST, refused
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

CONTENT = wav(20, noise=random.Random(1))
SIZE = len(CONTENT)


@dataclass(frozen=True)
class Stored:
    """A ready asset and its bytes."""

    id: str
    project_id: str
    url: str

    def parts(self) -> dict[str, str]:
        split = urlsplit(self.url)
        query = {name: value for name, (value,) in parse_qs(split.query).items()}
        return {"path": split.path, **query}


@pytest.fixture(scope="module")
def stored(shared_box: LiveBox) -> Stored:
    api = Api(shared_box)
    with api.http:
        asset = api.upload(CONTENT)
        return Stored(asset["id"], asset["project_id"], api.get(asset["id"])["download_url"])


@pytest.fixture
def anyone(shared_box: LiveBox) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(base_url=shared_box.url, verify=False) as client:
        yield client


def test_download_url(stored: Stored, shared_box: LiveBox) -> None:
    assert stored.url.startswith(f"{shared_box.url}/")
    parts = stored.parts()
    assert sorted(parts) == ["expires", "path", "signature"]
    assert parts["path"].endswith(f"/projects/{stored.project_id}/{stored.id}.wav")
    assert len(parts["signature"]) == 64  # SHA-256
    assert 0 < int(parts["expires"]) - time.time() <= 900


def test_download_is_the_upload(stored: Stored, anyone: httpx.Client) -> None:
    answer = anyone.get(stored.url)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["Content-Length"] == str(SIZE)
    assert answer.headers["Content-Type"] == "audio/wav"


def test_headers_make_it_inert(stored: Stored, anyone: httpx.Client) -> None:
    headers = anyone.get(stored.url).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"].startswith("private")
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Disposition"] == f'inline; filename="{stored.id}.wav"'
    assert headers["ETag"].startswith('"')
    assert abs(parsedate_to_datetime(headers["Last-Modified"]).timestamp() - time.time()) < 600


def test_download_as_attachment(stored: Stored, anyone: httpx.Client) -> None:
    headers = anyone.get(f"{stored.url}&download=1").headers
    assert headers["Content-Disposition"] == f'attachment; filename="{stored.id}.wav"'
    assert anyone.get(f"{stored.url}&download=0").headers["Content-Disposition"].startswith("inline")


def test_head_is_get_without_the_bytes(stored: Stored, shared_box: LiveBox, anyone: httpx.Client) -> None:
    head, get = anyone.head(stored.url), anyone.get(stored.url)
    assert (head.status_code, head.content) == (200, b"")
    varying = ("date", "x-request-id")
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in get.headers.items() if k not in varying
    }
    assert "Traceback" not in shared_box.log()
    # A range is defined for GET alone.
    assert anyone.head(stored.url, headers={"Range": "bytes=0-9"}).status_code == 200


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-199", 100, 199),
        ("bytes=44-", 44, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        ("bytes=-500", SIZE - 500, SIZE - 1),
        (f"bytes=-{SIZE * 2}", 0, SIZE - 1),
        (f"bytes=10-{SIZE * 2}", 10, SIZE - 1),
        ("bytes=0-999999999999999999", 0, SIZE - 1),
    ],
)
def test_ranges(stored: Stored, anyone: httpx.Client, value: str, start: int, end: int) -> None:
    answer = anyone.get(stored.url, headers={"Range": value})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {start}-{end}/{SIZE}"
    assert answer.headers["Content-Length"] == str(end - start + 1)
    assert answer.content == CONTENT[start : end + 1]


@pytest.mark.parametrize("value", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", "bytes=999999999999-"])
def test_ranges_outside(stored: Stored, anyone: httpx.Client, value: str) -> None:
    answer = anyone.get(stored.url, headers={"Range": value})
    refused(answer, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "value",
    ["", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=0-1,5-9", "items=0-5", "bytes=+1-5", "0-5"],
)
def test_ranges_that_are_ignored(stored: Stored, anyone: httpx.Client, value: str) -> None:
    answer = anyone.get(stored.url, headers={"Range": value})
    assert (answer.status_code, len(answer.content)) == (200, SIZE)


def test_conditions(stored: Stored, anyone: httpx.Client) -> None:
    facts = anyone.head(stored.url).headers
    tag, modified = facts["ETag"], facts["Last-Modified"]
    then = parsedate_to_datetime(modified).timestamp()
    later, earlier = (formatdate(then + seconds, usegmt=True) for seconds in (3600, -3600))
    part = {"Range": "bytes=0-9"}
    rows: list[tuple[dict[str, str], int]] = [
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": f"W/{tag}"}, 304),
        ({"If-None-Match": f'"other", {tag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-None-Match": ""}, 200),
        ({"If-Modified-Since": modified}, 304),
        ({"If-Modified-Since": later}, 304),
        ({"If-Modified-Since": earlier}, 200),
        # A tag takes precedence: the date is ignored with it.
        ({"If-None-Match": '"other"', "If-Modified-Since": later}, 200),
        ({"If-None-Match": tag, "If-Modified-Since": earlier}, 304),
        ({**part, "If-None-Match": tag}, 304),
        ({**part, "If-None-Match": '"other"'}, 206),
        ({**part, "If-Range": tag}, 206),
        ({**part, "If-Range": modified}, 206),
        ({**part, "If-Range": '"other"'}, 200),
        ({**part, "If-Range": f"W/{tag}"}, 200),
        ({**part, "If-Range": earlier}, 200),
        ({**part, "If-Range": "nonsense"}, 200),
        ({"If-Range": tag}, 200),
    ]
    for headers, status in rows:
        answer = anyone.get(stored.url, headers=headers)
        assert answer.status_code == status, headers
        assert len(answer.content) == {200: SIZE, 206: 10, 304: 0}[status], headers
        assert answer.headers["ETag"] == tag


@pytest.mark.parametrize(
    "date",
    ["", "0", "-1", "yesterday", "Sat, 99 Nov 2026 00:00:00 GMT", "Sat, 21 Nov 99999 00:00:00 GMT", "Sat, 21 Nov 2026",
     "Mon, 01 Jan 0001 00:00:00 GMT", "Sat, 21 Nov 2026 00:00:00", "Sat, 21 Nov 2026 00:00:00 +9999999999",
     f"Sat, 21 Nov {'9' * 20} 00:00:00 GMT", f"Sat, 21 Nov 2026 00:00:00 +{'9' * 20}"],
)  # fmt: skip
def test_invalid_dates_are_ignored(stored: Stored, anyone: httpx.Client, date: str) -> None:
    for header in ("If-Modified-Since", "If-Range"):
        answer = anyone.get(stored.url, headers={header: date})
        assert answer.status_code == 200, (header, answer.text[:200])


def flipped(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def test_every_tampered_part_is_refused(stored: Stored, anyone: httpx.Client, api: Api) -> None:
    parts = stored.parts()
    path, expires, signature = parts["path"], parts["expires"], parts["signature"]
    other = api.upload(wav(1))
    foreign = parse_qs(urlsplit(api.get(other["id"])["download_url"]).query)
    for target in (
        path,
        f"{path}?expires={expires}",
        f"{path}?signature={signature}",
        f"{path}?expires=&signature=",
        f"{path}?expires={expires}&signature={flipped(signature)}",
        f"{path}?expires={expires}&signature={signature[:-1]}",
        f"{path}?expires={expires}&signature={signature}0",
        f"{path}?expires={expires}&signature={signature.upper()}",
        f"{path}?expires={expires}&signature=%F0%9F%8E%AC",
        f"{path}?expires={int(expires) + 1}&signature={signature}",
        f"{path}?expires={int(expires) - 1}&signature={signature}",
        f"{path}?expires=0{expires}&signature={signature}",
        f"{path}?expires={expires}.0&signature={signature}",
        f"{path}?expires=never&signature={signature}",
        f"{path}?expires={foreign['expires'][0]}&signature={foreign['signature'][0]}",
        f"{path.replace(stored.id, other['id'])}?expires={expires}&signature={signature}",
        f"{path.replace(stored.id, GHOST)}?expires={expires}&signature={signature}",
        f"{path.replace(stored.project_id, other['project_id'])}?expires={expires}&signature={signature}",
        f"{path.replace('.wav', '.mp4')}?expires={expires}&signature={signature}",
        f"{path.removesuffix('.wav')}?expires={expires}&signature={signature}",
        f"{path.upper()}?expires={expires}&signature={signature}".replace("/FILES/PROJECTS", "/files/projects"),
    ):
        refused(anyone.get(target), "forbidden")
    # A key gives no access here: only the signature does.
    refused(api.http.get(path), "forbidden")


def status_of(box: LiveBox, target: str) -> int:
    """Return the answer to a target that an HTTP library would normalize."""
    with box.connect() as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: box\r\nConnection: close\r\n\r\n".encode("latin-1"))
        return int(connection.recv(12).split()[1])


def test_path_tricks_lead_nowhere(stored: Stored, shared_box: LiveBox) -> None:
    parts = stored.parts()
    query = f"?expires={parts['expires']}&signature={parts['signature']}"
    folder = f"/files/projects/{stored.project_id}"
    assert status_of(shared_box, parts["path"] + query) == 200
    for path in (
        "/files/../../secret",
        "/files/projects/../../secret",
        f"{folder}/../../../secret",
        f"{folder}/..%2f..%2f..%2fsecret",
        f"{folder}/%2e%2e/%2e%2e/secret",
        f"{folder}/..\\..\\secret",
        f"{folder}//{stored.id}.wav",
        f"{folder}/./{stored.id}.wav",
        f"{folder}/x/../{stored.id}.wav",
        f"{folder}/{stored.id}.wav%00",
        f"{folder}/{stored.id}%2ewav",
        f"{folder}/{stored.id}.wav/",
        f"/{parts['path']}",
        "/files/projects//etc/passwd",
        "/media/projects/x",
        "/secret",
        "/static/../secret",
    ):
        assert status_of(shared_box, path + query) in (403, 404), path


def test_download_url_expires(proxied_box: LiveBox) -> None:
    api = Api(proxied_box)
    with api.http, httpx.Client(verify=False) as anyone:
        asset = api.upload(wav(1))
        url = asset["download_url"]
        expired = wait_until(lambda: (answer := anyone.get(url)).status_code != 200 and answer)
        error = refused(expired, "forbidden")
        assert "expired" in error["message"]
        assert int(parse_qs(urlsplit(url).query)["expires"][0]) <= time.time()
        assert anyone.get(api.get(asset["id"])["download_url"]).status_code == 200


def test_deleted_asset_ends_its_url(api: Api, anyone: httpx.Client) -> None:
    asset = api.upload(wav(1))
    assert anyone.get(asset["download_url"]).status_code == 200
    api.http.delete(f"/v1/assets/{asset['id']}")
    refused(anyone.get(asset["download_url"]), "not_found")


def test_lost_file_does_not_crash(api: Api, anyone: httpx.Client, shared_box: LiveBox) -> None:
    asset = api.upload(wav(1))
    (path,) = shared_box.data_dir.rglob(f"{asset['id']}.wav")
    path.unlink()
    refused(anyone.get(asset["download_url"]), "not_found")
    api.http.delete(f"/v1/assets/{asset['id']}")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_files_are_only_read(stored: Stored, anyone: httpx.Client, method: str) -> None:
    answer = anyone.request(method, stored.url)
    refused(answer, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_finished_file_is_readable_on_disk(stored: Stored, shared_box: LiveBox) -> None:
    path = shared_box.data_dir / "media" / "projects" / stored.project_id / f"{stored.id}.wav"
    assert path.read_bytes() == CONTENT


def test_interrupted_download_harms_no_other(stored: Stored, shared_box: LiveBox, anyone: httpx.Client) -> None:
    for _ in range(5):
        with anyone.stream("GET", stored.url) as answer:
            next(answer.iter_raw(1))
    assert anyone.get(stored.url).content == CONTENT
    assert "Traceback" not in shared_box.log()
