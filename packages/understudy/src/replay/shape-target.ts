import { parseDeclaredType } from "../engine/logical-type.ts"
import { toPrimaryTextOf, type ToPrimaryText } from "../engine/sqlite/stored-value.ts"
import type { Image, RowChange, Shape } from "../journal/local/contract.ts"
import { Conflict } from "./conflict.ts"
import type { PrimaryChange, Texts } from "./primary-change.ts"
import type { Target, TargetTable } from "./target-table.ts"

/** A shape of the fallback's, and what of it the primary has. */
export interface ShapeTarget {
  readonly target: Target
  /** For each column of the target: its place in the shape, and the way of its values. */
  readonly sources: readonly { readonly place: number; readonly toText: ToPrimaryText }[]
  /** Columns that the primary lacks, or computes itself: their places in the shape. */
  readonly missing: readonly { readonly place: number; readonly name: string }[]
}

/** Matches columns by their names. @throws Conflict where the primary has no such table, or another key. */
export function matchShape(shape: Shape, table: TargetTable | undefined): ShapeTarget {
  if (table === undefined) throw new Conflict("table-missing", shape.table)
  const columns: Target["columns"][number][] = []
  const sources: ShapeTarget["sources"][number][] = []
  const missing: ShapeTarget["missing"][number][] = []
  for (const [place, { name, type }] of shape.columns.entries()) {
    const column = table.columns.find((each) => each.name === name)
    const logical = parseDeclaredType(type)
    if (column === undefined) missing.push({ place, name })
    else {
      columns.push(column)
      sources.push({ place, toText: toPrimaryTextOf(logical ?? { name: "text" }) })
    }
  }
  return { target: targetOf(table, columns, shape.key), sources, missing }
}

/** A table with some of its columns. @throws Conflict where the key is not among them. */
export function targetOf(table: TargetTable, columns: Target["columns"], key: readonly string[]): Target {
  const isSameKey = table.key.length === key.length && table.key.every((name) => key.includes(name))
  const places = key.map((name) => columns.findIndex((column) => column.name === name))
  if (!isSameKey || key.length === 0 || places.includes(-1)) throw new Conflict("key-differs", table.name)
  return { table, columns, key: places }
}

/** @throws Conflict where it has a value for a column that the primary lacks. */
export function toPrimaryChange(change: RowChange, { target, sources, missing }: ShapeTarget): PrimaryChange {
  const lost = missing.find(({ place }) => (change.after?.[place] ?? null) !== null)
  if (lost !== undefined) throw new Conflict("column-missing", target.table.name, lost.name)
  const textsOf = (image: Image | null): Texts | null =>
    image === null
      ? null
      : sources.map(({ place, toText }) => {
          const value = image[place] ?? null
          return value === null ? null : toText(value)
        })
  const { seq, operation, before, after } = change
  return { seq, operation, target, before: textsOf(before), after: textsOf(after) }
}
