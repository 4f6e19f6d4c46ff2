import type { Finding, FindingCode } from "../errors/finding.ts"
import type { Plan } from "../plan/plan.ts"
import type { Settings } from "../settings/settings.ts"
import { findingsOf, type DoctorReport, type Serving } from "./report.ts"

/** What the last sentence is made of. */
export interface Examined {
  readonly settings: Settings
  readonly plan: Plan
  readonly report: Omit<DoctorReport, "serving" | "summary">
}

/** What would serve, and in one sentence what to change first. Pure. */
export function conclude(examined: Examined): Pick<DoctorReport, "serving" | "summary"> {
  const { serving, text } = serves(examined)
  const first = firstToChange(examined.report, serving)
  const advice = first === null ? "nothing needs to be changed." : `first: ${asClause(first.remedy)}`
  return { serving, summary: `${text}; ${advice}` }
}

function serves({ settings, plan, report }: Examined): { readonly serving: Serving; readonly text: string } {
  const answering = report.primary.hosts.find((host) => host.serves)
  for (const candidate of plan.candidates) {
    if (candidate.kind === "postgresql") {
      if (answering === undefined) continue
      return { serving: "postgresql", text: `PostgreSQL at ${answering.endpoint} would serve` }
    }
    const where =
      candidate.file === ":memory:" ? "SQLite in memory" : `${fileAt(report)} at ${candidate.file}`
    if (!settings.postgresWanted) return { serving: "sqlite", text: `${where} would serve, as is asked for` }
    const behind = plan.wanted === "data.left-behind" ? "since it holds rows that PostgreSQL never had" : null
    const why = behind ?? `in PostgreSQL's place (${settings.fallback})`
    return { serving: "sqlite", text: `${where} would serve, ${why}` }
  }
  return { serving: "nothing", text: "Nothing would serve, and requests would be answered with 503" }
}

/** A damaged file is set aside, and its rows do not serve. */
function fileAt({ storage }: Examined["report"]): string {
  const isDamaged = storage.steps.some(({ findings }) =>
    findings.some(({ code }) => code === "storage.damaged"),
  )
  return isDamaged ? "A new SQLite file, without the rows of the damaged one," : "SQLite"
}

/** Where PostgreSQL serves, these are refuted or beside the point. */
const MOOT: Partial<Readonly<Record<Serving, RegExp>>> = {
  postgresql: /^(?:host\.|storage\.(?:ephemeral|memory)$)/,
}

/** What was suspected of the way to PostgreSQL, and the errors that prove it right. */
const SUSPICIONS: Partial<Readonly<Record<FindingCode, RegExp>>> = {
  "host.supabase-direct": /^primary\.(?:dns|unreachable|timeout)$/,
  "host.pooler-user": /^primary\.auth-failed$/,
  "host.localhost": /^primary\.refused$/,
  "host.port-blocked": /^primary\.timeout$/,
}

/** The first error that is read, or what it comes from; without one the first warning that is to the point. */
function firstToChange(report: Examined["report"], serving: Serving): Finding | null {
  const findings = findingsOf(report).filter(({ code }) => MOOT[serving]?.test(code) !== true)
  const error = findings.find(({ severity }) => severity === "error")
  const cause = findings.find(({ code }) => SUSPICIONS[code]?.test(error?.code ?? "") === true)
  return (
    cause ??
    error ??
    findings.find(({ severity, code }) => severity === "warning" && code !== "doctor.argument-visible") ??
    null
  )
}

/** The first sentence, to go on after a colon. A first word that is a name keeps its capitals. */
function asClause(remedy: string): string {
  const sentence = /^[^]*?\.(?=\s+[A-Z])/.exec(remedy)?.[0] ?? remedy
  return /^[A-Z][a-z]/.test(sentence) ? `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}` : sentence
}
