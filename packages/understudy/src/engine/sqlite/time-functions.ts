import type { DatabaseSync, SQLOutputValue } from "node:sqlite"
import { DatabaseError } from "../../errors/database-error.ts"
import { dataError } from "../data-error.ts"
import type { TypeName } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"

/** The SQL functions that take times apart: unit, value, and the name of the value's type. */
export const TIME_FUNCTIONS: Readonly<Record<string, string>> = {
  date_trunc: "understudy_date_trunc",
  date_part: "understudy_date_part",
  extract: "understudy_extract",
}

/** The SQL functions that compute with dates: a date and days; two dates. */
export const ADD_DAYS_FUNCTION = "understudy_add_days"
export const DAYS_BETWEEN_FUNCTION = "understudy_days_between"

const DAY_MS = 86_400_000
/** The Julian day of 1970-01-01. */
const JULIAN_EPOCH = 2_440_588

const SYNONYMS: Readonly<Record<string, string>> = {
  us: "microseconds",
  usec: "microseconds",
  usecs: "microseconds",
  microsecond: "microseconds",
  ms: "milliseconds",
  msec: "milliseconds",
  msecs: "milliseconds",
  millisecond: "milliseconds",
  s: "second",
  sec: "second",
  secs: "second",
  seconds: "second",
  m: "minute",
  min: "minute",
  mins: "minute",
  minutes: "minute",
  h: "hour",
  hr: "hour",
  hrs: "hour",
  hours: "hour",
  d: "day",
  days: "day",
  w: "week",
  weeks: "week",
  mon: "month",
  mons: "month",
  months: "month",
  qtr: "quarter",
  y: "year",
  yr: "year",
  yrs: "year",
  years: "year",
  dec: "decade",
  decs: "decade",
  decades: "decade",
  c: "century",
  cent: "century",
  centuries: "century",
  mil: "millennium",
  mils: "millennium",
  millennia: "millennium",
}

const TIMES_OF_DAY: ReadonlySet<string> = new Set([
  "microseconds",
  "milliseconds",
  "second",
  "minute",
  "hour",
  "epoch",
])
const ZONES: ReadonlySet<string> = new Set(["timezone", "timezone_hour", "timezone_minute"])
const PARTS: ReadonlySet<string> = new Set([
  ...TIMES_OF_DAY,
  ...ZONES,
  "day",
  "dow",
  "isodow",
  "doy",
  "week",
  "month",
  "quarter",
  "year",
  "isoyear",
  "decade",
  "century",
  "millennium",
  "julian",
])

/** A moment in UTC, or a time of day on the first day of the epoch. */
interface Moment {
  readonly date: Date
  /** Of the second. */
  readonly micros: number
}

function momentOf(stored: string, type: TypeName): Moment {
  const text = type === "time" ? `1970-01-01 ${stored}` : type === "date" ? `${stored} 00:00:00` : stored
  const date = new Date(`${text.slice(0, 10)}T${text.slice(11, 19)}Z`)
  return { date, micros: Number(/\.(\d+)/.exec(text)?.[1]?.padEnd(6, "0") ?? 0) }
}

function unitOf(unit: SQLOutputValue): string {
  const lower = String(unit).toLowerCase()
  return SYNONYMS[lower] ?? lower
}

function notSupported(unit: string, type: TypeName): DatabaseError {
  return new DatabaseError({ code: "0A000", message: `unit "${unit}" not supported for type ${type}` })
}

/** Monday of the week, in milliseconds of the epoch. */
function mondayOf(date: Date): number {
  const day = Math.floor(date.getTime() / DAY_MS) * DAY_MS
  return day - ((date.getUTCDay() + 6) % 7) * DAY_MS
}

function startOfYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1)
}

/** The year and the number of the ISO week: the one that holds the year's first Thursday is the first. */
function isoWeek(date: Date): { year: number; week: number } {
  const thursday = mondayOf(date) + 3 * DAY_MS
  const year = new Date(thursday).getUTCFullYear()
  return { year, week: Math.floor((thursday - startOfYear(year)) / DAY_MS / 7) + 1 }
}

function calendarPart(unit: string, date: Date): number {
  const year = date.getUTCFullYear()
  switch (unit) {
    case "minute":
      return date.getUTCMinutes()
    case "hour":
      return date.getUTCHours()
    case "day":
      return date.getUTCDate()
    case "dow":
      return date.getUTCDay()
    case "isodow":
      return ((date.getUTCDay() + 6) % 7) + 1
    case "doy":
      return Math.floor((date.getTime() - startOfYear(year)) / DAY_MS) + 1
    case "week":
      return isoWeek(date).week
    case "month":
      return date.getUTCMonth() + 1
    case "quarter":
      return Math.floor(date.getUTCMonth() / 3) + 1
    case "isoyear":
      return isoWeek(date).year
    case "decade":
      return Math.floor(year / 10)
    case "century":
      return Math.floor((year + 99) / 100)
    case "millennium":
      return Math.floor((year + 999) / 1000)
    default:
      return year
  }
}

function assertPart(unit: string, type: TypeName): void {
  if (!PARTS.has(unit)) throw dataError("22023", type)
  if (type === "time" ? !TIMES_OF_DAY.has(unit) : type !== "timestamptz" && ZONES.has(unit))
    throw notSupported(unit, type)
}

