import { readBalance } from "../api/resources.js"
import { fill, h } from "../core/dom.js"
import { signIn, wasRefused } from "../session.js"
import { strings } from "../strings.js"
import { mark } from "../ui/icons.js"

const text = strings.signIn
const IN_NO_KEY = /[^ -~]/ // some of these the browser would not even send

/** @param {HTMLElement} app @param {AbortSignal} signal */
export function showSignIn(app, signal) {
  document.title = text.pageTitle
  const secret = h("input", {
    type: "password",
    name: "key",
    required: true,
    autocomplete: "current-password",
    spellcheck: "false",
    autocapitalize: "off",
    placeholder: "sk_…",
    "aria-describedby": "sign-in-error",
  })
  const remember = h("input", { type: "checkbox", name: "remember" })
  const notice = h("p.form-error", { id: "sign-in-error", role: "alert" })
  const submit = h("button.button.is-primary.is-wide", { type: "submit" }, text.submit)
  const showError = (sentence) => {
    notice.textContent = sentence
    secret.setAttribute("aria-invalid", "true")
    secret.focus()
  }

  const onsubmit = async (event) => {
    event.preventDefault()
    const given = secret.value.trim()
    if (!given) return showError(text.empty)
    if (IN_NO_KEY.test(given)) return showError(text.wrongKey)
    submit.disabled = true
    try {
      await readBalance(given)
      if (!signal.aborted) signIn(given, remember.checked)
    } catch (error) {
      showError(error.status === 401 ? text.wrongKey : error.message)
    } finally {
      submit.disabled = false
    }
  }

  fill(
    app,
    h(
      "main.sign-in",
      {},
      h(
        "form.card.stack",
        { onsubmit, novalidate: true },
        h("header", {}, mark(), h("h1", {}, text.title), h("p", {}, text.subtitle)),
        h("label.field", {}, h("span", {}, text.label), secret),
        notice,
        h("label.check", {}, remember, h("span", {}, text.remember)),
        submit,
        h("p.hint", {}, text.hint, h("code", {}, "roughy-box key create")),
        h("p.hint", {}, h("a", { href: "docs" }, text.documentation)),
      ),
    ),
  )
  if (wasRefused.value) showError(text.refused)
  secret.focus()
}
