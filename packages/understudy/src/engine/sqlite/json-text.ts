import type { DatabaseSync } from "node:sqlite"
import { dataError } from "../data-error.ts"
import { plainDecimal } from "../decimal.ts"
import { notPortable } from "../not-portable.ts"

/** The SQL function behind `->>`: what `->` took out, and the column's type. */
export const JSON_TEXT_FUNCTION = "understudy_json_text"

/** The SQL function of which two jsonb have the same value just where they are equal. */
export const JSONB_KEY_FUNCTION = "understudy_jsonb_key"

/** A number with the digits with which it was written. */
class Digits {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a reviver is told of a value besides it: how it was written. TypeScript's own types do not know it yet. */
interface Source {
  readonly source?: string
}
type Reviver = (this: unknown, key: string, value: unknown, context: Source) => unknown

function parse(text: string): unknown {
  const reviver: Reviver = (_key, value, { source }) =>
    typeof value === "number" && source !== undefined ? new Digits(source) : value
  return JSON.parse(text, reviver as (this: unknown, key: string, value: unknown) => unknown)
}

/** jsonb keeps keys by length, then by bytes. */
function byKey([left]: [string, unknown], [right]: [string, unknown]): number {
  const [first, second] = [Buffer.from(left), Buffer.from(right)]
  return first.length - second.length || Buffer.compare(first, second)
}

/** A text as jsonb keeps it: no NUL, no half of a pair. */
function quoted(text: string): string {
  if (text.includes("\0")) throw dataError("22P05", "jsonb")
  if (!text.isWellFormed()) throw dataError("22P02", "jsonb")
  return JSON.stringify(text)
}

function render(value: unknown, number: (text: string) => string): string {
  if (value instanceof Digits) return number(value.text)
  if (typeof value === "string") return quoted(value)
  if (Array.isArray(value)) return `[${value.map((each) => render(each, number)).join(", ")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(byKey)
  return `{${entries.map(([key, each]) => `${quoted(key)}: ${render(each, number)}`).join(", ")}}`
}

/** A document as PostgreSQL prints a jsonb. */
export function jsonbText(text: string): string {
  return render(parse(text), plainDecimal)
}

/** A text that two documents share just where PostgreSQL takes them for equal: `1.0` is `1`. */
function jsonbKey(text: string): string {
  return render(parse(text), (number) =>
    plainDecimal(number)
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, ""),
  )
}

function textOf(text: string, type: string): string | null {
  if (text === "null") return null
  if (text.startsWith('"')) return JSON.parse(text) as string
  if (type === "jsonb") return jsonbText(text)
  if (/^[[{]/.test(text)) {
    throw notPortable("->> of an object or array in a json column", "Use ->, or a jsonb column.")
  }
  return text
}

function kindOf(value: unknown): string {
  if (value === null) return "null"
  return Array.isArray(value) ? "array" : typeof value
}

function arrayLength(text: string): number {
  const value = JSON.parse(text) as unknown
  if (!Array.isArray(value)) throw dataError("22023", "json")
  return value.length
}

/** Registers the functions behind `->>` and the equality of jsonb: SQLite's own gives 1 for true, and numbers as it reads them. */
export function registerJson(database: DatabaseSync): void {
  database.function(JSON_TEXT_FUNCTION, { deterministic: true }, (text, type) =>
    text === null ? null : textOf(String(text), String(type)),
  )
  database.function(JSONB_KEY_FUNCTION, { deterministic: true }, (text) =>
    text === null ? null : jsonbKey(String(text)),
  )
  for (const type of ["json", "jsonb"]) {
    database.function(`understudy_${type}_array_length`, { deterministic: true }, (text) =>
      text === null ? null : arrayLength(String(text)),
    )
    database.function(`understudy_${type}_typeof`, { deterministic: true }, (text) =>
      text === null ? null : kindOf(JSON.parse(String(text))),
    )
  }
}
