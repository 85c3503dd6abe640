// The assets that a view of them shows: which are read, what is done with each, which are selected.

import { selectByGestures } from "../bulk/gestures.js"
import { Selection } from "../bulk/selection.js"
import { strings as bulk } from "../bulk/strings.js"
import { cell } from "../core/cell.js"
import { replaceQuery } from "../core/router.js"
import { linked } from "../core/wait.js"
import { AssetList } from "../data/asset-list.js"
import { AssetWork } from "../data/work.js"
import { assetChanges, uploads } from "../upload/list.js"
import { toast } from "../ui/toast.js"
import { assetListView } from "./asset-list.js"

/** @typedef {{ state: string, project: string, search: string }} Filter */

export class ShownAssets {
  /** The number of assets, also of those not read yet. */
  total = cell(0)
  selection = new Selection(() => this.assets.map(({ id }) => id))
  #options
  #signal
  /** True until the first response after a change of the filter. */
  #isFiltering = false
  /** Of the list that is read. */
  #reading
  /** Of the cuts and renders that are followed. */
  #following
  /** @type {AssetList} */
  #list
  /** @type {AssetWork} */
  #work
  /** @type {ReturnType<typeof assetListView>} */
  #view

  /**
   * @param {{ holder: HTMLElement, status: HTMLElement, projectId: string | null, filter: Filter,
   *   clear: () => void }} options `clear`: clears the filter
   * @param {AbortSignal} signal
   */
  constructor(options, signal) {
    this.#options = options
    this.#signal = signal
    this.#reading = linked(signal)
    this.#following = linked(signal)
    selectByGestures(options.holder, this.selection)
    this.#follow()
    this.read({})
    this.selection.ids.watch(() => this.#mark(), signal)
  }

  get projectId() {
    return this.#options.projectId ?? this.#options.filter.project
  }

  /** All that were read. */
  get assets() {
    return this.#list.state.value?.items ?? []
  }

  more() {
    this.#list.more()
  }

  /** Change the filter, and read. @param {Partial<Filter>} change */
  read(change) {
    const { holder, filter } = this.#options
    Object.assign(filter, change)
    this.#isFiltering = true
    replaceQuery({ state: filter.state, project: filter.project, q: filter.search })
    this.#reading.abort()
    this.#reading = linked(this.#signal)
    const { signal } = this.#reading
    if ("project" in change) this.#follow()
    this.#list = new AssetList({ project_id: this.projectId, state: filter.state, q: filter.search }, signal)
    const options = { ...this.#options, work: this.#work, keep: "search" in change }
    this.#view = assetListView(holder, this.#list, options)
    this.#list.state.watch(() => this.#draw(), signal)
    uploads.watch(() => this.#draw(), signal)
    assetChanges.watch(() => this.#list.refresh(), signal)
  }

  #follow() {
    this.#following.abort()
    this.#following = linked(this.#signal)
    const refresh = (id) => {
      if (id) this.#view.rows.get(id)?.refresh()
      else for (const row of this.#view.rows.values()) row.refresh()
    }
    this.#work = new AssetWork({ project_id: this.projectId }, refresh, this.#following.signal)
  }

  #draw() {
    const known = this.#list.state.value
    this.#view.draw()
    if (!known) return
    this.total.set(known.total)
    // What is not seen is not selected.
    const before = this.selection.size
    this.selection.retain(known.items.map(({ id }) => id))
    const lost = before - this.selection.size
    if (this.#isFiltering && lost) toast(bulk.deselected(lost))
    this.#isFiltering = false
    if (this.selection.size) this.#mark()
  }

  #mark() {
    const ids = this.selection.ids.value
    this.#options.holder.classList.toggle("has-selection", ids.size > 0)
    for (const [id, row] of this.#view.rows) row.mark(ids.has(id))
  }
}
