import type { DatabaseSync, StatementSync } from "node:sqlite"
import { dataError } from "../data-error.ts"
import { fromFloat, toFloat } from "./arithmetic.ts"

/** PostgreSQL's functions of floats, with the number of their arguments. */
const ARGUMENTS: Readonly<Record<string, 1 | 2>> = {
  acos: 1,
  asin: 1,
  atan: 1,
  atan2: 2,
  cos: 1,
  degrees: 1,
  exp: 1,
  ln: 1,
  log: 1,
  log10: 1,
  pow: 2,
  power: 2,
  radians: 1,
  sign: 1,
  sin: 1,
  sqrt: 1,
  tan: 1,
}

/** SQLite's own name where it is another. */
const OWN_NAMES: Readonly<Record<string, string>> = { log: "log10", power: "pow" }

/** Those that leave the range of floats: that is an error, not an infinity or a zero. */
const MAY_LEAVE: ReadonlySet<string> = new Set(["exp", "pow", "power", "degrees", "radians"])

/** Is this a function that computes with floats? */
export function isMath(name: string): boolean {
  return name in ARGUMENTS
}

/** The SQL function that computes a function of floats as PostgreSQL does. */
export function mathFunction(name: string): string {
  return `understudy_float8_${name}`
}

function assertDomain(name: string, x: number, y: number): void {
  if ((name === "ln" || name === "log" || name === "log10") && x <= 0) throw dataError("2201E", "float8")
  if (name === "sqrt" && x < 0) throw dataError("2201F", "float8")
  if (name !== "pow" && name !== "power") return
  if (x === 0 && y < 0) throw dataError("2201F", "float8")
  if (x < 0 && Number.isFinite(y) && !Number.isInteger(y)) throw dataError("2201F", "float8")
}

/** What no function of the machine tells: SQLite has no NaN. */
function ofNaN(name: string, x: number, y: number): number {
  const isOne = (name === "pow" || name === "power") && (x === 1 || y === 0)
  if (isOne) return 1
  return name === "sign" ? 0 : Number.NaN
}

/**
 * Registers the functions of floats: 2201E and 2201F outside their domain, 22003 beyond the range. They are computed
 * by SQLite's own, which ask the machine's library as PostgreSQL does; JavaScript's differ in the last digit.
 */
export function registerMath(database: DatabaseSync): void {
  for (const [name, count] of Object.entries(ARGUMENTS)) {
    const own = OWN_NAMES[name] ?? name
    let statement: StatementSync | undefined
    database.function(mathFunction(name), { deterministic: true, varargs: true }, (first, second) => {
      if (first === null || first === undefined || (count === 2 && (second === null || second === undefined)))
        return null
      const [x, y] = [toFloat(first), toFloat(second ?? 0)]
      if (Number.isNaN(x) || Number.isNaN(y)) return fromFloat(ofNaN(name, x, y))
      assertDomain(name, x, y)
      statement ??= database.prepare(`select ${own}(${count === 2 ? "?1, ?2" : "?1"})`, {
        returnArrays: true,
      })
      const [value] = statement.get(...(count === 2 ? [x, y] : [x])) as unknown as [number | null]
      const finite = Number.isFinite(x) && Number.isFinite(y)
      const leaves =
        MAY_LEAVE.has(name) && finite && (Math.abs(value ?? 0) === Infinity || (value === 0 && x !== 0))
      if (value === null || leaves) throw dataError("22003", "float8")
      return value + 0
    })
  }
  database.function("understudy_random", () => Math.random())
  database.function("understudy_float8_abs", { deterministic: true }, (value) =>
    value === null ? null : fromFloat(Math.abs(toFloat(value))),
  )
}
