// The keys of the editor, as listed under "?".

import { shortcuts } from "../core/shortcuts.js"

const FAR = 10 // frames of an arrow key with Shift
const OWN_ARROWS = "input, select, textarea, .wave-scroll"

/** @param {Record<string, (...given: any[]) => void>} actions @param {AbortSignal} signal */
export function bindKeys(actions, signal) {
  shortcuts(
    {
      " ": actions.toggle,
      k: actions.toggle,
      l: actions.faster,
      j: actions.goBack,
      s: actions.switchMode,
      m: actions.mute,
      x: actions.dropSentence,
      n: () => actions.goTo(1),
      p: () => actions.goTo(-1),
      i: () => actions.setRange("start"),
      o: () => actions.setRange("end"),
      "[": () => actions.focusEdge("start"),
      "]": () => actions.focusEdge("end"),
      "+": actions.zoomIn,
      "=": actions.zoomIn,
      "-": actions.zoomOut,
      e: actions.showExports,
      "?": actions.showKeys,
      Home: actions.seekStart,
      End: actions.seekEnd,
      Delete: actions.remove,
      Backspace: actions.remove,
      Escape: actions.escape,
    },
    signal,
  )
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return
      if (event.target.closest?.("input[type=text], textarea")) return
      const action = event.ctrlKey || event.metaKey ? withControl(actions, event) : withArrow(actions, event)
      if (!action) return
      event.preventDefault()
      action()
    },
    { signal },
  )
}

function withControl({ undo, redo, save }, { key, shiftKey }) {
  return { z: shiftKey ? redo : undo, y: redo, s: save }[key.toLowerCase()]
}

function withArrow({ step }, { key, shiftKey, target }) {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key]
  return by && !target.closest?.(OWN_ARROWS) && (() => step(by * (shiftKey ? FAR : 1)))
}
