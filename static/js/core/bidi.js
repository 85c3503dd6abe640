// Names in sentences: one in another direction of writing must not turn the words around it.

const [FIRST_STRONG_ISOLATE, POP_ISOLATE] = ["\u2068", "\u2069"]
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g // names from before they were refused may have some

/** Return a name for the middle of a sentence, whose direction it leaves alone. */
export function isolated(name) {
  return FIRST_STRONG_ISOLATE + name.replace(CONTROLS, "") + POP_ISOLATE
}
