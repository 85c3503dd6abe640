// The editor of a cut: transcript, waveform and player of one plan, and the changes made to it.

import { h, setText } from "../core/dom.js"
import { shortcuts } from "../core/shortcuts.js"
import { button, iconButton } from "../ui/controls.js"
import { toast } from "../ui/toast.js"
import { commandsOf } from "./commands.js"
import { draftOf } from "./draft.js"
import { figuresView } from "./figures.js"
import { showKeys } from "./keys.js"
import { marks } from "./layout.js"
import { Editing } from "./model.js"
import { CutPlayer } from "./playback.js"
import { droppedSpans, frameAt, placeInCut, wordAt } from "./spans.js"
import { strings } from "./strings.js"
import { tips } from "./tip.js"
import { transcriptView } from "./transcript.js"
import { transport } from "./transport.js"
import { waveView } from "./wave.js"
import { warningsView } from "./warnings.js"

const JUMP = 5 // seconds of the J key
const FASTER = [1, 1.5, 2, 3]

/**
 * @param {import("../api/resources.js").Asset} asset @param {import("../api/resources.js").Cut} cut
 * @param {any} plan the `json` export of the cut
 * @param {{ save: (segments: { start: number, end: number }[]) => Promise<void>, leave: () => void,
 *   showExports: () => void }} actions
 * @param {AbortSignal} signal
 */
