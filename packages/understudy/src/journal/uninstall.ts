import type { Client } from "pg"
import { CAPTURE_LOCK_KEY } from "./capture-sql.ts"
import { inTransaction } from "./own-transaction.ts"
import { findOwnObjects, type OwnObjects } from "./own-objects.ts"

/**
 * So long a table's writers may be kept waiting. Below PostgreSQL's deadlock_timeout: where a writer and this wait for
 * each other, it is this one that gives up.
 */
const LOCK_TIMEOUT_MS = 500

/** What {@link removeCapture} took away. */
export interface RemovedCapture {
  /** The program's tables that had triggers of ours, as SQL names them. */
  readonly tables: readonly string[]
  /** Changes that stood in the journal. */
  readonly changes: number
  /** Mirrors that the primary knew. */
  readonly mirrors: number
}

/**
 * Takes away what captures changes, and the changes themselves, and notes on the primary that nothing is to be captured:
 * so no running instance makes it again. All of it or nothing; null where there is no journal. Rejects with the server's
 * error: 55P03 where somebody held a table for too long, 42501 where something belongs to another role.
 */
export function removeCapture(
  client: Client,
  lockTimeoutMs: number = LOCK_TIMEOUT_MS,
): Promise<RemovedCapture | null> {
  return underLock(client, lockTimeoutMs, async () => {
    if (!(await setCapture(client, false))) return null
    // Most of the journal goes before any table is locked: that may take a while.
    let changes = await countDeleted(client, "understudy.journal")
    const mirrors = await countDeleted(client, "understudy.mirror")
    const objects = await findOwnObjects(client)
    await drop(client, "function", objects?.captures ?? [], "cascade")
    // What was captured until the tables were locked.
    changes += await countDeleted(client, "understudy.journal")
    return { tables: objects?.capturedTables ?? [], changes, mirrors }
  })
}

/** Lets changes be captured again; whatever instance runs begins with it. False where there is no journal. */
export function allowCapture(client: Client): Promise<boolean> {
  return underLock(client, LOCK_TIMEOUT_MS, () => setCapture(client, true))
}

/**
 * Drops the schema `understudy` with all that Understudy made, and nothing else: where an object of somebody else's depends
 * on it, all stays as it is. Tells what was there; null where there is no such schema. A schema that belongs to another
 * role is left, empty. `mayDrop` is asked in the same transaction; where it says no, nothing is dropped. Rejects with the
 * server's error: 55P03 where somebody held a table for too long, 42501 where something belongs to another role, 2BP01
 * where something else depends on it.
 */
export function uninstall(
  client: Client,
  mayDrop: () => Promise<boolean> = () => Promise.resolve(true),
  lockTimeoutMs: number = LOCK_TIMEOUT_MS,
): Promise<OwnObjects | null | "kept"> {
  return underLock(client, lockTimeoutMs, async () => {
    const objects = await findOwnObjects(client)
    if (objects === null) return null
    if (!(await mayDrop())) return "kept"
    // Only triggers hang on these functions.
    await drop(client, "function", objects.captures, "cascade")
    await drop(client, "table", objects.tables, "restrict")
    await drop(client, "sequence", objects.sequences, "restrict")
    await drop(client, "function", objects.functions, "restrict")
    if (objects.mayDropSchema) await client.query("drop schema understudy restrict")
    return objects
  })
}

async function drop(
  client: Client,
  kind: "function" | "table" | "sequence",
  names: readonly string[],
  behaviour: "cascade" | "restrict",
): Promise<void> {
  if (names.length > 0) await client.query(`drop ${kind} ${names.join(", ")} ${behaviour}`)
}

/** False where there is nothing to be set. */
async function setCapture(client: Client, capture: boolean): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    "select to_regclass('understudy.primary_mark') is not null as there",
  )
  if (rows[0]?.there !== true) return false
  await client.query("update understudy.primary_mark set capture = $1", [capture])
  return true
}

async function countDeleted(client: Client, table: string): Promise<number> {
  return (await client.query(`delete from ${table}`)).rowCount ?? 0
}

/** One transaction, while no instance makes what captures. Each statement sees what was committed before it. */
function underLock<T>(client: Client, lockTimeoutMs: number, work: () => Promise<T>): Promise<T> {
  return inTransaction(client, async () => {
    await client.query(`set local lock_timeout = ${lockTimeoutMs}`)
    await client.query(`select pg_advisory_xact_lock(${CAPTURE_LOCK_KEY})`)
    return work()
  })
}
