import type { Entry } from "./history.ts"

/** The primary was taken away; how one learns of it. Times are milliseconds of the history. */
export interface Down {
  readonly atMs: number
  readonly how: "refusal" | "silence"
}

/** The backend has entered a state. */
export interface Entered {
  readonly atMs: number
  readonly state: string
}

/** What outages took. In milliseconds. */
export interface Figures {
  /** From the failure to the state `fallback`. */
  readonly detection: Readonly<Record<Down["how"], readonly number[]>>
  /** From then to the first write that was acknowledged. */
  readonly firstWrite: readonly number[]
  /** How long a write waited at most that was under way when the primary took over again. */
  readonly pause: readonly number[]
}

/** Reads them from what happened. Pure. */
export function figuresOf(
  downs: readonly Down[],
  states: readonly Entered[],
  entries: readonly Entry[],
): Figures {
  const detection: Record<Down["how"], number[]> = { refusal: [], silence: [] }
  const firstWrite: number[] = []
  const writes = entries
    .filter(({ client, outcome }) => client.startsWith("client") && outcome?.kind === "ok")
    .map(({ invokedAtMs, endedAtMs = invokedAtMs }) => ({ invokedAtMs, endedAtMs }))
  for (const { atMs, how } of downs) {
    const next = states.find((entered) => entered.atMs >= atMs)
    if (next?.state !== "fallback") continue
    detection[how].push(next.atMs - atMs)
    const first = Math.min(
      ...writes.filter(({ endedAtMs }) => endedAtMs > next.atMs).map(({ endedAtMs }) => endedAtMs),
    )
    if (Number.isFinite(first)) firstWrite.push(first - next.atMs)
  }
  const returns = states.filter(
    ({ state }, place) => state === "primary" && states[place - 1]?.state === "returning",
  )
  const pause = returns.flatMap(({ atMs }) => {
    const under = writes.filter(({ invokedAtMs, endedAtMs }) => invokedAtMs <= atMs && endedAtMs >= atMs)
    return under.length === 0
      ? []
      : [Math.max(...under.map(({ invokedAtMs, endedAtMs }) => endedAtMs - invokedAtMs))]
  })
  return { detection, firstWrite, pause }
}

/** The figures as lines: how many, median, p90, the most. */
export function describeFigures({ detection, firstWrite, pause }: Figures): string[] {
  const rows: readonly (readonly [what: string, values: readonly number[]])[] = [
    ["a refused or reset connection was known for an outage after", detection.refusal],
    ["silence was known for an outage after", detection.silence],
    ["the first write on SQLite was acknowledged, after that,", firstWrite],
    ["a write waited at the return", pause],
  ]
  return rows
    .filter(([, values]) => values.length > 0)
    .map(([what, values]) => {
      const sorted = values.toSorted((a, b) => a - b)
      const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
      return `  ${what} ${at(0.5)} ms (median; p90 ${at(0.9)}, at most ${at(1)}; ${sorted.length} times)`
    })
}
