// The editor of a cut: transcript, waveform and player of one plan, and the changes made to it.

import { h, setText } from "../core/dom.js"
import { button, iconButton } from "../ui/controls.js"
import { toast, toastError } from "../ui/toast.js"
import { bindKeys } from "./bindings.js"
import { commandsOf } from "./commands.js"
import { draftOf } from "./draft.js"
import { figuresView } from "./figures.js"
import { showKeys } from "./keys.js"
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

/** Where the version that was just saved is gone on with. @type {{ assetId: string, frame: number, scroll: number } | null} */
let resume = null

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
    const found = transcript.markOf(key)
    return found && { mark: found, seconds: (found.end - found.start) / editing.rate }
  })

  const undoButton = iconButton({ label: strings.undo, icon: "undo", onclick: () => undo() })
  const redoButton = iconButton({ label: strings.redo, icon: "redo", onclick: () => redo() })
  const saveButton = button({ label: strings.save, kind: "primary", title: strings.saveTitle, onclick: () => save().catch(toastError) })
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
      resume = { assetId: asset.id, frame: player.frame, scroll: transcript.node.scrollTop }
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

  bindKeys(
    {
      toggle: () => player.toggle(),
      faster,
      goBack,
      switchMode: () => player.setMode(player.mode === "cut" ? "source" : "cut"),
      mute: () => (player.isMuted = !player.isMuted),
      dropSentence: () => run(() => commands.toggleSentence(player.frame)),
      goTo,
      setRange,
      focusEdge: wave.focusEdge,
      zoomIn: wave.zoomIn,
      zoomOut: wave.zoomOut,
      showExports: actions.showExports,
      showKeys,
      seekStart: () => seek(0),
      seekEnd: () => seek(editing.length),
      step: (frames) => seek(Math.round(player.frame) + frames),
      remove,
      escape: () => (span ? mark(null) : actions.leave()),
      undo,
      redo,
      save: () => save().catch(toastError),
    },
    signal,
  )

  show()
  if (editing.isChanged) toast(strings.restored)
  const before = resume?.assetId === asset.id ? resume : null
  resume = null
  player.seek(before?.frame ?? editing.kept[0]?.start ?? 0)
  if (before) requestAnimationFrame(() => (transcript.node.scrollTop = before.scroll))
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
