/** On a narrow page the panel is a popover that ends with the next step; on a wide one it is simply there. */
export function asDrawer(panel, signal) {
  const narrow = matchMedia("(max-width: 60rem)")
  const adapt = () => (narrow.matches ? panel.setAttribute("popover", "auto") : panel.removeAttribute("popover"))
  narrow.addEventListener("change", adapt, { signal })
  adapt()
  window.addEventListener("hashchange", () => panel.matches(":popover-open") && panel.hidePopover(), { signal })
}
