import type { Entry } from "./history.ts"
import type { Watched } from "./instance.ts"

/** The primary was taken away; how one learns of it. Times are milliseconds of the history. */
export interface Down {
  readonly atMs: number
  readonly how: "refusal" | "silence"
  /** From which instance; null: from all. */
  readonly instance: string | null
}

/** What outages took. In milliseconds. */
export interface Figures {
  /** From the failure to the state `fallback`. */
  readonly detection: Readonly<Record<Down["how"], readonly number[]>>
  /** From then to the first write that was acknowledged. */
  readonly firstWrite: readonly number[]
  /** From the begin of the return that succeeded to the state `primary`. */
  readonly return: readonly number[]
  /** How long a write waited at most that was under way when the primary took over again. */
  readonly pause: readonly number[]
}

/** Reads them from what happened. Pure. */
export function figuresOf(
  downs: readonly Down[],
  instances: readonly Watched[],
  entries: readonly Entry[],
): Figures {
  const each = instances.map((instance) => figuresOfOne(downs, instance, entries))
  return {
    detection: {
      refusal: each.flatMap(({ detection }) => detection.refusal),
      silence: each.flatMap(({ detection }) => detection.silence),
    },
    firstWrite: each.flatMap(({ firstWrite }) => firstWrite),
    return: each.flatMap((figures) => figures.return),
    pause: each.flatMap(({ pause }) => pause),
  }
}

function figuresOfOne(downs: readonly Down[], { name, states }: Watched, entries: readonly Entry[]): Figures {
  const detection: Record<Down["how"], number[]> = { refusal: [], silence: [] }
  const firstWrite: number[] = []
  const writes = entries
    .filter(({ instance, outcome }) => instance === name && outcome?.kind === "ok")
    .map(({ invokedAtMs, endedAtMs = invokedAtMs }) => ({ invokedAtMs, endedAtMs }))
  for (const { atMs, how, instance } of downs) {
    if (instance !== null && instance !== name) continue
    const next = states.find((entered) => entered.atMs >= atMs)
    if (next?.state !== "fallback") continue
    detection[how].push(next.atMs - atMs)
    const first = Math.min(
      ...writes.filter(({ endedAtMs }) => endedAtMs > next.atMs).map(({ endedAtMs }) => endedAtMs),
    )
    if (Number.isFinite(first)) firstWrite.push(first - next.atMs)
  }
  const returns = states.flatMap(({ state, atMs }, place) => {
    const before = states[place - 1]
    return state === "primary" && before?.state === "returning" ? [{ beganAtMs: before.atMs, atMs }] : []
  })
  const pause = returns.flatMap(({ atMs }) => {
    const under = writes.filter(({ invokedAtMs, endedAtMs }) => invokedAtMs <= atMs && endedAtMs >= atMs)
    return under.length === 0
      ? []
      : [Math.max(...under.map(({ invokedAtMs, endedAtMs }) => endedAtMs - invokedAtMs))]
  })
  return { detection, firstWrite, return: returns.map(({ beganAtMs, atMs }) => atMs - beganAtMs), pause }
}
