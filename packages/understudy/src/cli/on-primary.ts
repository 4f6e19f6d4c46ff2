import type { Client } from "pg"
import { abortable, delay } from "../base/abort.ts"
import { destroyClient } from "../engine/postgres/client.ts"
import { detailOf } from "../engine/postgres/diagnose.ts"
import { connectClient, dial } from "../engine/postgres/dial.ts"
import { finding, type Finding, type FindingCode } from "../errors/finding.ts"
import { findingFor, type OpenContext } from "../failover/open-candidate.ts"
import type { PostgresCandidate } from "../plan/plan.ts"
import { describeEndpoint } from "../url/render.ts"

/** Why work could not be done, or not be seen to its end. */
export interface PrimaryFailure {
  readonly problem: Finding
  readonly error: unknown
  /** Had the work begun? */
  readonly isConnected: boolean
  /** Was its time over? */
  readonly isOver: boolean
}

/** What came of the work. */
export type PrimaryOutcome<T> = { readonly value: T } | PrimaryFailure

/** All of a change: a journal may have millions of rows to be forgotten. */
const CHANGE_LIMIT_MS = 5 * 60_000
const PATIENCE_MS = 10_000
/** So long the writers that had to wait have the table to themselves. */
const PAUSE_MS = 500

/** SQLSTATE: somebody holds a table, and may be waiting for another one. */
const TABLE_HELD: ReadonlySet<unknown> = new Set(["55P03", "40P01"])

/** SQLSTATEs that mean something of their own here. */
const BY_SQLSTATE: Readonly<Record<string, FindingCode>> = {
  "55P03": "mirror.table-held",
  "40P01": "mirror.table-held",
  "42501": "mirror.not-owner",
  "2BP01": "mirror.depended-on",
}

/** Works on a connection of its own to the primary, which has DATABASE_CONNECT_TIMEOUT to answer. Never rejects. */
export async function onPrimary<T>(
  candidate: PostgresCandidate,
  context: OpenContext,
  limitMs: number,
  work: (client: Client) => Promise<T>,
): Promise<PrimaryOutcome<T>> {
  const { poolMax, connectTimeoutMs, statementTimeoutMs } = context.settings
  const options = {
    parts: candidate.parts,
    poolMax,
    connectTimeoutMs,
    statementTimeoutMs,
    values: context.values,
  }
  let limit: AbortSignal | undefined
  try {
    const connecting = AbortSignal.timeout(connectTimeoutMs)
    const client = await connectClient(options, await dial(options, connecting), connecting)
    limit = AbortSignal.timeout(limitMs)
    try {
      return { value: await abortable(work(client), limit) }
    } finally {
      destroyClient(client)
    }
  } catch (error) {
    const isOver = limit?.aborted === true
    const problem = isOver
      ? finding("primary.timeout", { endpoint: describeEndpoint(candidate.parts), limitMs })
      : problemOf(candidate, error, context)
    return { problem, error, isConnected: limit !== undefined, isOver }
  }
}

/** Changes what Understudy made there. A long transaction that holds a table is waited for a while. */
export function changePrimary<T>(
  candidate: PostgresCandidate,
  context: OpenContext,
  change: (client: Client) => Promise<T>,
): Promise<PrimaryOutcome<T>> {
  return onPrimary(candidate, context, CHANGE_LIMIT_MS, (client) => patiently(() => change(client)))
}

async function patiently<T>(change: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await change()
    } catch (error) {
      if (!TABLE_HELD.has((error as { code?: unknown }).code) || performance.now() > end) throw error
      await delay(PAUSE_MS)
    }
  }
}

function problemOf(candidate: PostgresCandidate, error: unknown, context: OpenContext): Finding {
  const { code, message, detail } = error as { code?: unknown; message?: unknown; detail?: unknown }
  const own = typeof code === "string" ? BY_SQLSTATE[code] : undefined
  if (own === undefined) return findingFor(candidate, error, context)
  const words = typeof detail === "string" ? `${String(message)}: ${detail}` : detailOf(error)
  return finding(own, {
    endpoint: describeEndpoint(candidate.parts),
    detail: context.redact(words).replaceAll(/\p{C}+/gu, " "),
  })
}
