const LONGEST = 255 // characters of the API
const REFUSED = /[\p{Cc}\p{Cs}/\\]/gu // control characters, lone surrogates, path separators

/** Return a valid name for the asset of a file, as close to its own name as possible; null if nothing is left. */
export function assetName(fileName) {
  const name = fileName.trim().replace(REFUSED, "_")
  return [...name].slice(0, LONGEST).join("").trim() || null
}
