import type { Client } from "pg"
import { LIFT_TRANSACTION_LIMIT } from "../engine/postgres/transaction-limit.ts"

/** A transaction whose client is gone is not to hold its locks for long. In milliseconds. */
const IDLE_LIMIT_MS = 15_000

/** Whatever the role has for its defaults: each statement sees what was committed before it, and may take its time. */
const BEGIN_WRITING: string = [
  "begin isolation level read committed, read write",
  "set local statement_timeout = 0",
  `set local idle_in_transaction_session_timeout = ${IDLE_LIMIT_MS}`,
  LIFT_TRANSACTION_LIMIT,
].join("; ")

/**
 * In one transaction, or nothing of it.
 *
 * @param committing Called before COMMIT is sent: until then a lost connection leaves nothing done.
 */
export async function inTransaction<T>(
  client: Client,
  work: () => Promise<T>,
  committing: () => void = () => {},
): Promise<T> {
  await client.query(BEGIN_WRITING)
  try {
    const result = await work()
    committing()
    await client.query("commit")
    return result
  } catch (error) {
    await client.query("rollback").catch(() => {})
    throw error
  }
}

/**
 * The same for statements that lock what the program writes to: the server gets all of them in one message, so that the
 * locks are held as long as it works, and not while this process waits for its turn.
 */
export async function atOnce(client: Client, statements: readonly string[]): Promise<void> {
  try {
    await client.query([BEGIN_WRITING, ...statements, "commit"].join(";\n"))
  } catch (error) {
    await client.query("rollback").catch(() => {})
    throw error
  }
}
