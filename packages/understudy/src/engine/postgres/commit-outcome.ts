import { delay } from "../../base/abort.ts"
import { DatabaseError } from "../../errors/database-error.ts"

/** Who can be asked what became of a transaction: a fresh connection of the same primary. */
export type Ask = <R extends object>(sql: string, values: readonly string[]) => Promise<R[]>

/** What became of a transaction whose COMMIT got no answer. */
export type CommitOutcome =
  | { readonly outcome: "committed" }
  | { readonly outcome: "aborted" }
  | { readonly outcome: "unknown"; readonly detail: string }

const ASK_AGAIN_MS = 50
/** After so long in progress the backend is ended: it waits for a client that is gone. */
const TERMINATE_AFTER_MS = 1_000
/** SQLSTATE for a transaction id from the future: another cluster, or one set back. */
const FUTURE_XID = "22023"

const TERMINATE = `select pg_terminate_backend(pid) from pg_stat_activity where backend_xid = ($1::xid8)::xid`

/**
 * The cluster, its timeline, and the database among its others: another server at the same address is told by it, and another
 * database of the same server. PUBLIC may ask, unless revoked.
 */
export const CLUSTER: string = [
  "(select system_identifier from pg_control_system())",
  "(select timeline_id from pg_control_checkpoint())",
  "(select oid from pg_database where datname = current_database())",
].join(" || '/' || ")

/**
 * The life of the server in which something happens, as a text: another one after each crash, be it of one of its processes
 * alone, since then it begins its statistics anew. What was not on disk is lost with a life, transaction numbers among it.
 */
export const LIFE = `coalesce(pg_stat_get_bgwriter_stat_reset_time()::text, '')`

/** A transaction, and the server's life in which it began. */
export interface BegunTransaction {
  readonly xid: string
  readonly life: string
}

/** The same with the cluster on which it ran; null where that did not tell. */
interface Asked extends BegunTransaction {
  readonly cluster: string | null
}

interface Answer {
  readonly status: string | null
  readonly in_recovery: boolean
  readonly life: string
  readonly cluster: string | null
}

/**
 * Asks until it is known, once at least. A server that cannot be reached is asked again until the time is over.
 * `in progress` is no answer: after a second the backend that holds the transaction is ended, and it is asked again.
 */
export async function decideCommit(
  { xid, life, cluster }: Asked,
  ask: Ask,
  { now, limitMs }: { now(): number; readonly limitMs: number },
): Promise<CommitOutcome> {
  const question = `select pg_is_in_recovery() as in_recovery, ${cluster === null ? "null" : CLUSTER} as cluster, ${LIFE} as life, pg_xact_status($1::xid8) as status`
  const start = now()
  let detail = "the server did not answer"
  let terminated = false
  do {
    try {
      const [row] = await ask<Answer>(question, [xid])
      if (row === undefined || row.in_recovery || row.cluster !== cluster) {
        return { outcome: "unknown", detail: "another server answered" }
      }
      // A number that was lost in a crash is given out again: it may be another one's transaction that is told of.
      if (row.life !== life && row.status === "committed")
        return { outcome: "unknown", detail: "the server has crashed meanwhile" }
      if (row.life !== life && row.status === "in progress") return { outcome: "aborted" }
      if (row.status === "committed" || row.status === "aborted") return { outcome: row.status }
      if (row.status !== "in progress")
        return { outcome: "unknown", detail: "the server has forgotten the transaction" }
      detail = "the transaction was still in progress"
      if (!terminated && now() - start > TERMINATE_AFTER_MS) {
        terminated = true
        await ask(TERMINATE, [xid])
      }
    } catch (error) {
      if (error instanceof DatabaseError && error.code === FUTURE_XID) {
        return { outcome: "unknown", detail: "another server answered" }
      }
    }
    await delay(ASK_AGAIN_MS)
  } while (now() - start < limitMs)
  return { outcome: "unknown", detail }
}
