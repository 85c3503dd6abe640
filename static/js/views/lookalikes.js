// Files chosen again after a reload that differ from an interrupted upload only in their date.

import { h } from "../core/dom.js"
import { strings } from "../strings.js"
import { uploads } from "../upload/list.js"
import { enqueueLookalike } from "../upload/queue.js"
import { button } from "../ui/controls.js"
import { dialog } from "../ui/dialog.js"
import { toastError } from "../ui/toast.js"

const text = strings.upload

/**
 * Offer to resume the interrupted uploads that `files` look like, and resume those whose bytes agree.
 *
 * @param {File[]} files
 * @returns {Promise<{ others: File[], declined: File[] }>} the files that look like none, and those not to be resumed
 */
export async function offerLookalikes(files) {
  const pairs = paired(files)
  const others = files.filter((file) => !pairs.has(file))
  if (!pairs.size) return { others, declined: [] }
  if (!(await confirmed([...pairs.keys()]))) return { others, declined: [...pairs.keys()] }
  for (const [file, upload] of pairs) enqueueLookalike(upload, file).catch(toastError)
  return { others, declined: [] }
}

/** Return the upload that each file looks like; of each upload, one file at most. */
function paired(files) {
  const all = uploads.value.filter((upload) => upload.status === "lost")
  const lost = all.filter((upload) => !files.some((file) => upload.isOf(file)))
  const pairs = new Map()
  for (const file of files) {
    if (all.some((upload) => upload.isOf(file))) continue
    const index = lost.findIndex((upload) => upload.looksLike(file))
    if (index >= 0) pairs.set(file, ...lost.splice(index, 1))
  }
  return pairs
}

function confirmed(files) {
  return dialog({
    title: text.looksLikeTitle(files[0].name, files.length),
    content: (close) =>
      h(
        "div.stack",
        {},
        h("p", {}, text.looksLikeText(files.length)),
        h(
          "div.actions.is-end",
          {},
          button({ label: text.looksLikeDecline, onclick: () => close(false) }),
          button({ label: text.looksLikeConfirm, kind: "primary", autofocus: true, onclick: () => close(true) }),
        ),
      ),
  })
}
