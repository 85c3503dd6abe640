"""The documentation page: it shows the whole document, and all its examples run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.described import Description
from tests.api.talks import LINES, SCRIPT, ended, post, talk
from tests.console.page import Browser, Page
from tests.console.reference import World, filled, new_endpoint, parsed, run, started, statuses
from tests.harness import Api, LiveBox, wait_until
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium", "ffmpeg"), needs_packages("playwright-core", "axe-core")]

HERE = Path(__file__).parent
OUTPUT = HERE / "output"
STREAM = "stream_events"
LANGUAGES = [pytest.param("bash", marks=needs("bash", "curl", "jq")), "python", "js"]
# The first bytes by a separate request, as if it had been interrupted there.
INTERRUPTED = {
    "bash": 'head -c 5000 "$FILE" | curl -sS -X PATCH "$BOX/v1/uploads/$ASSET_ID" -T - -H "$AUTH" -H "$TUS" '
    '-H "Upload-Offset: 0" -H "Content-Type: application/offset+octet-stream"',
    "python": """box.patch(
    f"/v1/uploads/{asset['id']}",
    content=open(FILE, "rb").read(5000),
    headers=tus | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
)""",
    "js": """await call(
    "PATCH",
    `/v1/uploads/${asset.id}`,
    { ...tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream" },
    file.slice(0, 5000),
)""",
}


@pytest.fixture(scope="module")
def shown(browser: Browser, shared_box: LiveBox) -> dict[str, Any]:
    """Return the content of the page."""
    page = Page(browser)
    content = page.do((HERE / "docs_read.mjs").read_text(), url=f"{shared_box.url}/docs")
    page.close()
    return dict(content)


@pytest.fixture(scope="module")
def description(shared_box: LiveBox) -> Description:
    with shared_box.client() as client:
        return Description(client.get("/v1/openapi.json").json())


@pytest.fixture(scope="module")
def world(shared_box: LiveBox, film: Path) -> Iterator[World]:
    key = shared_box.cli("account", "add", f"reader-{random.random()}", "--credits", "100")["api_key"]
    api = Api(shared_box, key)
    with api.http:
        asset_id = api.upload(film.read_bytes())["id"]
        ready = wait_until(lambda: (now := api.get(asset_id))["poster_url"] and now["waveform_url"] and now)
        spoken = api.upload(talk(*LINES))["id"]
        cut = ended(api, post(api, spoken, script=SCRIPT)["id"])
        part = post(api, asset_id, segments=[{"start": 0, "end": 1}])["id"]
        wish = {"asset_id": asset_id, "cut_id": part, "output": {"format": "mp4"}}
        render_id = api.http.post("/v1/renders", json=wish).json()["id"]
        render = wait_until(
            lambda: (now := api.http.get(f"/v1/renders/{render_id}").json())["state"] == "completed" and now
        )
        endpoint = new_endpoint(api)
        delivery = api.http.post(f"/v1/webhook-endpoints/{endpoint}/test").json()["id"]
        yield World(api, film, ready, cut, render, endpoint, delivery)


def key_of(world: World) -> str:
    return str(world.api.http.headers["Authorization"].removeprefix("Bearer "))


def test_docs_operations_are_complete(shown: dict[str, Any], description: Description) -> None:
    documented = list(description.operations())
    by_id = {each["id"]: each for each in shown["operations"]}
    assert len(by_id) == len(shown["operations"]) == len(documented)
    for method, path, operation in documented:
        seen = by_id[operation["operationId"]]
        assert (seen["method"], seen["path"]) == (method, path)
        assert seen["access"] == ("No key needed" if operation.get("security") == [] else "Needs an API key")
        assert operation["summary"] in seen["text"]
        assert [int(status) for status in seen["statuses"]] == sorted(description.responses(operation))
        parameters = {description.resolved(each)["name"] for each in operation.get("parameters", [])}
        assert parameters <= set(seen["names"])
        for response, text in zip(description.responses(operation).values(), seen["responses"], strict=True):
            assert response["description"].replace("`", "") in text
            assert all(name in text for name in response["headers"])
        bodies = [operation.get("requestBody", {}), *description.responses(operation).values()]
        for body in bodies:
            schema = body.get("content", {}).get("application/json", {}).get("schema", {})
            if "ErrorEnvelope" not in str(schema):
                assert set(description.resolved(schema).get("properties", ())) <= set(seen["names"])


def test_docs_examples_are_those_of_the_document(shown: dict[str, Any], description: Description) -> None:
    by_id = {each["id"]: each for each in shown["operations"]}
    for _, _, operation in description.operations():
        expected: list[Any] = []
        for status, response in description.responses(operation).items():
            named = response.get("content", {}).get("application/json", {}).get("examples", {})
            expected += [(f"{status} {name.replace('_', ' ')}", each["value"]) for name, each in named.items()]
            if not named:
                expected.append((f"{status} headers", None))
        seen = by_id[operation["operationId"]]["examples"]
        assert [name for name, _ in seen] == [name for name, _ in expected]
        for (_, text), (name, value) in zip(seen, expected, strict=True):
            if value is not None:
                assert parsed(text) == value
            else:
                head, *lines = parsed(text)
                assert head == f"HTTP/1.1 {name.split()[0]}"
                known = {
                    f"{header}: {description.resolved(each)['example']}"
                    for header, each in description.responses(operation)[int(name.split()[0])]["headers"].items()
                }
                assert set(lines) <= known


def test_docs_links_and_error_anchors_exist(shown: dict[str, Any]) -> None:
    assert set(shown["links"]) <= set(shown["ids"])
    assert len(shown["ids"]) == len(set(shown["ids"]))
    (errors,) = (each for each in shown["chapters"] if each["id"] == "errors")
    assert "errors/offset_mismatch" in errors["rows"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_docs_samples_run_as_documented(
    shown: dict[str, Any], description: Description, world: World, tmp_path: Path, language: str
) -> None:
    (tmp_path / "interview.mp4").symlink_to(world.film)
    samples = {each["id"]: filled(each["samples"][language], world.values(each["id"])) for each in shown["operations"]}
    expected = {
        operation["operationId"]: {status for status in description.responses(operation) if status < 300}
        for _, _, operation in description.operations()
    }
    del samples[STREAM], expected[STREAM]  # it does not end
    answered = statuses(samples, language, tmp_path, key_of(world))
    assert set(answered) == set(expected)
    assert [(name, status) for name, status in answered.items() if status not in expected[name]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_docs_stream_sample_prints_events(shown: dict[str, Any], world: World, tmp_path: Path, language: str) -> None:
    (sample,) = (each["samples"][language] for each in shown["operations"] if each["id"] == STREAM)
    with started(sample, language, tmp_path, key_of(world)) as program:
        assert program.stdout
        assert program.stdout.readline().startswith(":")
        world.api.project("on the stream")
        assert any("on the stream" in line for line in program.stdout)


@pytest.mark.parametrize("language", LANGUAGES)
def test_docs_upload_chapter_runs_and_resumes(
    shown: dict[str, Any], world: World, tmp_path: Path, language: str
) -> None:
    (tmp_path / "interview.mp4").symlink_to(world.film)
    (chapter,) = (each for each in shown["chapters"] if each["id"] == "upload-a-file")
    announce, *steps = (block[language] for block in chapter["blocks"])
    assert len(steps) == 2
    program = "\n".join([announce, INTERRUPTED[language], *steps])
    assert run(program, language, tmp_path, key_of(world)).split() == ["ready"]
    newest = world.api.http.get("/v1/assets", params={"limit": 1}).json()["items"][0]
    assert newest["size_bytes"] == world.film.stat().st_size


@needs("bash", "curl")
def test_docs_key_chapter_runs(shown: dict[str, Any], world: World, tmp_path: Path) -> None:
    (chapter,) = (each for each in shown["chapters"] if each["id"] == "authentication")
    program = "\n".join(block["alone"] for block in chapter["blocks"]).replace("sk_...", key_of(world))
    assert parsed(run(program, "bash", tmp_path, "")) == {"balance": world.api.balance()}


def test_docs_keyboard_links_and_search_work(shared_box: LiveBox, page: Page) -> None:
    """Deep links, search, languages, copying, the theme; no other host is contacted."""
    hosts = page.do(
        """
        const hosts = new Set()
        page.on("request", (request) => hosts.add(new URL(request.url()).host))
        await page.context().grantPermissions(["clipboard-read", "clipboard-write"])
        await page.goto(`${url}/docs#send_chunk`)
        const inView = (id) => page.waitForFunction((id) => {
          const top = document.getElementById(id)?.getBoundingClientRect().top
          return top > -5 && top < innerHeight / 2
        }, id)
        const contents = page.getByRole("navigation", { name: "Contents" })
        const entries = () => contents.getByRole("link").filter({ visible: true }).allTextContents()
        await inView("send_chunk")
        await contents.locator("[aria-current]", { hasText: "Send a chunk" }).waitFor()
        await page.evaluate(() => (location.hash = "errors/offset_mismatch"))
        await inView("errors/offset_mismatch")
        await page.evaluate(() => (location.hash = "preflight_projects"))
        await page.locator("#preflight_projects[open]").waitFor()

        await page.keyboard.press("/")
        await page.keyboard.type("ledger")
        if (!String(await entries()).includes("List the ledger")) throw new Error(await entries())
        if ((await entries()).length > 3) throw new Error(await entries())
        await page.keyboard.press("Enter")
        await inView("list_ledger")
        await page.keyboard.press("/")
        await page.keyboard.type("cuttable")
        if (!String(await entries()).includes("Read an asset")) throw new Error(await entries())
        await page.keyboard.press("Control+a")
        await page.keyboard.type("xyzzy")
        await page.getByText("No matches.").waitFor()
        await page.keyboard.press("Escape")
        await contents.getByRole("link", { name: "Create a project" }).click()
        await inView("create_project")

        const operation = page.locator("#create_project")
        await operation.getByRole("tab", { name: "curl" }).press("ArrowRight")
        await page.locator("#list_assets").getByRole("tab", { name: "Python", selected: true }).waitFor()
        await operation.getByRole("button", { name: "Copy" }).first().click()
        await page.getByText("Copied.").waitFor()
        const copied = await page.evaluate(() => navigator.clipboard.readText())
        if (copied !== (await operation.getByRole("tabpanel").textContent())) throw new Error(copied)
        await operation.getByLabel("Example response").selectOption({ label: "401 unauthenticated" })
        await operation.getByText('"unauthenticated"').waitFor()

        await page.evaluate(() => document.activeElement.blur())
        await page.keyboard.press("t")
        await page.locator("html[data-theme=dark]").waitFor({ state: "attached" })
        await page.reload()
        await page.locator("#list_assets").getByRole("tab", { name: "Python", selected: true }).waitFor()
        await page.locator("html[data-theme=dark]").waitFor({ state: "attached" })
        return [...hosts]
        """,
        url=shared_box.url,
    )
    assert hosts == [shared_box.url.removeprefix("http://")]


def test_docs_below_a_proxy_path_adapts_examples(shared_box: LiveBox, page: Page) -> None:
    code = page.do(
        """
        await page.route("**/media/box/**", (route) =>
          route.continue({ url: route.request().url().replace("/media/box/", "/") }))
        await page.goto(`${url}/media/box/docs`)
        await page.locator("#read_balance").waitFor()
        return await page.evaluate(() =>
          ["#read_balance", "#authentication"].map((id) => document.querySelector(id).textContent))
        """,
        url=shared_box.url,
    )
    assert all(f"{shared_box.url}/media/box/v1/credits/balance" in text for text in code)


def test_docs_document_unreadable_is_reported(shared_box: LiveBox, page: Page) -> None:
    page.do(
        """
        await page.route("**/v1/openapi.json", (route) => route.abort())
        await page.goto(url)
        await page.getByRole("alert").filter({ hasText: "could not be read" }).waitFor()
        """,
        url=f"{shared_box.url}/docs",
    )


def test_docs_without_javascript_link_the_document(browser: Browser, shared_box: LiveBox) -> None:
    page = Page(browser, javaScriptEnabled=False)
    answer = page.do(
        """
        await page.goto(url)
        const [answer] = await Promise.all([
          page.waitForResponse("**/v1/openapi.json"),
          page.getByRole("link", { name: "v1/openapi.json" }).click(),
        ])
        return answer.status()
        """,
        url=f"{shared_box.url}/docs",
    )
    page.close()
    assert answer == 200


def test_console_links_the_docs(shared_box: LiveBox, page: Page) -> None:
    page.do(
        """
        await page.goto(url)
        await page.getByRole("link", { name: "API documentation" }).click()
        await page.getByRole("heading", { name: "Roughy Box API", level: 1 }).waitFor()
        """,
        url=f"{shared_box.url}/",
    )


@pytest.mark.parametrize(
    ("window", "width", "height", "narrowest"), [("desktop", 1440, 900, 961), ("phone", 390, 844, 320)]
)
def test_docs_accessible_and_within_window(
    browser: Browser, shared_box: LiveBox, window: str, width: int, height: int, narrowest: int
) -> None:
    """In light and dark and in print; the pictures in ``output/`` are for review by people."""
    OUTPUT.mkdir(exist_ok=True)
    page = Page(browser, viewport={"width": width, "height": height})
    faults = page.do(
        (HERE / "docs_tour.mjs").read_text(),
        url=f"{shared_box.url}/docs",
        prefix=str(OUTPUT / f"docs-{window}-"),
        narrowest=narrowest,
        isPhone=window == "phone",
    )
    page.close()
    assert faults == []
