import type { CheckResult } from "./check.ts"

/** What a run came to, in words; where it failed, with all that leads there. */
export function describeResult(seed: number, result: CheckResult): string {
  const { found, quietPoints, tallies, refusals, looks } = result
  const sum = { applied: 0, refused: 0, unknown: 0 }
  for (const tally of tallies.values())
    for (const kind of ["applied", "refused", "unknown"] as const) sum[kind] += tally[kind]
  const lines = [
    `  ${quietPoints} quiet points; transactions: ${sum.applied} applied, ${sum.refused} not, ${sum.unknown} unknown; ${looks} looks at the copies`,
    `  by writer: ${[...tallies].map(([name, { applied, refused }]) => `${name} ${applied}/${applied + refused}`).join(", ")}`,
  ]
  const often = [...refusals].toSorted(([, a], [, b]) => b - a).slice(0, 8)
  for (const [why, times] of often) lines.push(`  not applied ${times} times: ${why}`)
  if (found.length > 0) lines.push(`  SEED ${seed} FAILED:`, ...found.map((line) => `    ${line}`))
  return lines.join("\n")
}
