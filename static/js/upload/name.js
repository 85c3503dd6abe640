const LONGEST = 255 // characters of the API
// Control characters, those that turn the direction of writing, lone surrogates, path separators.
const REFUSED = /[\p{Cc}\u202a-\u202e\u2066-\u2069\p{Cs}/\\]/gu

/** Return a valid name for the asset of a file, as close to its own name as possible; null if nothing is left. */
export function assetName(fileName) {
  const name = fileName.trim().replace(REFUSED, "_")
  return [...name].slice(0, LONGEST).join("").trim() || null
}
