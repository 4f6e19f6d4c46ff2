import type { HealthBody } from "../../health/report.ts"
import { reasonFinding } from "../../health/report.ts"

/** What the page says in plain words. */
export interface Wording {
  /** The state as a short label. */
  readonly label: string
  /** What serves now. */
  readonly headline: string
  /** Why. */
  readonly reason: string
  /** What a person can do; null where nothing is to be done. */
  readonly remedy: string | null
}

/** The state in plain words. Public texts only. */
export function wordingOf(body: HealthBody): Wording {
  const found = reasonFinding(body)
  const { label, headline, reason } = plainWords(body)
  const serves = body.status !== "fail" || body.state === "closed"
  return {
    label,
    headline: serves ? headline : "No database serves.",
    reason: found?.title ?? reason,
    remedy: found?.remedy ?? null,
  }
}

function plainWords(body: HealthBody): Omit<Wording, "remedy"> {
  switch (body.state) {
    case "starting":
      return {
        label: "Starting",
        headline: "The database is being opened.",
        reason: "The service has just started; requests wait until the database is there.",
      }
    case "embedded":
      return {
        label: "Embedded",
        headline: "SQLite serves.",
        reason: "No PostgreSQL is asked for, so SQLite is the database.",
      }
    case "primary":
      return {
        label: "Primary",
        headline: "PostgreSQL serves.",
        reason: "PostgreSQL answers.",
      }
    case "fallback":
      return {
        label: "Fallback",
        headline: body.writable
          ? "SQLite stands in for PostgreSQL."
          : "SQLite stands in for PostgreSQL, for reading only.",
        reason: "PostgreSQL is asked for and does not serve.",
      }
    case "returning":
      return {
        label: "Returning",
        headline: "PostgreSQL is back; SQLite hands its changes over.",
        reason: "What was written meanwhile is being brought to PostgreSQL.",
      }
    case "closed":
      return {
        label: "Closed",
        headline: "The service is shutting down.",
        reason: "It was asked to end.",
      }
    default:
      return body.state satisfies never
  }
}

/** How long what is written is kept, in plain words. */
export function durabilityWords(durability: HealthBody["durability"]): string {
  switch (durability) {
    case "primary":
      return "by PostgreSQL"
    case "durable":
      return "on a durable disk"
    case "ephemeral":
      return "until the container restarts"
    case "memory":
      return "until the process ends"
    case null:
      return "nothing yet"
    default:
      return durability satisfies never
  }
}

/** The fallback's copy of PostgreSQL, in plain words. */
export function copyWords({ state, ageMs, tables }: NonNullable<HealthBody["mirror"]>): string {
  const absent = tables.filter((table) => table.state === "absent").length
  const without = absent === 0 ? "" : `, without ${absent} of ${tables.length} tables`
  switch (state) {
    case "live":
      return `kept up${without}`
    case "copying":
      return ageMs === null ? "being made" : `${spanWords(ageMs)} old, being renewed`
    case "stale":
      return ageMs === null ? "none" : `${spanWords(ageMs)} old${without}`
    case "absent":
      return "none"
    default:
      return state satisfies never
  }
}

/** What the fallback has taken and not handed back yet, in plain words. */
export function pendingWords({ changes, oldestAgeMs }: NonNullable<HealthBody["pending"]>): string {
  if (changes === 0) return "nothing"
  const rows = `${changes} row change${changes === 1 ? "" : "s"}`
  return oldestAgeMs === null ? rows : `${rows}, the oldest ${spanWords(oldestAgeMs)} old`
}

/** A span of time for people: `3 minutes`. */
export function spanWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ] as const
  for (const [unit, size] of units) {
    const count = Math.floor(seconds / size)
    if (count > 0) return `${count} ${unit}${count === 1 ? "" : "s"}`
  }
  return `${seconds} second${seconds === 1 ? "" : "s"}`
}
