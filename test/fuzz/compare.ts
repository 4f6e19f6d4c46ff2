import type { Outcome } from "./outcome.ts"
import type { Statement } from "./program.ts"

/** Two outcomes that should have been the same. */
export interface Difference {
  readonly sqlite: Outcome
  readonly postgres: Outcome
  /** What kind of difference it is: that of a smaller program must be of the same kind. */
  readonly kind: string
}

type Rows = Extract<Outcome, { kind: "rows" }>["rows"]

/** Zeros are equal, and so are numerics of one value, whatever their scale. */
function withoutSign(value: string): string {
  return value
    .replace("number -0", "number 0")
    .replace(/^string "(-?\d+)(\.\d*?)0*"$/, (_, whole: string, fraction: string) =>
      fraction === "." ? `string "${whole}"` : `string "${whole}${fraction}"`,
    )
}

/** Of what is equal, which comes first, or is in the rows at all, is not told by ORDER BY. */
function withoutSigns(rows: Rows): Rows {
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([key, value]) => [key, withoutSign(value)])),
  )
}

function sameRows(left: Rows, right: Rows): boolean {
  const texts = (rows: Rows): string =>
    rows
      .map((row) => JSON.stringify(row))
      .sort()
      .join("\n")
  return left.length === right.length && texts(left) === texts(right)
}

/** Are the rows in the same order, as far as the query asks for one? */
function sameOrder(left: Rows, right: Rows, statement: Statement | undefined): boolean {
  if (statement?.kind !== "select") return true
  const names = statement.query.orderBy.flatMap(({ expression }) =>
    expression.kind === "column" ? expression.name : [],
  )
  const keys = (rows: Rows): string =>
    JSON.stringify(withoutSigns(rows).map((row) => names.map((name) => row[name])))
  return keys(left) === keys(right)
}

function summary(outcome: Outcome): string {
  return outcome.kind === "error" ? outcome.sqlstate : outcome.kind
}

/** How two outcomes differ; undefined: they agree, or both refuse. */
export function differenceOf(
  sqlite: Outcome,
  postgres: Outcome,
  statement: Statement | undefined,
): Difference | undefined {
  const differs = (kind: string): Difference => ({ sqlite, postgres, kind })
  if (sqlite.kind === "refused") return undefined
  if (sqlite.kind === "rows" && postgres.kind === "rows") {
    const limited = statement?.kind === "select" && statement.query.limit !== undefined
    const [left, right] = limited
      ? [withoutSigns(sqlite.rows), withoutSigns(postgres.rows)]
      : [sqlite.rows, postgres.rows]
    if (!sameRows(left, right)) return differs(left.length === right.length ? "other values" : "other rows")
    return sameOrder(sqlite.rows, postgres.rows, statement) ? undefined : differs("another order")
  }
  if (sqlite.kind === "error" && postgres.kind === "error") {
    const [left, right] = [sqlite.sqlstate, postgres.sqlstate]
    if (left.slice(0, 2) !== right.slice(0, 2)) return differs(`${left}, not ${right}`)
    if (left === right && left.startsWith("23") && sqlite.constraint !== postgres.constraint)
      return differs(`${left} of another constraint`)
    return undefined
  }
  return differs(`${summary(sqlite)}, not ${summary(postgres)}`)
}
