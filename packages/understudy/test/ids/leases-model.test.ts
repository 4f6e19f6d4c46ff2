import fc from "fast-check"
import { expect, it } from "vitest"
import { LeaseLedger, type LeaseRequest } from "../../src/ids/lease-ledger.ts"
import type { PrimarySequence } from "../../src/ids/primary-sequences.ts"

/** A sequence as PostgreSQL has it, and what it gave to rows of the primary. */
class Sequence {
  readonly #step: bigint
  #oid = 1
  #last: bigint | null = null
  readonly inserted: bigint[] = []

  constructor(step: bigint) {
    this.#step = step
  }

  next(): bigint {
    this.#last = this.#last === null ? this.#step : this.#last + this.#step
    return this.#last
  }

  insert(): void {
    this.inserted.push(this.next())
  }

  /** Another one in its place, with the rows of the one before gone. */
  makeAnew(): void {
    this.#oid += 1
    this.#last = null
    this.inserted.length = 0
  }

  seen(): PrimarySequence {
    const [least, greatest] = [-(2n ** 63n), 2n ** 63n - 1n]
    const bounds = this.#last === null ? null : { last: this.#last, step: this.#step, least, greatest }
    return { name: "t.id", oid: String(this.#oid), bounds }
  }
}

const INSTANCES = 3

const ACTION = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("insert" as const), times: fc.nat({ max: 5 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("look" as const, "look, with others between" as const),
      who: fc.nat({ max: INSTANCES - 1 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      who: fc.nat({ max: INSTANCES - 1 }),
      times: fc.nat({ max: 700 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("void" as const), who: fc.nat({ max: INSTANCES - 1 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("restart" as const), who: fc.nat({ max: INSTANCES - 1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("make anew" as const) }) },
)

it("promise 4: whatever instances lease, lose and take, and the primary inserts, no id is given twice", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -3n, max: 3n }).filter((step) => step !== 0n),
      fc.array(ACTION, { minLength: 20, maxLength: 60 }),
      (step, actions) => {
        const sequence = new Sequence(step)
        const ledgers = Array.from({ length: INSTANCES }, () => new LeaseLedger())
        let taken: bigint[] = []
        const draw = (ledger: LeaseLedger, request: LeaseRequest, between: () => void): void => {
          const ids = Array.from({ length: request.count }, (_, index) => {
            if (index % 100 === 0) between()
            return sequence.next()
          })
          ledger.add(request, ids)
        }
        const look = (ledger: LeaseLedger | undefined, between = (): void => {}): void => {
          if (ledger === undefined) return
          for (const request of ledger.note([sequence.seen()])) draw(ledger, request, between)
        }
        for (const action of actions) {
          switch (action.kind) {
            case "insert":
              for (let time = 0; time < action.times; time += 1) sequence.insert()
              break
            case "look":
              look(ledgers[action.who])
              break
            case "look, with others between":
              look(ledgers[action.who], () => sequence.insert())
              break
            case "take":
              for (let time = 0; time < action.times; time += 1) {
                const id = ledgers[action.who]?.take("t.id")
                if (id !== undefined) taken.push(id)
              }
              break
            case "void":
              ledgers[action.who]?.clear()
              break
            case "restart":
              ledgers[action.who] = new LeaseLedger()
              break
            case "make anew":
              sequence.makeAnew()
              taken = []
              // Each instance looks before it draws again.
              for (const ledger of ledgers) look(ledger)
              break
            default:
              action satisfies never
          }
        }
        // In the end all that is leased is taken, and the primary goes beyond it.
        for (const ledger of ledgers) {
          for (let id = ledger.take("t.id"); id !== undefined; id = ledger.take("t.id")) taken.push(id)
        }
        for (let time = 0; time < 10_000; time += 1) sequence.insert()
        const all = [...taken, ...sequence.inserted]
        expect(new Set(all).size).toBe(all.length)
      },
    ),
  )
})
