/** Make `panel` a popover on a narrow page, closed by the next navigation; on a wide page it is always visible. */
export function asDrawer(panel, signal) {
  const narrow = matchMedia("(max-width: 60rem)")
  const adapt = () => (narrow.matches ? panel.setAttribute("popover", "auto") : panel.removeAttribute("popover"))
  narrow.addEventListener("change", adapt, { signal })
  adapt()
  window.addEventListener("hashchange", () => panel.matches(":popover-open") && panel.hidePopover(), { signal })
}
