import type { Client } from "pg"

/** Somebody waits for a lock that the copy holds: whoever empties a table, or changes it, and all that come after. */
export class TableWantedError extends Error {
  override readonly name = "TableWantedError"
}

/** So long they may wait, and so often is looked whether they do. In milliseconds. */
const LONGEST_WAIT_MS = 500
const LOOK_MS = 250

const ASK = `select exists (select from pg_locks l
  where not l.granted and l.locktype = 'relation' and l.waitstart < clock_timestamp() - make_interval(secs => ${LONGEST_WAIT_MS / 1000})
    and pg_blocking_pids(l.pid) && $1::int[]) as wanted`

/**
 * Looks whether somebody waits for the locks of some connections of ours. Reading a large table takes long, and where the
 * machine is busy this thread is the last to get its turn: the program is not to stand still for so long.
 */
export class LockWatch {
  readonly #processes = new Set<number>()
  #lookedAtMs = performance.now()

  /** Looks after the locks of the client's transaction from now on. */
  async include(client: Client): Promise<void> {
    const { rows } = await client.query<{ process: number }>("select pg_backend_pid() as process")
    if (rows[0] !== undefined) this.#processes.add(rows[0].process)
  }

  /** Looks, where it is time to, by a client that reads nothing meanwhile. @throws TableWantedError */
  async look(by: Client): Promise<void> {
    if (performance.now() - this.#lookedAtMs < LOOK_MS) return
    const { rows } = await by.query<{ wanted: boolean }>(ASK, [[...this.#processes]])
    if (rows[0]?.wanted === true)
      throw new TableWantedError("somebody waits for a table that is being copied")
    this.#lookedAtMs = performance.now()
  }
}
