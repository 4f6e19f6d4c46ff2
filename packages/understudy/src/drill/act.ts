import { figuresOf, type Down, type Figures } from "./figures.ts"
import type { Entry } from "./history.ts"
import type { HandedBackAt, Watched } from "./instance.ts"

/** What the clients of the backends were told, in one scenario. */
export interface Told {
  readonly acknowledged: number
  /** A rule of the program or of its tables forbade them, as it should. */
  readonly forbidden: number
  readonly notApplied: number
  readonly unknown: number
  /** What was said to those whose write was not applied, or is unknown, the most frequent first, with how often. */
  readonly errors: readonly (readonly [why: string, times: number])[]
}

/** One scenario, and what became of it. Times are milliseconds of the history. */
export interface Act {
  readonly scenario: string
  readonly beganAtMs: number
  readonly endedAtMs: number
  readonly told: Told
  readonly figures: Figures
  /** Transactions and row changes that were handed back. */
  readonly transactions: number
  readonly changes: number
  /** Transactions that were parked. */
  readonly parked: number
  /** What should not have been, in words. */
  readonly found: readonly string[]
}

/** What was seen of a scenario. */
export interface Seen extends Pick<Act, "scenario" | "beganAtMs" | "endedAtMs" | "parked" | "found"> {
  readonly downs: readonly Down[]
  readonly entries: readonly Entry[]
  readonly instances: readonly (Watched & { readonly handedBack: readonly HandedBackAt[] })[]
}

/** Reads from what was seen what became of it. Pure. */
export function actOf({ downs, entries, instances, ...seen }: Seen): Act {
  const isWithin = (atMs: number): boolean => atMs >= seen.beganAtMs && atMs <= seen.endedAtMs
  const within = entries.filter(({ invokedAtMs }) => isWithin(invokedAtMs))
  const watched = instances.map(({ name, states }) => ({
    name,
    // The one in which it began is there too: a return is known by what was before.
    states: states.filter(({ atMs }, place) => isWithin(atMs) || isWithin(states[place + 1]?.atMs ?? 0)),
  }))
  const handedBack = instances.flatMap((instance) => instance.handedBack).filter(({ atMs }) => isWithin(atMs))
  return {
    ...seen,
    told: toldOf(within),
    figures: figuresOf(downs, watched, within),
    transactions: handedBack.reduce((sum, { transactions }) => sum + transactions, 0),
    changes: handedBack.reduce((sum, { changes }) => sum + changes, 0),
  }
}

const LONGEST_WHY = 110

/** What the clients of the backends were told; those who write to the primary by themselves are not among them. */
export function toldOf(entries: readonly Entry[]): Told {
  const count = { acknowledged: 0, forbidden: 0, notApplied: 0, unknown: 0 }
  const errors = new Map<string, number>()
  for (const { instance, outcome } of entries) {
    if (instance === null || outcome === undefined) continue
    if (outcome.kind === "ok") count.acknowledged += 1
    else if (outcome.kind === "fail" && outcome.because === "rule") count.forbidden += 1
    else {
      count[outcome.kind === "unknown" ? "unknown" : "notApplied"] += 1
      const line = outcome.why.split("\n")[0]?.slice(0, LONGEST_WHY) ?? ""
      errors.set(line, (errors.get(line) ?? 0) + 1)
    }
  }
  return { ...count, errors: [...errors].toSorted(([, a], [, b]) => b - a) }
}
