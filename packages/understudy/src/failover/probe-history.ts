import type { ProbeOutcome } from "./probe-outcome.ts"

/** What the monitor watches for: that the primary, which serves, is lost; or that it is back. */
export type WatchedSide = "serving" | "away"

/** What the last probes have shown, as far as it matters. */
export interface ProbeHistory {
  readonly side: WatchedSide
  /** Good probes in a row. */
  readonly goods: number
  /** Probes in a row that were not good. */
  readonly failures: number
  /** Void probes in a row. */
  readonly voids: number
  /** What the last probe that counted has shown; null: there was none. */
  readonly last: ProbeOutcome | null
  /** How often in a row the primary was lost soon after it had come back. */
  readonly flaps: number
  /** When it came back the last time, on the monotonic clock; null: it never was away. */
  readonly backAtMs: number | null
}

/** A probe as it is judged. */
export interface JudgedProbe {
  readonly outcome: ProbeOutcome
  /** Was there a sign of trouble besides: a session's error, or that the probe's own connection was lost? */
  readonly suspected: boolean
  /** When, on the monotonic clock. */
  readonly atMs: number
}

/** What is known beside the probes. */
export interface Circumstances {
  /** Do writes still wait, so that an end of the outage now would leave no trace of it? */
  readonly writesHeld: boolean
}

/** The history after a probe, and what it means. */
export interface Judgement {
  readonly history: ProbeHistory
  readonly verdict: "lost" | "back" | null
}

/** Milliseconds. */
export const PROBE_INTERVAL_MS = 2_000
/** The least time between the beginnings of two probes, but for those that confirm. */
export const PROBE_FLOOR_MS = 500
const HELD_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 30_000
/** A refused password will hardly be right a second later. */
const REFUSED_PAUSE_MS = 5_000
/** So many void probes in a row are believed: who is late for ever would never notice anything. */
const MOST_VOIDS = 5
const GOODS_FOR_BACK = 3
/** Lost again within that time, it flaps. */
const FLAP_MS = 5 * 60_000
/** Each time it flaps, twice as many good probes are asked for, up to 2 to this power. */
const MOST_FLAPS = 4

/** How many failures in a row mean that it is lost. A server that refuses is there: it is asked once more. */
const FAILURES_FOR_LOST: Readonly<Record<Exclude<ProbeOutcome, "good" | "void">, number>> = {
  silent: 2,
  gone: 2,
  refused: 3,
  crowded: 3,
}

/** Before any probe. */
export function emptyHistory(side: WatchedSide): ProbeHistory {
  return { side, goods: 0, failures: 0, voids: 0, last: null, flaps: 0, backAtMs: null }
}

/** Watches for the other thing from now on. What is known of its flapping stays known. */
export function turnTo(side: WatchedSide, history: ProbeHistory): ProbeHistory {
  return { ...emptyHistory(side), flaps: history.flaps, backAtMs: history.backAtMs }
}

/** What a probe means, after those before it. Pure. */
export function judge(history: ProbeHistory, probe: JudgedProbe, known: Circumstances): Judgement {
  const { outcome } = probe
  if (outcome === "void" && history.voids < MOST_VOIDS)
    return { history: { ...history, voids: history.voids + 1 }, verdict: null }
  const counted = outcome === "void" ? "silent" : outcome
  return counted === "good" ? judgeGood(history, probe, known) : judgeFailure(history, probe, counted, known)
}

function judgeGood(history: ProbeHistory, { atMs }: JudgedProbe, known: Circumstances): Judgement {
  const goods = history.goods + 1
  const next: ProbeHistory = { ...history, goods, failures: 0, voids: 0, last: "good" }
  if (history.side === "serving" || goods < goodsForBack(history, known))
    return { history: next, verdict: null }
  return { history: { ...turnTo("serving", next), last: "good", backAtMs: atMs }, verdict: "back" }
}

function judgeFailure(
  history: ProbeHistory,
  { outcome: told, suspected, atMs }: JudgedProbe,
  outcome: Exclude<ProbeOutcome, "good" | "void">,
  { writesHeld }: Circumstances,
): Judgement {
  // Those that come quickly, since writes wait, are no reason to ask ever more seldom afterwards.
  const failures = history.side === "away" && writesHeld ? 0 : history.failures + 1
  const voids = told === "void" ? history.voids : 0
  const next: ProbeHistory = { ...history, failures, goods: 0, voids, last: outcome }
  const isConfirmed = suspected && outcome === "gone"
  if (history.side === "away" || (!isConfirmed && failures < FAILURES_FOR_LOST[outcome]))
    return { history: next, verdict: null }
  const { backAtMs } = history
  const isFlap = backAtMs !== null && atMs - backAtMs < FLAP_MS
  const flaps = isFlap ? Math.min(MOST_FLAPS, history.flaps + 1) : 0
  return { history: { ...turnTo("away", next), flaps, last: outcome }, verdict: "lost" }
}

/** As long as no write was taken elsewhere, one good probe is enough: nothing is risked by believing it. */
function goodsForBack({ flaps }: ProbeHistory, { writesHeld }: Circumstances): number {
  return (writesHeld ? 1 : GOODS_FOR_BACK) * 2 ** flaps
}

/**
 * How long after the end of the last probe the next begins, in milliseconds. Pure; `random` from 0 to 1 spreads the
 * probes of many instances.
 */
export function pauseAfter(history: ProbeHistory, known: Circumstances, random: number): number {
  if (history.voids > 0 && history.voids < MOST_VOIDS) return 0
  return history.side === "serving" ? servingPause(history) : awayPause(history, known, random)
}

function servingPause({ last }: ProbeHistory): number {
  if (last === "silent" || last === "gone") return 0
  return last === "refused" ? PROBE_FLOOR_MS : PROBE_INTERVAL_MS
}

function awayPause({ last, failures }: ProbeHistory, { writesHeld }: Circumstances, random: number): number {
  if (writesHeld) return HELD_PAUSE_MS
  if (last === "good") return PROBE_FLOOR_MS
  const least = last === "refused" ? REFUSED_PAUSE_MS : PROBE_FLOOR_MS
  const pauseMs = Math.min(LONGEST_PAUSE_MS, least * 2 ** Math.min(failures, 10))
  return pauseMs * (0.5 + random / 2)
}
