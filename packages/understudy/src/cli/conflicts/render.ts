import type { ParkReason } from "../../replay/conflict.ts"
import type { NamedRow } from "../../replay/park.ts"
import type { ParkedTransaction, ShownChange, ShownTransaction } from "../../replay/parked-list.ts"
import { printable } from "../printable.ts"
import { REASONS } from "./reasons.ts"

/** What `understudy conflicts list` prints. */
export interface ListedConflicts {
  /** Where PostgreSQL is, in words. */
  readonly target: string
  readonly conflicts: readonly ParkedTransaction[]
  readonly isMore: boolean
  /** Also those that are settled? */
  readonly all: boolean
}

/** The list for people, and how one of it is settled. */
export function renderConflicts({ target, conflicts, isMore, all }: ListedConflicts): string {
  if (conflicts.length === 0)
    return `${target}: nothing is parked${all ? "" : " that waits for a decision"}.\n`
  return [
    `${target}: parked ${conflicts.length}${isMore ? ", and more" : ""}`,
    ...conflicts.flatMap((conflict) => [
      `  ${conflict.id}  ${conflict.at.toISOString()}  ${countOf(conflict.changes)}${stateOf(conflict)}`,
      `      ${whyOf(conflict)}`,
    ]),
    "",
    "understudy conflicts show ID     its rows",
    "understudy conflicts apply ID    apply it to the rows as they are now; --force: whatever they are",
    "understudy conflicts dismiss ID  give it up",
    "",
  ].join("\n")
}

function countOf(changes: number): string {
  return `${changes} ${changes === 1 ? "row" : "rows"}`
}

function stateOf({ state, settledAt }: Pick<ParkedTransaction, "state" | "settledAt">): string {
  return state === "open" ? "" : `  ${state} ${settledAt?.toISOString() ?? ""}`.trimEnd()
}

function whyOf({
  reason,
  table,
  detail,
  dependsOn,
}: Pick<ParkedTransaction, "reason" | "table" | "detail" | "dependsOn">): string {
  // A reason that is missing here comes from a later version.
  const words = (REASONS as Readonly<Partial<Record<ParkReason, string>>>)[reason] ?? reason
  const where = table === null ? "" : `${printable(table)}: `
  const what = detail === null ? "" : ` (${printable(detail)})`
  const after = dependsOn.length === 0 ? "" : `; goes on from ${dependsOn.join(", ")}`
  return `${where}${words}${what}${after}`
}

/** One for people: each row as it was before, as the fallback has it, as it was met, and as it is now. */
export function renderConflict(conflict: ShownTransaction): string {
  const { id, at, parkedAt, origin, changes } = conflict
  return [
    `Conflict ${id}${stateOf(conflict)}`,
    `  ${whyOf(conflict)}`,
    `  taken by the fallback ${at.toISOString()}, parked ${parkedAt.toISOString()}`,
    `  origin ${printable(origin)}`,
    ...changes.flatMap(renderChange),
    "",
  ].join("\n")
}

const IMAGES = [
  ["before", "before"],
  ["ours", "ours"],
  ["theirs", "theirs"],
  ["now", "now"],
] as const

function renderChange(change: ShownChange): string[] {
  const { table, operation, key } = change
  const names = [...new Set(IMAGES.flatMap(([, of]) => Object.keys(change[of] ?? {})))]
  // What all agree on says nothing, but where there is nothing else to be said.
  const differing = names.filter((name) => new Set(IMAGES.map(([, of]) => change[of]?.[name])).size > 1)
  const shown = differing.length === 0 ? names : differing
  return [
    `  ${operation} ${printable(table)} ${renderRow(key, Object.keys(key))}`,
    ...IMAGES.map(([label, of]) => `    ${label.padEnd(6)}  ${renderRow(change[of], shown)}`),
  ]
}

function renderRow(row: NamedRow | null, names: readonly string[]): string {
  if (row === null) return "no such row"
  return names
    .filter((name) => Object.hasOwn(row, name))
    .map((name) => `${printable(name)}=${renderValue(row[name] ?? null)}`)
    .join(", ")
}

/** Longer values are to be had by --json. */
const LONGEST_VALUE = 60

function renderValue(value: string | null): string {
  if (value === null) return "null"
  const text = printable(value)
  return JSON.stringify(text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text)
}
