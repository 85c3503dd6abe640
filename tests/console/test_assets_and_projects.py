"""Projects and assets: created, renamed, archived, found, deleted; hostile names stay text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.console.page import Page
from tests.harness import Api, LiveBox
from tests.media_bytes import wav
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium"), needs_packages("playwright-core", "axe-core")]

Account = Callable[..., Any]
REFRESH = 'await page.evaluate(() => window.dispatchEvent(new Event("online")))'
HOSTILE = '"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>${7*7}'


def test_project_every_action_works(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account()
    page.sign_in(shared_box, made["api_key"], "First")
    page.do(
        """
        const choose = async (item) => {
          await button("Project actions").click()
          await page.getByRole("menuitem", { name: item }).click()
        }
        await choose("Rename")
        await page.getByLabel("Name", { exact: true }).fill("Second")
        await button("Save").click()
        await heading("Second").waitFor()
        await choose("Archive")
        await page.getByText(/Second.* is archived\./).waitFor()
        await choose("Restore")
        await page.getByRole("navigation").getByRole("link", { name: "Second" }).waitFor()
        await choose("Delete")
        const confirm = button("Delete project")
        if (await confirm.isEnabled()) throw new Error("a project is deleted without its name")
        await page.getByLabel("To confirm").fill("Second")
        await confirm.click()
        await page.getByText("No projects yet").waitFor()
        """
    )
    with Api(shared_box, made["api_key"]).http as http:
        assert http.get("/v1/projects").json()["total"] == 0


def test_home_opens_the_last_project(shared_box: LiveBox, page: Page, editor: str) -> None:
    page.sign_in(shared_box, editor, "Older")
    page.do('await makeProject("Newer")')
    page.do(
        """
        await page.getByRole("link", { name: "Older" }).click()
        await heading("Older").waitFor()
        await page.goto(url)
        await heading("Older").waitFor()
        """,
        url=f"{shared_box.url}/",
    )


def test_project_name_hostile_stays_text(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account()
    with Api(shared_box, made["api_key"]).http as http:
        assert http.post("/v1/projects", json={"name": HOSTILE}).status_code == 201
    page.sign_in(shared_box, made["api_key"])
    pwned = page.do(
        """
        await heading(name).waitFor()
        await page.getByRole("link", { name: "All projects" }).click()
        await page.getByRole("main").getByRole("link", { name }).waitFor()
        await page.getByRole("link", { name: "All assets" }).click()
        await page.getByLabel("Project", { exact: true }).waitFor()
        await button("Upload", { exact: true }).click()
        return await page.evaluate(() => [window.pwned ?? null, document.querySelectorAll("img, main script").length])
        """,
        name=HOSTILE,
    )
    assert pwned == [None, 0]


def test_assets_filtered_searched_deleted(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account()
    api = Api(shared_box, made["api_key"])
    with api.http:
        project = api.project("Found")
        ready = api.upload(wav(1), project, "Übung 100%.wav")
        open_, _ = api.asset(1000, project, "Übung 1000.wav")
        page.sign_in(shared_box, made["api_key"])
        page.do(
            """
            const cards = page.getByRole("main").getByRole("listitem")
            const only = async (id) => {
              await page.waitForFunction(() => document.querySelectorAll(".asset-title").length === 1)
              if (!(await cards.locator("a").getAttribute("href")).endsWith(id)) throw new Error("the wrong one")
            }
            await page.getByText("2 assets").waitFor()
            await page.getByLabel("State").selectOption("pending_upload")
            await only(open)
            await page.reload()
            await only(open)
            await page.getByLabel("State").selectOption("")
            await page.getByText("2 assets").waitFor()
            await page.keyboard.press("/")
            await page.keyboard.type("übung 100%")
            await only(ready)
            await page.reload()
            await only(ready)
            const search = page.getByLabel("Search", { exact: true })
            if ((await search.inputValue()) !== "übung 100%") throw new Error("the search is lost")
            await search.fill("nothing of the kind")
            await button("Show all").click()
            await page.getByText("2 assets").waitFor()
            await page.getByText("List", { exact: true }).click({ force: true })
            await page.locator(".assets.is-list").waitFor()
            await page.locator(`a[href$="${ready}"]`).click()
            await button("Delete…").click()
            await button("Delete asset").click()
            await page.getByText("1 asset", { exact: true }).waitFor()
            """,
            ready=ready["id"],
            open=open_,
        )
        assert api.http.get(f"/v1/assets/{ready['id']}").status_code == 404


def test_asset_name_hostile_stays_text(shared_box: LiveBox, page: Page, account: Account, tmp_path: Path) -> None:
    made = account()
    name = HOSTILE.replace("/", "\\")  # a letter to Linux, a separator to names
    path = tmp_path / name
    path.write_bytes(wav(1))
    page.sign_in(shared_box, made["api_key"], "Hostile")
    title = name.replace("\\", "_")
    (pwned, kept), heading = page.do(
        """
        await upload([path])
        await uploadSays("onerror", "Ready")
        await cardShows(title, "0:01")
        await page.getByRole("main").getByRole("link", { name: title }).click()
        await heading(title).waitFor()
        const shown = await page.locator("h1").innerText()
        await page.evaluate(() => (location.hash = "#/credits"))
        await page.getByRole("cell").getByRole("link", { name: title }).waitFor()
        return [await page.evaluate(() => [window.pwned ?? null, { ...localStorage }]), shown]
        """,
        path=str(path),
        title=title,
    )
    assert (pwned, heading) == (None, title)
    assert title not in str(kept), "names are kept by the box, not by the browser"
    with Api(shared_box, made["api_key"]).http as http:
        assert [item["name"] for item in http.get("/v1/assets").json()["items"]] == [title]


def test_search_finds_beyond_first_page(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account()
    api = Api(shared_box, made["api_key"])
    with api.http:
        project = api.project("Many")
        needle, _ = api.asset(1000, project, "Needle.wav")
        for number in range(101):
            api.asset(64, project, f"Straw {number}.wav")
        page.sign_in(shared_box, made["api_key"])
        asked = page.do(
            """
            await page.getByText("102 assets").waitFor()
            const asked = []
            page.on("request", (request) => asked.push(new URL(request.url()).search))
            await page.getByLabel("Search", { exact: true }).pressSequentially("needle")
            await page.getByText("1 asset", { exact: true }).waitFor()
            await page.locator(`a[href$="${needle}"]`).waitFor()
            return asked
            """,
            needle=needle,
        )
        assert any("q=needle" in each for each in asked)
        assert len(asked) < 6, "keys typed at once are one search"


def test_asset_list_open_follows_changes(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account()
    api = Api(shared_box, made["api_key"])
    with api.http:
        project = api.project("Shared")
        page.sign_in(shared_box, made["api_key"])
        page.do('await page.getByText("No recordings yet").waitFor()')
        asset_id, url = api.asset(len(wav(1)), project)
        # An unchanging list refreshes rarely, but at once when the browser is online again.
        page.do(f'{REFRESH}; await cardShows("File", "Uploading")')
        assert api.patch(url, 0, wav(1)).status_code == 204
        page.do('await page.getByText("0:01").first().waitFor()')
        api.http.delete(f"/v1/assets/{asset_id}")
        page.do(f'{REFRESH}; await page.getByText("No recordings yet").waitFor()')


def test_upload_begun_elsewhere_resumes_from_asset_page(
    shared_box: LiveBox, page: Page, account: Account, long_sound: Path, sound: Path
) -> None:
    made = account()
    api = Api(shared_box, made["api_key"])
    content = long_sound.read_bytes()
    with api.http:
        asset_id, url = api.asset(len(content), api.project("Elsewhere"))
        assert api.patch(url, 0, content[:5_000_000]).status_code == 204
    page.sign_in(shared_box, made["api_key"])
    page.do(
        """
        await page.goto(`${url}#/assets/${id}`)
        await page.getByText("57% · 5 MB of 8.6 MB").waitFor()
        await upload([other], button("Choose the file"))
        await page.getByText("This is another file").waitFor()
        await upload([path], button("Choose the file"))
        await button("Play").waitFor()
        """,
        url=f"{shared_box.url}/",
        id=asset_id,
        path=str(long_sound),
        other=str(sound),
    )


def test_player_address_expired_continues(shared_box: LiveBox, page: Page, editor: str) -> None:
    api = Api(shared_box, editor)
    with api.http:
        asset = api.upload(wav(4, rate=48_000), api.project("Expiring"))
    page.sign_in(shared_box, editor)
    refused = page.do(
        """
        let refused = 0
        await page.route("**/files/projects/**", (route) => {
          if (refused > 0) return route.fallback()
          refused += 1
          return route.fulfill({ status: 403, json: { error: { code: "forbidden", message: "It has expired." } } })
        })
        await page.goto(`${url}#/assets/${id}`)
        await button("Play").waitFor()
        await page.waitForFunction(() => document.querySelector("audio").readyState >= 1)
        await button("Play").click()
        await page.waitForFunction(() => document.querySelector("audio").currentTime > 0.2)
        return refused
        """,
        url=f"{shared_box.url}/",
        id=asset["id"],
    )
    assert refused == 1


def test_player_unplayable_format_is_reported(shared_box: LiveBox, page: Page, editor: str) -> None:
    api = Api(shared_box, editor)
    with api.http:
        asset = api.upload(wav(1), api.project("Strange"))
    page.sign_in(shared_box, editor)
    page.do(
        """
        const noise = { body: "no sound", contentType: "audio/wav" }
        await page.route("**/files/projects/**", (route) => route.fulfill(noise))
        await page.goto(`${url}#/assets/${id}`)
        await page.getByText("This browser cannot play the format").waitFor()
        """,
        url=f"{shared_box.url}/",
        id=asset["id"],
    )


def test_console_below_a_proxy_path_works(shared_box: LiveBox, page: Page, editor: str, sound: Path) -> None:
    page.do(
        """
        await page.route("**/studio/**", async (route) => {
          // This stand-in for a proxy cannot pass on an answer that does not end.
          if (route.request().url().endsWith("/v1/events")) return route.abort()
          const url = route.request().url().replace("/studio/", "/")
          await route.fulfill({ response: await route.fetch({ url }) })
        })
        const outside = []
        page.on("request", (request) => request.url().startsWith(`${url}/studio/`) || outside.push(request.url()))
        await signIn(`${url}/studio/`, key)
        await makeProject("Below")
        await upload([path])
        await uploadSays("atmo.wav", "Ready · 0:05")
        await openAsset("atmo.wav")
        await page.waitForFunction(() => document.querySelector("audio").readyState >= 1)
        if (outside.length) throw new Error(outside.join(" "))
        """,
        url=shared_box.url,
        key=editor,
        path=str(sound),
    )
