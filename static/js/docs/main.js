// The documentation page: the API document of the box, rendered.

import { fill, h } from "../core/dom.js"
import { shortcuts } from "../core/shortcuts.js"
import { toggleTheme } from "../core/theme.js"
import { iconButton } from "../ui/controls.js"
import { asDrawer } from "../ui/drawer.js"
import { mark } from "../ui/icons.js"
import { markdown } from "./markdown.js"
import { read, slug } from "./model.js"
import { contents, followReading, searchField } from "./navigation.js"
import { operationView } from "./operation.js"
import { strings } from "./strings.js"

const DOCUMENT = "v1/openapi.json"
const app = document.getElementById("app")
const forever = new AbortController().signal
// The examples use the address of this page, whatever public address the box is configured with.
const base = new URL(".", location.href).href.replace(/\/$/, "")

const given = await load()
if (given) show(given)
else fail()

function fail() {
  const notice = h("p.notice", { role: "alert" }, strings.failed)
  fill(app, h("main.plain", {}, h("h1", {}, strings.title), notice, jsonLink()))
}

/** Return the document; null if it cannot be read. */
async function load() {
  try {
    const response = await fetch(DOCUMENT)
    return response.ok ? await response.json() : null
  } catch {
    return null
  }
}

function show(document_) {
  const model = read(document_)
  const main = h(
    "main.docs-main",
    { id: "main", tabindex: -1 },
    chapters(model, document_),
    model.groups.map((each) => group(each, model)),
  )
  const navigation = h("nav.sidebar.docs-nav", { "aria-label": strings.navigation })
  const { input, field } = searchField(navigation)
  frame(navigation, field, main)
  navigation.append(...contents(model).flat(), foot(model))
  asDrawer(navigation, forever)
  shortcuts({ "/": () => search(navigation, input), t: toggleTheme }, forever)
  followReading(navigation, [...main.querySelectorAll("section[id], article[id]")])
  window.addEventListener("hashchange", reveal)
  reveal()
}

/** Build the frame: the top bar of a narrow page, the contents with their head. */
function frame(navigation, field, main) {
  const brand = () => h("a.brand", { href: "#introduction" }, mark(), h("span", {}, strings.brand))
  const theme = () => iconButton({ label: strings.theme, icon: "moon", onclick: toggleTheme })
  const menu = iconButton({ label: strings.menu, icon: "menu", onclick: () => navigation.togglePopover() })
  fill(navigation, h("div.docs-head", {}, h("div.docs-brand", {}, brand(), theme()), field))
  fill(
    app,
    h("a.skip", { href: "#main", onclick: (event) => (event.preventDefault(), main.focus()) }, strings.skip),
    h("div.docs", {}, h("header.topbar", {}, menu, brand(), theme()), navigation, main),
  )
}

function search(navigation, input) {
  if (navigation.popover && !navigation.matches(":popover-open")) navigation.showPopover()
  input.focus()
  input.select()
}

/** Render the introduction and the guides, with the address of this box in their examples. */
function chapters({ info, introduction, chapters: guides }, document_) {
  const here = (text) => text.replaceAll(document_.servers[0].url, base)
  const chapter = ({ title, text }) => {
    const id = slug(title)
    const section = h(
      "section.chapter.prose",
      { id, "aria-label": title },
      h("h2", {}, h("a.anchor", { href: `#${id}` }, title)),
      markdown(here(text)),
    )
    for (const row of section.querySelectorAll("tr[data-name]")) row.id = `${id}/${row.dataset.name}`
    return section
  }
  return [
    h(
      "section.chapter.prose",
      { id: slug(strings.introduction), "aria-label": strings.introduction },
      h("h1", {}, strings.title),
      h("p.lead", {}, info.summary),
      markdown(here(introduction.text)),
      h("p.quiet", {}, strings.version(info.version), " · ", jsonLink(), " · ", h("a", { href: "." }, strings.console)),
    ),
    guides.map(chapter),
  ]
}

function group({ name, description, operations }, model) {
  const id = slug(name)
  return h(
    "section.group",
    { id, "aria-label": name },
    h("div.prose", {}, h("h2", {}, h("a.anchor", { href: `#${id}` }, name)), markdown(description)),
    operations.map((operation) => operationView(operation, model, base)),
  )
}

function foot({ info }) {
  return h("div.nav-foot", {}, h("p.nav-none", {}, strings.version(info.version)))
}

function jsonLink() {
  return h("a", { href: DOCUMENT }, strings.document)
}

/** Scroll to the target of the address, which did not exist when the page loaded. */
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (!target) return
  const fold = target.closest("details")
  if (fold) fold.open = true
  target.scrollIntoView()
}
