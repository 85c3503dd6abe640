"""The files of the console as served: complete, small, cached by their tags, confined to their host."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.answers import refused
from tests.harness import LiveBox

STATIC = Path(__file__).parents[2] / "static"
FILES = sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.*"))
MODULES = [name for name in FILES if name.endswith(".js")]
PAGES = {"index.html": "js/main.js", "docs.html": "js/docs/main.js"}
KILOBYTE = 1000
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|setHTML|document\.write|\beval\(|new Function")
IMPORT = re.compile(r'^(?:import|export) (?:[^"]*? from )?"(\.[^"]+)"', re.MULTILINE)
DYNAMIC_IMPORT = re.compile(r'import\("(\.[^"]+)"\)')
WORKER = re.compile(r'new URL\("(\.[^"]+)", import\.meta\.url\)')


@pytest.fixture
def web(shared_box: LiveBox) -> Iterator[httpx.Client]:
    """Return a client without a key."""
    with httpx.Client(base_url=shared_box.url, verify=False) as client:
        yield client


def address(name: str) -> str:
    return "/" if name == "index.html" else f"/{name.removesuffix('.html')}"


def imported(name: str, pattern: re.Pattern[str]) -> set[str]:
    """Return the modules that a module imports, as paths below the static folder."""
    found = pattern.findall((STATIC / name).read_text())
    return {((STATIC / name).parent / each).resolve().relative_to(STATIC).as_posix() for each in found}


def needed_by(*names: str) -> set[str]:
    """Return these modules and all that they import."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= imported(name, IMPORT) - found
    return found


def linked(page: str) -> set[str]:
    """Return the files that a page links."""
    return set(re.findall(r'(?:href|src)="([^":]+\.(?:css|js|svg))"', (STATIC / page).read_text()))


@pytest.mark.parametrize("name", FILES)
def test_file_served_unchanged(web: httpx.Client, name: str) -> None:
    types = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    answer = web.get(address(name), headers={"Accept-Encoding": "identity"})
    assert answer.status_code == 200
    assert answer.content == (STATIC / name).read_bytes()
    assert answer.headers["Content-Type"].startswith(types[Path(name).suffix])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_file_gzip_accepted_is_compressed(web: httpx.Client) -> None:
    with web.stream("GET", "/js/strings.js", headers={"Accept-Encoding": "br, gzip;q=0.5"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == (STATIC / "js/strings.js").read_bytes()
    for unwilling in ("identity", "gzip;q=0", "br"):
        assert "Content-Encoding" not in web.get("/js/strings.js", headers={"Accept-Encoding": unwilling}).headers


def test_file_known_tag_answers_304(web: httpx.Client) -> None:
    tags = set()
    for coding in ("identity", "gzip"):
        first = web.get("/", headers={"Accept-Encoding": coding})
        assert first.headers["Cache-Control"] == "no-cache"
        assert first.headers["Vary"] == "Accept-Encoding"
        tags.add(first.headers["ETag"])
        known = {"Accept-Encoding": coding, "If-None-Match": f'"other", W/{first.headers["ETag"]}'}
        again = web.get("/", headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    # Two codings are two representations (RFC 9110, section 8.8.3).
    assert len(tags) == 2
    assert web.get("/", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("page", ["/", "/docs"])
def test_head_equals_get_without_body(web: httpx.Client, page: str) -> None:
    head, get = (web.request(method, page, headers={"Accept-Encoding": "identity"}) for method in ("HEAD", "GET"))
    assert head.content == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.content))
    assert head.headers["ETag"] == get.headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/docs.html",
        "/js",
        "/js/",
        "/js/none.js",
        "/static/js/main.js",
        "/js/..%2f..%2fsetup.cfg",
        "//js/x.js",
    ],
)
def test_path_unknown_answers_404(web: httpx.Client, path: str) -> None:
    refused(web.get(path), "not_found")


def test_method_post_is_refused(web: httpx.Client) -> None:
    answer = web.post("/")
    refused(answer, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_path_trailing_slash_redirects(web: httpx.Client) -> None:
    answer = web.get("/docs/")
    assert answer.next_request
    assert (answer.status_code, answer.next_request.url.path) == (308, "/docs")


@pytest.mark.parametrize("page", ["/", "/docs"])
def test_page_policy_allows_own_files_only(web: httpx.Client, page: str) -> None:
    policy = web.get(page).headers["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["default-src"] == directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert "unsafe" not in policy
    assert web.get(page).headers["Referrer-Policy"] == "no-referrer"


def test_files_name_no_other_host() -> None:
    for name in FILES:
        hosts = set(re.findall(r"https?://([^/\s\"'`)]+)", (STATIC / name).read_text()))
        assert hosts <= {"www.w3.org"}, name


def test_modules_imports_exist_and_all_are_used() -> None:
    named = {name for page in PAGES for name in linked(page)}
    assert named <= set(FILES)
    patterns = (IMPORT, DYNAMIC_IMPORT, WORKER)
    used = {name for module in MODULES for pattern in patterns for name in imported(module, pattern)}
    assert used <= set(MODULES)
    assert used | named >= set(MODULES)


def test_first_paint_needs_under_100_kilobytes() -> None:
    """The files of the sign-in page, and those of the documentation except for the document, uncompressed."""
    for page, module in PAGES.items():
        files = {page, *linked(page), *needed_by(module)}
        assert sum((STATIC / name).stat().st_size for name in files) < 100 * KILOBYTE


def test_modules_never_make_markup_from_text() -> None:
    for name in MODULES:
        assert not MARKUP.search((STATIC / name).read_text()), name
