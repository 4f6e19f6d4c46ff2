import { toldOf, type Act } from "./act.ts"
import type { DrillResult } from "./drill.ts"
import type { Figures } from "./figures.ts"
import type { History } from "./history.ts"

/** The errors of a scenario or a drill that are shown. */
const SHOWN_ERRORS = 6
const LABEL_WIDTH = 16

/** A line of the timeline. */
export function describeEvent(atMs: number, event: string): string {
  return `${(atMs / 1000).toFixed(3).padStart(10)} s  ${event}`
}

/** What became of a scenario, as lines. */
export function describeAct({ told, figures, transactions, changes, parked, found }: Act): string[] {
  return [
    ...describeFigures(figures),
    ...describeTold(told),
    row(
      "handed back",
      `${transactions} transactions with ${changes} row changes; ${parked} transactions parked`,
    ),
    ...describeFound(found),
  ]
}

/** What a drill came to, as lines. */
export function describeDrill({ acts, history, reads, parked, found, kept }: DrillResult): string[] {
  const times = new Map<string, number>()
  for (const { scenario } of acts) times.set(scenario, (times.get(scenario) ?? 0) + 1)
  const all: Figures = {
    detection: {
      refusal: acts.flatMap(({ figures }) => figures.detection.refusal),
      silence: acts.flatMap(({ figures }) => figures.detection.silence),
    },
    firstWrite: acts.flatMap(({ figures }) => figures.firstWrite),
    return: acts.flatMap(({ figures }) => figures.return),
    pause: acts.flatMap(({ figures }) => figures.pause),
  }
  return [
    row(
      "scenarios",
      [...times].map(([name, count]) => (count === 1 ? name : `${name} ${count} times`)).join(", "),
    ),
    row("operations", `${history.entries.length}, those of others among them`),
    ...describeTold(toldOf(history.entries)),
    row("writes", describeWaits(history)),
    row("reads", `${reads.times}, the longest took ${Math.round(reads.longestMs)} ms`),
    ...describeFigures(all),
    row("parked", `${parked} transactions`),
    ...describeFound(found),
    ...(kept === null ? [] : [row("kept", kept)]),
  ]
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`
}

function describeTold({ acknowledged, forbidden, notApplied, unknown, errors }: Act["told"]): string[] {
  return [
    row(
      "clients",
      `${acknowledged} writes acknowledged, ${notApplied} not applied, ${unknown} unknown; ${forbidden} broke a rule of the tables`,
    ),
    ...errors.slice(0, SHOWN_ERRORS).map(([why, times]) => row("", `${times} times ${why}`)),
  ]
}

function describeFound(found: readonly string[]): string[] {
  if (found.length === 0)
    return [row("verdict", "nothing lost, nothing doubled: each acknowledged write is there once, or parked")]
  return [row("verdict", "FAILED"), ...found.map((line) => row("", line))]
}

function describeFigures({ detection, firstWrite, return: returns, pause }: Figures): string[] {
  const rows: readonly (readonly [label: string, what: string, values: readonly number[]])[] = [
    ["detection", "after a refused or reset connection", detection.refusal],
    ["detection", "of silence", detection.silence],
    ["first write", "after that was acknowledged", firstWrite],
    ["return", "from its begin until the primary served", returns],
    ["pause", "that a write waited at most while the primary took over", pause],
  ]
  return rows
    .filter(([, , values]) => values.length > 0)
    .map(([label, what, values]) => row(label, `${describeTimes(values)} ${what}`))
}

function describeTimes(values: readonly number[]): string {
  const at = shares(values)
  if (values.length === 1) return `${at(1)} ms`
  return `${at(0.5)} ms (median of ${values.length}; p90 ${at(0.9)}, at most ${at(1)})`
}

/** How long the backends' clients waited for what was acknowledged. */
function describeWaits({ entries }: History): string {
  const at = shares(
    entries
      .filter(({ instance, outcome }) => instance !== null && outcome?.kind === "ok")
      .map(({ invokedAtMs, endedAtMs = invokedAtMs }) => endedAtMs - invokedAtMs),
  )
  return `took ${at(0.5)} ms at the median, ${at(0.99)} ms at p99, ${at(1)} ms at most`
}

/** Reads from values the one below which this share of them is. */
function shares(values: readonly number[]): (share: number) => number {
  const sorted = values.toSorted((a, b) => a - b)
  return (share) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
}
