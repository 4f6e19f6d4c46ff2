import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { figure, median, type BenchOptions, type Figure } from "./support/measure.ts"
import type { MeasuredReturn } from "./support/returning-process.ts"

/** Writes a second while it returns. */
const RATE = 200

/** The return to PostgreSQL with many changes to hand back, under load: how long a write waits. */
export async function returning({ repetitions, quick }: BenchOptions): Promise<readonly Figure[]> {
  const rounds: MeasuredReturn[] = []
  for (let round = 0; round < Math.min(repetitions, 5); round += 1)
    rounds.push(await run(quick ? 10_000 : 100_000))
  const middle = (read: (round: MeasuredReturn) => number): number => median(rounds.map(read))
  const pending = Math.min(...rounds.map((round) => round.pending))
  return [
    figure(
      `longest wait of a write as PostgreSQL takes over, ${pending} pending`,
      "ms",
      [middle(({ pauseMs }) => pauseMs), 100],
      "target",
      { atMost: 1 },
    ),
    figure(
      "longest wait of a write while changes are handed back",
      "ms",
      [middle(({ longestMs }) => longestMs), middle(({ usualLongestMs }) => usualLongestMs)],
      "before",
    ),
    figure("a write on SQLite, median", "ms", [middle(({ usualMs }) => usualMs), 1], "one millisecond"),
    figure("until PostgreSQL serves again", "ms", [middle(({ returnMs }) => returnMs), 1_000], "a second"),
    figure("writes lost", "", [rounds.reduce((sum, { lost }) => sum + lost, 0), 1], "one", { atMost: 0 }),
  ]
}

async function run(changes: number): Promise<MeasuredReturn> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--conditions=understudy-source",
    join(import.meta.dirname, "support", "returning-process.ts"),
    String(changes),
    String(RATE),
  ])
  return JSON.parse(stdout) as MeasuredReturn
}
