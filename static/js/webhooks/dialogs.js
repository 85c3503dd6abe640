// The actions on a webhook endpoint, with their dialogs.

import {
  changeEndpoint,
  createEndpoint,
  deleteEndpoint,
  rotateSecret,
  testEndpoint,
} from "../api/webhooks.js"
import { h } from "../core/dom.js"
import { strings as common } from "../strings.js"
import { button, copy, iconButton } from "../ui/controls.js"
import { confirmDanger, dialog, form } from "../ui/dialog.js"
import { toast, toastError } from "../ui/toast.js"
import { strings as text } from "./strings.js"

/** @typedef {import("../api/webhooks.js").Endpoint} Endpoint */

const TYPES = Object.keys(text.types).filter((each) => each !== "endpoint.test")

/** Ask for a new endpoint and show its secret. @returns {Promise<Endpoint | null>} */
export async function addEndpoint() {
  const { fields, values } = endpointFields({ url: "", event_types: ["asset.ready", "asset.failed"], description: null })
  const made = await form({
    title: text.add,
    confirm: text.addConfirm,
    fields,
    submit: () => createEndpoint(values()),
  })
  if (made) await showSecret(made)
  return made
}

/** Return the menu of an endpoint; `done` is called after each change. @param {Endpoint} endpoint */
export function endpointMenu(endpoint, done) {
  const isEnabled = endpoint.state === "enabled"
  const change = (changes, told) => run(() => changeEndpoint(endpoint.id, changes), told)
  const run = async (action, told) => {
    try {
      await action()
      toast(told)
    } catch (error) {
      toastError(error)
    }
    done()
  }
  return [
    { label: text.test, icon: "play", onselect: () => run(() => testEndpoint(endpoint.id), text.tested) },
    { label: text.edit, icon: "pencil", onselect: () => edit(endpoint).then(done) },
    { label: text.rotate, icon: "key", onselect: () => rotate(endpoint) },
    isEnabled
      ? { label: text.disable, icon: "pause", onselect: () => change({ state: "disabled" }, text.disabled) }
      : { label: text.enable, icon: "restore", onselect: () => change({ state: "enabled" }, text.enabled) },
    "line",
    { label: text.delete, icon: "trash", danger: true, onselect: () => remove(endpoint).then(done) },
  ]
}

function edit(endpoint) {
  const { fields, values } = endpointFields(endpoint)
  const submit = () => changeEndpoint(endpoint.id, values())
  return form({ title: text.editTitle, confirm: common.save, fields, submit })
}

async function rotate(endpoint) {
  const atOnce = h("input", { type: "checkbox" })
  const changed = await form({
    title: text.rotateTitle,
    confirm: text.rotateConfirm,
    fields: [h("p", {}, text.rotateText), h("label.check", {}, atOnce, h("span", {}, text.rotateAtOnce))],
    submit: () => rotateSecret(endpoint.id, atOnce.checked),
  })
  if (changed) await showSecret(changed)
}

async function remove(endpoint) {
  const done = await confirmDanger({
    title: text.deleteTitle,
    text: text.deleteText(endpoint.url),
    confirm: text.deleteConfirm,
    submit: () => deleteEndpoint(endpoint.id),
  })
  if (done) toast(text.deleted)
}

/** Show the secret, which the box does not show again. @param {Endpoint} endpoint */
function showSecret({ secret }) {
  return dialog({
    title: text.secretTitle,
    content: (close) =>
      h(
        "div.stack",
        {},
        h("p", {}, text.secretText),
        h(
          "span.command",
          {},
          h("code", {}, secret),
          iconButton({ label: text.copySecret, icon: "copy", autofocus: true, onclick: () => copy(secret) }),
        ),
        h("div.actions.is-end", {}, button({ label: text.secretDone, kind: "primary", onclick: () => close(true) })),
      ),
  })
}

/** Return the fields of an endpoint and a function that returns their values. */
function endpointFields({ url, event_types: chosen, description }) {
  const address = h("input", {
    type: "text",
    inputmode: "url",
    value: url,
    autofocus: true,
    required: true,
    maxlength: 2048,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "https://",
  })
  const note = h("input", { type: "text", value: description ?? "", maxlength: 1000, autocomplete: "off" })
  const boxes = TYPES.map((each) => h("input", { type: "checkbox", value: each, checked: chosen.includes(each) }))
  const fields = [
    h("label.field", {}, h("span", {}, text.url), address, h("small.hint", {}, text.urlHint)),
    h("label.field", {}, h("span", {}, text.description), note),
    h(
      "fieldset.checks",
      {},
      h("legend", {}, text.eventTypes),
      boxes.map((box) => h("label.check", {}, box, h("span", {}, text.types[box.value]), h("code", {}, box.value))),
    ),
  ]
  const values = () => ({
    url: address.value.trim(),
    event_types: boxes.filter((box) => box.checked).map((box) => box.value),
    description: note.value.trim(),
  })
  return { fields, values }
}
