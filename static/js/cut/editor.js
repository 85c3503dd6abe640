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
import { Transcript } from "./transcript.js"
import { transport } from "./transport.js"
import { waveView } from "./wave.js"
import { warningsView } from "./warnings.js"

const JUMP = 5 // seconds of the J key
const FASTER = [1, 1.5, 2, 3]

/** Where the version that was just saved is gone on with. @type {{ assetId: string, frame: number, scroll: number } | null} */
let resume = null

export class Editor {
  #asset
  #actions
  #editing
  #commands
  #draft
  #player
  #transcript
  #wave
  #bar
  #figures
  #tip
  #tools
  #live = h("p.visually-hidden", { role: "status" })
  /** The span that is marked: a gap between kept spans, or a range. */
  #span = null
  /** The word that is spoken. */
  #spoken = -1

  /**
   * @param {import("../api/resources.js").Asset} asset @param {import("../api/resources.js").Cut} cut
   * @param {any} plan the `json` export of the cut
   * @param {{ save: (segments: { start: number, end: number }[]) => Promise<void>, leave: () => void,
   *   showExports: () => void }} actions
   * @param {AbortSignal} signal
   */
  constructor(asset, cut, plan, actions, signal) {
    this.#asset = asset
    this.#actions = actions
    this.#draft = draftOf(cut.id, signal)
    this.#editing = new Editing(withWords(plan), this.#draft.read())
    this.#commands = commandsOf(this.#editing)
    this.#makeParts(signal)
    this.node = this.#assemble(plan)
    bindKeys(this.#keys(), signal)
    this.#show()
    if (this.isChanged) toast(strings.restored)
    this.#resume()
  }

  /** True if saving would give another plan. */
  get isChanged() {
    return this.#editing.isChanged
  }

  /** The buttons for the head of the page: before the others, and the one that saves. */
  get tools() {
    const { unsaved, undo, redo } = this.#tools
    return [unsaved, undo, redo]
  }

  get saveButton() {
    return this.#tools.save
  }

  #makeParts(signal) {
    const [asset, editing] = [this.#asset, this.#editing]
    const seek = (frame) => this.#player.seek(frame)
    this.#player = new CutPlayer(asset, editing, () => this.#follow(), signal)
    this.#transcript = new Transcript(editing, {
      seek,
      toggle: (mark) => this.#run(() => this.#commands.toggleMark(mark)),
      select: ({ start, end }) => this.#mark(this.#commands.gapAt((start + end) >> 1)),
    })
    const moveEdge = (side, frame) => this.#moveEdge(side, frame)
    this.#wave = waveView(asset, editing, { seek, moveEdge }, signal)
    const { zoomIn, zoomOut } = this.#wave
    this.#bar = transport(this.#player, editing, { zoomIn, zoomOut, help: showKeys })
    this.#figures = figuresView(editing)
    this.#tip = tips(this.#transcript.node, (key) => {
      const mark = this.#transcript.markOf(key)
      return mark && { mark, seconds: (mark.end - mark.start) / editing.rate }
    })
    this.#tools = this.#makeTools()
  }

  #makeTools() {
    const save = () => this.#save()
    return {
      unsaved: h("span.cut-unsaved", { hidden: true }, strings.unsaved),
      undo: iconButton({ label: strings.undo, icon: "undo", onclick: () => this.#undo() }),
      redo: iconButton({ label: strings.redo, icon: "redo", onclick: () => this.#redo() }),
      save: button({ label: strings.save, kind: "primary", title: strings.saveTitle, onclick: save }),
    }
  }

  #assemble({ warnings, words }) {
    return h(
      "div.cut-editor",
      { class: this.#asset.type === "video" ? "is-video" : "is-audio" },
      this.#transcript.node,
      h("aside.cut-side", {}, this.#player.node, this.#figures.node, warningsView(warnings, words.length > 0)),
      h("div.cut-dock", {}, this.#bar.node, this.#wave.node),
      this.#tip.node,
      this.#live,
    )
  }

  #keys() {
    const player = this.#player
    const { zoomIn, zoomOut, focusEdge } = this.#wave
    return {
      toggle: () => player.toggle(),
      faster: () => this.#playFaster(),
      goBack: () => this.#goBack(),
      switchMode: () => player.setMode(player.mode === "cut" ? "source" : "cut"),
      mute: () => (player.isMuted = !player.isMuted),
      dropSentence: () => this.#run(() => this.#commands.toggleSentence(player.frame)),
      goTo: (direction) => this.#goTo(direction),
      setRange: (side) => this.#setRange(side),
      focusEdge,
      zoomIn,
      zoomOut,
      showExports: this.#actions.showExports,
      showKeys,
      seekStart: () => player.seek(0),
      seekEnd: () => player.seek(this.#editing.length),
      step: (frames) => player.seek(Math.round(player.frame) + frames),
      remove: () => this.#remove(),
      escape: () => (this.#span ? this.#mark(null) : this.#actions.leave()),
      undo: () => this.#undo(),
      redo: () => this.#redo(),
      save: () => this.#save(),
    }
  }

  /** Begin where the version before was left, else at the first kept span. */
  #resume() {
    const before = resume?.assetId === this.#asset.id ? resume : null
    resume = null
    this.#player.seek(before?.frame ?? this.#editing.kept[0]?.start ?? 0)
    if (before) requestAnimationFrame(() => (this.#transcript.node.scrollTop = before.scroll))
  }

  /** Show what is kept and dropped now. */
  #show() {
    const dropped = droppedSpans(this.#editing)
    for (const part of [this.#transcript, this.#wave, this.#figures]) part.update(dropped)
    const { undo, redo, save, unsaved } = this.#tools
    undo.disabled = !this.#editing.canUndo
    redo.disabled = !this.#editing.canRedo
    save.disabled = unsaved.hidden = !this.isChanged
    this.#player.refresh()
    this.#follow()
  }

  /** Show the frame that is played. */
  #follow() {
    const { frame, isPlaying } = this.#player
    this.#bar.update()
    this.#wave.show(frame, isPlaying)
    const index = wordAt(this.#editing, frame + 1)
    if (index === this.#spoken || index < 0) return
    this.#spoken = index
    this.#transcript.showSpoken(index, isPlaying)
  }

  #mark(span) {
    this.#span = span
    this.#wave.mark(span)
  }

  /** Make a change and say what it did. @param {() => string | void} change */
  #run(change) {
    const editing = this.#editing
    const said = change()
    this.#tip.hide()
    this.#show()
    if (this.#span?.isGap) this.#mark(this.#commands.gapAt(this.#span.middle))
    this.#draft.keep(() => (editing.canUndo || editing.canRedo ? editing.record() : null))
    if (said) setText(this.#live, said)
  }

  #undo() {
    this.#run(() => (this.#editing.undo() ? strings.undone : ""))
  }

  #redo() {
    this.#run(() => (this.#editing.redo() ? strings.redone : ""))
  }

  #moveEdge(side, frame) {
    const before = this.#span
    this.#run(() => this.#mark(this.#commands.moveEdge(before, side, frame)))
    if (!this.#player.isPlaying) this.#player.seek(side === "start" ? this.#span.start - 1 : this.#span.end)
  }

  async #save() {
    const { save } = this.#tools
    if (!this.isChanged || save.getAttribute("aria-busy") === "true") return
    if (!this.#editing.kept.length) return toast(strings.nothingKept, { kind: "error" })
    save.setAttribute("aria-busy", "true")
    resume = { assetId: this.#asset.id, frame: this.#player.frame, scroll: this.#transcript.node.scrollTop }
    try {
      await this.#actions.save(this.#editing.segments())
      this.#draft.clear()
    } catch (error) {
      toastError(error)
    } finally {
      save.removeAttribute("aria-busy")
    }
  }

  /** Toggle what is selected: words, else the range, else what is in focus. */
  #remove() {
    const transcript = this.#transcript
    const words = transcript.selectedWords()
    const here = /** @type {HTMLElement} */ (document.activeElement)
    const toggleWords = (first, last) => this.#run(() => this.#commands.toggleWords(first, last))
    if (words) {
      toggleWords(...words)
      transcript.selectWords(...words)
    } else if (this.#span && !this.#span.isGap) this.#run(() => this.#commands.toggleRange(this.#span))
    else if (here?.dataset.key && transcript.node.contains(here)) here.click()
    else if (here?.dataset.w) toggleWords(Number(here.dataset.w), Number(here.dataset.w))
  }

  /** Go to the next doubtful place, or to the one before. @param {1 | -1} direction */
  #goTo(direction) {
    const place = this.#commands.placeFrom(Math.ceil(this.#player.frame), direction)
    if (!place) return toast(strings.transcript.noPlace)
    this.#player.seek(place.frame)
    this.#transcript.reveal(wordAt(this.#editing, place.frame + 1))
    setText(this.#live, strings.transcript.places[place.kind])
  }

  /** Begin or end the range here. @param {"start" | "end"} side */
  #setRange(side) {
    const frame = Math.round(this.#player.frame)
    const isRange = this.#span && !this.#span.isGap
    const range = isRange ? { ...this.#span } : { start: frame, end: frame, isGap: false }
    range[side] = side === "end" ? frame + 1 : frame
    if (range.end <= range.start) range[side === "start" ? "end" : "start"] = side === "start" ? frame + 1 : frame
    this.#mark(range)
  }

  #goBack() {
    const [player, editing] = [this.#player, this.#editing]
    const by = JUMP * editing.rate
    const isCut = player.mode === "cut"
    player.seek(isCut ? frameAt(editing, placeInCut(editing, player.frame) - by) : player.frame - by)
  }

  #playFaster() {
    const player = this.#player
    if (player.isPlaying) player.speed = FASTER.find((each) => each > player.speed) ?? FASTER.at(-1)
    else {
      player.speed = 1
      player.play()
    }
  }
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
