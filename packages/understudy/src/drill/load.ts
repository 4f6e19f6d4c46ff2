import { setTimeout as wait } from "node:timers/promises"
import type { Draw } from "./draw.ts"
import { drawFrom } from "./draw.ts"
import { GONE, type BackendProcess } from "./backend-process.ts"
import { drawOperation } from "./draw-operation.ts"
import type { Entry, History } from "./history.ts"
import type { Instance } from "./instance.ts"
import { isJustBack } from "./just-back.ts"
import type { Operation, Outcome } from "./operations.ts"
import type { Others } from "./others.ts"
import { OTHERS_KEYS, SHARED_KEYS, WEALTH } from "./tables.ts"

/** How busy it is. */
export interface LoadOptions {
  /** Operations a second through all backends together, whether they answer or not. */
  readonly rate: number
  readonly instances: readonly Instance[]
  readonly others: Others
  readonly history: History
  readonly reads: Reads
  readonly draw: Draw
}

/** What readers met. */
export interface Reads {
  times: number
  longestMs: number
  /** Errors, and sums that must not be, with how often. */
  readonly wrong: Map<string, number>
}

/** So often a write with a key is repeated of which nobody knows, or that was not applied. */
const REPEATS = 4
const REPEAT_PAUSE_MS = 400
/** How often others use what the backend's clients use as well, in percent; one of these for a while. */
const MEETINGS = [0, 0, 2, 15]
/** Between two reads. */
const READ_PAUSE_MS = 20
/** How many others there are, and how long each of them rests. */
const OTHERS = 2
const OTHERS_PAUSE_MS = 40
/** One who was refused rests longer: the primary may be away. */
const REFUSED_PAUSE_MS = 200

/** Clients of the backend, who do not wait for each other, and others, until they are stopped. */
export class Load {
  readonly #options: LoadOptions
  readonly #families: string[] = []
  readonly #othersFamilies: string[] = []
  readonly #running = new Set<Promise<void>>()
  #meeting = 0
  #ending = new AbortController()
  #working: Promise<unknown> = Promise.resolve()

  constructor(options: LoadOptions) {
    this.#options = options
  }

  start(): void {
    const { draw } = this.#options
    this.#meeting = draw.pick(MEETINGS)
    this.#ending = new AbortController()
    this.#working = Promise.all([
      this.#clients(drawFrom(draw.seed())),
      ...this.#options.instances.map((instance) => this.#read(instance)),
      ...draw.times(OTHERS, (index) => this.#other(`other ${index}`, drawFrom(draw.seed()))),
    ])
  }

  /** No new operation begins; resolves when each has come to its end. */
  async stop(): Promise<void> {
    this.#ending.abort()
    await this.#working
    await Promise.all(this.#running)
  }

  async #clients(draw: Draw): Promise<void> {
    const { signal } = this.#ending
    const { rate, instances } = this.#options
    let dueMs = performance.now()
    for (let count = 1; !signal.aborted; count += 1) {
      const operation = drawOperation(draw, {
        keys: SHARED_KEYS,
        families: draw.chance(this.#meeting) ? this.#othersFamilies : this.#families,
        byBackend: true,
      })
      const running = this.#request(`client ${count}`, draw.pick(instances), operation)
      this.#running.add(running)
      void running.then(() => this.#running.delete(running))
      // Open loop: the next one is due whatever became of those before. Poisson, near enough.
      dueMs += (2 * draw.between(1, 1_000)) / rate
      await pause(dueMs - performance.now(), signal)
    }
  }

  /** One reader, who sees no half of a transaction, whatever serves. */
  async #read(instance: Instance): Promise<void> {
    const { signal } = this.#ending
    const { reads } = this.#options
    while (!signal.aborted) {
      const beganMs = performance.now()
      const outcome = await this.#ask(instance, (backend) => backend.read())
      reads.times += 1
      reads.longestMs = Math.max(reads.longestMs, performance.now() - beganMs)
      const what = wrongIn(outcome)
      if (what !== undefined) reads.wrong.set(what, (reads.wrong.get(what) ?? 0) + 1)
      await pause(READ_PAUSE_MS, signal)
    }
  }

  /** A table without a copy is an excuse only for a backend that was just back, when it was asked or when it answered. */
  async #ask(
    { backend, states }: Instance,
    ask: (backend: BackendProcess) => Promise<Outcome>,
  ): Promise<Outcome> {
    const before = [...states]
    const outcome = await ask(backend)
    if (outcome.kind !== "fail" || outcome.because !== "no-copy") return outcome
    const isExcused = isJustBack(before) || isJustBack(states)
    return isExcused ? outcome : { kind: "fail", why: outcome.why }
  }

  async #request(client: string, instance: Instance, operation: Operation): Promise<void> {
    const entry = this.#options.history.invoke(client, instance.name, operation)
    const run = (): Promise<Outcome> => this.#ask(instance, (backend) => backend.run(operation))
    let outcome = await run()
    let wasUnknown = outcome.kind === "unknown"
    for (let repeat = 0; operation.way === "key" && outcome.kind !== "ok" && repeat < REPEATS; repeat += 1) {
      await wait(REPEAT_PAUSE_MS)
      outcome = await run()
      wasUnknown ||= outcome.kind === "unknown"
    }
    // What was unknown once is not known to be absent because a later try failed.
    if (wasUnknown && outcome.kind === "fail") outcome = { kind: "unknown", why: outcome.why }
    this.#end(entry, outcome, this.#families)
  }

  #end(entry: Entry, outcome: Outcome, families: string[]): void {
    this.#options.history.end(entry, outcome)
    if (entry.operation.kind === "family" && outcome.kind === "ok") families.push(entry.operation.id)
  }

  async #other(client: string, draw: Draw): Promise<void> {
    const { signal } = this.#ending
    const { others, history } = this.#options
    while (!signal.aborted) {
      const isMeeting = draw.chance(this.#meeting)
      const operation = drawOperation(draw, {
        keys: isMeeting ? SHARED_KEYS : OTHERS_KEYS,
        families: isMeeting ? this.#families : this.#othersFamilies,
        byBackend: false,
      })
      const entry = history.invoke(client, null, operation)
      const outcome = await others.run(operation)
      this.#end(entry, outcome, this.#othersFamilies)
      await pause(
        draw.between(1, 2 * OTHERS_PAUSE_MS) + (outcome.kind === "ok" ? 0 : REFUSED_PAUSE_MS),
        signal,
      )
    }
  }
}

/** Readers see no error but of a backend that is gone, or has no copy yet. */
function wrongIn(outcome: Outcome): string | undefined {
  if (outcome.kind === "ok") return outcome.value === WEALTH ? undefined : `read ${outcome.value}`
  const isExcused = outcome.why === GONE || (outcome.kind === "fail" && outcome.because === "no-copy")
  return isExcused ? undefined : outcome.why
}

async function pause(forMs: number, signal: AbortSignal): Promise<void> {
  await wait(Math.max(0, forMs), undefined, { signal }).catch(() => {})
}
