import { DatabaseError } from "../../errors/database-error.ts"
import { isExactNumeric, type LogicalType } from "../logical-type.ts"
import { notPortable } from "../not-portable.ts"
import { isText } from "./casts.ts"
import { isNumber } from "./common-type.ts"

const TIMES: ReadonlySet<string> = new Set(["date", "timestamp", "timestamptz"])

/** Types of one family have the operator; of two, PostgreSQL has none. */
function family(type: LogicalType): string {
  if (isNumber(type)) return "number"
  if (isText(type)) return "text"
  return TIMES.has(type.name) ? "time" : type.name
}

/** Throws where values of this type have no order or equality, or not the same one on SQLite. */
export function assertOrdered(type: LogicalType | undefined, what: string): void {
  if (type === undefined) return
  if (type.name === "numeric" && !isExactNumeric(type)) {
    throw notPortable(
      `${what} a numeric of more than 15 digits, or one that was computed in a subquery`,
      "Use numeric(p,s) with p up to 15, or bigint; cast what was computed to such a type.",
    )
  }
  if (type.name === "jsonb") throw notPortable(`${what} jsonb`, "Take a text out with ->> and use that.")
  if (type.name === "json") {
    throw new DatabaseError({
      code: "42883",
      message: "could not identify an equality operator for type json",
    })
  }
}

/** Throws where PostgreSQL has no operator for two types (42883), or where SQLite would compare otherwise. */
export function assertComparable(left: LogicalType | undefined, right: LogicalType | undefined): void {
  assertOrdered(left, "Comparing")
  assertOrdered(right, "Comparing")
  if (left === undefined || right === undefined) return
  if (family(left) !== family(right)) {
    const message = `operator does not exist: ${left.name} = ${right.name}`
    throw new DatabaseError({ code: "42883", message })
  }
  if (family(left) === "time" && left.name !== right.name) {
    throw notPortable(`Comparing ${left.name} with ${right.name}`, "Cast one to the type of the other.")
  }
}
