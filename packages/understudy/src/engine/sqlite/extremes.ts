import type { DatabaseSync } from "node:sqlite"
import { addScaled, parseScaled } from "../decimal-arithmetic.ts"

/** The SQL function that is `nullif` of decimal texts. */
export const NUMERIC_NULLIF_FUNCTION = "understudy_numeric_nullif"

/** Are two numerics equal? A float among them makes floats of both. */
function equalNumerics(left: unknown, right: unknown): boolean {
  if (typeof left !== "string" || typeof right !== "string") return Number(left) === Number(right)
  const { digits, scale } = parseScaled(right)
  return addScaled(parseScaled(left), { digits: -digits, scale }).digits === 0n
}

/** The order of two values of one type: numbers by size with NaN last, texts and bytes by their bytes. */
function compare(left: unknown, right: unknown): number {
  if (typeof left === "string" && typeof right === "string") {
    return Buffer.compare(Buffer.from(left), Buffer.from(right))
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right)
  if (left === "NaN" || right === "NaN") return left === "NaN" ? 1 : -1
  const [first, second] = [left as number | bigint, right as number | bigint]
  return first < second ? -1 : first > second ? 1 : 0
}

/** Registers `nullif` of numerics, and `greatest` and `least`, which pass over NULL; SQLite's `max` and `min` of several values do not. */
export function registerExtremes(database: DatabaseSync): void {
  database.function(NUMERIC_NULLIF_FUNCTION, { deterministic: true }, (left, right) =>
    left !== null && right !== null && equalNumerics(left, right) ? null : left,
  )
  for (const [name, sign] of [
    ["understudy_greatest", 1],
    ["understudy_least", -1],
  ] as const) {
    database.function(name, { deterministic: true, varargs: true, useBigIntArguments: true }, (...values) =>
      values.reduce((best, value) => {
        if (value === null) return best
        return best === null || compare(value, best) * sign > 0 ? value : best
      }, null),
    )
  }
}
