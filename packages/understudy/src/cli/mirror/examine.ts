import type { Clock } from "../../base/clock.ts"
import { finding, type Finding } from "../../errors/finding.ts"
import { lookAtFile } from "../../host/file-facts.ts"
import { readJournalState, type JournalState } from "../../journal/journal-state.ts"
import { holderOf } from "../holder.ts"
import { onPrimary } from "../on-primary.ts"
import { describePrimary, type PrimaryGround } from "../primary-ground.ts"
import { readCopyInFile, type CopyInFile } from "./copy-in-file.ts"
import type { FileReport, JournalReport, MirrorReport, PrimaryReport } from "./report.ts"

/** A part of the report, with what was found on the way. */
interface Examined<T> {
  readonly report: T
  readonly problems: readonly Finding[]
}

/** Looks at the fallback's file and at the primary. Changes nothing, never rejects; the primary has a deadline. */
export async function examineMirror(ground: PrimaryGround, clock: Clock): Promise<MirrorReport> {
  const { plan } = ground
  const planned = plan.findings.filter(({ severity, code }) => severity === "error" || code === plan.wanted)
  const fallback = plan.candidates.find(
    (candidate) => candidate.kind === "sqlite" && candidate.role === "fallback",
  )
  const path = fallback?.kind === "sqlite" ? fallback.file : null
  const copy = path === null ? null : lookInside(path)
  const file = path === null || copy === null ? null : examineFile(path, copy, clock)
  const primary = await examinePrimary(ground, copy !== null && "mark" in copy ? copy : null)
  return Object.freeze({
    notWanted: whyNotWanted(ground, path),
    file: file?.report ?? null,
    primary: primary?.report ?? null,
    problems: Object.freeze([...planned, ...(file?.problems ?? []), ...(primary?.problems ?? [])]),
  })
}

function whyNotWanted({ settings, primary }: PrimaryGround, path: string | null): string | null {
  if (!settings.postgresWanted) return "no PostgreSQL is asked for"
  if (primary === null) return "there is no PostgreSQL that could be dialled"
  if (path === null)
    return settings.engine === "postgresql"
      ? "DATABASE_ENGINE is postgresql, and there is no fallback"
      : "there is no fallback"
  return settings.mirror.enabled ? null : "DATABASE_MIRROR is off"
}

type Inside = CopyInFile | { readonly state: "missing" | "memory" } | { readonly failure: unknown }

function lookInside(path: string): Inside {
  if (path === ":memory:") return { state: "memory" }
  const { kind } = lookAtFile(path)
  if (kind === "absent" || kind === "empty") return { state: "missing" }
  try {
    return readCopyInFile(path)
  } catch (failure) {
    return { failure }
  }
}

function examineFile(path: string, inside: Inside, clock: Clock): Examined<FileReport> {
  const holder = path === ":memory:" ? null : holderOf(path)
  const nothing = { path, holder, asOf: null, ageMs: null, tables: [] }
  if ("failure" in inside) {
    const detail = inside.failure instanceof Error ? inside.failure.message : "unknown error"
    return {
      report: { ...nothing, state: "unreadable" },
      problems: [finding("mirror.file-unreadable", { file: path, detail })],
    }
  }
  if ("state" in inside) return { report: { ...nothing, state: inside.state }, problems: [] }
  const { asOf, tables } = inside
  const ageMs = asOf === null ? null : Math.max(0, clock.now().getTime() - asOf.getTime())
  return {
    report: { path, state: "read", holder, asOf: asOf?.toISOString() ?? null, ageMs, tables },
    problems: [],
  }
}

async function examinePrimary(
  ground: PrimaryGround,
  copy: CopyInFile | null,
): Promise<Examined<PrimaryReport> | null> {
  const { primary, settings } = ground
  if (primary === null) return null
  const target = describePrimary(primary)
  const outcome = await onPrimary(primary, ground, settings.connectTimeoutMs, readJournalState)
  if ("problem" in outcome) {
    const { problem } = outcome
    const answers = problem.code === "mirror.not-owner"
    return { report: { target, answers, journal: null, isMirrored: null }, problems: [problem] }
  }
  const state = outcome.value
  return {
    report: {
      target,
      answers: true,
      journal: state === null ? null : journalReport(state, copy?.mirrorId ?? null),
      isMirrored: copy === null ? null : copy.asOf !== null && copy.mark === state?.mark,
    },
    problems: [],
  }
}

function journalReport(
  { capture, changes, bytes, mirrors }: JournalState,
  mirrorId: string | null,
): JournalReport {
  return {
    capture,
    changes,
    bytes,
    mirrors: mirrors.map(({ id, ageMs }) => ({ id, ageMs, isThisFile: id === mirrorId })),
  }
}
