// The picture of an asset in lists: its poster frame, its waveform, or an icon of its type.

import { fileAddress } from "../api/client.js"
import { readAsset } from "../api/resources.js"
import { h } from "../core/dom.js"
import { icon } from "./icons.js"
import { bars, readWaveform } from "./waveform.js"

const BARS = 56

/** By asset: a valid address. The box signs a new one for every response. @type {Map<string, string>} */
const posters = new Map()

/**
 * Create a picture that follows its asset: `{ node, update(asset) }`.
 *
 * @param {import("../api/resources.js").Asset} asset
 */
export function poster(asset) {
  const node = h("span.poster", { "aria-hidden": "true" })
  let shown = ""
  const update = (next) => {
    const kind = kindOf(next)
    if (kind === shown) return
    shown = kind
    node.replaceChildren(picture(next, kind, update))
  }
  update(asset)
  return { node, update }
}

function kindOf(asset) {
  if (asset.poster_url) return "poster"
  if (asset.type === "audio" && asset.waveform_url) return "waveform"
  return asset.type ?? "unknown"
}

function picture(asset, kind) {
  if (kind === "poster") return image(asset)
  if (kind === "waveform") return waveform(asset)
  return placeholder(asset)
}

function image(asset) {
  if (!posters.has(asset.id)) posters.set(asset.id, asset.poster_url)
  const element = h("img", { alt: "", loading: "lazy", decoding: "async", src: fileAddress(posters.get(asset.id)) })
  element.addEventListener("error", async () => {
    // Its signature expired: ask for a new one, and if that fails, show the icon of its type.
    const { poster_url: fresh } = await readAsset(asset.id).catch(() => ({ poster_url: null }))
    const isOther = fresh && fileAddress(fresh) !== element.src
    if (isOther) posters.set(asset.id, fresh)
    else posters.delete(asset.id)
    element.replaceWith(isOther ? image(asset) : placeholder(asset))
  })
  return element
}

function waveform(asset) {
  const frame = h("span.sound")
  readWaveform(asset.id, asset.waveform_url).then(
    ({ peaks }) => frame.replaceChildren(peaks.length ? bars(peaks, BARS) : placeholder(asset)),
    () => frame.replaceWith(placeholder(asset)),
  )
  return frame
}

function placeholder(asset) {
  const name = { video: "film", audio: "wave" }[asset.type] ?? "file"
  return h("span.placeholder", { class: `is-${asset.type ?? "unknown"}` }, icon(name))
}
