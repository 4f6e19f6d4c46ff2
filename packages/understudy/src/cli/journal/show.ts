import type { ParkedChange } from "../../replay/parked.ts"
import { lookAtTransactions } from "../../journal/local/pending-origins.ts"
import type { LocalTransaction } from "../../journal/local/contract.ts"
import { describeChange } from "../../replay/park.ts"
import { EXIT, type CommandIo, type ExitCode } from "../io.ts"
import { printable } from "../printable.ts"
import { readGround } from "../primary-ground.ts"
import { renderProblems } from "../render-problem.ts"
import { renderImages } from "../render-rows.ts"
import { journalFiles, NO_FILE } from "./examine.ts"
import { pendingIn, type FoundOrigin } from "./find-origin.ts"

/** The options of `understudy journal show`. */
export interface ShowFlags {
  readonly origin?: string
  readonly limit?: string
  readonly json?: boolean
}

/** A change that is not handed back. */
type ShownChange = Omit<ParkedChange, "theirs"> | { readonly operation: "migration"; readonly name: string }

/** A transaction that the fallback took. */
interface ShownTransaction {
  readonly at: Date
  readonly changes: readonly ShownChange[]
}

interface Shown {
  readonly file: string
  readonly origin: string
  /** Row changes in all. */
  readonly changes: number
  readonly transactions: readonly ShownTransaction[]
}

const DEFAULT_LIMIT = 100

/** Prints the rows of what is not handed back. */
export function showJournal(io: CommandIo, { origin, limit = "", json = false }: ShowFlags): ExitCode {
  if (!/^\d{0,9}$/.test(limit) || Number(limit || 1) < 1) {
    io.err("error: --limit must be a whole number from 1 on\n")
    return EXIT.usage
  }
  const files = journalFiles(readGround(io))
  const { found: all, problems } = pendingIn(files)
  const found = all.filter((each) => origin === undefined || each.origin.origin === origin)
  if (found.length === 0 && problems.length > 0) {
    io.out(renderProblems(problems))
    return EXIT.found
  }
  if (found.length === 0 && origin !== undefined) {
    io.err("error: no file of the fallback holds this origin\n")
    return EXIT.noInput
  }
  const shown = found.map((each) => show(each, Number(limit || DEFAULT_LIMIT)))
  if (json) io.out(`${JSON.stringify({ origins: shown }, null, 2)}\n`)
  else io.out(files.length === 0 ? `There is no file to look into: ${NO_FILE}.\n` : render(shown))
  if (problems.length === 0) return EXIT.ok
  io.err(renderProblems(problems))
  return EXIT.found
}

function show({ file, origin }: FoundOrigin, limit: number): Shown {
  const transactions = lookAtTransactions(file, origin.id, limit).map(shownTransaction)
  return { file, origin: origin.origin, changes: origin.changes, transactions }
}

function shownTransaction({ at, changes }: LocalTransaction): ShownTransaction {
  return {
    at,
    changes: changes.map((change): ShownChange => {
      if (change.operation === "migration") return { operation: "migration", name: change.name }
      const { theirs: _unknown, ...described } = describeChange(change, undefined)
      return described
    }),
  }
}

function render(shown: readonly Shown[]): string {
  if (shown.length === 0) return "The fallback owes PostgreSQL nothing.\n"
  return `${shown.flatMap(renderOrigin).join("\n")}\n`
}

function renderOrigin({ file, origin, changes, transactions }: Shown): string[] {
  const count = transactions.reduce((sum, transaction) => sum + transaction.changes.length, 0)
  return [
    `${printable(origin)} in ${printable(file)}`,
    ...transactions.flatMap(({ at, changes: each }) => [at.toISOString(), ...each.flatMap(renderChange)]),
    ...(changes > count ? [`and ${changes - count} more row changes: --limit shows more`] : []),
  ]
}

function renderChange(change: ShownChange): string[] {
  if (change.operation === "migration") return [`  migration ${printable(change.name)}`]
  return renderImages(change, [
    ["before", change.before],
    ["after", change.ours],
  ])
}
