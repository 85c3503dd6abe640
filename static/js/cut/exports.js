// The export of a cut: a timeline for an editor, subtitles, text.

import { readFile } from "../api/files.js"
import { h } from "../core/dom.js"
import { stored } from "../core/storage.js"
import { linked } from "../core/wait.js"
import { renderForm } from "../render/form.js"
import { button, select } from "../ui/controls.js"
import { dialog } from "../ui/dialog.js"
import { saveBlob } from "../ui/save.js"
import { toast } from "../ui/toast.js"
import { strings } from "./strings.js"

const text = strings.exports
const WITH_DISABLED = new Set(["fcp7xml", "fcpxml", "otio", "mlt"])
const WITHOUT_MEDIA = new Set(["json", "csv", "audacity"])

// Of this workstation: another one has its recordings elsewhere.
const mediaPrefix = stored("localStorage", "media", "")
const lastEditor = stored("localStorage", "editor", 0)

/**
 * Show the exports of a cut.
 *
 * @param {import("../api/resources.js").Asset} asset @param {string} cutId
 * @param {boolean} isChanged there are unsaved changes
 * @param {AbortSignal} signal
 */
export async function showExports(asset, cutId, isChanged, signal) {
  const open = linked(signal)
  await dialog({
    title: text.title,
    wide: true,
    content: () =>
      h(
        "div.stack.exports",
        {},
        isChanged && h("p.hint", {}, text.unsavedHint),
        timelines(cutId),
        captions(cutId),
        renderForm(asset, cutId, open.signal),
      ),
  })
  open.abort()
}

function timelines(cutId) {
  const chosen = Math.min(lastEditor.get(), text.editors.length - 1)
  const media = h("input", {
    type: "text",
    value: mediaPrefix.get(),
    autocomplete: "off",
    spellcheck: "false",
    placeholder: text.examples[0],
    "aria-describedby": "media-hint",
  })
  const example = (path) =>
    button({ label: path, small: true, onclick: () => ((media.value = path), media.focus()) })
  const mediaField = h(
    "div.field",
    {},
    h("label.field", {}, h("span", {}, text.media), media),
    h("p.hint", { id: "media-hint" }, text.mediaHint),
    h("div.examples", {}, text.examples.map(example)),
  )
  const disabled = h("input", { type: "checkbox" })
  const disabledField = h("label.check", {}, disabled, h("span", {}, text.disabled))
  const radios = text.editors.map(([, name, kind], index) =>
    h(
      "label.editor",
      {},
      h("input", { type: "radio", name: "editor", value: index, checked: index === chosen }),
      h("span", {}, name),
      h("span.hint", {}, kind),
    ),
  )
  const form = h(
    "form.stack",
    {},
    h("fieldset", {}, h("legend.visually-hidden", {}, text.editor), h("div.editors", {}, radios)),
    mediaField,
    disabledField,
    notice(),
    h("div.actions.is-end", {}, button({ label: text.download, icon: "download", kind: "primary", type: "submit" })),
  )
  const index = () => Number(new FormData(form).get("editor"))
  const adapt = () => {
    const [format] = text.editors[index()]
    mediaField.hidden = WITHOUT_MEDIA.has(format)
    disabledField.hidden = !WITH_DISABLED.has(format)
  }
  form.addEventListener("change", adapt)
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const [format] = text.editors[index()]
    lastEditor.set(index())
    if (!mediaField.hidden) mediaPrefix.set(media.value.trim() || null)
    download(form, `cuts/${cutId}/export`, {
      format,
      media: mediaField.hidden ? "" : media.value.trim(),
      dropped: disabled.checked && !disabledField.hidden ? "disabled" : "",
    })
  })
  adapt()
  return form
}

function captions(cutId) {
  const form = h(
    "form.captions",
    {},
    h("h3", {}, text.subtitles),
    h(
      "div.actions",
      {},
      select({ label: text.subtitles, name: "format", options: text.captions, value: "srt" }),
      select({ label: text.timeline, name: "timeline", options: text.timelines, value: "cut" }),
      button({ label: text.download, icon: "download", type: "submit" }),
    ),
    notice(),
  )
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    download(form, `cuts/${cutId}/subtitle/export`, Object.fromEntries(new FormData(form)))
  })
  return form
}

function notice() {
  return h("p.form-error", { role: "alert", hidden: true })
}

async function download(form, path, query) {
  const error = form.querySelector(".form-error")
  error.hidden = true
  try {
    const { name, content } = await readFile(path, query)
    saveBlob(content, name)
    toast(text.saved(name))
  } catch ({ message }) {
    error.textContent = message
    error.hidden = false
  }
}
