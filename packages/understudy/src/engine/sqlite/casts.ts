import type { DatabaseSync } from "node:sqlite"
import { DatabaseError } from "../../errors/database-error.ts"
import { dataError } from "../data-error.ts"
import { fitDecimal, plainDecimal } from "../decimal.ts"
import { isExactNumeric, parseLogicalType, type LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { storedToText } from "../temporal.ts"
import { fromFloat, toFloat } from "./arithmetic.ts"
import { bindValue, type Bound, type IntegerName } from "./bind.ts"
import { isFloat, isInteger, isNumber } from "./common-type.ts"
import { floatText } from "./float-text.ts"
import { jsonbText } from "./json-text.ts"
import { roundHalfEven } from "./rounding.ts"

/** The SQL function that casts: value, the type it has (empty: by its storage class), the type it gets. */
export const CAST_FUNCTION = "understudy_cast"

/** Decimal digits that PostgreSQL keeps of a float that becomes a numeric. */
const FLOAT_DIGITS = { float4: 6, float8: 15 } as const
/** More digits than any numeric has. */
const ANY_PRECISION = 200_000

const TEXTS: ReadonlySet<string> = new Set(["text", "varchar", "enum"])
const TIMES: Readonly<Record<string, readonly string[]>> = {
  date: ["date", "timestamp", "timestamptz"],
  timestamp: ["date", "time", "timestamp", "timestamptz"],
  timestamptz: ["date", "time", "timestamp", "timestamptz"],
}

/** Is this a type of texts? */
export function isText(type: LogicalType): boolean {
  return TEXTS.has(type.name)
}

/** A type as PostgreSQL writes it. */
export function typeText({ name, size, scale }: LogicalType): string {
  if (size === undefined) return name
  return scale === undefined ? `${name}(${size})` : `${name}(${size},${scale})`
}

/** Throws 42846 where PostgreSQL has no such cast, and refuses by name what only PostgreSQL has. */
export function assertCast(from: LogicalType, to: LogicalType): void {
  if (from.name === to.name || isText(from) || isText(to)) return
  if (isNumber(from) && isNumber(to)) return
  if (TIMES[from.name]?.includes(to.name) === true) return
  if (from.name === "boolean" && to.name === "int4") return
  if (from.name === "int4" && to.name === "boolean") return
  if (from.name === "json" && to.name === "jsonb") return
  if (from.name === "jsonb" && (to.name === "json" || to.name === "boolean" || isNumber(to))) {
    throw notPortable(`cast(jsonb as ${typeText(to)})`, "Take the text with ->> and cast that.")
  }
  if ((from.name === "bytea" && isInteger(to)) || (isInteger(from) && to.name === "bytea")) {
    throw notPortable(
      `cast(${from.name} as ${to.name})`,
      "PostgreSQL has it from 18 on; read the bytes in JavaScript.",
    )
  }
  const message = `cannot cast type ${from.name} to ${to.name}`
  throw new DatabaseError({ code: "42846", message })
}

/** Throws 42804 where PostgreSQL does not cast by itself when it assigns a value to a column. */
export function assertAssignable(from: LogicalType, to: LogicalType): void {
  if (from.name === to.name || isText(to)) return
  if (isNumber(from) && isNumber(to)) return
  if (TIMES[from.name]?.includes(to.name) === true) return
  if ((from.name === "json" || from.name === "jsonb") && (to.name === "json" || to.name === "jsonb")) return
  const message = `column is of type ${to.name} but expression is of type ${from.name}`
  throw new DatabaseError({ code: "42804", message })
}

/** A stored value as the text that PostgreSQL prints for it. */
function storedText(value: unknown, type: LogicalType): string {
  switch (type.name) {
    case "boolean":
      return value === 1n ? "true" : "false"
    case "float4":
    case "float8":
      return floatText(toFloat(value), type.name)
    case "numeric":
      return isExactNumeric(type) ? fixedDecimal(value, type.scale ?? 0) : String(value)
    case "timestamp":
    case "timestamptz":
      return storedToText(String(value))
    case "jsonb":
      return jsonbText(String(value))
    case "bytea":
      return `\\x${Buffer.from(value as Uint8Array).toString("hex")}`
    default:
      return String(value)
  }
}

/** A number of a `numeric(p,s)` column with its scale. */
function fixedDecimal(value: unknown, scale: number): string {
  return fitDecimal(String(value), ANY_PRECISION, scale)
}

function toInteger(value: unknown, from: LogicalType, name: IntegerName): Bound {
  if (from.name === "numeric") return bindValue(fixedDecimal(value, 0), { type: { name }, use: "store" })
  const number = toFloat(value)
  if (!Number.isFinite(number)) throw dataError("22003", name)
  return bindValue(BigInt(roundHalfEven(number)), { type: { name }, use: "store" })
}

function toFloatType(value: number, to: LogicalType): Bound {
  const kept = to.name === "float4" ? Math.fround(value) : value
  const fits = Math.abs(kept) !== Infinity || Math.abs(value) === Infinity
  if (!fits || (kept === 0 && value !== 0)) throw dataError("22003", to.name)
  return fromFloat(kept)
}

function toNumeric(text: string, to: LogicalType): Bound {
  if (to.size === undefined) return plainDecimal(text)
  const fitted = fitDecimal(text, to.size, to.scale ?? 0)
  return isExactNumeric(to) ? Number(fitted) : fitted
}

function decimalOf(value: unknown, from: LogicalType): string {
  if (!isFloat(from)) return storedText(value, from)
  const number = toFloat(value)
  if (!Number.isFinite(number))
    throw notPortable(`A ${String(number)} in numeric`, "Keep it in double precision.")
  return String(Number(number.toPrecision(FLOAT_DIGITS[from.name])))
}

function storageType(value: unknown): LogicalType {
  if (typeof value === "bigint") return { name: "int8" }
  if (typeof value === "number") return { name: "float8" }
  return { name: value instanceof Uint8Array ? "bytea" : "text" }
}

/** Casts a stored value as PostgreSQL does; throws 22xxx where PostgreSQL would. */
function castValue(value: unknown, from: LogicalType, to: LogicalType): Bound {
  assertCast(from, to)
  if (isText(to)) {
    const text = storedText(value, from)
    return to.size === undefined ? text : [...text].slice(0, to.size).join("")
  }
  if (to.name === "numeric") return toNumeric(decimalOf(value, from), to)
  if (isFloat(from) && isFloat(to)) return toFloatType(toFloat(value), to)
  if (isNumber(from) && isInteger(to) && !isInteger(from)) {
    return toInteger(value, from, to.name as IntegerName)
  }
  if (from.name === "float4" && to.name === "float8") return value as Bound
  if (from.name === "boolean" && to.name === "int4") return value as bigint
  if (from.name === "int4" && to.name === "boolean") return value === 0n ? 0n : 1n
  if (to.name === "bytea" && value instanceof Uint8Array) return value
  if (to.name === "time" && from.name in TIMES)
    return bindValue(storedText(value, from).slice(11).replace("+00", ""), { type: to, use: "store" })
  return bindValue(storedText(value, from), { type: to, use: "store" })
}

/** Registers the function that casts. */
export function registerCasts(database: DatabaseSync): void {
  const types = new Map<string, LogicalType | undefined>()
  const typeOf = (text: unknown): LogicalType | undefined => {
    const key = String(text)
    if (!types.has(key)) types.set(key, parseLogicalType(key))
    return types.get(key)
  }
  database.function(CAST_FUNCTION, { deterministic: true, useBigIntArguments: true }, (value, from, to) =>
    value === null
      ? null
      : castValue(value, typeOf(from) ?? storageType(value), typeOf(to) ?? { name: "text" }),
  )
}
