import type { Refusal } from "./conflict.ts"
import { MEMORY } from "./replay-memory.ts"

/**
 * So often one transaction alone is tried in a run, by what was met. Who holds a row may hold it for hours; those who clash do
 * not clash each time, unless the transaction's own trigger says that they do.
 */
const MOST_TRIES = { conflict: 1, slow: 3, clash: 20, contention: Infinity, broken: 8 } as const
/** So often the connection is lost over it, each time: a server that it ends would be ended by each return. */
const MOST_LOSSES = 5
/** So long what is broken may be so for all, and pass. Milliseconds. */
const TROUBLE_LIMIT_MS = 120_000

/** What is done with a transaction that failed alone. `later`: it may pass, and costs the run. */
export type Verdict = "again" | "park" | "later"

/** What a server's answer can mean. */
type Answered = Exclude<Refusal, "fatal">

/**
 * When a transaction that fails alone, again and again, is parked, so that it holds up the others no longer; and not before:
 * the server may have trouble with all of them. Of what was lost and what is broken the next run knows too.
 */
export class LoneFailures {
  readonly #memory: Float64Array<SharedArrayBuffer>
  readonly #troubleLimitMs: number
  #place: number | undefined
  readonly #tries = new Map<Answered, number>()
  #isTroubled = false

  constructor(memory: SharedArrayBuffer, troubleLimitMs: number = TROUBLE_LIMIT_MS) {
    this.#memory = new Float64Array(memory)
    this.#troubleLimitMs = troubleLimitMs
  }

  /** A run begins: what was met in the one before, which may have come to no end, is not counted on. */
  runBegins(): void {
    this.#tries.clear()
    this.#isTroubled = false
    this.#place = undefined
  }

  /** The transaction that ends at this place of the journal is tried alone; undefined: more than one. */
  begin(place: number | undefined): void {
    this.#place = place
  }

  get #losses(): number {
    const isOver = this.#place !== undefined && this.#memory[MEMORY.lostOver] === this.#place
    return isOver ? (this.#memory[MEMORY.losses] ?? 0) : 0
  }

  /** Was the connection lost over it before? Then it is to be seen first whether the server takes anything else. */
  get isSuspect(): boolean {
    return this.#losses > 0
  }

  /** Was it lost over it so often that it is parked untried? */
  get isHopeless(): boolean {
    return this.#losses >= MOST_LOSSES
  }

  /** The connection was lost; over nothing, where nothing was begun. */
  lost(): void {
    if (this.#place === undefined) return
    this.#memory[MEMORY.losses] = this.#losses + 1
    this.#memory[MEMORY.lostOver] = this.#place
  }

  /** The server has answered, whatever: it does not cost the connection. */
  #answered(): void {
    if (this.isSuspect) this.#memory[MEMORY.losses] = 0
  }

  /** What was begun is applied, or parked. */
  applied(): void {
    this.#answered()
    this.#tries.clear()
    this.#place = undefined
  }

  /** The server has refused it. */
  met(meaning: Answered): Verdict {
    this.#answered()
    if (meaning === "broken") this.#troubled()
    if (this.#place === undefined) return "again"
    const tries = (this.#tries.get(meaning) ?? 0) + 1
    this.#tries.set(meaning, tries)
    if (tries < MOST_TRIES[meaning]) return "again"
    return meaning === "broken" && !this.#isTroubledForLong() ? "later" : "park"
  }

  #troubled(): void {
    this.#isTroubled = true
    if (this.#memory[MEMORY.troubledSince] === 0) this.#memory[MEMORY.troubledSince] = nowMs()
  }

  #isTroubledForLong(): boolean {
    return nowMs() - (this.#memory[MEMORY.troubledSince] ?? 0) >= this.#troubleLimitMs
  }

  /** The run came to its end: where nothing was broken, a trouble is over. */
  runEnds(): void {
    if (!this.#isTroubled) this.#memory[MEMORY.troubledSince] = 0
  }
}

/** The same clock in all threads. */
function nowMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n)
}
