// The resources of the API, as in the public contract.

import { call } from "./client.js"

/**
 * @typedef {{ id: string, name: string, state: "active" | "archived", archived_at: string | null,
 *   created_at: string, updated_at: string }} Project
 * @typedef {"pending_upload" | "processing" | "pending_payment" | "ready" | "failed"} AssetState
 * @typedef {{ id: string, project_id: string, type: "audio" | "video" | null, state: AssetState,
 *   extension: string | null, size_bytes: number | null, content_type: string | null,
 *   duration_seconds: string | null, language: string | null, error_code: string | null,
 *   error_message: string | null, created_at: string, name: string | null, upload_url?: string | null,
 *   download_url?: string | null, peaks_url?: string | null, proxy_url?: string | null, poster_url?: string | null, waveform_url?: string | null }} Asset
 * @typedef {{ id: string, type: string, delta: number, asset_id: string | null, created_at: string }} Entry
 * @typedef {{ duration_ms: number, peaks: number[] }} Waveform
 */

/**
 * @typedef {{ code: string, message: string }} Warning
 * @typedef {{ retakes: "remove" | "keep", fillers: "remove" | "keep", off_script: "remove" | "keep",
 *   max_pause: number, pad_before: number, pad_after: number }} CutOptions
 * @typedef {{ id: string, asset_id: string, state: "pending" | "processing" | "completed" | "failed",
 *   script: string | null, error_code: string | null, error_message: string | null, created_at: string,
 *   progress: number, stage: string | null, by_hand: boolean, based_on: string | null, options: CutOptions,
 *   summary: { duration_seconds: string, kept_seconds: string, segments: number, dropped: Record<string, number>,
 *   warnings: Warning[] } | null }} Cut
 */

/**
 * @typedef {{ id: string, asset_id: string, cut_id: string | null, state: Cut["state"], output: Record<string, any>,
 *   size_bytes: number | null, error_code: string | null, error_message: string | null, created_at: string,
 *   completed_at: string | null, progress: number, warnings: Warning[], duration_seconds: string | null,
 *   download_url?: string | null }} Render
 */

/**
 * @template T
 * @typedef {{ items: T[], total: number, limit: number, offset: number }} Page
 */

export const PAGE = 100 // the maximum of the API

/** @returns {Promise<Page<Project>>} */
export function listProjects(query) {
  return call("GET", "projects", { query: { limit: PAGE, ...query } })
}

/** @returns {Promise<Project>} */
export function readProject(id, signal) {
  return call("GET", `projects/${id}`, { signal })
}

/** @returns {Promise<Project>} */
export function createProject(name) {
  return call("POST", "projects", { body: { name } })
}

/** @param {{ name?: string, state?: "active" | "archived" }} changes @returns {Promise<Project>} */
export function changeProject(id, changes) {
  return call("PATCH", `projects/${id}`, { body: changes })
}

export function deleteProject(id) {
  return call("DELETE", `projects/${id}`)
}

/** @returns {Promise<Page<Asset>>} */
export function listAssets(query, signal) {
  return call("GET", "assets", { query: { limit: PAGE, ...query }, signal })
}

/** @returns {Promise<Asset>} */
export function readAsset(id, signal) {
  return call("GET", `assets/${id}`, { signal })
}

/** @returns {Promise<Asset>} */
export function createAsset(properties, signal) {
  return call("POST", "assets", { body: properties, signal })
}

export function deleteAsset(id) {
  return call("DELETE", `assets/${id}`)
}

/** @returns {Promise<Page<Cut>>} */
export function listCuts(query, signal) {
  return call("GET", "cuts", { query: { limit: PAGE, ...query }, signal })
}

/** @returns {Promise<Cut>} */
export function readCut(id, signal) {
  return call("GET", `cuts/${id}`, { signal })
}

/** @returns {Promise<Cut>} */
export function createCut(properties) {
  return call("POST", "cuts", { body: properties })
}

export function deleteCut(id) {
  return call("DELETE", `cuts/${id}`)
}

/** Read the plan of a completed cut: its `json` export. */
export function readPlan(id, signal) {
  return call("GET", `cuts/${id}/export`, { signal })
}

/** @returns {Promise<Page<Render>>} */
export function listRenders(query, signal) {
  return call("GET", "renders", { query: { limit: PAGE, ...query }, signal })
}

/** @returns {Promise<Render>} */
export function readRender(id) {
  return call("GET", `renders/${id}`)
}

/** @returns {Promise<Render>} */
export function createRender(properties) {
  return call("POST", "renders", { body: properties })
}

export function deleteRender(id) {
  return call("DELETE", `renders/${id}`)
}

/** @returns {Promise<number>} */
export async function readBalance(secret) {
  return (await call("GET", "credits/balance", { secret })).balance
}

/** @returns {Promise<Page<Entry>>} */
export function listHistory(offset = 0, signal) {
  return call("GET", "credits/history", { query: { limit: PAGE, offset }, signal })
}

/**
 * Yield the pages of a list, one after the other.
 *
 * @template T
 * @param {(offset: number) => Promise<Page<T>>} list
 */
export async function* pages(list) {
  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const page = await list(offset)
    total = page.total
    yield page
  }
}
