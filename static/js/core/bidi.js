// Names in sentences: one in another direction of writing must not turn the words around it.

/** Characters that turn the direction of writing, as a class of a regular expression; no new name has any. */
export const DIRECTIONS = String.raw`\u202a-\u202e\u2066-\u2069`

const [FIRST_STRONG_ISOLATE, POP_ISOLATE] = ["\u2068", "\u2069"]
const OF_OLD_NAMES = new RegExp(`[${DIRECTIONS}]`, "g")

/** Return a name for the middle of a sentence, whose direction it leaves alone. */
export function isolated(name) {
  return FIRST_STRONG_ISOLATE + name.replace(OF_OLD_NAMES, "") + POP_ISOLATE
}
