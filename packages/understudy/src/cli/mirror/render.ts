import { renderBytes } from "../../doctor/render-bytes.ts"
import type { AbsenceCode } from "../../mirror/absence.ts"
import { printable } from "../printable.ts"
import { renderAge } from "../render-age.ts"
import { renderProblem } from "../render-problem.ts"
import type { FileReport, JournalReport, MirrorReport, PrimaryReport, TableReport } from "./report.ts"

/** The report for people. */
export function renderText({ notWanted, file, primary, problems }: MirrorReport): string {
  return [
    ...(notWanted === null ? [] : [`No copy is wanted: ${notWanted}.`]),
    ...(file === null ? [] : renderFile(file)),
    ...(primary === null ? [] : renderPrimary(primary)),
    ...(problems.length === 0 ? [] : ["Findings", ...problems.flatMap(renderProblem)]),
    "",
  ].join("\n")
}

/** The report as JSON, in the form of docs/mirror.md. */
export function renderJson(report: MirrorReport): string {
  return `${JSON.stringify(report, null, 2)}\n`
}

function renderFile({ path, state, holder, asOf, ageMs, tables }: FileReport): string[] {
  const head = [
    `Fallback: ${state === "memory" ? "SQLite in memory" : path}`,
    ...(holder === null ? [] : [`  held by ${holder}, a service that runs`]),
  ]
  switch (state) {
    case "missing":
      return [...head, "  there is no such file yet: a service makes it when it starts"]
    case "memory":
      return [...head, "  nobody else can look into it: see the service's /health"]
    case "unreadable":
      return [...head, "  it cannot be read now"]
    case "read":
      return [
        ...head,
        asOf === null
          ? "  holds no copy of PostgreSQL"
          : `  shows PostgreSQL as of ${asOf} (${renderAge(ageMs ?? 0)} ago)`,
        ...(tables.length === 0 ? [] : ["Tables", ...renderTables(tables)]),
      ]
    default:
      return state satisfies never
  }
}

function renderTables(tables: readonly TableReport[]): string[] {
  const names = tables.map(({ name }) => printable(name))
  const width = Math.max(...names.map(({ length }) => length))
  return tables.map((table, index) => `  ${(names[index] ?? "").padEnd(width)}  ${stateOf(table)}`)
}

function stateOf({ state, reason, detail }: TableReport): string {
  if (reason === null) return state
  const words = WORDS[reason as keyof typeof WORDS] ?? reason
  return `${state}: ${words}${detail === null ? "" : ` (${printable(detail)})`}`
}

/** Why a table has no copy. A code that is missing here comes from a later version. */
const WORDS: Readonly<Record<AbsenceCode | "not-copied", string>> = {
  "not-copied": "it has not been copied yet",
  "not-on-primary": "PostgreSQL has no such table",
  "no-key": "it has no primary key, or another one on PostgreSQL",
  "column-differs": "a column is another one on PostgreSQL",
  "partition-differs": "a partition has its columns in another order",
  "has-heirs": "other tables inherit from it",
  excluded: "it is left out by DATABASE_MIRROR_EXCLUDE or the program",
  "over-limit": "it is larger than DATABASE_MIRROR_MAX_ROWS or DATABASE_MIRROR_MAX_BYTES allow",
  "not-allowed": "the role may not read all of it, or have its changes captured",
  "not-capturable": "PostgreSQL cannot capture its changes",
  busy: "somebody holds it; it is copied when it is let go",
  "value-not-storable": "it holds a value that SQLite has no form for",
  "row-refused": "SQLite refuses a row of it",
}

function renderPrimary({ target, answers, journal, isMirrored }: PrimaryReport): string[] {
  const mirrored =
    isMirrored === null ? [] : [isMirrored ? "  the file is a mirror of it" : "  the file is no mirror of it"]
  if (!answers) return [target, "  does not answer"]
  return [
    target,
    ...mirrored,
    ...(journal === null
      ? ["  nothing is captured: there is no journal to look at"]
      : renderJournal(journal)),
  ]
}

function renderJournal({ capture, changes, bytes, mirrors }: JournalReport): string[] {
  return [
    `  capture: ${capture ? "on" : "off, until `understudy mirror on`"}`,
    `  journal: ${changes} change${changes === 1 ? "" : "s"}, ${renderBytes(bytes)}`,
    ...(mirrors.length === 0 ? ["  mirrors: none"] : ["  mirrors"]),
    ...mirrors.map(
      ({ id, ageMs, isThisFile }) =>
        `    ${id}  told ${renderAge(ageMs)} ago how far it is${isThisFile ? " (this file)" : ""}`,
    ),
  ]
}
