import { lookAtOwner, type Holder } from "../../engine/sqlite/owner-lock.ts"
import { finding, type Finding } from "../../errors/finding.ts"
import { isUnderstudyError, UnderstudyError } from "../../errors/understudy-error.ts"
import { findingFor, openCandidate, type OpenContext, type Opened } from "../../failover/open-candidate.ts"
import { lookAtFile } from "../../host/file-facts.ts"
import { executedInFile } from "../../migrate/executed-in-file.ts"
import { readExecutedNames } from "../../migrate/executed-names.ts"
import type { Candidate, Plan } from "../../plan/plan.ts"
import { describeEndpoint } from "../../url/render.ts"
import { problemOf, type Problem } from "./report.ts"

/**
 * The candidate to migrate: the plan's first one. A fallback that stands in for a PostgreSQL that is wanted is none: the
 * service migrates it when it takes it, and who runs this means the primary.
 */
export function chooseTarget({ candidates, wanted }: Plan): Candidate | null {
  const [first] = candidates
  if (first === undefined) return null
  return wanted !== null && first.kind === "sqlite" && first.role === "fallback" ? null : first
}

/** A candidate in words, without a secret. */
export function describeTarget(candidate: Candidate): string {
  if (candidate.kind === "postgresql") return `PostgreSQL at ${describeEndpoint(candidate.parts)}`
  return candidate.file === ":memory:" ? "SQLite in memory" : `SQLite at ${candidate.file}`
}

/** Opens a candidate for its migrations. A SQLite file that another process owns is a problem, not a reason for another file. */
export async function openTarget(candidate: Candidate, context: OpenContext): Promise<Opened | Problem> {
  const held = heldElsewhere(candidate)
  if (held !== null) return held
  try {
    const opened = await openCandidate(candidate, context, { signal: new AbortController().signal })
    const taken = opened.findings.find(({ code }) => code === "storage.in-use")
    if (taken === undefined) return opened
    await closeTarget(opened)
    return taken
  } catch (error) {
    return problemFor(candidate, error, context)
  }
}

export async function closeTarget({ engine, release }: Opened): Promise<void> {
  await engine.close()
  release()
}

/** The names of what ran on a candidate. Nothing is written, locked or made. */
export async function executedOn(
  candidate: Candidate,
  context: OpenContext,
): Promise<readonly string[] | Problem> {
  try {
    if (candidate.kind === "sqlite") {
      if (candidate.file === ":memory:") return []
      const { kind } = lookAtFile(candidate.file)
      return kind === "absent" || kind === "empty" ? [] : executedInFile(candidate.file)
    }
    const opened = await openCandidate(candidate, context, { signal: new AbortController().signal })
    try {
      return await readExecutedNames(opened.engine)
    } finally {
      await closeTarget(opened)
    }
  } catch (error) {
    return problemFor(candidate, error, context)
  }
}

/** Why a candidate could not be opened, or was lost. */
export function problemFor(candidate: Candidate, error: unknown, context: OpenContext): Problem {
  // Whether it was applied is all that counts then.
  if (isUnderstudyError(error, "UNDERSTUDY_COMMIT_UNKNOWN")) return problemOf(error)
  if (candidate.kind === "postgresql") return findingFor(candidate, error, context)
  const { file } = candidate
  const cause = (error as Error).cause ?? error
  if (isUnderstudyError(cause, "UNDERSTUDY_STORAGE")) return problemOf(cause)
  const detail = cause instanceof Error ? cause.message : "unknown error"
  return problemOf(new UnderstudyError("UNDERSTUDY_STORAGE", { file, detail }, { cause }))
}

function heldElsewhere(candidate: Candidate): Finding | null {
  if (candidate.kind === "postgresql" || candidate.file === ":memory:") return null
  const sight = lookAtOwner(candidate.file)
  if (sight.state !== "held") return null
  return finding("migration.file-held", { file: candidate.file, holder: nameOf(sight.holder) })
}

function nameOf({ pid, host }: Holder): string {
  return pid === null ? "another process" : `process ${pid} on ${host ?? "this machine"}`
}
