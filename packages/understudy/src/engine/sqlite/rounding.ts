import type { DatabaseSync, SQLOutputValue } from "node:sqlite"
import { roundDecimal } from "../decimal.ts"
import type { TypeName } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { fromFloat, toFloat } from "./arithmetic.ts"

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

/** Registers the functions that round. */
export function registerRounding(database: DatabaseSync): void {
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
