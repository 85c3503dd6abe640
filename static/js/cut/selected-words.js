// The words of the transcript that are selected, by the browser's own selection.

/** @param {HTMLElement} host of the paragraphs, `.para`, and words, `.word` */
export function selectionOf(host) {
  const extend = (from, to) => getSelection().setBaseAndExtent(from, 0, to, to.childNodes.length)
  return {
    /** Return the first and the last selected word; null if nothing is selected. @returns {[number, number] | null} */
    get() {
      const selection = getSelection()
      if (!selection.rangeCount || selection.isCollapsed) return null
      const range = selection.getRangeAt(0)
      if (!range.intersectsNode(host)) return null
      const touched = [...host.querySelectorAll(".para")]
        .filter((each) => range.intersectsNode(each))
        .flatMap((each) => [...each.querySelectorAll(".word")].filter((word) => isTouched(range, word)))
        .map((word) => Number(word.dataset.w))
      return touched.length ? [touched[0], touched.at(-1)] : null
    },

    /** Select the elements between two, in either order, with both. */
    set(one, other) {
      const isForward = one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING
      if (isForward || one === other) extend(one, other)
      else extend(other, one)
    },

    clear() {
      getSelection().removeAllRanges()
    },
  }
}

/** Return whether a range selects more of a word than its border. */
function isTouched(range, word) {
  const own = new Range()
  own.selectNodeContents(word)
  return (
    range.compareBoundaryPoints(Range.END_TO_START, own) < 0 && range.compareBoundaryPoints(Range.START_TO_END, own) > 0
  )
}
