// The frame of every view: sidebar, notices, uploads, global shortcuts.

import { reachable } from "../api/client.js"
import { followBulk } from "../bulk/run.js"
import { fill, h, keyedList, setText } from "../core/dom.js"
import * as format from "../core/format.js"
import { go, href, place } from "../core/router.js"
import { shortcuts } from "../core/shortcuts.js"
import { THEMES, theme, toggleTheme } from "../core/theme.js"
import { follow } from "../core/wait.js"
import { balance, refreshBalance } from "../data/balance.js"
import { activeProjects, projects, refreshProjects } from "../data/projects.js"
import { forgetAssets } from "../data/store.js"
import { startLive } from "../live/connect.js"
import { keyHint, signOut } from "../session.js"
import { strings } from "../strings.js"
import { uploads } from "../upload/list.js"
import { iconButton } from "../ui/controls.js"
import { asDrawer } from "../ui/drawer.js"
import { icon, mark } from "../ui/icons.js"
import { menu } from "../ui/menu.js"
import { acceptDrops, uploadByChoice } from "./drop.js"
import { showHelp } from "./help.js"
import { newProject } from "./project-dialogs.js"
import { uploadPanel } from "./uploads.js"

const BALANCE_INTERVAL = 20_000 // milliseconds
const THEME_ICONS = { system: "monitor", light: "sun", dark: "moon" }
const text = strings.shell

/** Build the frame and return the element for the views. @param {HTMLElement} app @param {AbortSignal} signal */
export function showShell(app, signal) {
  const main = h("main.main", { id: "main", tabindex: -1 })
  const sidebar = makeSidebar(signal)
  fill(
    app,
    h("a.skip", { href: "#main", onclick: (event) => (event.preventDefault(), main.focus()) }, text.skip),
    h("div.shell", {}, makeTopBar(sidebar), sidebar, h("div.page", {}, unreachableNotice(signal), main)),
    uploadPanel(signal),
  )
  bindKeys(signal)
  acceptDrops(signal)
  startLive(signal)
  followBulk(signal)
  follow(refreshBalance, () => BALANCE_INTERVAL, signal)
  follow(refreshProjects, () => 3 * BALANCE_INTERVAL, signal)
  // The next user to sign in may have another account.
  signal.addEventListener("abort", () => {
    balance.set(null)
    projects.set(null)
    forgetAssets()
  })
  return main
}

function makeTopBar(sidebar) {
  const toggle = iconButton({ label: text.menu, icon: "menu", onclick: () => sidebar.togglePopover() })
  return h(
    "header.topbar",
    {},
    toggle,
    h("a.brand", { href: href("/") }, mark(), h("span", {}, strings.product)),
    iconButton({ label: strings.upload.action, icon: "upload", onclick: () => uploadByChoice() }),
  )
}

function makeSidebar(signal) {
  const list = h("ul.nav-list")
  const none = h("p.nav-none", { hidden: true }, text.noProjects)
  const credits = h("span.nav-figure")
  const links = [
    navLink("/assets", "library", text.allAssets),
    navLink("/projects", "folder", text.allProjects),
    navLink("/renders", "film", text.renders),
    navLink("/credits", "coins", text.credits, credits),
    navLink("/webhooks", "webhook", text.webhooks),
  ]
  const sidebar = h(
    "nav.sidebar",
    { "aria-label": text.navigation },
    h("a.brand", { href: href("/") }, mark(), h("span", {}, strings.product)),
    links,
    h(
      "div.nav-head",
      {},
      h("h2", {}, text.projects),
      iconButton({ label: strings.projects.create, icon: "plus", onclick: newProject }),
    ),
    list,
    none,
    h("div.nav-foot", {}, accountButton(signal)),
  )
  const showProjects = keyedList(list, (project) => project.id, projectRow)
  const markPlace = () => markCurrent(sidebar)
  projects.watch((known) => {
    showProjects(activeProjects())
    none.hidden = known === null || activeProjects().length > 0
    markPlace()
  }, signal)
  balance.watch((left) => setText(credits, left === null ? "" : format.count(left)), signal)
  asDrawer(sidebar, signal)
  place.watch(markPlace, signal)
  return sidebar
}

function projectRow(project) {
  const name = h("span.nav-name")
  const node = h("li", {}, h("a.nav-link", { href: href(`/projects/${project.id}`) }, icon("folder"), name))
  const update = (next) => {
    setText(name, next.name)
    name.title = next.name
  }
  return { node, update }
}

function navLink(path, iconName, label, figure = null) {
  return h("a.nav-link", { href: href(path) }, icon(iconName), h("span.nav-name", {}, label), figure)
}

function markCurrent(sidebar) {
  for (const link of sidebar.querySelectorAll(".nav-link")) {
    if (link.getAttribute("href") === `#${place.value.path}`) link.setAttribute("aria-current", "page")
    else link.removeAttribute("aria-current")
  }
}

function accountButton(signal) {
  const trigger = h(
    "button.nav-link",
    { type: "button" },
    icon("key"),
    h("span.nav-name", {}, keyHint()),
    icon("chevronDown"),
  )
  trigger.setAttribute("aria-label", text.account(keyHint()))
  menu(trigger, () => [
    ...THEMES.map((each) => ({
      label: text.themes[each],
      icon: THEME_ICONS[each],
      checked: theme.value === each,
      onselect: () => theme.set(each),
    })),
    "line",
    { label: strings.help.title, icon: "keyboard", onselect: showHelp },
    { label: text.signOut, icon: "signOut", onselect: () => leave() },
  ])
  return trigger
}

function leave() {
  const busy = uploads.value.some((upload) => upload.isBusy)
  if (!busy || confirm(text.signOutBusy)) signOut()
}

function unreachableNotice(signal) {
  const notice = h("p.notice", { role: "status", hidden: true }, strings.errors.unreachableNotice)
  reachable.watch((isReachable) => (notice.hidden = isReachable), signal)
  return notice
}

function bindKeys(signal) {
  shortcuts(
    {
      "?": showHelp,
      u: () => uploadByChoice(),
      n: newProject,
      t: toggleTheme,
      "g a": () => go("/assets"),
      "g p": () => go("/projects"),
      "g r": () => go("/renders"),
      "g c": () => go("/credits"),
      "g w": () => go("/webhooks"),
    },
    signal,
  )
}
