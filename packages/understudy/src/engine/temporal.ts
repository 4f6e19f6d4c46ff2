import { dataError } from "./data-error.ts"
import { notPortable } from "./not-portable.ts"

/** A timestamp's text: PostgreSQL's output, or ISO 8601 as people and `Date` write it. */
const TIMESTAMP =
  /^(\d{4,6})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?( BC)?$/i

/** Words that PostgreSQL reads as a point in time. */
const WORDS = /^(?:[+-]?infinity|epoch|now|today|tomorrow|yesterday)$/i

const TIME = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6}))?)?$/

/** Of two equally near ones the even one, as C's rint() has it. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

interface Instant {
  /** Milliseconds of the epoch, of the fields as they stand or moved to UTC. */
  readonly epochMs: number
  /** Microseconds beyond the millisecond, 0 to 999. */
  readonly micros: number
}

/** PostgreSQL takes offsets up to 15:59:59. */
function offsetMs(text: string | undefined, type: string): number {
  if (text === undefined || text.toUpperCase() === "Z") return 0
  const [hours = "0", minutes = "0", seconds = "0"] = text.slice(1).match(/\d\d/g) ?? []
  if (Number(hours) > 15 || Number(minutes) > 59 || Number(seconds) > 59) throw dataError("22009", type)
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return text.startsWith("-") ? -ms : ms
}

function parseInstant(text: string, type: string, zoned: boolean): Instant {
  const match = TIMESTAMP.exec(text.trim())
  if (WORDS.test(text.trim()))
    throw notPortable(`${text.trim()} as a ${type}`, "Pass a Date, or a text with digits.")
  if (match === null) throw dataError("22007", type)
  const [, year = "", month, day, hour = "0", minute = "0", second = "0", fraction = "", offset, bc] = match
  const micros = roundHalfEven(Number(`0.${fraction || "0"}`) * 1e6)
  const date = new Date(0)
  date.setUTCFullYear(bc === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day))
  const dayFits = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
  const inDay = Number(hour) < 24 || Number(minute) + Number(second) + micros === 0
  const clockFits = Number(hour) <= 24 && Number(minute) < 60 && Number(second) <= 60 && inDay
  if (!dayFits || !clockFits || Number(year) === 0) throw dataError("22008", type)
  const shiftMs = offsetMs(offset, type)
  const clockMs = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  const epochMs = date.getTime() + clockMs + Math.floor(micros / 1000) - (zoned ? shiftMs : 0)
  return { epochMs, micros: micros % 1000 }
}

/** What PostgreSQL prints in the time zone UTC in the years to 9999, by far the most common; undefined for all else. */
function plainToDate(text: string, type: "timestamp" | "timestamptz"): Date | undefined {
  const zone = type === "timestamptz" ? "+00" : ""
  if (!text.endsWith(zone) || text.endsWith("C") || text[4] !== "-" || text[10] !== " ") return undefined
  const end = text.length - zone.length
  const date = new Date(`${text.slice(0, 10)}T${text.slice(11, Math.min(end, 23))}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** A timestamp as PostgreSQL prints it, as a `Date` in UTC; microseconds are cut off. */
export function timestampToDate(text: string, type: "timestamp" | "timestamptz"): Date {
  const plain = plainToDate(text, type)
  if (plain !== undefined) return plain
  if (text.endsWith("infinity")) throw dataError("22008", type)
  const date = new Date(parseInstant(text, type, type === "timestamptz").epochMs)
  if (Number.isNaN(date.getTime())) throw dataError("22008", type)
  return date
}

/** A `Date` as text that PostgreSQL reads the same under every time zone and date style. */
export function dateToPostgres(date: Date): string {
  if (Number.isNaN(date.getTime())) throw dataError("22007", "timestamptz")
  const year = date.getUTCFullYear()
  const rest = date
    .toISOString()
    .replace(/^[+-]?\d+(?=-\d\d-\d\dT)/, "")
    .replace("Z", "+00")
  const padded = String(year > 0 ? year : 1 - year).padStart(4, "0")
  return `${padded}${rest}${year > 0 ? "" : " BC"}`
}

/**
 * The form in which SQLite keeps a timestamp: fixed width, so that it sorts as time does.
 * `2026-01-31 12:00:00.123456`, with `+00` behind it for `timestamptz`. Years 1 to 9999.
 */
export function timestampToStored(value: Date | string, type: "timestamp" | "timestamptz"): string {
  if (value instanceof Date) return instantToStored(value, "000", type)
  const { epochMs, micros } = parseInstant(value, type, type === "timestamptz")
  return instantToStored(new Date(epochMs), String(micros).padStart(3, "0"), type)
}

function instantToStored(date: Date, micros: string, type: "date" | "timestamp" | "timestamptz"): string {
  if (Number.isNaN(date.getTime())) throw dataError("22007", type)
  const year = date.getUTCFullYear()
  if (year < 1 || year > 9999) {
    throw notPortable(`A ${type} outside the years 1 to 9999`, "Keep the year in a column of its own.")
  }
  const iso = date.toISOString()
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${micros}${type === "timestamptz" ? "+00" : ""}`
}

/** {@link timestampToStored}'s way back; microseconds are cut off. */
export function storedToDate(stored: string): Date {
  return new Date(`${stored.slice(0, 10)}T${stored.slice(11, 23)}Z`)
}

/** A stored timestamp in PostgreSQL's own output form: the fraction without trailing zeros. */
export function storedToText(stored: string): string {
  const clock = stored.slice(0, 26)
  return clock.replace(/0+$/, "").replace(/\.$/, "").padEnd(19, "0") + stored.slice(26)
}

/** A date as `YYYY-MM-DD`. A time behind it is dropped, as PostgreSQL does. Years 1 to 9999. */
export function dateToStored(value: Date | string): string {
  if (value instanceof Date) return instantToStored(value, "000", "date").slice(0, 10)
  const text = value.trim()
  // An hour alone behind a date is no time of day to it.
  if (/^\d+-\d\d-\d\d[T ](?:\d\d)?$/i.test(text)) throw dataError("22007", "date")
  parseInstant(text, "date", true)
  const day = text.replace(/[T ](?=\d\d:).*?(?= BC$|$)/i, "")
  return instantToStored(new Date(parseInstant(day, "date", false).epochMs), "000", "date").slice(0, 10)
}

/** A time of day as PostgreSQL prints it: `HH:MM:SS`, then a fraction without trailing zeros. */
export function timeToStored(value: string): string {
  const match = TIME.exec(value.trim())
  if (match === null) throw dataError("22007", "time")
  const [, hour = "", minute = "", second = "00", fraction = ""] = match
  if (Number(hour) > 23 && !/^24:0{1,2}(?::0{1,2}(\.0*)?)?$/.test(value.trim()))
    throw dataError("22008", "time")
  if (Number(minute) > 59 || Number(second) > 59) throw dataError("22008", "time")
  const kept = fraction.replace(/0+$/, "")
  const clock = [hour, minute, second].map((part) => part.padStart(2, "0")).join(":")
  return `${clock}${kept === "" ? "" : `.${kept}`}`
}
