// The beginning: the project that was open last, else the newest, else the list, which says how to make one.

import { activeProjects, findProject, lastProject, projects, refreshProjects } from "../data/projects.js"
import { here, replace } from "../core/router.js"

/** @param {import("../main.js").ViewContext} context */
export async function show({ signal }) {
  if (!projects.value) await refreshProjects()
  // Somebody was quicker and went elsewhere.
  if (signal.aborted || here().path !== "/") return
  const project = findProject(lastProject.get()) ?? activeProjects()[0]
  replace(project ? `/projects/${project.id}` : "/projects")
}
