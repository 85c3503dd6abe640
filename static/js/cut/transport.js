// The bar between text and waveform: play, what plays, place, speed, zoom.

import { h, setText } from "../core/dom.js"
import { iconButton, select, setIcon } from "../ui/controls.js"
import { placeInCut } from "./spans.js"
import { clock, strings } from "./strings.js"

const text = strings.player
const SPEEDS = [0.5, 1, 1.25, 1.5, 2, 3]

/**
 * @param {import("./playback.js").CutPlayer} player @param {import("./model.js").Editing} editing
 * @param {{ zoomIn: () => void, zoomOut: () => void, help: () => void }} actions
 */
export function transport(player, editing, { zoomIn, zoomOut, help }) {
  const playButton = iconButton({ label: text.play, icon: "play", onclick: () => player.toggle() })
  playButton.classList.add("play")
  const place = h("span.cut-place")
  const source = h("span.hint.cut-source")
  const soundButton = iconButton({
    label: text.mute,
    icon: "sound",
    onclick: () => (player.isMuted = !player.isMuted),
  })
  const speed = select({
    label: text.speed,
    options: SPEEDS.map((each) => [String(each), `${each}×`]),
    value: "1",
    onchange: (event) => (player.speed = Number(event.target.value)),
  })
  const modes = ["cut", "source"].map((mode) =>
    h(
      "label.mode",
      {},
      h("input", { type: "radio", name: "mode", value: mode, checked: mode === "cut", onchange: () => player.setMode(mode) }),
      h("span", {}, text[mode]),
    ),
  )
  const node = h(
    "div.cut-transport",
    { role: "group", "aria-label": text.label },
    playButton,
    h("fieldset.modes", {}, h("legend.visually-hidden", {}, text.mode), modes),
    place,
    source,
    h("span.spacer"),
    speed,
    soundButton,
    iconButton({ label: strings.wave.zoomOut, icon: "minus", onclick: zoomOut }),
    iconButton({ label: strings.wave.zoomIn, icon: "plus", onclick: zoomIn }),
    iconButton({ label: text.keys, icon: "keyboard", onclick: help }),
  )
  const update = () => {
    const seconds = (frames) => frames / editing.rate
    setIcon(playButton, player.isPlaying ? "pause" : "play", player.isPlaying ? text.pause : text.play)
    setIcon(soundButton, player.isMuted ? "mute" : "sound", player.isMuted ? text.unmute : text.mute)
    speed.querySelector("select").value = String(player.speed)
    for (const each of modes) each.firstChild.checked = each.firstChild.value === player.mode
    const now = clock(seconds(player.frame))
    const isCut = player.mode === "cut"
    const here = isCut ? clock(seconds(placeInCut(editing, player.frame))) : now
    setText(place, text.position(here, clock(seconds(isCut ? editing.keptFrames : editing.length))))
    setText(source, isCut ? text.inSource(now) : "")
  }
  return { node, update }
}
