import type { Client } from "pg"
import type { Throttle } from "../base/throttle.ts"
import { LIFT_TRANSACTION_LIMIT } from "../engine/postgres/transaction-limit.ts"
import { readFiles } from "../journal/primary-table.ts"
import { readShapes } from "../journal/table-shape.ts"
import { acknowledge } from "../journal/tend-journal.ts"
import { faultPoint } from "#fault-point"
import type { Connections } from "./connections.ts"
import type { FollowedPosition } from "./copy-record.ts"
import { copyTable, exportSnapshot } from "./first-copy.ts"
import { bringUp, type FollowedTable } from "./follow.ts"
import { LockWatch } from "./lock-watch.ts"
import type { MirrorFile } from "./mirror-file.ts"
import { shapeOf, type Round } from "./round.ts"

/** A step in which some tables are copied as a whole. */
export interface CopyStep {
  readonly file: MirrorFile
  /** The client's transaction sees the moment to which the copy is brought. */
  readonly connections: Connections
  readonly throttle: Throttle
  /** Of one table. */
  readonly maxRows: number
  readonly round: Round
  /** The tables to be copied. */
  readonly stale: readonly FollowedTable[]
  /** Where the copy of the others stands; undefined where all are copied. */
  readonly from: FollowedPosition | undefined
  readonly to: FollowedPosition
  /** Told of rows that were written. */
  progressed(rows: number): void
}

/** A table was emptied or changed while it was copied. */
export class OutdatedCopyError extends Error {
  override readonly name = "OutdatedCopyError"
}

/**
 * Brings all tables to one moment: those without a copy as a whole, the others by their changes. At once, or not at all. Ends
 * the client's transaction. @throws OutdatedCopyError, TableWantedError, UnfitTableError
 */
export async function copyStale(step: CopyStep): Promise<void> {
  const { file, connections, throttle, maxRows, round, stale, from, to, progressed } = step
  const { client } = connections
  const relations = stale.flatMap(({ table: { primary } }) => [primary.oid, ...primary.partitions])
  const second = await connections.another()
  try {
    await client.query(LIFT_TRANSACTION_LIMIT)
    const snapshot = await exportSnapshot(client)
    const files = await readFiles(client, relations)
    const watch = new LockWatch()
    await watch.include(client)
    /** By the client that reads nothing now: a question to the other one would wait for the end of what it reads. */
    const pauseAsking = (idle: Client) => async (): Promise<void> => {
      await throttle.pause()
      await watch.look(idle)
    }
    // What was acknowledged before keeps more of the journal.
    if (from === undefined) await acknowledge(second, file.record.mirrorId, to.cursor)
    await file.transaction(async () => {
      faultPoint("mirror.copy.begun")
      progressed(
        await bringUp(
          client,
          from,
          round.tables.filter((table) => !stale.includes(table)),
          pauseAsking(second),
        ),
      )
      for (const table of stale) {
        progressed(await copyTable(second, snapshot, table, maxRows, watch, pauseAsking(client)))
        faultPoint("mirror.copy.table")
      }
      await client.query("commit")
      const shape = shapeOf(await readShapes(client, round.relations))
      // Whoever looks at a moment before a table was emptied or rewritten, and comes after, finds it empty.
      if (shape !== round.shape || files !== (await readFiles(client, relations)))
        throw new OutdatedCopyError("a table was changed while it was copied")
      file.record.setTables(round.record())
      file.record.setPosition(to)
      if (from === undefined) file.record.acknowledged = to.cursor
      faultPoint("mirror.copy.recorded")
    })
    faultPoint("mirror.copy.committed")
    file.shrinkLog()
  } finally {
    connections.close(second)
  }
}

/** As whoever dumps a database does: reading goes on, and writing, but nobody empties or changes a table. */
export function lockTables({ tables }: Round, waitMs: number): string {
  const names = tables.map(({ table }) => table.primary.qualifiedName).join(", ")
  return `set local lock_timeout = ${waitMs}; lock table ${names} in access share mode`
}
