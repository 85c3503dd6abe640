// The account's projects, shared by the sidebar, the views and the dialogs.

import * as api from "../api/resources.js"
import { cell } from "../core/cell.js"
import { onEvents } from "../core/live.js"
import { stored } from "../core/storage.js"

/** @typedef {import("../api/resources.js").Project} Project */

/** All projects by state, newest first; null until loaded. @type {ReturnType<typeof cell<Project[] | null>>} */
export const projects = cell(null)

/** The id of the project opened last. */
export const lastProject = stored("localStorage", "project", null)

export async function refreshProjects() {
  const found = []
  for (const state of ["active", "archived"]) {
    for await (const page of api.pages((offset) => api.listProjects({ state, offset }))) found.push(...page.items)
  }
  if (JSON.stringify(found) !== JSON.stringify(projects.value)) projects.set(found)
}

/** @returns {Project[]} */
export function activeProjects() {
  return (projects.value ?? []).filter((project) => project.state === "active")
}

/** @returns {Project | undefined} */
export function findProject(id) {
  return projects.value?.find((project) => project.id === id)
}

export async function createProject(name) {
  const project = await api.createProject(name)
  projects.set([project, ...(projects.value ?? [])])
  return project
}

export async function changeProject(id, changes) {
  const changed = await api.changeProject(id, changes)
  projects.set((projects.value ?? []).map((project) => (project.id === id ? changed : project)))
  return changed
}

export async function deleteProject(id) {
  await api.deleteProject(id)
  projects.set((projects.value ?? []).filter((project) => project.id !== id))
}

onEvents("project", (change, project) => {
  if (!projects.value) return
  const others = projects.value.filter(({ id }) => id !== project.id)
  const newestFirst = (one, other) => (one.id < other.id ? 1 : -1)
  projects.set(change === "deleted" ? others : [...others, project].sort(newestFirst))
})
