// Files and folders, chosen or dropped.

import { h } from "../core/dom.js"

// The files of a folder to send: cameras and editors also store other files there.
const MEDIA = new Set(
  (
    "3g2 3gp aac ac3 aif aifc aiff amr ape asf au avi caf divx dsf dts dv eac3 f4v flac flv m2t m2ts m2v m4a m4b " +
    "m4v mka mkv mod mov mp2 mp3 mp4 mpa mpeg mpg mpv mts mxf oga ogg ogm ogv opus qt spx tod ts tta vob w64 wav " +
    "wave weba webm wma wmv wv"
  ).split(" "),
)

/** @typedef {{ files: File[], skipped: number }} Picked `skipped`: number of other files in a folder */

/** Open the file chooser. @returns {Promise<Picked>} no files if canceled */
export function choose({ folder = false, multiple = true } = {}) {
  const input = h("input", { type: "file", multiple, webkitdirectory: folder, hidden: true })
  return new Promise((resolve) => {
    const done = () => {
      const files = [...input.files]
      input.remove()
      resolve(folder ? sift(files) : { files, skipped: 0 })
    }
    input.addEventListener("change", done)
    input.addEventListener("cancel", done)
    document.body.append(input)
    input.click()
  })
}

/** Return dropped files and those in dropped folders. @param {DataTransfer} transfer @returns {Promise<Picked>} */
export async function dropped(transfer) {
  // The items are gone after the event, so all entries are taken before the first wait.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean)
  const loose = await Promise.all(entries.filter((entry) => entry.isFile).map(fileOf))
  const inFolders = []
  for (const entry of entries.filter((each) => each.isDirectory)) inFolders.push(...(await filesBelow(entry)))
  const { files, skipped } = sift(inFolders)
  return { files: [...loose, ...files], skipped }
}

export function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false
}

async function filesBelow(folder) {
  const found = []
  for (const entry of await entriesOf(folder)) {
    if (entry.isDirectory) found.push(...(await filesBelow(entry)))
    else found.push(await fileOf(entry))
  }
  return found
}

async function entriesOf(folder) {
  const reader = folder.createReader()
  const found = []
  // A reader returns a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    if (!some.length) return found
    found.push(...some)
  }
}

function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

function sift(all) {
  const files = all.filter((file) => !file.name.startsWith(".") && MEDIA.has(extension(file.name)))
  return { files, skipped: all.length - files.length }
}

function extension(name) {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase()
}
