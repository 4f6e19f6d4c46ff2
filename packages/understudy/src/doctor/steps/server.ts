import { isPooler } from "../../url/providers.ts"
import { finding } from "../../errors/finding.ts"
import type { Step } from "../report.ts"
import { login, type Session } from "./session.ts"
import { done, failed, step, type Target } from "./target.ts"

/** Beyond it, times of rows that two machines write no longer tell their order. */
const LARGEST_OFFSET_MS = 1000

const CLOCK_SAMPLES = 3

/** Connections that are open at once, to see whether they share a backend. */
const SAMPLES = 3

/** How far the server's clock is from ours: of three samples the one with the shortest round trip counts. */
export async function clockOffset(target: Target, session: Session): Promise<Step> {
  let best = { offsetMs: 0, tripMs: Number.POSITIVE_INFINITY }
  for (let sample = 0; sample < CLOCK_SAMPLES; sample += 1) {
    const sent = target.clock.now().getTime()
    const answer = await session.ask<{ ms: number }>(
      "select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms",
    )
    if (!answer.ok) return failed("clock", target, answer.error, answer.tookMs)
    const offsetMs = (answer.value[0]?.ms ?? sent) - (sent + answer.tookMs / 2)
    if (answer.tookMs < best.tripMs) best = { offsetMs, tripMs: answer.tookMs }
  }
  const { offsetMs, tripMs } = best
  const margin = Math.ceil(tripMs / 2)
  if (Math.abs(offsetMs) <= LARGEST_OFFSET_MS) {
    return done("clock", `${Math.round(Math.abs(offsetMs))} ms apart, give or take ${margin} ms`, tripMs)
  }
  const found = finding("clock.offset", {
    endpoint: target.endpoint,
    offset: `${(Math.abs(offsetMs) / 1000).toFixed(1)} s`,
    direction: offsetMs > 0 ? "ahead of" : "behind",
  })
  return step("clock", "notice", `${Math.round(Math.abs(offsetMs))} ms apart`, tripMs, [found])
}

/** How many connections there may be, and how many there are. */
export async function connections(target: Target, session: Session): Promise<Step> {
  const answer = await session.ask<{ max: number; reserved: number; used: number; role_limit: number }>(`
    select current_setting('max_connections')::int as max,
      current_setting('superuser_reserved_connections')::int
        + coalesce(current_setting('reserved_connections', true), '0')::int as reserved,
      (select coalesce(sum(numbackends), 0)::int from pg_stat_database) as used,
      coalesce((select rolconnlimit from pg_roles where rolname = current_user), -1) as role_limit`)
  const [row] = answer.ok ? answer.value : []
  if (!answer.ok || row === undefined) {
    return failed("connections", target, answer.ok ? undefined : answer.error, answer.tookMs)
  }
  const max = row.role_limit >= 0 ? Math.min(row.role_limit, row.max - row.reserved) : row.max - row.reserved
  // The doctor's own connection goes when it has ended.
  const used = Math.max(0, row.used - 1)
  const text = `${used} of ${max} in use (max_connections ${row.max}, ${row.reserved} reserved${row.role_limit >= 0 ? `, the role's limit ${row.role_limit}` : ""})`
  if (max - used >= target.poolMax) return done("connections", text, answer.tookMs)
  const found = finding("primary.connections-scarce", { max, used, pool: target.poolMax })
  return step("connections", "notice", text, answer.tookMs, [found])
}

/** Is it the server itself that answers, or a pooler? The login tells a backend's id, and the backend its own. */
export async function path(target: Target, session: Session, tls: boolean): Promise<Step> {
  const others: Session[] = []
  const start = performance.now()
  try {
    for (let count = 1; count < SAMPLES; count += 1) {
      const opened = await login(target, tls)
      // A server with few places lets no more in: what is known is told.
      if (!opened.ok) break
      others.push(opened.value)
    }
    const pids: number[][] = []
    for (const one of [session, ...others]) {
      const own: number[] = []
      for (let transaction = 0; transaction < 2; transaction += 1) {
        const answer = await one.ask<{ pid: number }>("select pg_backend_pid() as pid")
        if (!answer.ok) return failed("path", target, answer.error, answer.tookMs)
        own.push(answer.value[0]?.pid ?? 0)
      }
      pids.push(own)
    }
    const told = [session, ...others].every((one, index) => one.toldPid === pids[index]?.[0])
    const text = verdict(pids, told, isPooler(target.host, target.port))
    return done("path", text, performance.now() - start)
  } finally {
    for (const other of others) other[Symbol.dispose]()
  }
}

function verdict(pids: readonly (readonly number[])[], told: boolean, knownPooler: boolean): string {
  const first = pids.map(([pid]) => pid)
  const shared = new Set(first).size < first.length || pids.some((own) => new Set(own).size > 1)
  const count = `${pids.length} ${pids.length === 1 ? "connection" : "connections"}`
  if (shared) return `a pooler by transaction: ${count} share backends`
  if (!told) {
    return knownPooler
      ? `a pooler: ${count}, each with a backend of its own by now`
      : `a pooler or a proxy: the login tells another backend than the one that answers`
  }
  return `direct: ${count}, each with the backend that the login told`
}
