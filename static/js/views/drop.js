// Files dropped anywhere on the page, or chosen.

import { h } from "../core/dom.js"
import { place } from "../core/router.js"
import { activeProjects, findProject, refreshProjects, projects } from "../data/projects.js"
import { strings } from "../strings.js"
import { carriesFiles, choose, dropped } from "../upload/pick.js"
import { enqueue } from "../upload/queue.js"
import { button } from "../ui/controls.js"
import { dialog } from "../ui/dialog.js"
import { icon } from "../ui/icons.js"
import { toast } from "../ui/toast.js"
import { offerLookalikes } from "./lookalikes.js"
import { askProject } from "./project-dialogs.js"

const text = strings.upload

/** @param {{ folder?: boolean }} [options] */
export async function uploadByChoice({ folder = false } = {}) {
  await take(await choose({ folder }))
}

/** Accept files dropped anywhere; a curtain shows it while they hover. @param {AbortSignal} signal */
export function acceptDrops(signal) {
  const title = h("p")
  const curtain = h("div.curtain", { popover: "manual", "aria-hidden": "true" }, icon("upload"), title)
  document.body.append(curtain)
  signal.addEventListener("abort", () => curtain.remove())
  const hide = () => curtain.matches(":popover-open") && curtain.hidePopover()

  const listen = (type, handle) =>
    window.addEventListener(
      type,
      (event) => {
        if (!carriesFiles(event)) return
        // A part of the page that takes other files, such as scripts.
        if (event.target.closest?.("[data-drop]")) return void hide()
        event.preventDefault()
        handle(event)
      },
      { signal },
    )
  listen("dragover", (event) => {
    event.dataTransfer.dropEffect = "copy"
    if (curtain.matches(":popover-open")) return
    title.textContent = currentProject() ? text.dropInto(currentProject().name) : text.dropAnywhere
    curtain.showPopover()
  })
  // No related target: the pointer left the window.
  listen("dragleave", (event) => event.relatedTarget === null && hide())
  listen("drop", async (event) => {
    hide()
    if (!document.querySelector("dialog[open]")) await take(await dropped(event.dataTransfer))
  })
}

/** @param {import("../upload/pick.js").Picked} picked */
async function take({ files, skipped }) {
  if (skipped) toast(text.skipped(skipped))
  const { others, declined } = await offerLookalikes(files)
  const wanted = [...others, ...declined]
  if (!wanted.length) return
  const project = currentProject() ?? (await askWhere(wanted.length))
  if (project) enqueue(wanted, project.id)
}

/** Return the project on the page, if it accepts files. */
function currentProject() {
  const [, kind, id] = place.value.path.split("/")
  const project = kind === "projects" ? findProject(id) : undefined
  return project?.state === "active" ? project : undefined
}

async function askWhere(count) {
  if (!projects.value) await refreshProjects()
  if (!activeProjects().length) return askProject()
  const chosen = await dialog({
    title: text.whereTitle(count),
    content: (close) =>
      h(
        "div.stack",
        {},
        h(
          "ul.choices",
          {},
          activeProjects().map((project) =>
            h(
              "li",
              {},
              h(
                "button.choice",
                { type: "button", onclick: () => close(project) },
                icon("folder"),
                h("span", {}, project.name),
              ),
            ),
          ),
        ),
        h("div.actions", {}, button({ label: strings.projects.create, icon: "plus", onclick: () => close("new") })),
      ),
  })
  return chosen === "new" ? askProject() : chosen
}
