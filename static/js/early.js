// Before the first paint: the theme that was chosen, so that the page never flashes in the other one.
try {
  const theme = JSON.parse(localStorage.getItem("roughy.theme"))
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
} catch {
  // No storage, no choice: the system's theme.
}
