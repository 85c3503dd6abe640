// The actions on a project.

import { listAssets } from "../api/resources.js"
import { go } from "../core/router.js"
import { changeProject, createProject, deleteProject } from "../data/projects.js"
import { strings } from "../strings.js"
import { askText, confirmDanger } from "../ui/dialog.js"
import { toast, toastError } from "../ui/toast.js"

const text = strings.projects

/** Ask for a name, create the project and open it. */
export async function newProject() {
  const project = await askProject()
  if (project) go(`/projects/${project.id}`)
}

/** @returns {Promise<import("../api/resources.js").Project | null>} */
export function askProject() {
  return askText({ title: text.create, label: text.name, confirm: text.createConfirm, submit: createProject })
}

/** Return the menu of a project. @param {import("../api/resources.js").Project} project */
export function projectMenu(project) {
  const isActive = project.state === "active"
  return [
    { label: text.rename, icon: "pencil", onselect: () => rename(project) },
    isActive
      ? { label: text.archive, icon: "archive", onselect: () => setState(project, "archived", text.archived) }
      : { label: text.restore, icon: "restore", onselect: () => setState(project, "active", text.restored) },
    "line",
    { label: text.delete, icon: "trash", danger: true, onselect: () => remove(project) },
  ]
}

function rename(project) {
  const submit = (name) => changeProject(project.id, { name })
  return askText({ title: text.renameTitle, label: text.name, value: project.name, confirm: strings.save, submit })
}

async function setState(project, state, done) {
  try {
    await changeProject(project.id, { state })
    toast(done(project.name))
  } catch (error) {
    toastError(error)
  }
}

async function remove(project) {
  try {
    const { total } = await listAssets({ project_id: project.id, limit: 1 })
    const done = await confirmDanger({
      title: text.deleteTitle(project.name),
      text: text.deleteText(total),
      confirm: text.deleteConfirm,
      phrase: project.name,
      submit: () => deleteProject(project.id),
    })
    if (!done) return
    toast(text.deleted(project.name))
    go("/projects")
  } catch (error) {
    toastError(error)
  }
}
