"""The pages about webhooks: an endpoint from its creation to its deletion, and what was delivered to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.console.page import Page
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav
from tests.tools import needs, needs_packages
from tests.webhooks.receiver import Received, receiving

pytestmark = [needs("node", "chromium"), needs_packages("playwright-core", "axe-core")]

Account = Callable[..., Any]


def test_webhook_endpoint_every_action_works(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account()
    page.sign_in(shared_box, made["api_key"])
    api = Api(shared_box, made["api_key"])
    status = 204

    def answers(_: Received) -> int:
        return status

    with api.http, receiving(answers) as receiver:
        secret = page.do(
            """
            await page.getByRole("link", { name: "Webhooks" }).click()
            await page.getByText("No webhooks yet").waitFor()
            await button("Add an endpoint").click()
            await page.getByLabel("URL").fill("http://169.254.169.254/")
            await button("Add", { exact: true }).click()
            await page.getByRole("alert").filter({ hasText: "url" }).waitFor()
            await page.getByLabel("URL").fill(url)
            await page.getByLabel("Description").fill("The <b>bot</b>")
            await page.getByLabel("A cut is completed").check()
            await page.getByLabel("An asset failed").uncheck()
            const faults = await accessibilityFaults()
            if (faults.length) throw new Error(faults.join("\\n"))
            await button("Add", { exact: true }).click()
            const secret = await page.locator("dialog .command code").innerText()
            await button("Done").click()
            await heading(url).waitFor()
            await page.getByText("Nothing was sent yet").waitFor()
            return secret
            """,
            url=receiver.url(),
        )
        (endpoint,) = api.http.get("/v1/webhook-endpoints").json()["items"]
        assert (endpoint["event_types"], endpoint["description"]) == (
            ["asset.ready", "cut.completed"],
            "The <b>bot</b>",
        )
        assert secret.startswith("whsec_")
        api.upload(wav(1))  # the page learns of the delivery by the event
        page.do(
            """
            globalThis.choose = async (item) => {
              await button(/^Actions for/).click()
              await page.getByRole("menuitem", { name: item }).click()
            }
            const row = (name) => page.getByRole("row").filter({ hasText: name })
            await row("An asset is ready").filter({ hasText: "Delivered" }).filter({ hasText: "Status 204" }).waitFor()
            await choose("Send a test")
            await row("Test").filter({ hasText: "Delivered" }).waitFor()
            if (await page.locator(".endpoint-page b").count()) throw new Error("a description became markup")
            """
        )
        status = 503
        (first, *_) = receiver.received
        page.do(
            """
            const row = page.getByRole("row").filter({ hasText: "An asset is ready" })
            await row.getByRole("button", { name: "Send again now" }).click()
            await row.filter({ hasText: "Waiting" }).filter({ hasText: "answered 503" }).waitFor()
            const faults = await accessibilityFaults()
            if (faults.length) throw new Error(faults.join("\\n"))
            if ((await overflow()) > 0) throw new Error("the page is too wide")
            """
        )
        assert {each.id for each in receiver.received if each.event["type"] == "asset.ready"} == {first.id}
        other = page.do(
            """
            await choose("New secret")
            await page.getByLabel("End the old secret now").check()
            await button("Replace").click()
            const other = await page.locator("dialog .command code").innerText()
            await button("Done").click()
            await choose("Disable")
            await page.getByText("Disabled", { exact: true }).waitFor()
            await choose("Enable")
            await page.getByText("Enabled", { exact: true }).waitFor()
            await choose("Edit")
            await page.getByLabel("An asset failed").check()
            await button("Save").click()
            await page.getByText("An asset failed").waitFor()
            await choose("Delete")
            await button("Delete endpoint").click()
            await page.getByText("This endpoint no longer exists").waitFor()
            await page.getByRole("main").getByRole("link", { name: "Webhooks" }).click()
            await page.getByText("No webhooks yet").waitFor()
            return other
            """
        )
        assert other.startswith("whsec_")
        assert other != secret
        wait_until(lambda: api.http.get("/v1/webhook-endpoints").json()["total"] == 0)
