import { DIRECTIONS } from "../core/bidi.js"

const LONGEST = 255 // characters of the API
// Control characters, those that turn the direction of writing, lone surrogates, path separators.
const REFUSED = new RegExp(String.raw`[\p{Cc}${DIRECTIONS}\p{Cs}/\\]`, "gu")

/** Return a valid name for the asset of a file, as close to its own name as possible; null if nothing is left. */
export function assetName(fileName) {
  const name = fileName.trim().replace(REFUSED, "_")
  return [...name].slice(0, LONGEST).join("").trim() || null
}
