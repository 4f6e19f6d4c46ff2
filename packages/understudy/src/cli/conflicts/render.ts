import type { ParkReason, ParkedTransaction, ShownChange, ShownTransaction } from "../../replay/parked.ts"
import { printable } from "../printable.ts"
import { renderImages } from "../render-rows.ts"
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

function renderChange(change: ShownChange): string[] {
  const { before, ours, theirs, now } = change
  return renderImages(change, [
    ["before", before],
    ["ours", ours],
    ["theirs", theirs],
    ["now", now],
  ])
}
