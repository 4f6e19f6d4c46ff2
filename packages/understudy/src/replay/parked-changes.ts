import type { NamedRow, ParkedChange } from "./parked.ts"
import type { Client } from "pg"
import { Conflict } from "./conflict.ts"
import type { PrimaryChange, Texts } from "./primary-change.ts"
import { targetOf } from "./shape-target.ts"
import { findTargetTables, type Target, type TargetTable } from "./target-table.ts"

/** A parked change as it is kept. */
export type StoredChange = ParkedChange

/** The changes of a parked transaction as they are kept, and as the primary would take them today. */
export interface ChangesToReapply {
  readonly stored: readonly StoredChange[]
  /** Undefined where the primary has no place for one any more. */
  readonly prepared: readonly (PrimaryChange | undefined)[]
  /** Why it has none for the first of those. */
  readonly conflict: Conflict | undefined
}

interface ChangeRow {
  readonly seq: string
  readonly table: string
  readonly operation: ParkedChange["operation"]
  readonly key: string
  readonly before: string | null
  readonly ours: string | null
  readonly theirs: string | null
}

/** Reads them, in their order. */
export async function changesToReapply(client: Client, id: string): Promise<ChangesToReapply> {
  const { rows } = await client.query<ChangeRow>(
    `select seq::text as seq, "table", operation, key::text as key, before::text as before, ours::text as ours,
        theirs::text as theirs
      from understudy.parked_change where transaction = $1 order by place`,
    [id],
  )
  const stored = rows.map(({ theirs, ...row }): StoredChange => ({
    ...row,
    seq: Number(row.seq),
    key: rowOf(row.key) ?? {},
    before: rowOf(row.before),
    ours: rowOf(row.ours),
    ...(theirs === null ? {} : { theirs: rowOf(theirs) }),
  }))
  const tables = await findTargetTables(client, [...new Set(stored.map(({ table }) => table))])
  const targets = new Map<string, Target>()
  let conflict: Conflict | undefined
  const prepared = stored.map((change) => {
    try {
      return prepare(change, tables.get(change.table), targets)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      conflict ??= error
      return undefined
    }
  })
  return { stored, prepared, conflict }
}

function rowOf(text: string | null): NamedRow | null {
  return text === null ? null : (JSON.parse(text) as NamedRow | null)
}

/** Changes of the same table and columns share a target. */
function prepare(
  { seq, table: name, operation, key, before, ours }: StoredChange,
  table: TargetTable | undefined,
  targets: Map<string, Target>,
): PrimaryChange {
  if (table === undefined) throw new Conflict("table-missing", name)
  const names = Object.keys(ours ?? before ?? {})
  const lost = names.find(
    (each) => (ours?.[each] ?? null) !== null && !table.columns.some((column) => column.name === each),
  )
  if (lost !== undefined) throw new Conflict("column-missing", name, lost)
  const id = JSON.stringify([name, names])
  const columns = table.columns.filter((column) => names.includes(column.name))
  const target = targets.get(id) ?? targetOf(table, columns, Object.keys(key))
  targets.set(id, target)
  const textsOf = (row: NamedRow | null): Texts | null =>
    row === null ? null : columns.map((column) => row[column.name] ?? null)
  return { seq, operation, target, before: textsOf(before), after: textsOf(ours) }
}
