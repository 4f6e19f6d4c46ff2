import type { AggregateOptions, DatabaseSync, SQLInputValue, SQLOutputValue } from "node:sqlite"
import { dataError } from "../data-error.ts"
import { addScaled, divideDecimals, parseScaled, renderScaled, type Scaled } from "../decimal-arithmetic.ts"
import { notPortable } from "../not-portable.ts"
import type { TypeName } from "../logical-type.ts"
import { fromFloat, toFloat } from "./arithmetic.ts"

interface Sum<T> {
  readonly value: T
  readonly count: bigint
  /** A step went beyond the type's range. */
  readonly overflowed?: boolean
}

/**
 * The SQL function that sums or averages values of a type; undefined where SQLite's own does it as PostgreSQL does.
 * Those whose value is `numeric` give decimal texts, and take them, or numbers and their scale.
 */
export function aggregateFunction(name: "sum" | "avg", type: TypeName): string | undefined {
  switch (type) {
    case "int2":
    case "int4":
      return name === "avg" ? "understudy_numeric_avg" : undefined
    case "int8":
    case "numeric":
      return `understudy_numeric_${name}`
    case "float4":
    case "float8":
      return name === "avg" ? "understudy_float8_avg" : `understudy_${type}_sum`
    default:
      return undefined
  }
}

/** The SQL function that finds the smallest or the largest of decimal texts, and gives it with its digits. */
export function numericExtreme(name: "min" | "max"): string {
  return `understudy_numeric_${name}`
}

function registerExtreme(database: DatabaseSync, name: "min" | "max"): void {
  database.aggregate(numericExtreme(name), {
    deterministic: true,
    start: null,
    step: (best, value) => {
      if (value === null || best === null) return value ?? best
      const { digits, scale } = parseScaled(String(best))
      const difference = addScaled(parseScaled(String(value)), { digits: -digits, scale }).digits
      // Of equal ones PostgreSQL keeps the later.
      return (name === "min" ? difference > 0n : difference < 0n) ? best : value
    },
    inverse: () => {
      throw notPortable(`${name}() of numerics that are computed, over a frame that moves`, "Take a column.")
    },
  })
}

/** node:sqlite keeps any JavaScript value between the rows, though its types know only SQLite's own. */
function register<T>(
  database: DatabaseSync,
  name: string,
  aggregate: {
    readonly start: Sum<T>
    readonly step: (sum: Sum<T>, value: SQLOutputValue, scale?: SQLOutputValue) => Sum<T>
    readonly inverse: (sum: Sum<T>, value: SQLOutputValue, scale?: SQLOutputValue) => Sum<T>
    readonly result: (sum: Sum<T>) => SQLInputValue
  },
): void {
  const options = { ...aggregate, deterministic: true, useBigIntArguments: true, varargs: true }
  database.aggregate(name, options as unknown as AggregateOptions)
}

/** A number as it comes from SQLite: whole, of a column with a scale, or a decimal text. */
function toScaled(value: SQLOutputValue, scale: SQLOutputValue | undefined): Scaled {
  if (typeof value === "string") return parseScaled(value)
  const places = Number(scale ?? 0)
  if (typeof value === "bigint") return { digits: value * 10n ** BigInt(places), scale: places }
  return { digits: BigInt(Math.round(Number(value) * 10 ** places)), scale: places }
}

function registerDecimal(database: DatabaseSync, name: string, result: (sum: Sum<Scaled>) => string): void {
  register<Scaled>(database, name, {
    start: { value: { digits: 0n, scale: 0 }, count: 0n },
    step: (sum, value, scale) =>
      value === null ? sum : { value: addScaled(sum.value, toScaled(value, scale)), count: sum.count + 1n },
    inverse: (sum, value, scale) => {
      if (value === null) return sum
      const { digits, scale: places } = toScaled(value, scale)
      return { value: addScaled(sum.value, { digits: -digits, scale: places }), count: sum.count - 1n }
    },
    result: (sum) => (sum.count === 0n ? null : result(sum)),
  })
}

/** Sums in the order of the rows and without compensation, as PostgreSQL does: SQLite's own sums differ in the last digit. */
function registerFloat(
  database: DatabaseSync,
  name: string,
  round: (value: number) => number,
  result: (sum: Sum<number>) => number,
): void {
  register<number>(database, name, {
    start: { value: 0, count: 0n },
    step: (sum, value) => {
      if (value === null) return sum
      const term = toFloat(value)
      const next = round(sum.value + term)
      const overflows =
        Math.abs(next) === Infinity && Math.abs(sum.value) !== Infinity && Math.abs(term) !== Infinity
      return { value: next, count: sum.count + 1n, overflowed: sum.overflowed === true || overflows }
    },
    inverse: (sum, value) =>
      value === null ? sum : { ...sum, value: round(sum.value - toFloat(value)), count: sum.count - 1n },
    // node:sqlite loses what is thrown in a step.
    result: (sum) => {
      if (sum.overflowed === true) throw dataError("22003", "float8")
      return sum.count === 0n ? null : fromFloat(result(sum))
    },
  })
}

/** Registers the sums and averages that SQLite computes otherwise than PostgreSQL. */
export function registerAggregates(database: DatabaseSync): void {
  registerExtreme(database, "min")
  registerExtreme(database, "max")
  registerDecimal(database, "understudy_numeric_sum", ({ value }) => renderScaled(value))
  registerDecimal(database, "understudy_numeric_avg", ({ value, count }) =>
    divideDecimals(renderScaled(value), String(count)),
  )
  registerFloat(database, "understudy_float4_sum", Math.fround, ({ value }) => value)
  registerFloat(database, "understudy_float8_sum", Number, ({ value }) => value)
  registerFloat(database, "understudy_float8_avg", Number, ({ value, count }) => value / Number(count))
}
