// Creating elements. Text always becomes text nodes; nothing here turns a string into markup.

const SVG = "http://www.w3.org/2000/svg"

/**
 * Create an element: `h("button.primary", { onclick, "aria-label": "Play" }, "Play")`.
 *
 * Properties starting with `on` are listeners, `style` is a map of CSS properties, `dataset` a map;
 * null, undefined and false leave a property or child out, true makes an empty attribute.
 *
 * @param {string} tag name and classes
 * @param {Record<string, any>} [properties]
 * @param {...any} children nodes, texts, nested arrays of them
 * @returns {any}
 */
export function h(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".")
  return build(document.createElement(name), classes, properties, children)
}

/** Create an SVG element, likewise. */
export function svg(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".")
  return build(document.createElementNS(SVG, name), classes, properties, children)
}

/** Replace the content of `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren(...nodes(children))
  return parent
}

/**
 * Make a list that keeps the elements of items that stay; returns `show(items)`, which returns the rows by their keys.
 *
 * @template T
 * @template {{ node: Element, update: (item: T) => void }} Row
 * @param {Element} parent contains only the list
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => Row} make
 * @returns {(items: T[]) => Map<string, Row>}
 */
export function keyedList(parent, keyOf, make) {
  const rows = new Map()
  return (items) => {
    const wanted = new Set(items.map(keyOf))
    for (const [key, row] of rows) {
      if (wanted.has(key)) continue
      row.node.remove()
      rows.delete(key)
    }
    let place = parent.firstElementChild
    for (const item of items) {
      const key = keyOf(item)
      if (!rows.has(key)) rows.set(key, make(item))
      const { node, update } = rows.get(key)
      update(item)
      if (node === place) place = place.nextElementSibling
      else parent.insertBefore(node, place)
    }
    return rows
  }
}

/** Set a text only when it differs, so that a selection in it and screen readers are left alone. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

function build(element, classes, properties, children) {
  if (classes.length) element.classList.add(...classes)
  for (const [name, value] of Object.entries(properties)) assign(element, name, value)
  element.append(...nodes(children))
  return element
}

function assign(element, name, value) {
  if (value === null || value === undefined || value === false) return
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value)
  else if (name === "dataset") Object.assign(element.dataset, value)
  else if (name === "style") for (const [key, each] of Object.entries(value)) element.style.setProperty(key, each)
  else if (name === "class") element.classList.add(...value.split(" ").filter(Boolean))
  else if (name === "value" || name === "checked" || name === "muted") element[name] = value
  else element.setAttribute(name, value === true ? "" : String(value))
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false)
}