export function editorOf(asset, cut, plan, actions, signal) {
  const draft = draftOf(cut.id, signal)
  const editing = new Editing(withWords(plan), draft.read())
  const commands = commandsOf(editing)
  const live = h("p.visually-hidden", { role: "status" })
  let dropped = droppedSpans(editing)
  let span = null

  const player = new CutPlayer(asset, editing, () => follow(), signal)
  const seek = (frame) => player.seek(frame)
  const mark = (next) => {
    span = next
    wave.mark(span)
  }
  const transcript = transcriptView(editing, {
    seek,
    toggle: (each) => run(() => commands.toggleMark(each)),
    select: (each) => mark(commands.gapAt((each.start + each.end) >> 1)),
  })
  const wave = waveView(
    asset,
    editing,
    {
      seek,
      moveEdge(side, frame) {
        const before = span
        run(() => void mark(commands.moveEdge(before, side, frame)))
        if (!player.isPlaying) seek(side === "start" ? span.start - 1 : span.end)
      },
    },
    signal,
  )
  const bar = transport(player, editing, { zoomIn: wave.zoomIn, zoomOut: wave.zoomOut, help: showKeys })
  const figures = figuresView(editing)
  const tip = tips(transcript.node, (key) => {
    const found = marks(editing, dropped).find((each) => each.key === key)
    return found && { mark: found, seconds: (found.end - found.start) / editing.rate }
  })

  const undoButton = iconButton({ label: strings.undo, icon: "undo", onclick: () => undo() })
  const redoButton = iconButton({ label: strings.redo, icon: "redo", onclick: () => redo() })
  const saveButton = button({ label: strings.save, kind: "primary", title: strings.saveTitle, onclick: () => save() })
  const unsaved = h("span.cut-unsaved", { hidden: true }, strings.unsaved)

  const node = h(
    "div.cut-editor",
    { class: asset.type === "video" ? "is-video" : "is-audio" },
    transcript.node,
    h("aside.cut-side", {}, player.node, figures.node, warningsView(plan.warnings, plan.words.length > 0)),
    h("div.cut-dock", {}, bar.node, wave.node),
    tip.node,
    live,
  )

  const show = () => {
    dropped = droppedSpans(editing)
    transcript.update(dropped)
    wave.update(dropped)
    figures.update(dropped)
    undoButton.disabled = !editing.canUndo
    redoButton.disabled = !editing.canRedo
    const { isChanged } = editing
    saveButton.disabled = !isChanged
    unsaved.hidden = !isChanged
    player.refresh()
    follow()
  }

  /** Make a change and say what it did. */
  const run = (change) => {
    const said = change()
    tip.hide()
    show()
    if (span?.isGap) mark(commands.gapAt(span.middle))
    draft.keep(() => (editing.canUndo || editing.canRedo ? editing.record() : null))
    if (said) setText(live, said)
  }

  const undo = () => run(() => (editing.undo() ? strings.undone : ""))
  const redo = () => run(() => (editing.redo() ? strings.redone : ""))

  const save = async () => {
    if (!editing.isChanged || saveButton.getAttribute("aria-busy") === "true") return
    if (!editing.kept.length) return toast(strings.nothingKept, { kind: "error" })
    saveButton.setAttribute("aria-busy", "true")
    try {
      await actions.save(editing.segments())
      draft.clear()
    } finally {
      saveButton.removeAttribute("aria-busy")
    }
  }

  let spoken = -1
  const follow = () => {
    const { frame } = player
    bar.update()
    wave.show(frame, player.isPlaying)
    const index = wordAt(editing, frame + 1)
    if (index === spoken || index < 0) return
    spoken = index
    transcript.showSpoken(index, player.isPlaying)
  }

  const remove = () => {
    const words = transcript.selectedWords()
    const here = /** @type {HTMLElement} */ (document.activeElement)
    if (words) {
      run(() => commands.toggleWords(...words))
      transcript.selectWords(...words)
    } else if (span && !span.isGap) run(() => commands.toggleRange(span))
    else if (here?.dataset.key && transcript.node.contains(here)) here.click()
    else if (here?.dataset.w) run(() => commands.toggleWords(Number(here.dataset.w), Number(here.dataset.w)))
  }

  const goTo = (direction) => {
    const place = commands.placeFrom(Math.ceil(player.frame), direction)
    if (!place) return toast(strings.transcript.noPlace)
    seek(place.frame)
    transcript.reveal(wordAt(editing, place.frame + 1))
    setText(live, strings.transcript.places[place.kind])
  }

  const setRange = (side) => {
    const frame = Math.round(player.frame)
    const range = span && !span.isGap ? { ...span } : { start: frame, end: frame, isGap: false }
    range[side] = side === "end" ? frame + 1 : frame
    if (range.end <= range.start) range[side === "start" ? "end" : "start"] = side === "start" ? frame + 1 : frame
    mark(range)
  }

  const goBack = () => {
    const by = JUMP * editing.rate
    const isCut = player.mode === "cut"
    seek(isCut ? frameAt(editing, placeInCut(editing, player.frame) - by) : player.frame - by)
  }

  const faster = () => {
    if (player.isPlaying) player.speed = FASTER.find((each) => each > player.speed) ?? FASTER.at(-1)
    else {
      player.speed = 1
      player.play()
    }
  }

  shortcuts(
    {
      " ": () => player.toggle(),
      k: () => player.toggle(),
      l: faster,
      j: goBack,
      s: () => player.setMode(player.mode === "cut" ? "source" : "cut"),
      m: () => (player.isMuted = !player.isMuted),
      x: () => run(() => commands.toggleSentence(player.frame)),
      n: () => goTo(1),
      p: () => goTo(-1),
      i: () => setRange("start"),
      o: () => setRange("end"),
      "[": () => wave.focusEdge("start"),
      "]": () => wave.focusEdge("end"),
      "+": wave.zoomIn,
      "=": wave.zoomIn,
      "-": wave.zoomOut,
      e: actions.showExports,
      "?": showKeys,
      Home: () => seek(0),
      End: () => seek(editing.length),
      Delete: remove,
      Backspace: remove,
      Escape: () => (span ? mark(null) : actions.leave()),
    },
    signal,
  )
  const step = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (!by || event.target.closest?.("input, select, textarea, .wave-scroll")) return false
    seek(Math.round(player.frame) + by * (event.shiftKey ? 10 : 1))
    return true
  }
  const command = (event) => {
    const key = event.key.toLowerCase()
    if (key === "z") event.shiftKey ? redo() : undo()
    else if (key === "y") redo()
    else if (key === "s") save().catch((error) => toast(error.message, { kind: "error" }))
    else return false
    return true
  }
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return
      if (event.target.closest?.("input[type=text], textarea")) return
      const isDone = event.ctrlKey || event.metaKey ? command(event) : step(event)
      if (isDone) event.preventDefault()
    },
    { signal },
  )

  show()
  if (editing.isChanged) toast(strings.restored)
  player.seek(editing.kept[0]?.start ?? 0)
  return { node, tools: [unsaved, undoButton, redoButton], saveButton, isChanged: () => editing.isChanged }
}

/** Where no words were recognized, the spans of the plan stand for them. */
function withWords(plan) {
  if (plan.words.length) return plan
  const word = ({ start, end }) => ({
    text: strings.transcript.span(start, end),
    start,
    end,
    confidence: null,
    kind: "word",
  })
  return { ...plan, words: plan.segments.map(word) }
}
