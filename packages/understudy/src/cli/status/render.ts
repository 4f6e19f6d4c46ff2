import { renderAge } from "../render-age.ts"
import { printable } from "../printable.ts"
import type { InstanceReport } from "./ask-instance.ts"

/** What an instance says, for people. It may be anything that listens there: nothing of it is printed as it came. */
export function renderInstance({
  url,
  status,
  state,
  engine,
  since,
  reason,
  writable,
  pending,
  parked,
  findings,
}: InstanceReport): string {
  const lines = [
    `The instance at ${url}`,
    `  state:   ${state} (${status}), ${engine ?? "nothing"} serves, since ${since}, reason ${reason}`,
    `  writes:  ${writable ? "are taken" : "are not taken"}`,
    `  pending: ${pendingWords(pending)}`,
    `  parked:  ${parked ?? "not asked yet"}${(parked ?? 0) > 0 ? ": `understudy conflicts` lists them" : ""}`,
    ...(findings.length === 0 ? [] : ["Findings"]),
    ...findings.flatMap(({ severity, title, remedy, code }) => [
      `  ${severity}: ${title}`,
      `    do:   ${remedy}`,
      `    code: ${code}`,
    ]),
  ]
  return `${lines.map(printable).join("\n")}\n`
}

function pendingWords(pending: InstanceReport["pending"]): string {
  if (pending === null || pending.changes === 0) return "nothing"
  const age = pending.oldestAgeMs === null ? "" : `, the oldest ${renderAge(pending.oldestAgeMs)} ago`
  return `${pending.changes} row change${pending.changes === 1 ? "" : "s"}${age}`
}
