import type { Client } from "pg"
import { clusterOf } from "../../engine/postgres/dial.ts"
import type { Finding } from "../../errors/finding.ts"
import { filesBeside } from "../../engine/sqlite/claim-file.ts"
import { lookAtFile } from "../../host/file-facts.ts"
import { lookAtPendingOrigins, type PendingOrigin } from "../../journal/local/pending-origins.ts"
import { isForAny, isOfAnother } from "../../replay/meant-for.ts"
import { countParked } from "../../replay/parked-list.ts"
import { findPrimaryMark } from "../../replay/replay-schema.ts"
import { holderOf } from "../holder.ts"
import { onPrimary } from "../on-primary.ts"
import { describePrimary, type PrimaryGround } from "../primary-ground.ts"
import { holdsSomething, unreadable } from "./find-origin.ts"
import type { JournalFileReport, JournalReport, OriginReport } from "./report.ts"

/** What the primary tells. `mark`: null where it has none yet. */
interface PrimarySight {
  readonly mark: string | null
  readonly cluster: string | null
  readonly parked: number
}

/** Why there is no file to look into, where there is none. */
export const NO_FILE = "no folder here can hold a fallback's file"

/**
 * The files in which a fallback of this program may have kept writes, be one wanted now or not; none where there is no
 * place for one.
 */
export function journalFiles({ fallbackFile }: Pick<PrimaryGround, "fallbackFile">): readonly string[] {
  if (fallbackFile === null) return []
  const { kind } = lookAtFile(fallbackFile)
  const beside = kind === "blocked" ? [] : besideIfAny(fallbackFile)
  return [fallbackFile, ...beside.toSorted()]
}

/** There may be no such folder yet. */
function besideIfAny(file: string): readonly string[] {
  try {
    return filesBeside(file)
  } catch {
    return []
  }
}

/** Looks at the fallback's files and at the primary. Changes nothing, never rejects; the primary has a deadline. */
export async function examineJournal(ground: PrimaryGround): Promise<JournalReport> {
  const { primary, settings } = ground
  const files = journalFiles(ground)
  const problems: Finding[] = []
  const outcome =
    primary === null ? null : await onPrimary(primary, ground, settings.connectTimeoutMs, lookAtPrimary)
  if (outcome !== null && "problem" in outcome) problems.push(outcome.problem)
  const sight = outcome !== null && "value" in outcome ? outcome.value : null
  const looked = files.map((file) => examineFile(file, sight, problems))
  return {
    noFile: files.length > 0 ? null : NO_FILE,
    files: looked,
    primary:
      primary === null
        ? null
        : { target: describePrimary(primary), answers: sight !== null, parked: sight?.parked ?? null },
    problems,
  }
}

async function lookAtPrimary(client: Client): Promise<PrimarySight> {
  return {
    mark: await findPrimaryMark(client),
    cluster: await clusterOf(client),
    parked: await countParked(client),
  }
}

function examineFile(file: string, sight: PrimarySight | null, problems: Finding[]): JournalFileReport {
  const holder = holderOf(file)
  if (!holdsSomething(file)) return { file, state: "missing", holder, origins: [] }
  try {
    const origins = lookAtPendingOrigins(file).map((origin) => reportOf(origin, sight))
    return { file, state: "read", holder, origins }
  } catch (error) {
    problems.push(unreadable(file, error))
    return { file, state: "unreadable", holder, origins: [] }
  }
}

function reportOf(pending: PendingOrigin, sight: PrimarySight | null): OriginReport {
  const { origin, changes, oldestAt, newestAt, migration } = pending
  return {
    origin,
    changes,
    oldestAt: oldestAt.toISOString(),
    newestAt: newestAt.toISOString(),
    migration,
    meantFor: meantFor(pending, sight),
  }
}

function meantFor(pending: PendingOrigin, sight: PrimarySight | null): OriginReport["meantFor"] {
  if (isForAny(pending)) return "any primary"
  if (sight === null) return null
  return isOfAnother(pending, sight) ? "another primary" : "this primary"
}
