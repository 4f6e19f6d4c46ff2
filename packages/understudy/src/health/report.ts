import { FINDINGS, type Finding, type FindingCode } from "../errors/finding.ts"
import type { CopyState, MirrorStatus } from "../mirror/mirror-status.ts"
import type { DatabaseStatus } from "./status.ts"

/** `pass`: all is as configured. `warn`: it serves, but not as configured. `fail`: it does not serve. */
export type HealthVerdict = "pass" | "warn" | "fail"

/** A finding as anybody may read it: without its message, which may name hosts and folders. */
export type PublicFinding = Omit<Finding, "message">

/** The fallback's copy of the primary, as `/health` shows it. */
export interface MirrorBody extends Omit<MirrorStatus, "asOf"> {
  readonly asOf: string | null
  /** How long ago the moment is that the copy shows, in milliseconds. */
  readonly ageMs: number | null
}

/** The body of `/health` and `/health/ready`, as `application/health+json`. Dates are ISO 8601 in UTC. */
export interface HealthBody {
  readonly status: HealthVerdict
  readonly state: DatabaseStatus["state"]
  readonly engine: DatabaseStatus["engine"]
  readonly since: string
  /** Why the state is what it is: a finding's code, or a plain word. */
  readonly reason: DatabaseStatus["reason"]
  readonly writable: boolean
  readonly fallback: DatabaseStatus["fallback"]
  readonly durability: DatabaseStatus["durability"]
  readonly copy: DatabaseStatus["copy"]
  /** The fallback's copy of the primary; null where none is wanted. */
  readonly mirror: MirrorBody | null
  /** What the fallback has taken and not handed back yet; null while it does not serve. */
  readonly pending: {
    readonly changes: number
    /** How long ago the oldest of them was made, in milliseconds; null where there is none. */
    readonly oldestAgeMs: number | null
  } | null
  /** Parked transactions that wait for a person, as PostgreSQL last said; null where it was not asked. */
  readonly parked: number | null
  readonly lastProbe: {
    readonly at: string
    readonly ok: boolean
    readonly tookMs: number
    /** Why it failed; null where it did not. */
    readonly reason: FindingCode | null
    /** How far the server's clock is ahead of this machine's, in milliseconds; null where it did not tell. */
    readonly clockOffsetMs: number | null
    /** How old this sample is, in milliseconds. */
    readonly ageMs: number
  } | null
  /** With `message` only for the admin. */
  readonly findings: readonly (PublicFinding | Finding)[]
  /** The plan, a line a step; only for the admin. */
  readonly trace?: readonly string[]
}

/** The body and the HTTP status of each route that shows it. */
export interface HealthReport {
  readonly body: HealthBody
  readonly healthHttpStatus: 200 | 503
  readonly readyHttpStatus: 200 | 503
}

/** What a report depends on besides the status. */
export interface HealthReportOptions {
  /** Show what only the admin may see: messages (hosts, folders) and the plan's trace. */
  readonly detailed: boolean
  readonly now: Date
}

/** What `/health` and `/health/ready` answer. Pure; shows the monitor's last sample, asks nothing anew. */
export function healthReport(status: DatabaseStatus, options: HealthReportOptions): HealthReport {
  const verdict = verdictOf(status)
  const body: HealthBody = {
    status: verdict,
    state: status.state,
    engine: status.engine,
    since: status.since.toISOString(),
    reason: status.reason,
    writable: status.writable,
    fallback: status.fallback,
    durability: status.durability,
    copy: status.copy,
    mirror: mirrorOf(status, options.now),
    pending: pendingOf(status, options.now),
    parked: status.parked,
    lastProbe: lastProbeOf(status, options.now),
    findings: options.detailed ? status.findings : status.findings.map(publicFinding),
    ...(options.detailed ? { trace: status.trace } : {}),
  }
  return {
    body,
    healthHttpStatus: verdict === "fail" ? 503 : 200,
    readyHttpStatus: verdict === "fail" || status.state === "starting" ? 503 : 200,
  }
}

/** The finding's generic texts. */
function publicFinding(finding: Finding): PublicFinding {
  const { code, severity, title, remedy, docs } = finding
  return { code, severity, title, remedy, docs }
}

/** The finding that is the reason of the state, in its generic texts; null where nothing special happened. */
export function reasonFinding(
  body: HealthBody,
): { readonly title: string; readonly remedy: string | null } | null {
  const found = body.findings.find((finding) => finding.code === body.reason)
  if (found !== undefined) return found
  if (!Object.hasOwn(FINDINGS, body.reason)) return null
  // Not among the findings any more: its remedy would show unfilled places, its title has none.
  return { title: FINDINGS[body.reason as FindingCode].title, remedy: null }
}

function verdictOf(status: DatabaseStatus): HealthVerdict {
  if (status.migrationFailed) return "fail"
  switch (status.state) {
    case "starting":
    case "returning":
      return "warn"
    case "closed":
      return "fail"
    case "fallback":
      return status.engine === null || status.fallback === "off" ? "fail" : "warn"
    case "embedded":
    case "primary":
      if (status.engine === null) return "fail"
      return status.findings.some((finding) => finding.severity !== "info") ? "warn" : "pass"
    default:
      return status.state satisfies never
  }
}

/** A mirror that says that it is live, and was not heard of for so long, is not. */
const LONGEST_LIVE_AGE_MS = 10_000

function mirrorOf({ mirror }: DatabaseStatus, now: Date): MirrorBody | null {
  if (mirror === null) return null
  const ageMs = mirror.asOf === null ? null : Math.max(0, now.getTime() - mirror.asOf.getTime())
  const isLate = ageMs !== null && ageMs > LONGEST_LIVE_AGE_MS
  const stateNow = (state: CopyState): CopyState => (state === "live" && isLate ? "stale" : state)
  return {
    ...mirror,
    state: stateNow(mirror.state),
    asOf: mirror.asOf?.toISOString() ?? null,
    ageMs,
    tables: mirror.tables.map((table) => ({ ...table, state: stateNow(table.state) })),
  }
}

function pendingOf({ pending }: DatabaseStatus, now: Date): HealthBody["pending"] {
  if (pending === null) return null
  const { changes, oldestAt } = pending
  return { changes, oldestAgeMs: oldestAt === null ? null : Math.max(0, now.getTime() - oldestAt.getTime()) }
}

function lastProbeOf(status: DatabaseStatus, now: Date): HealthBody["lastProbe"] {
  const probe = status.lastProbe
  if (probe === null) return null
  // The wall clock may have been set back meanwhile.
  const ageMs = Math.max(0, now.getTime() - probe.at.getTime())
  return { ...probe, at: probe.at.toISOString(), ageMs }
}
