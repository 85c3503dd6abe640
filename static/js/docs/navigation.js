// The contents at the side: all chapters and operations, the current one marked, with a search.

import { h } from "../core/dom.js"
import { icon } from "../ui/icons.js"
import { badge } from "./operation.js"
import { slug } from "./model.js"
import { strings } from "./strings.js"

/** @param {ReturnType<typeof import("./model.js").read>} model */
export function contents(model) {
  const guides = [{ title: strings.introduction }, ...model.chapters]
  return [
    section(
      strings.guides,
      guides.map(({ title }) => entry(slug(title), title)),
    ),
    model.groups.map(({ name, operations }) => {
      const own = operations.filter(({ isTwin, tag }) => !isTwin && tag !== "Preflight")
      const entries = own.map(({ id, method, summary, path }) => entry(id, summary, badge(method), path))
      return section(name, entries.length ? entries : [entry(slug(name), name)])
    }),
  ]
}

function section(title, entries) {
  const id = `contents-${slug(title)}`
  return h(
    "div.nav-section",
    {},
    h("div.nav-head", {}, h("h2", { id }, title)),
    h("ul", { "aria-labelledby": id }, entries),
  )
}

function entry(id, label, mark, path = "") {
  const link = h("a.nav-link", { href: `#${id}`, dataset: { words: `${label} ${path} ${id}`.toLowerCase() } })
  link.append(h("span.nav-name", { title: label }, label), ...(mark ? [mark] : []))
  return h("li", {}, link)
}

/** Create the search field: entries match by name, or, if none does, by text. */
export function searchField(navigation) {
  const none = h("p.nav-none", { role: "status" })
  const input = h("input", {
    type: "search",
    placeholder: strings.search,
    "aria-label": strings.search,
    spellcheck: "false",
  })
  input.addEventListener("input", () => {
    const count = filter(navigation, input.value.toLowerCase().split(/\s+/).filter(Boolean))
    none.textContent = count ? "" : strings.nothingFound
  })
  input.addEventListener("keydown", (event) => {
    const clear = () => {
      input.value = ""
      input.dispatchEvent(new Event("input"))
    }
    if (event.key === "Escape") clear()
    else if (event.key === "Enter") navigation.querySelector("li:not([hidden]) > .nav-link")?.click()
    else if (event.key === "ArrowDown") navigation.querySelector("li:not([hidden]) > .nav-link")?.focus()
    else return
    event.preventDefault()
  })
  return { input, field: h("search", {}, h("label.search", {}, icon("search"), input, h("kbd", {}, "/")), none) }
}

function filter(navigation, words) {
  const links = [...navigation.querySelectorAll("li > .nav-link")]
  const has = (text) => words.every((word) => text.includes(word))
  const textOf = (link) =>
    document.getElementById(decodeURIComponent(link.hash.slice(1)))?.textContent.toLowerCase() ?? ""
  const named = links.filter((link) => has(link.dataset.words))
  const found = new Set(named.length ? named : links.filter((link) => has(textOf(link))))
  for (const link of links) link.parentElement.hidden = !found.has(link)
  for (const each of navigation.querySelectorAll(".nav-section")) each.hidden = !each.querySelector("li:not([hidden])")
  return found.size
}

/** Mark the entry of the section in view. */
export function followReading(navigation, sections) {
  const seen = new Set()
  const mark = () => {
    const current = sections.find((each) => seen.has(each))
    for (const link of navigation.querySelectorAll("li > .nav-link")) {
      const isCurrent = link.hash === `#${current?.id}`
      if (isCurrent === link.hasAttribute("aria-current")) continue
      if (isCurrent) link.setAttribute("aria-current", "location")
      else link.removeAttribute("aria-current")
      if (isCurrent) bring(link, navigation)
    }
  }
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target)
      if (seen.size) mark()
    },
    { rootMargin: "-10% 0px -70%" },
  )
  const links = new Set([...navigation.querySelectorAll("li > .nav-link")].map(({ hash }) => hash))
  for (const each of sections) if (links.has(`#${each.id}`)) observer.observe(each)
}

/** Scroll only the contents until the link is visible. */
function bring(link, navigation) {
  const [inner, outer] = [link.getBoundingClientRect(), navigation.getBoundingClientRect()]
  if (inner.top < outer.top + 80 || inner.bottom > outer.bottom - 40) {
    navigation.scrollTop += inner.top - outer.top - outer.height / 2
  }
}
