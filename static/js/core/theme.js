import { cell } from "./cell.js"
import { stored } from "./storage.js"

export const THEMES = /** @type {const} */ (["system", "light", "dark"])

const kept = stored("localStorage", "theme", "system")

/** The chosen theme; early.js reads the stored one before the first paint. */
export const theme = cell(kept.get())

theme.watch((choice) => {
  kept.set(choice)
  if (choice === "system") delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = choice
})

/** Switch from the visible theme to the other one. */
export function toggleTheme() {
  theme.set(isDark() ? "light" : "dark")
}

function isDark() {
  return theme.value === "dark" || (theme.value === "system" && matchMedia("(prefers-color-scheme: dark)").matches)
}
