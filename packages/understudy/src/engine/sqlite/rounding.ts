import type { DatabaseSync, SQLOutputValue } from "node:sqlite"
import { dataError } from "../data-error.ts"
import { roundDecimal } from "../decimal.ts"
import type { TypeName } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { fromFloat, toFloat, type ArithmeticType } from "./arithmetic.ts"
import { INTEGER_RANGES } from "./bind.ts"

/** PostgreSQL's functions that round, each once for decimal texts and once for floats. */
const ROUNDING: Readonly<Record<string, "round" | "floor" | "ceil" | "trunc">> = {
  round: "round",
  floor: "floor",
  ceil: "ceil",
  ceiling: "ceil",
  trunc: "trunc",
}

/** Is this a function that rounds? */
export function isRounding(name: string): boolean {
  return name in ROUNDING
}

/** The SQL function that rounds values of a type as PostgreSQL does; whole numbers are floats to it. */
export function roundingFunction(name: string, type: TypeName): string {
  return `understudy_${type === "numeric" ? "numeric" : "float8"}_${ROUNDING[name]}`
}

/** The SQL function that is `abs` of values of a type. */
export function absoluteFunction(type: ArithmeticType): string {
  return `understudy_${type === "float4" ? "float8" : type}_abs`
}

function registerAbsolutes(database: DatabaseSync): void {
  const options = { deterministic: true, useBigIntArguments: true } as const
  for (const name of ["int2", "int4", "int8"] as const) {
    database.function(absoluteFunction(name), options, (value) => {
      if (value === null) return null
      const positive = (value as bigint) < 0n ? -(value as bigint) : (value as bigint)
      if (positive > INTEGER_RANGES[name][1]) throw dataError("22003", name)
      return positive
    })
  }
  database.function(absoluteFunction("float8"), options, (value) =>
    value === null ? null : fromFloat(Math.abs(toFloat(value))),
  )
  database.function(absoluteFunction("numeric"), options, (value) =>
    value === null ? null : String(value).replace(/^-/, ""),
  )
}

/** The nearest whole number; of two equally near ones the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

const FLOATS: Readonly<Record<string, (value: number) => number>> = {
  round: roundHalfEven,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
}

function decimals(places: SQLOutputValue | undefined): number {
  if (Number(places) < 0) throw notPortable("Rounding before the point", "Divide, round and multiply.")
  return Number(places ?? 0)
}

/** Registers the functions that round, and `abs`. */
export function registerRounding(database: DatabaseSync): void {
  registerAbsolutes(database)
  for (const [name, round] of Object.entries(FLOATS)) {
    database.function(`understudy_float8_${name}`, { deterministic: true }, (value) =>
      value === null ? null : fromFloat(round(toFloat(value)) + 0),
    )
    database.function(
      `understudy_numeric_${name}`,
      { deterministic: true, varargs: true, useBigIntArguments: true },
      (value, places) =>
        value === null || value === undefined || places === null
          ? null
          : roundDecimal(String(value), decimals(places), name as "round" | "floor" | "ceil" | "trunc"),
    )
  }
}
