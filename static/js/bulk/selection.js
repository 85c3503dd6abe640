// Which items of a list are selected, as in file managers: one by one, by ranges, all.

import { cell } from "../core/cell.js"

export class Selection {
  /** The ids; replaced, never changed in place. @type {ReturnType<typeof cell<Set<string>>>} */
  ids = cell(new Set())
  #order
  #anchor = ""
  /** What is selected besides the range that begins at the anchor. @type {Set<string>} */
  #others = new Set()

  /** @param {() => string[]} order returns the ids of all items, as they are shown */
  constructor(order) {
    this.#order = order
  }

  get size() {
    return this.ids.value.size
  }

  /** @param {string} id */
  toggle(id) {
    const next = new Set(this.ids.value)
    if (!next.delete(id)) next.add(id)
    this.#startAt(id, next)
  }

  /** Select from the item that was toggled last, else from `from`, to `id`, in place of the range before. */
  extend(id, from = id) {
    const order = this.#order()
    if (!order.includes(this.#anchor)) this.#startAt(from, this.ids.value)
    const ends = [order.indexOf(this.#anchor), order.indexOf(id)]
    const range = order.slice(Math.min(...ends), Math.max(...ends) + 1)
    this.ids.set(new Set([...this.#others, ...range]))
  }

  all() {
    this.#startAt("", new Set(this.#order()))
  }

  clear() {
    if (this.size) this.#startAt("", new Set())
  }

  /** Select some of the items no longer. @param {Iterable<string>} ids */
  drop(ids) {
    const unwanted = new Set(ids)
    this.#keep((id) => !unwanted.has(id))
  }

  /** Select no others than these. @param {Iterable<string>} ids */
  retain(ids) {
    const wanted = new Set(ids)
    this.#keep((id) => wanted.has(id))
  }

  #keep(isWanted) {
    const kept = [...this.ids.value].filter(isWanted)
    if (kept.length < this.size) this.#startAt(this.#anchor, new Set(kept))
  }

  #startAt(anchor, ids) {
    this.#anchor = anchor
    this.#others = ids
    this.ids.set(ids)
  }
}
