import { dataError } from "../data-error.ts"
import { isExactNumeric, type LogicalType } from "../logical-type.ts"
import { storedToDate, storedToText } from "../temporal.ts"
import type { ValueOptions } from "../values.ts"
import { givesFloat4, toDigits } from "./float-text.ts"

/** Turns one value of a row into JavaScript's. Never called with null. */
export type Reader = (value: unknown) => unknown

function toNumber(value: unknown): unknown {
  if (typeof value !== "bigint") return value
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) throw dataError("22003", "int8")
  return Number(value)
}

/** Below it, a single-precision number has fewer than six digits that mean something. */
const LEAST_NORMAL = 2 ** -126

/** The shortest decimal that is this single-precision number, as PostgreSQL prints it. */
function float4(value: unknown): unknown {
  if (typeof value !== "number") return floatText(value)
  for (let digits = Math.abs(value) < LEAST_NORMAL ? 1 : 6; digits < 9; digits += 1) {
    const short = toDigits(value, digits)
    if (givesFloat4(short, value)) return short + 0
  }
  return Number(value.toPrecision(9))
}

function floatText(value: unknown): unknown {
  if (value === "NaN") return Number.NaN
  // `-0`, which is computed but never kept, becomes `0`, as on PostgreSQL's side.
  return typeof value === "number" ? value + 0 : toNumber(value)
}

function toBuffer(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}

const untyped: Reader = (value) => (typeof value === "bigint" ? toNumber(value) : toBuffer(value))

function numericReader(type: LogicalType): Reader {
  if (!isExactNumeric(type)) return String
  return (value) => (Number(value) + 0).toFixed(type.scale ?? 0)
}

/** The reader of a column of this type; of no known type: by storage class. */
export function readerOf(type: LogicalType | undefined, options: ValueOptions): Reader {
  switch (type?.name) {
    case undefined:
      return untyped
    case "boolean":
      return (value) => value === 1n || value === 1
    case "int2":
    case "int4":
      return Number
    case "int8":
      return options.int8 === "bigint" ? (value) => BigInt(value as bigint) : toNumber
    case "float4":
      return float4
    case "float8":
      return floatText
    case "numeric":
      return numericReader(type as LogicalType)
    case "timestamp":
    case "timestamptz":
      return options.timestamptz === "string"
        ? (value) => storedToText(String(value))
        : (value) => storedToDate(String(value))
    case "json":
    case "jsonb":
      return (value) => JSON.parse(String(value)) as unknown
    case "bytea":
      return toBuffer
    default:
      return String
  }
}
