// Sizes, durations and dates in the usual notation.

const UNITS = ["B", "kB", "MB", "GB", "TB"]
const NONE = "–"

const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" })
const fullDate = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" })
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" })
const dayOfYear = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" })
const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "short" })
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" })
const whole = new Intl.NumberFormat("en")

/** Format bytes as `1.4 GB`: decimal units, as file managers write them, with three figures at most. */
export function size(bytes) {
  if (bytes === null || bytes === undefined) return NONE
  let power = 0
  let value = bytes
  while (value >= 999.5 && power < UNITS.length - 1) {
    value /= 1000
    power += 1
  }
  const digits = power === 0 || value >= 99.95 ? 0 : 1
  return `${value.toFixed(digits).replace(/\.0$/, "")} ${UNITS[power]}`
}

/** Format a playing time as `1:02:03` or `0:07`; `–` for null. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(Number(seconds))) return NONE
  const all = Math.max(0, Math.round(Number(seconds)))
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  const tail = `${hours ? String(minutes).padStart(2, "0") : minutes}:${String(rest).padStart(2, "0")}`
  return hours ? `${hours}:${tail}` : tail
}

/** Format a time span as `2 h 5 min`, `5 min` or `40 s`. */
export function span(seconds) {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  return rest ? `${whole.format(hours)} h ${rest} min` : `${whole.format(hours)} h`
}

export function speed(bytesPerSecond) {
  return `${size(bytesPerSecond)}/s`
}

export function percent(part, all) {
  // Never 100 before the end.
  return `${all ? Math.floor((part / all) * 100) : 0}%`
}

export function count(number) {
  return whole.format(number)
}

/** Format a number of things, such as `1 file` or `1,200 files`. */
export function many(number, one, several) {
  return `${count(number)} ${number === 1 ? one : several}`
}

/** Format a signed number as `+5` or `−3`, with a minus sign instead of a hyphen. */
export function signed(number) {
  return number < 0 ? `−${whole.format(-number)}` : `+${whole.format(number)}`
}

/** Format a past time as `just now`, `5 minutes ago`, `today, 14:03`, `12 May` or `12 May 2024`. */
export function when(iso, now = new Date()) {
  const date = new Date(iso)
  const seconds = (now.getTime() - date.getTime()) / 1000
  if (seconds < 45) return relative.format(0, "second").replace("now", "just now")
  if (seconds < 3600) return relative.format(-Math.round(seconds / 60), "minute")
  if (date.toDateString() === now.toDateString()) return `today, ${clockTime.format(date)}`
  return date.getFullYear() === now.getFullYear() ? day.format(date) : dayOfYear.format(date)
}

export function date(iso) {
  return dateTime.format(new Date(iso))
}

export function dayOf(iso) {
  return dayOfYear.format(new Date(iso))
}

export function timeOf(iso) {
  return clockTime.format(new Date(iso))
}

export function exactDate(iso) {
  return fullDate.format(new Date(iso))
}
