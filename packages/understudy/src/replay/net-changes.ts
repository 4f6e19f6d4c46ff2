import { isInPlace, keyOf, rowId, type PrimaryChange, type Texts } from "./primary-change.ts"
import type { Target } from "./target-table.ts"

/** What many transactions together do to one row. */
export interface NetChange {
  /** Has the row's key, also where it came and went. */
  readonly row: Texts
  readonly before: Texts | null
  readonly after: Texts | null
}

/** What many transactions together do to the rows of a table. */
export interface NetTable {
  readonly target: Target
  readonly changes: ReadonlyMap<string, NetChange>
}

/** Can a change be put together with others of its row, and all be applied at once? */
export function isSettable(change: PrimaryChange): boolean {
  return !change.target.table.hasTriggers && isInPlace(change)
}

/**
 * Puts the changes of each row together; undefined where they do not follow from each other. What is applied of that leads
 * to the same rows as each by itself: between them, nobody sees the table.
 */
export function netChanges(changes: Iterable<PrimaryChange>): readonly NetTable[] | undefined {
  const tables = new Map<string, { target: Target; changes: Map<string, NetChange> }>()
  for (const { target, before, after } of changes) {
    const row = before ?? after
    if (row === null) continue
    const { name } = target.table
    let table = tables.get(name)
    if (table === undefined) tables.set(name, (table = { target, changes: new Map() }))
    if (table.target !== target) return undefined
    const id = rowId(name, keyOf(target, row))
    const known = table.changes.get(id)
    if (known === undefined) table.changes.set(id, { row, before, after })
    else if (isSameRow(known.after, before)) table.changes.set(id, { row, before: known.before, after })
    else return undefined
  }
  return parentsFirst([...tables.values()])
}

function isSameRow(left: Texts | null, right: Texts | null): boolean {
  if (left === null || right === null) return left === right
  return left.every((text, place) => text === right[place])
}

/** Those to which others refer come before them; where tables refer to each other, in any order. */
function parentsFirst(tables: readonly NetTable[]): NetTable[] {
  const sorted: NetTable[] = []
  const seen = new Set<number>()
  const visit = (table: NetTable): void => {
    if (seen.has(table.target.table.oid)) return
    seen.add(table.target.table.oid)
    for (const { parent } of table.target.table.references) {
      const above = tables.find(({ target }) => target.table.oid === parent.oid)
      if (above !== undefined) visit(above)
    }
    sorted.push(table)
  }
  for (const table of tables) visit(table)
  return sorted
}
