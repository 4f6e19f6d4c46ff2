import type { Client } from "pg"
import { to as copyTo } from "pg-copy-streams"
import { quoteName } from "../engine/sqlite/sql-tokens.ts"
import { faultPoint } from "#fault-point"
import { LIFT_TRANSACTION_LIMIT } from "../engine/postgres/transaction-limit.ts"
import { UnfitTableError } from "./absence.ts"
import { copyFields, copyLines } from "./copy-text.ts"
import type { FollowedTable, Pause } from "./follow.ts"
import type { LockWatch } from "./lock-watch.ts"
import { BEGIN_READ_ONLY } from "./read-only-transaction.ts"

const INSUFFICIENT_PRIVILEGE = "42501"

/** Lets other connections look at the moment that the client's open transaction sees, as long as it is open. */
export async function exportSnapshot(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>("select pg_export_snapshot() as name")
  return rows[0]?.name ?? ""
}

/**
 * Reads all rows of a table, as they were in the exported snapshot, and writes them. In a transaction of its own, so that
 * the table is locked against changes of its shape no longer than it is read. Gives the number of rows. After a rejection
 * the client is of no use.
 */
export async function copyTable(
  client: Client,
  snapshot: string,
  { table, writer }: FollowedTable,
  maxRows: number,
  watch: LockWatch,
  pause: Pause,
): Promise<number> {
  const { name, qualifiedName } = table.primary
  const columns = table.columns.map((column) => quoteName(column.name)).join(", ")
  // In the order of the key, SQLite appends to its index instead of looking for a page for each row.
  const key = table.primary.key.map(quoteName).join(", ")
  let count = 0
  writer.clear()
  // One process of the server's for the copy: whom the program waits for gets the others.
  await client.query(
    `${BEGIN_READ_ONLY}; set transaction snapshot '${snapshot}'; set local max_parallel_workers_per_gather = 0`,
  )
  await client.query(LIFT_TRANSACTION_LIMIT)
  await watch.include(client)
  try {
    const stream = client.query(
      copyTo(`copy (select ${columns} from ${qualifiedName} order by ${key}) to stdout`),
    )
    for await (const lines of copyLines(stream)) {
      for (const line of lines) writer.insert(copyFields(line))
      count += lines.length
      if (count > maxRows) throw new UnfitTableError(name, "over-limit", "rows")
      faultPoint("mirror.copy.rows")
      await pause()
    }
  } catch (error) {
    if ((error as { code?: unknown }).code !== INSUFFICIENT_PRIVILEGE) throw error
    throw new UnfitTableError(name, "not-allowed", INSUFFICIENT_PRIVILEGE, error)
  }
  await client.query("commit")
  return count
}
