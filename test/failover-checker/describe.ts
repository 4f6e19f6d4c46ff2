import type { CheckResult } from "./check.ts"
import { describeFigures } from "./figures.ts"
import type { History } from "./history.ts"

/** What a run came to, in words; where it failed, with all that leads there. */
export function describeResult(seed: number, result: CheckResult): string {
  const { found, history, faults, fallbacks, parked, reads, figures, ground } = result
  const count = { ok: 0, fail: 0, unknown: 0 }
  const refusals = new Map<string, number>()
  for (const { operation, outcome } of history.entries) {
    if (outcome === undefined) continue
    count[outcome.kind] += 1
    if (outcome.kind === "ok") continue
    const why = `${outcome.kind}, ${operation.kind}: ${outcome.why.split("\n")[0]?.slice(0, 110)}`
    refusals.set(why, (refusals.get(why) ?? 0) + 1)
  }
  const happened = [...faults].map(([name, times]) => `${name} ${times}`).join(", ")
  const often = [...refusals].toSorted(([, a], [, b]) => b - a).slice(0, 6)
  return [
    `  ${history.entries.length} operations: ${count.ok} acknowledged, ${count.fail} not applied, ${count.unknown} unknown; ${fallbacks} fallbacks, ${parked} parked`,
    `  what went wrong: ${happened}`,
    `  ${reads.times} reads, the longest took ${Math.round(reads.longestMs)} ms; ${describeWaits(history)}`,
    ...describeFigures(figures),
    ...often.map(([why, times]) => `  ${times} times ${why}`),
    ...(found.length === 0
      ? []
      : [`  SEED ${seed} FAILED (kept in ${ground}):`, ...found.map((line) => `    ${line}`)]),
  ].join("\n")
}

/** How long the backend's clients waited for what was acknowledged. */
function describeWaits({ entries }: History): string {
  const waits = entries
    .filter(({ client, outcome }) => client.startsWith("client") && outcome?.kind === "ok")
    .map(({ invokedAtMs, endedAtMs = invokedAtMs }) => endedAtMs - invokedAtMs)
    .toSorted((a, b) => a - b)
  const at = (share: number): number => waits[Math.floor(share * (waits.length - 1))] ?? 0
  return `writes took ${at(0.5)} ms at the median, ${at(0.99)} ms at p99, ${at(1)} ms at most`
}
