import { printable } from "../printable.ts"
import { renderProblem } from "../render-problem.ts"
import type { JournalFileReport, JournalReport, OriginReport } from "./report.ts"

/** The report for people. */
export function renderJournal({ noFile, files, primary, problems }: JournalReport): string {
  return [
    ...(noFile === null ? [] : [`There is no file to look into: ${noFile}.`]),
    ...files.flatMap(renderFile),
    ...(primary === null ? [] : renderPrimary(primary)),
    ...(problems.length === 0 ? [] : ["Findings", ...problems.flatMap(renderProblem)]),
    "",
  ].join("\n")
}

function renderFile({ file, state, holder, origins }: JournalFileReport): string[] {
  return [
    `Fallback: ${printable(file)}`,
    ...(holder === null ? [] : [`  held by ${holder}, a service that runs`]),
    ...renderContent(state, origins),
  ]
}

function renderContent(state: JournalFileReport["state"], origins: readonly OriginReport[]): string[] {
  switch (state) {
    case "missing":
      return ["  there is no such file yet: a service makes it when it starts"]
    case "unreadable":
      return ["  it cannot be read now"]
    case "read":
      return origins.length === 0
        ? ["  owes PostgreSQL nothing"]
        : ["  not handed back", ...origins.map(renderOrigin)]
    default:
      return state satisfies never
  }
}

/** For whom an opening's changes are, in words. */
const MEANT_FOR: Readonly<Record<NonNullable<OriginReport["meantFor"]>, string>> = {
  "this primary": "for this PostgreSQL",
  "another primary": "for another PostgreSQL, and kept: handed back where that one answers, or given up",
  "any primary": "for the first PostgreSQL that is met",
}

function renderOrigin({ origin, changes, oldestAt, newestAt, migration, meantFor }: OriginReport): string {
  const what =
    migration === null
      ? `${changes} row change${changes === 1 ? "" : "s"}`
      : `the migration ${printable(migration)}`
  const whom = meantFor === null ? "" : `; ${MEANT_FOR[meantFor]}`
  return `    ${printable(origin)}  ${what}, ${oldestAt} to ${newestAt}${whom}`
}

function renderPrimary({ target, answers, parked }: NonNullable<JournalReport["primary"]>): string[] {
  if (!answers) return [target, "  does not answer"]
  const transactions = parked === 1 ? "transaction" : "transactions"
  const how = parked === 0 ? "" : ": `understudy conflicts` lists them"
  return [target, `  ${parked ?? 0} parked ${transactions}${how}`]
}
