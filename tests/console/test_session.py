"""Sign-in and sign-out: the key is checked, kept on request, and a revoked one is reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.console.page import Page
from tests.harness import LiveBox
from tests.tools import needs, needs_packages

pytestmark = [needs("node", "chromium"), needs_packages("playwright-core", "axe-core")]

Account = Callable[..., Any]


@pytest.mark.parametrize("given", ["sk_ключ", "sk_“7”", "sk_a\u200bb"])
def test_sign_in_key_no_header_carries_unknown(shared_box: LiveBox, page: Page, given: str) -> None:
    asked = page.do(
        """
        let asked = 0
        await page.goto(url)
        page.on("request", (request) => (asked += request.url().includes("/v1/")))
        await page.getByLabel("API key").fill(given)
        await button("Sign in").click()
        await page.getByRole("alert").filter({ hasText: "Unknown API key" }).waitFor()
        return asked
        """,
        url=f"{shared_box.url}/",
        given=given,
    )
    assert asked == 0


def test_sign_in_wrong_key_then_right_key(shared_box: LiveBox, page: Page, account: Account) -> None:
    page.do(
        """
        await page.goto(url)
        await page.getByLabel("API key").fill("sk_wrong")
        await button("Sign in").click()
        await page.getByRole("alert").filter({ hasText: "Unknown API key" }).waitFor()
        """,
        url=f"{shared_box.url}/",
    )
    page.sign_in(shared_box, account(credits=7)["api_key"])
    page.do('await page.getByRole("link", { name: "Credits 7" }).waitFor()')


@pytest.mark.parametrize("remember", [True, False])
def test_key_remembered_only_on_request(shared_box: LiveBox, page: Page, editor: str, remember: bool) -> None:
    kept = page.do(
        """
        await signIn(url, key, { remember })
        await page.reload()
        await page.locator(".shell").waitFor()
        const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }).includes("sk_"))
        const later = await page.context().newPage()
        await later.goto(url)
        const inside = later.locator(".shell")
        await inside.or(later.getByLabel("API key")).first().waitFor()
        return [kept, (await inside.count()) > 0]
        """,
        url=f"{shared_box.url}/",
        key=editor,
        remember=remember,
    )
    assert kept == [remember, remember]


def test_sign_out_removes_the_key(shared_box: LiveBox, page: Page, editor: str) -> None:
    left = page.do(
        """
        await signIn(url, key, { remember: true })
        await button(/Account/).click()
        await page.getByRole("menuitem", { name: "Sign out" }).click()
        await button("Sign in").waitFor()
        return await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
        """,
        url=f"{shared_box.url}/",
        key=editor,
    )
    assert "sk_" not in left


def test_session_key_revoked_ends_with_reason(shared_box: LiveBox, page: Page, account: Account) -> None:
    made = account()
    page.sign_in(shared_box, made["api_key"])
    (key,) = shared_box.cli("key", "list", "--account", made["account"])["items"]
    shared_box.cli("key", "revoke", key["id"])
    page.do(
        """
        // It may know by now: the event stream has ended.
        await page.evaluate(() => window.dispatchEvent(new Event("online")))
        await page.getByRole("alert").filter({ hasText: "no longer valid" }).waitFor()
        """
    )


def test_theme_follows_system_until_chosen(shared_box: LiveBox, page: Page, editor: str) -> None:
    page.sign_in(shared_box, editor)
    grounds = page.do(
        """
        const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
        await page.emulateMedia({ colorScheme: "dark" })
        const dark = await ground()
        await page.emulateMedia({ colorScheme: "light" })
        const light = await ground()
        await page.keyboard.press("t")
        const chosen = await ground()
        await page.reload()
        await page.locator(".shell").waitFor()
        return { dark, light, chosen, afterReload: await ground() }
        """
    )
    assert grounds["dark"] != grounds["light"]
    assert grounds["chosen"] == grounds["afterReload"] == grounds["dark"]
