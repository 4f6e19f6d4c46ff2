import type { Client } from "pg"
import { to as copyTo } from "pg-copy-streams"
import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import { copyFields, copyLines } from "./copy-text.ts"
import type { MirroredTable } from "./mirrored-table.ts"
import type { TableWriter } from "./table-writer.ts"
import type { Throttle } from "./throttle.ts"

/** One moment of the primary that several connections can look at. */
export interface ExportedSnapshot {
  /** The name by which another connection takes it up, as long as the transaction that exported it is open. */
  readonly name: string
  /** The same moment as a cursor. */
  readonly cursor: string
}

/** Begins a transaction and exports its snapshot. Whoever calls ends the transaction. */
export async function exportSnapshot(client: Client): Promise<ExportedSnapshot> {
  await client.query("begin isolation level repeatable read, read only")
  const { rows } = await client.query<ExportedSnapshot>(
    "select pg_export_snapshot() as name, pg_current_snapshot()::text as cursor",
  )
  const snapshot = rows[0]
  if (snapshot === undefined) throw new Error("the server exported no snapshot")
  return snapshot
}

/**
 * Reads all rows of a table, as they were in the snapshot, and writes them. In a transaction of its own, so that the table is
 * locked against changes of its shape no longer than it is read. Gives the number of rows.
 */
export async function copyTable(
  client: Client,
  snapshot: ExportedSnapshot,
  table: MirroredTable,
  writer: TableWriter,
  throttle: Throttle,
): Promise<number> {
  const columns = table.columns.map(({ name }) => quoteName(name)).join(", ")
  let count = 0
  await client.query("begin isolation level repeatable read, read only")
  try {
    await client.query(`set transaction snapshot '${snapshot.name}'`)
    const stream = client.query(
      copyTo(`copy (select ${columns} from ${table.primary.qualifiedName}) to stdout`),
    )
    writer.clear()
    for await (const lines of copyLines(stream)) {
      for (const line of lines) writer.insert(copyFields(line))
      count += lines.length
      await throttle.pause()
    }
    await client.query("commit")
  } catch (error) {
    await client.query("rollback").catch(() => {})
    throw error
  }
  return count
}
