import { dataError } from "../data-error.ts"
import { fitDecimal, plainDecimal } from "../decimal.ts"
import { isExactNumeric, type LogicalType } from "../logical-type.ts"
import { dateToPostgres, dateToStored, timestampToStored, timeToStored } from "../temporal.ts"
import { checkText } from "../values.ts"
import { jsonbText } from "./json-text.ts"

/** What node:sqlite binds as it is meant: numbers are floats, bigints are integers. */
export type Bound = null | number | bigint | string | Uint8Array

/** What a parameter is for: kept in a column of this type, compared with one, or a part of the query itself. */
export interface Target {
  readonly type: LogicalType
  readonly use: "store" | "compare" | "pattern" | "limit" | "offset"
}

/** The types of whole numbers. */
export type IntegerName = "int2" | "int4" | "int8"

/** The least and the most of each integer type. */
export const INTEGER_RANGES: Readonly<Record<IntegerName, readonly [bigint, bigint]>> = {
  int2: [-(2n ** 15n), 2n ** 15n - 1n],
  int4: [-(2n ** 31n), 2n ** 31n - 1n],
  int8: [-(2n ** 63n), 2n ** 63n - 1n],
}

const TRUE = new Set(["t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"])
const FALSE = new Set(["f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"])
const FLOATS: Readonly<Record<string, number>> = {
  infinity: Infinity,
  inf: Infinity,
  "-infinity": -Infinity,
  "-inf": -Infinity,
}

/** The text that node-postgres would send for the value, which PostgreSQL then reads as the target's type. */
function asText(value: unknown, type: string): string {
  switch (typeof value) {
    case "string":
      return checkText(value)
    case "number":
    case "bigint":
    case "boolean":
      return String(value)
    default:
      if (value instanceof Date) return dateToPostgres(value)
      if (value instanceof Uint8Array) throw dataError("22P02", type)
      return JSON.stringify(value)
  }
}

/** PostgreSQL reads the bytes of a parameter as the characters of a text. */
function bytesToText(bytes: Uint8Array): string {
  try {
    return checkText(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    throw dataError("22021", "text")
  }
}

function bindInteger(value: unknown, name: IntegerName): bigint {
  const integer = Number.isSafeInteger(value) ? BigInt(value as number) : parseInteger(value, name)
  const [least, most] = INTEGER_RANGES[name]
  if (integer < least || integer > most) throw dataError("22003", name)
  return integer
}

function parseInteger(value: unknown, name: string): bigint {
  const text = asText(value, name).trim()
  if (!/^[+-]?\d+$/.test(text)) throw dataError("22P02", name)
  return BigInt(text)
}

function bindFloat(value: unknown, name: "float4" | "float8"): number | string {
  const text = asText(value, name).trim().toLowerCase()
  if (text === "nan") return "NaN"
  const number =
    FLOATS[text] ?? (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text) ? Number(text) : undefined)
  if (number === undefined) throw dataError("22P02", name)
  const kept = name === "float4" ? Math.fround(number) : number
  const vanishes = kept === 0 && /^[^e]*[1-9]/.test(text)
  if (vanishes || (!Number.isFinite(kept) && FLOATS[text] === undefined)) throw dataError("22003", name)
  return kept + 0
}

function bindBoolean(value: unknown): bigint {
  if (typeof value === "boolean") return value ? 1n : 0n
  const text = asText(value, "boolean").trim().toLowerCase()
  if (TRUE.has(text)) return 1n
  if (FALSE.has(text)) return 0n
  throw dataError("22P02", "boolean")
}

function bindNumeric(value: unknown, { type, use }: Target): string | number {
  const text = asText(value, "numeric")
  // Compared with an expression, which has no affinity, a text would be larger than every number.
  if (use === "compare" && isExactNumeric(type)) return Number(plainDecimal(text))
  if (type.size === undefined || use === "compare") return plainDecimal(text)
  return fitDecimal(text, type.size, type.scale ?? 0)
}

const CANONICAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

function bindUuid(value: unknown): string {
  if (typeof value === "string" && CANONICAL_UUID.test(value)) return value
  const text = asText(value, "uuid").toLowerCase()
  const groups = /^\{?((?:[0-9a-f]{4}-?){7}[0-9a-f]{4})\}?$/.exec(text)?.[1]?.replaceAll("-", "")
  if (groups === undefined || text.startsWith("{") !== text.endsWith("}")) throw dataError("22P02", "uuid")
  return groups.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}