/** A part as whole units and a fraction of so many decimals. */
function scaledPart(
  unit: string,
  { date, micros }: Moment,
  type: TypeName,
): { value: bigint; decimals: number } {
  const ofSecond = BigInt(date.getUTCSeconds()) * 1_000_000n + BigInt(micros)
  if (unit === "microseconds") return { value: ofSecond, decimals: 0 }
  if (unit === "milliseconds") return { value: ofSecond, decimals: 3 }
  if (unit === "second") return { value: ofSecond, decimals: 6 }
  if (unit === "epoch") return { value: BigInt(date.getTime()) * 1000n + BigInt(micros), decimals: 6 }
  if (unit === "julian") {
    if (type !== "date")
      throw notPortable("The Julian day of a timestamp", "Take it of the date: cast(… as date).")
    return { value: BigInt(Math.floor(date.getTime() / DAY_MS) + JULIAN_EPOCH), decimals: 0 }
  }
  return { value: ZONES.has(unit) ? 0n : BigInt(calendarPart(unit, date)), decimals: 0 }
}

/** `date_part`: a float, computed as PostgreSQL computes it. */
function datePart(unit: string, stored: string, type: TypeName): number {
  assertPart(unit, type)
  const moment = momentOf(stored, type)
  const seconds = moment.date.getUTCSeconds()
  if (unit === "second") return seconds + moment.micros / 1e6
  if (unit === "milliseconds") return seconds * 1000 + moment.micros / 1000
  const { value, decimals } = scaledPart(unit, moment, type)
  return Number(value) / 10 ** decimals
}

/** `extract`: a decimal text, with the scale that PostgreSQL gives it. */
function extract(unit: string, stored: string, type: TypeName): string {
  if (type === "date" && PARTS.has(unit) && unit !== "epoch" && TIMES_OF_DAY.has(unit))
    throw notSupported(unit, type)
  assertPart(unit, type)
  const { value, decimals } = scaledPart(unit, momentOf(stored, type), type)
  if (decimals === 0 || (type === "date" && unit === "epoch"))
    return String(value / (type === "date" && decimals > 0 ? 1_000_000n : 1n))
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, "0")
  return `${value < 0n ? "-" : ""}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

function truncated(unit: string, { date, micros }: Moment, type: TypeName): { ms: number; micros: number } {
  const year = date.getUTCFullYear()
  const ms = date.getTime()
  switch (unit) {
    case "microseconds":
      return { ms, micros }
    case "milliseconds":
      return { ms, micros: micros - (micros % 1000) }
    case "second":
      return { ms, micros: 0 }
    case "minute":
      return { ms: ms - (((ms % 60_000) + 60_000) % 60_000), micros: 0 }
    case "hour":
      return { ms: ms - (((ms % 3_600_000) + 3_600_000) % 3_600_000), micros: 0 }
    case "day":
      return { ms: Math.floor(ms / DAY_MS) * DAY_MS, micros: 0 }
    case "week":
      return { ms: mondayOf(date), micros: 0 }
    case "month":
      return { ms: new Date(0).setUTCFullYear(year, date.getUTCMonth(), 1), micros: 0 }
    case "quarter":
      return { ms: new Date(0).setUTCFullYear(year, Math.floor(date.getUTCMonth() / 3) * 3, 1), micros: 0 }
    case "year":
      return { ms: startOfYear(year), micros: 0 }
    case "decade":
      return { ms: startOfYear(Math.floor(year / 10) * 10), micros: 0 }
    case "century":
      return { ms: startOfYear(Math.floor((year + 99) / 100) * 100 - 99), micros: 0 }
    case "millennium":
      return { ms: startOfYear(Math.floor((year + 999) / 1000) * 1000 - 999), micros: 0 }
    default:
      if (ZONES.has(unit)) throw notSupported(unit, type)
      throw dataError("22023", type)
  }
}

/** `date_trunc`: of a date it gives a timestamptz, as PostgreSQL does. */
function dateTrunc(unit: string, stored: string, type: TypeName): string {
  const { ms, micros } = truncated(unit, momentOf(stored, type), type)
  const iso = new Date(ms).toISOString()
  if (iso.length !== 24 || iso.startsWith("0000")) throw dataError("22008", type)
  const text = `${iso.slice(0, 10)} ${iso.slice(11, 19)}.${String(micros).padStart(6, "0")}`
  return type === "timestamp" ? text : `${text}+00`
}

/** In the order in which they stand in the query. */
function addDays(first: SQLOutputValue, second: SQLOutputValue): string {
  const [day, days] = typeof first === "string" ? [first, Number(second)] : [String(second), Number(first)]
  const date = new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS)
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999)
    throw dataError("22008", "date")
  return date.toISOString().slice(0, 10)
}

/** Registers the functions of dates and times. All give NULL where an argument is NULL. */
export function registerTimes(database: DatabaseSync): void {
  const options = { deterministic: true, useBigIntArguments: true }
  const parts = { date_trunc: dateTrunc, date_part: datePart, extract }
  for (const [name, compute] of Object.entries(parts)) {
    database.function(`understudy_${name}`, options, (unit, value, type) =>
      unit === null || value === null ? null : compute(unitOf(unit), String(value), String(type) as TypeName),
    )
  }
  database.function(ADD_DAYS_FUNCTION, options, (day, days) =>
    day === null || days === null ? null : addDays(day, days),
  )
  database.function(DAYS_BETWEEN_FUNCTION, options, (day, other) =>
    day === null || other === null
      ? null
      : BigInt((Date.parse(`${String(day)}T00:00:00Z`) - Date.parse(`${String(other)}T00:00:00Z`)) / DAY_MS),
  )
}
