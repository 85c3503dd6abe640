// Apply the chosen theme before the first paint, so that the page never flashes in the other one.
try {
  const theme = JSON.parse(localStorage.getItem("roughy.theme"))
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
} catch {
  // Without storage, the system theme applies.
}
