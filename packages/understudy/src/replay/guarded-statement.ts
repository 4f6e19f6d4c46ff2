import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import type { Texts } from "./primary-change.ts"
import type { Target, TargetColumn, TargetTable } from "./target-table.ts"

/** A statement with its values: an array of texts for each column, as a literal. */
export interface Statement {
  readonly text: string
  readonly values: readonly string[]
  /** The same with the values in the text, so that several go in one message. None may have a NUL. */
  whole(escape: (value: string) => string): string
}

/** PostgreSQL's text of an array. Escapes only where there is something to escape: this is called for each value. */
export function arrayLiteral(values: readonly (string | null)[]): string {
  const parts = values.map((value) => {
    if (value === null) return "NULL"
    return `"${/["\\]/.test(value) ? value.replaceAll(/["\\]/g, "\\$&") : value}"`
  })
  return `{${parts.join(",")}}`
}

/** Collects columns of values, and names each as the statement knows it. */
class Values {
  readonly arrays: string[] = []
  readonly #rows: number

  constructor(rows: number) {
    this.#rows = rows
  }

  /** The name of a value of each row. */
  add(valueOf: (row: number) => string | null): string {
    const values = Array.from({ length: this.#rows }, (_, row) => valueOf(row))
    return `v.c${this.arrays.push(arrayLiteral(values)) - 1}`
  }

  /** @param textOf What is said of the values, which are named there. */
  statement(textOf: (values: string) => string): Statement {
    const named = (arrays: readonly string[]): string => {
      const columns = arrays.map((_, index) => `c${index}`).join(", ")
      return `unnest(${arrays.map((array) => `${array}::text[]`).join(", ")}) as v(${columns})`
    }
    return {
      text: textOf(named(this.arrays.map((_, index) => `$${index + 1}`))),
      values: this.arrays,
      whole: (escape) => textOf(named(this.arrays.map(escape))),
    }
  }
}

function cast(value: string, { type }: TargetColumn): string {
  return `${value}::${type}`
}

/** Is the row's value the given one? NULL is as good as any. */
function isSame(column: TargetColumn, given: string): string {
  const own = `t.${quoteName(column.name)}`
  switch (column.comparison) {
    case "value":
      return `${own} is not distinct from ${cast(given, column)}`
    case "bytes":
      return `${own}::text collate "C" is not distinct from ${given} collate "C"`
    case "text":
      // As PostgreSQL itself prints what it reads, however it was written.
      return `${own}::text collate "C" is not distinct from ${cast(given, column)}::text collate "C"`
    default:
      return column.comparison satisfies never
  }
}

/** The condition that finds the row by its key. */
function found(target: Target, rows: readonly Texts[], values: Values): string {
  const terms = target.key.map((place) => {
    const column = columnAt(target, place)
    return `t.${quoteName(column.name)} = ${cast(
      values.add((row) => rows[row]?.[place] ?? null),
      column,
    )}`
  })
  return terms.join(" and ")
}

/** The condition that it is the expected one in these columns. */
function guard(target: Target, rows: readonly Texts[], places: readonly number[], values: Values): string[] {
  return places.map((place) =>
    isSame(
      columnAt(target, place),
      values.add((row) => rows[row]?.[place] ?? null),
    ),
  )
}

function columnAt(target: Target, place: number): TargetColumn {
  const column = target.columns[place]
  if (column === undefined) throw new Error(`${target.table.name} has no column at ${place}`)
  return column
}

/** All places of a target. */
export function everyPlace(target: Target): number[] {
  return [...target.columns.keys()]
}

/**
 * Inserts rows whose keys and unique values nobody has; the others are passed over, or refused where the table's
 * {@link TargetTable.arbiter} says so.
 */
export function insertRows(target: Target, rows: readonly Texts[]): Statement {
  const values = new Values(rows.length)
  const given = target.columns.map((column, place) =>
    cast(
      values.add((row) => rows[row]?.[place] ?? null),
      column,
    ),
  )
  const names = target.columns.map(({ name }) => quoteName(name))
  return values.statement(
    (from) => `insert into ${target.table.qualifiedName} (${names.join(", ")}) overriding system value
    select ${given.join(", ")} from ${from}${ON_CONFLICT[target.table.arbiter](target)}`,
  )
}

const ON_CONFLICT: Readonly<Record<TargetTable["arbiter"], (target: Target) => string>> = {
  any: () => " on conflict do nothing",
  key: ({ table }) => ` on conflict (${table.key.map(quoteName).join(", ")}) do nothing`,
  none: () => "",
}

/** Which columns an update writes, and which must be as they were. */
export interface UpdatePlaces {
  readonly written: readonly number[]
  readonly guarded: readonly number[]
}

/** Updates the rows that are as they were before. */
export function updateRows(
  target: Target,
  before: readonly Texts[],
  after: readonly Texts[],
  { written, guarded }: UpdatePlaces,
): Statement {
  const values = new Values(before.length)
  const set = written.map((place) => {
    const column = columnAt(target, place)
    const given = values.add((row) => after[row]?.[place] ?? null)
    return `${quoteName(column.name)} = ${cast(given, column)}`
  })
  const where = [found(target, before, values), ...guard(target, before, guarded, values)].join(" and ")
  return values.statement(
    (from) => `update ${target.table.qualifiedName} as t set ${set.join(", ")} from ${from} where ${where}`,
  )
}

/** Deletes the rows that are as they were before. */
export function deleteRows(
  target: Target,
  before: readonly Texts[],
  guarded: readonly number[] = everyPlace(target),
): Statement {
  const values = new Values(before.length)
  const where = [found(target, before, values), ...guard(target, before, guarded, values)].join(" and ")
  return values.statement(
    (from) => `delete from ${target.table.qualifiedName} as t using ${from} where ${where}`,
  )
}

/** Finds the rows that are as they were before, and keeps others from changing them. */
export function lockRows(
  target: Target,
  before: readonly Texts[],
  guarded: readonly number[] = everyPlace(target),
): Statement {
  const values = new Values(before.length)
  const where = [found(target, before, values), ...guard(target, before, guarded, values)].join(" and ")
  return values.statement(
    (from) => `select from ${target.table.qualifiedName} as t, ${from} where ${where} for update of t`,
  )
}

/** Finds rows by their keys alone. */
export function findRows(target: Target, rows: readonly Texts[]): Statement {
  const values = new Values(rows.length)
  const where = found(target, rows, values)
  return values.statement((from) => `select from ${target.table.qualifiedName} as t, ${from} where ${where}`)
}

/**
 * Reads rows by their keys: `place` counts the given ones, `image` is an object of texts, `same` tells whether the row is
 * the given one.
 */
export function readRows(target: Target, rows: readonly Texts[]): Statement {
  const values = new Values(rows.length)
  const where = found(target, rows, values)
  const same = guard(target, rows, everyPlace(target), values).join(" and ")
  const place = values.add(String)
  return values.statement(
    (from) => `select ${place}::int as place, ${imageOf(target)} as image, (${same}) as same
      from ${target.table.qualifiedName} as t, ${from} where ${where}`,
  )
}

/** Chained, since a function takes no more than a hundred arguments. */
function imageOf({ columns }: Target): string {
  const pairs = columns.map(({ name }) => {
    const literal = `'${name.replaceAll("'", "''")}'`
    return `${literal}, t.${quoteName(name)}::text`
  })
  const objects: string[] = []
  for (let from = 0; from < pairs.length; from += 50)
    objects.push(`jsonb_build_object(${pairs.slice(from, from + 50).join(", ")})`)
  return `(${objects.join(" || ")})`
}
