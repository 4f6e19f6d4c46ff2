import type { Client } from "pg"
import { destroyClient } from "../../engine/postgres/client.ts"
import { connectClient } from "../../engine/postgres/dial.ts"
import { finding } from "../../errors/finding.ts"
import type { Step } from "../report.ts"
import { bounded, type Outcome } from "./bounded.ts"
import { done, failed, step, type Target } from "./target.ts"
import { engineTls } from "./tls-options.ts"

/** A connection that was let in. */
export interface Session extends Disposable {
  /** The id of the backend as the login told it. */
  readonly toldPid: number | null
  /** Asks one question, bounded in time. Never rejects. */
  ask<R extends object>(sql: string): Promise<Outcome<R[]>>
}

/** So often `select 1` is asked; the median counts. */
const LATENCY_SAMPLES = 5

/** Logs in as the engine does. */
export async function login(target: Target, tls: boolean): Promise<Outcome<Session>> {
  const { parts, host, port, timeoutMs, poolMax } = target
  const options = {
    parts,
    poolMax,
    connectTimeoutMs: timeoutMs,
    statementTimeoutMs: timeoutMs,
    values: { int8: "number", timestamptz: "date" },
  } as const
  const outcome = await bounded(timeoutMs, async (signal) => {
    const server = { host, port, tls: tls && (await engineTls(target, signal)).options }
    return connectClient(options, server, signal)
  })
  return outcome.ok ? { ...outcome, value: sessionOf(outcome.value, timeoutMs) } : outcome
}

function sessionOf(client: Client, timeoutMs: number): Session {
  const { processID } = client as unknown as { readonly processID: number | null }
  return {
    toldPid: processID,
    ask: <R extends object>(sql: string) => bounded(timeoutMs, async () => (await client.query<R>(sql)).rows),
    [Symbol.dispose]: () => destroyClient(client),
  }
}

/** Server version, and the median time of five round trips. */
export async function query(target: Target, session: Session): Promise<Step> {
  const version = await session.ask<{ version: string }>(
    "select current_setting('server_version') as version",
  )
  if (!version.ok) return failed("query", target, version.error, version.tookMs)
  const times: number[] = []
  for (let sample = 0; sample < LATENCY_SAMPLES; sample += 1) {
    const answer = await session.ask("select 1")
    if (!answer.ok) return failed("query", target, answer.error, answer.tookMs)
    times.push(answer.tookMs)
  }
  const median = times.toSorted((a, b) => a - b)[Math.floor(LATENCY_SAMPLES / 2)] ?? 0
  const name = version.value[0]?.version.split(" ")[0] ?? "unknown"
  return done("query", `PostgreSQL ${name}; select 1, median of ${LATENCY_SAMPLES}`, median)
}

/** Does it take writes? */
export async function recovery(target: Target, session: Session): Promise<Step> {
  const answer = await session.ask<{ in_recovery: boolean }>("select pg_is_in_recovery() as in_recovery")
  if (!answer.ok) return failed("recovery", target, answer.error, answer.tookMs)
  if (answer.value[0]?.in_recovery !== true)
    return done("recovery", "not in recovery: it takes writes", answer.tookMs)
  const found = finding("primary.read-only", { endpoint: target.endpoint })
  return step("recovery", "failed", "in recovery: it takes no writes", answer.tookMs, [found])
}