function bindJson(value: unknown, name: "json" | "jsonb"): string {
  const text = typeof value === "string" ? checkText(value) : asText(value, name)
  try {
    // As PostgreSQL keeps it: the last of two equal keys, keys in its order, `-0` as `0`.
    if (name === "jsonb") return jsonbText(text)
    JSON.parse(text)
    return text
  } catch (error) {
    throw error instanceof SyntaxError ? dataError("22P02", name) : error
  }
}

function bindBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  const text = asText(value, "bytea")
  if (text.startsWith("\\x")) {
    const digits = text.slice(2).replaceAll(/\s/g, "")
    if (!/^([0-9a-f]{2})*$/i.test(digits)) throw dataError("22023", "bytea")
    return Buffer.from(digits, "hex")
  }
  if (text.includes("\\")) throw dataError("22P02", "bytea")
  return Buffer.from(text)
}

function bindVarchar(value: unknown, { type, use }: Target): string {
  const text = asText(value, "text")
  if (use !== "store" || type.size === undefined || text.length <= type.size) return text
  const characters = [...text]
  // Spaces that do not fit are dropped.
  if (characters.slice(type.size).some((character) => character !== " ")) {
    throw dataError("22001", `character varying(${type.size})`)
  }
  return characters.slice(0, type.size).join("")
}

/** A value for a column of a known type, as PostgreSQL would read it. Throws 22xxx where PostgreSQL would. */
function bindTyped(value: unknown, target: Target): Bound {
  const { name } = target.type
  switch (name) {
    case "boolean":
      return bindBoolean(value)
    case "int2":
    case "int4":
    case "int8":
      return bindInteger(value, name)
    case "float4":
    case "float8":
      return bindFloat(value, name)
    case "numeric":
      return bindNumeric(value, target)
    case "text":
    case "enum":
      return value instanceof Uint8Array ? bytesToText(value) : asText(value, name)
    case "varchar":
      return bindVarchar(value, target)
    case "uuid":
      return bindUuid(value)
    case "date":
      return dateToStored(value instanceof Date ? value : asText(value, name))
    case "time":
      return timeToStored(asText(value, name))
    case "timestamp":
    case "timestamptz":
      return timestampToStored(value instanceof Date ? value : asText(value, name), name)
    case "json":
    case "jsonb":
      return bindJson(value, name)
    case "bytea":
      return bindBytes(value)
    default:
      return name satisfies never
  }
}

/** A value whose target nothing tells: by its own JavaScript type. */
function bindUntyped(value: unknown): Bound {
  switch (typeof value) {
    case "string":
      return checkText(value)
    case "boolean":
      return value ? 1n : 0n
    case "bigint":
      return bindInteger(value, "int8")
    case "number":
      if (Number.isNaN(value)) throw dataError("22P02", "numeric")
      return Number.isSafeInteger(value) ? BigInt(value) : value
    default:
      if (value instanceof Date) return timestampToStored(value, "timestamptz")
      if (value instanceof Uint8Array) return value
      return checkText(JSON.stringify(value))
  }
}

/** A number of rows; NULL is none at all to OFFSET, and no end to LIMIT, which SQLite writes -1. */
function bindCount(value: unknown, use: "limit" | "offset"): bigint {
  if (value === null || value === undefined) return use === "limit" ? -1n : 0n
  const count = bindInteger(value, "int8")
  if (count < 0n) throw dataError(use === "limit" ? "2201W" : "2201X", "int8")
  return count
}

/** A pattern of LIKE, whose last character escapes nothing. */
function bindPattern(value: unknown): string {
  const text = asText(value, "text")
  if ((/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1) throw dataError("22025", "text")
  return text
}

/** The value as it is bound. `undefined` is NULL, as node-postgres has it. */
export function bindValue(value: unknown, target: Target | undefined): Bound {
  if (target?.use === "limit" || target?.use === "offset") return bindCount(value, target.use)
  if (value === null || value === undefined) return null
  if (target?.use === "pattern") return bindPattern(value)
  return target === undefined ? bindUntyped(value) : bindTyped(value, target)
}
