import { setTimeout as wait } from "node:timers/promises"
import type { Draw } from "../../packages/understudy/src/drill/draw.ts"
import type { Door } from "./door.ts"
import { drawFrom } from "../../packages/understudy/src/drill/draw.ts"
import type { Truth } from "./truth.ts"
import { WRITERS } from "./writers/all.ts"

/** What became of the transactions of one writer. */
export interface Tally {
  applied: number
  refused: number
  unknown: number
}

/** Before the next try at a door that refuses all. */
const REFUSED_PAUSE_MS = 10

/** The writers, each at a door, until they are stopped. */
export class Crew {
  readonly #doors: readonly Door[]
  readonly #truth: Truth
  readonly #draws: readonly { readonly door: Door; readonly draw: Draw }[]
  readonly #tallies = new Map<string, Tally>()
  readonly #refusals = new Map<string, number>()
  #working: Promise<unknown> | undefined
  #isStopping = false

  /** `atEach`: so many write at each door at once. */
  constructor(doors: readonly Door[], atEach: number, truth: Truth, draw: Draw) {
    this.#doors = doors
    this.#truth = truth
    this.#draws = doors.flatMap((door) =>
      Array.from({ length: atEach }, () => ({ door, draw: drawFrom(draw.seed()) })),
    )
  }

  /** What became of all transactions, by writer. */
  get tallies(): ReadonlyMap<string, Readonly<Tally>> {
    return this.#tallies
  }

  /** Why transactions were not applied, and how often. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals
  }

  start(): void {
    this.#isStopping = false
    for (const door of this.#doors) door.hurry(false)
    this.#working = Promise.all(this.#draws.map((each) => this.#work(each.door, each.draw)))
  }

  /** Resolves when every transaction has come to its end. */
  async stop(): Promise<void> {
    this.#isStopping = true
    for (const door of this.#doors) door.hurry(true)
    await this.#working
  }

  async #work(door: Door, draw: Draw): Promise<void> {
    const choices = WRITERS.filter(({ isBehindOnly }) => isBehindOnly !== true || door.isBehind)
    while (!this.#isStopping) {
      const { name } = draw.weighted(choices.map((writer) => [writer.weight, writer] as const))
      const outcome = await door.run(name, draw.seed())
      this.#truth.record(name, outcome)
      const tally = this.#tallies.get(name) ?? { applied: 0, refused: 0, unknown: 0 }
      tally[outcome.kind] += 1
      this.#tallies.set(name, tally)
      if (outcome.kind === "applied") continue
      const why = `${name}: ${outcome.why.split("\n")[0]?.slice(0, 120)}`
      this.#refusals.set(why, (this.#refusals.get(why) ?? 0) + 1)
      await wait(REFUSED_PAUSE_MS)
    }
  }
}
