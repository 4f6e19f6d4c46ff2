const FIRST_MS = Date.parse("0001-01-01T00:00:00.000Z")
const LAST_MS = Date.parse("9999-12-31T23:59:59.999Z")

/** Is it a date of the years 1 to 9999? Others cannot be kept on both engines, nor be told as RFC 3339 has it. */
export function isStorable(date: Date): boolean {
  const ms = date.getTime()
  return ms >= FIRST_MS && ms <= LAST_MS
}
