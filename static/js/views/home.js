// The start page: the project opened last, else the newest, else the list of projects.

import { activeProjects, findProject, lastProject, projects, refreshProjects } from "../data/projects.js"
import { here, replace } from "../core/router.js"

/** @param {import("../main.js").ViewContext} context */
export async function show({ signal }) {
  if (!projects.value) await refreshProjects()
  // The user has already gone elsewhere.
  if (signal.aborted || here().path !== "/") return
  const project = findProject(lastProject.get()) ?? activeProjects()[0]
  replace(project ? `/projects/${project.id}` : "/projects")
}
