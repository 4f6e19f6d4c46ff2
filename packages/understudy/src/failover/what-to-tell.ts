import type { Redactor } from "../base/redact.ts"
import { finding, type Finding } from "../errors/finding.ts"
import { isUnderstudyError, UnderstudyError } from "../errors/understudy-error.ts"
import type { Details } from "../errors/template.ts"
import type { ReplayProgress } from "../replay/replay-result.ts"
import type { Candidate } from "../plan/plan.ts"
import { connectionStateOf, type MachineState } from "./machine.ts"
import { findingFor, type OpenContext } from "./open-candidate.ts"
import { HELD, type Returned } from "./return-to-primary.ts"

const OF_THE_WAY_BACK: ReadonlySet<Finding["code"]> = new Set([
  "journal.held",
  "journal.hindered",
  "journal.not-handed-back",
  "migration.failed",
])

/** Is it about the primary's absence, or the way back? It is over once that serves again, or is told anew. */
export function isOfOutage(code: Finding["code"]): boolean {
  return code.startsWith("primary.") || OF_THE_WAY_BACK.has(code)
}

/** A migration that failed. */
export function migrationFailed({ message }: UnderstudyError, redact: Redactor): Finding {
  const [, migration = "", detail = ""] = /^The migration (\S+) failed: (.*)\.$/s.exec(message) ?? []
  return finding("migration.failed", { migration, detail: redact(detail) })
}

/** Migrations that the primary has and the program has not. */
export function aheadFindings(ahead: readonly string[]): readonly Finding[] {
  if (ahead.length === 0) return []
  return [finding("migrations.primary-ahead", { count: ahead.length, newest: ahead.toSorted().at(-1) ?? "" })]
}

/** What became of the writes that a file held. */
export function ofReturn({ ahead, held, kept, handedBack }: Returned, file: string): readonly Finding[] {
  return [
    ...aheadFindings(ahead),
    ...(held === null ? [] : [finding("journal.held", { changes: kept, file, why: HELD[held] })]),
    ...(handedBack.parked === 0 ? [] : [finding("journal.parked", { count: handedBack.parked })]),
  ]
}

/** What is to be said of somebody on the primary who is in the way; null where nobody is. */
export function whatHinders({ hindered }: ReplayProgress): Details | null {
  if (hindered === null) return null
  return { what: hindered.table === null ? "a row" : `a row of ${hindered.table}` }
}

/** Why the primary, which answers again, does not serve yet. */
export function whyNotReturned(error: unknown, primary: Candidate, context: OpenContext): Finding {
  if (isUnderstudyError(error, "UNDERSTUDY_MIGRATION_FAILED")) return migrationFailed(error, context.redact)
  const found = findingFor(primary, error, context)
  if (found.code !== "primary.failed") return found
  const detail = context.redact(error instanceof Error ? error.message : String(error))
  return finding("journal.not-handed-back", { detail })
}

/** What those get who have waited for an engine in vain. */
export function notServing(machineState: MachineState, limitMs: number): UnderstudyError {
  const { state, reason } = connectionStateOf(machineState)
  return state === "starting"
    ? new UnderstudyError("UNDERSTUDY_NOT_READY", { limitMs, state }, { applied: "no" })
    : new UnderstudyError("UNDERSTUDY_UNAVAILABLE", { reason }, { applied: "no" })
}
