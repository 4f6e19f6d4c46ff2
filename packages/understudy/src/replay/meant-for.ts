import type { Client } from "pg"
import { classifyError } from "../errors/classify.ts"
import type { KnownPrimary } from "../journal/local/contract.ts"
import type { OriginPrimary } from "../journal/local/origins.ts"

/** The primary that is there now. */
export interface MetPrimary {
  /** Null where it has none yet. */
  readonly mark: string | null
  /** The system identifier, the timeline and the database's oid; null where the server does not tell. */
  readonly cluster: string | null
}

/**
 * Was it written over the copy of another primary? The mark goes with a dump; the system identifier, and the database's oid on
 * that system, do not; the timeline says nothing by itself, since a standby that was promoted has another one. One that was
 * restored to an earlier moment, as was noted when it was met, is no longer the same one either. Pure.
 */
export function isOfAnother({ primaryMark, primaryKnown }: OriginPrimary, met: MetPrimary): boolean {
  const [known, there] = [partsOf(primaryKnown?.cluster), partsOf(met.cluster)]
  if (
    known !== null &&
    there !== null &&
    (known.system !== there.system || known.database !== there.database)
  )
    return true
  return primaryKnown?.setBack === true || (primaryMark !== null && primaryMark !== met.mark)
}

/** Was it written by who knew of no primary? It goes on from what stands before it, and to the first one that is met. */
export function isForAny({ primaryMark, primaryKnown }: OriginPrimary): boolean {
  return primaryMark === null && primaryKnown === null
}

/**
 * Is it to be handed to this primary? Not to another one, nor where this one was restored to a time before the copy's:
 * that is to be noted, since a while later it no longer shows.
 */
export async function meantFor(
  client: Client,
  origin: OriginPrimary,
  met: MetPrimary,
): Promise<"this" | "another" | "set-back"> {
  if (isOfAnother(origin, met)) return "another"
  const { primaryKnown } = origin
  const known = partsOf(primaryKnown?.cluster)
  if (primaryKnown === null || known === null || met.cluster === null) return "this"
  // A crash alone, with synchronous_commit off, may lose what was told last: that is the same primary nevertheless.
  if (await hasTimeline(client, known.timeline)) return "this"
  return (await wasSetBack(client, primaryKnown)) ? "set-back" : "this"
}

/** The control file has the new one only after a checkpoint, which may be minutes after a promotion. */
async function hasTimeline(client: Client, timeline: string): Promise<boolean> {
  try {
    const { rows } = await client.query<{ segment: string }>(
      "select pg_walfile_name(pg_current_wal_lsn()) as segment",
    )
    return Number.parseInt(rows[0]?.segment.slice(0, 8) ?? "", 16) === Number(timeline)
  } catch (error) {
    if (classifyError(error) !== "refused") throw error
    return false
  }
}

/** Does the primary know less than it was told, or has it begun fewer transactions? */
async function wasSetBack(client: Client, { mirrorId, acknowledged }: KnownPrimary): Promise<boolean> {
  if (acknowledged === null) return false
  const { rows } = await client.query<{ began: string; hasMirrors: boolean }>(
    `select pg_snapshot_xmax(pg_current_snapshot())::text as began,
      to_regclass('understudy.mirror') is not null as "hasMirrors"`,
  )
  const [now] = rows
  const told = endOf(acknowledged)
  if (now === undefined || BigInt(now.began) < told) return true
  if (!now.hasMirrors) return false
  const mirrors = await client.query<{ cursor: string }>(
    "select cursor::text as cursor from understudy.mirror where id = $1",
    [mirrorId],
  )
  return mirrors.rows.some(({ cursor }) => endOf(cursor) < told)
}

/** The first transaction that a `pg_snapshot` knows nothing of. */
function endOf(snapshot: string): bigint {
  return BigInt(snapshot.split(":")[1] ?? "0")
}

interface ClusterParts {
  readonly system: string
  readonly timeline: string
  readonly database: string
}

function partsOf(cluster: string | null | undefined): ClusterParts | null {
  const [system, timeline, database] = cluster?.split("/") ?? []
  if (system === undefined || timeline === undefined || database === undefined) return null
  return { system, timeline, database }
}
