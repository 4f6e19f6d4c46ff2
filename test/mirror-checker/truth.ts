import type { Client } from "pg"
import type { Outcome } from "./door.ts"
import { COUNTERS, WEALTH } from "./tables.ts"

/** What was acknowledged, whoever wrote it: the primary must hold it. */
export class Truth {
  readonly #entries = new Set<string>()
  readonly #counters = new Map<string, number>(COUNTERS.map((name) => [name, 0]))
  #words = 0
  /** Transactions that may be there or not, by their writers; until the next look at the primary. */
  readonly #unknown = new Map<string, number>()

  record(writer: string, outcome: Outcome): void {
    if (outcome.kind === "unknown") this.#unknown.set(writer, this.#unknownOf(writer) + 1)
    if (outcome.kind !== "applied") return
    const { entries = [], counter, words = 0 } = outcome.effect
    for (const id of entries) this.#entries.add(id)
    if (counter !== undefined) this.#counters.set(counter, (this.#counters.get(counter) ?? 0) + 1)
    this.#words += words
  }

  #unknownOf(writer: string): number {
    return this.#unknown.get(writer) ?? 0
  }

  /** What the primary does not hold of it. What was not known is known afterwards. */
  async missing(client: Client): Promise<string[]> {
    const missing: string[] = []
    const read = async (text: string): Promise<Record<string, string>[]> => (await client.query(text)).rows
    const ids = new Set((await read("select id::text from entry")).map(({ id }) => id))
    for (const id of this.#entries) if (!ids.has(id)) missing.push(`entry ${id} was acknowledged`)
    const mayBe = this.#unknownOf("counter")
    for (const { name = "", value } of await read("select name, value::text from counter")) {
      const known = this.#counters.get(name) ?? 0
      if (Number(value) < known || Number(value) > known + mayBe)
        missing.push(`counter ${name} is ${value}, of ${known} acknowledged and ${mayBe} unknown`)
      this.#counters.set(name, Number(value))
    }
    const words = Number(
      (await read("select coalesce(sum(count), 0)::text as words from word"))[0]?.["words"],
    )
    if (words < this.#words || (words > this.#words && this.#unknownOf("words") === 0))
      missing.push(`${words} words, of ${this.#words} acknowledged`)
    this.#words = words
    const wealth = Number((await read("select sum(balance)::text as wealth from account"))[0]?.["wealth"])
    if (wealth !== WEALTH) missing.push(`the accounts have ${wealth} together`)
    this.#unknown.clear()
    return missing
  }
}
