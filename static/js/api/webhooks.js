// Webhook endpoints and their deliveries, as in the public contract.

import { PAGE } from "./resources.js"
import { call } from "./client.js"

/**
 * @typedef {{ id: string, url: string, event_types: string[], description: string | null, created_at: string,
 *   state: "enabled" | "disabled", disabled_reason: string | null, secret?: string }} Endpoint
 * @typedef {{ id: string, event_type: string, entity_id: string, state: "pending" | "delivered" | "failed",
 *   attempts: number, last_status: number | null, last_error: string | null, next_attempt_at: string | null,
 *   created_at: string, delivered_at: string | null }} Delivery
 */

const ALL = "webhook-endpoints"

/** Return all endpoints; an account has at most 50. @returns {Promise<Endpoint[]>} */
export async function listEndpoints(signal) {
  return (await call("GET", ALL, { query: { limit: PAGE }, signal })).items
}

/** @returns {Promise<Endpoint>} */
export function readEndpoint(id, signal) {
  return call("GET", `${ALL}/${id}`, { signal })
}

/** @returns {Promise<Endpoint>} with its secret */
export function createEndpoint(properties) {
  return call("POST", ALL, { body: properties })
}

/** @returns {Promise<Endpoint>} */
export function changeEndpoint(id, changes) {
  return call("PATCH", `${ALL}/${id}`, { body: changes })
}

export function deleteEndpoint(id) {
  return call("DELETE", `${ALL}/${id}`)
}

/** Replace the secret; `expireOld`: the old one ends now. @returns {Promise<Endpoint>} with its new secret */
export function rotateSecret(id, expireOld) {
  return call("POST", `${ALL}/${id}/rotate`, { body: { expire_old: expireOld } })
}

/** @returns {Promise<Delivery>} */
export function testEndpoint(id) {
  return call("POST", `${ALL}/${id}/test`)
}

/** @returns {Promise<import("./resources.js").Page<Delivery>>} */
export function listDeliveries(id, limit, signal) {
  return call("GET", `${ALL}/${id}/deliveries`, { query: { limit }, signal })
}

/** @returns {Promise<Delivery>} */
export function retryDelivery(endpointId, id) {
  return call("POST", `${ALL}/${endpointId}/deliveries/${id}/retry`)
}
