import { CompiledQuery } from "kysely"
import { systemClock, type Clock } from "../base/clock.ts"
import type { Engine, EngineConnection } from "../engine/contract.ts"
import { PostgresEngine } from "../engine/postgres/engine.ts"
import { forgetSettled } from "../replay/settle.ts"

/** Whom the count is told. */
export interface ParkedCountEvents {
  counted(open: number): void
  /** It could not be asked for, or what was settled long ago not be forgotten; it is tried again. */
  failed(error: unknown): void
}

/** Other instances park transactions and settle them too: so long until the primary is asked again. */
const ASKED_AGAIN_MS = 60_000
/** What was settled long ago is forgotten so often. */
const FORGET_AGAIN_MS = 24 * 60 * 60_000
/** What was settled is shown for so long. */
const KEPT_DAYS = 90
/** Sessions go before: where no connection is free within this, the next look tries again. */
const CONNECTION_WAIT_MS = 1_000
const FORGET_LIMIT_MS = 30_000

/** How many parked transactions wait for a person, as the primary last said. Asked only while sessions use it. */
export class ParkedCount {
  readonly #events: ParkedCountEvents
  readonly #clock: Clock
  #open: number | null = null
  #dueMs = -Infinity
  #forgetDueMs = -Infinity
  #isAsking = false
  /** Whom to ask again at once: what was asked for while a count ran may not be in it. */
  #next: PostgresEngine | undefined

  constructor(events: ParkedCountEvents, clock: Clock = systemClock) {
    this.#events = events
    this.#clock = clock
  }

  /** Null where it was never asked. */
  get open(): number | null {
    return this.#open
  }

  /** The number may be another one now. */
  changed(): void {
    this.#dueMs = -Infinity
  }

  /** A session uses this engine. Asks where it is time to. Costs next to nothing otherwise; never rejects. */
  used(engine: Engine | undefined): void {
    if (this.#isAsking || !(engine instanceof PostgresEngine)) return
    if (this.#clock.monotonicMs() >= this.#dueMs) void this.ask(engine)
  }

  /** Asks now; while a count runs, once more after it. Never rejects. */
  async ask(engine: PostgresEngine): Promise<void> {
    this.#next = engine
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#next !== undefined) {
      const next = this.#next
      this.#next = undefined
      await this.#count(next)
    }
    this.#isAsking = false
  }

  async #count(engine: PostgresEngine): Promise<void> {
    this.#dueMs = this.#clock.monotonicMs() + ASKED_AGAIN_MS
    try {
      const connection = await engine.acquire("auto", { timeoutMs: CONNECTION_WAIT_MS })
      this.#open = await countOpen(connection).finally(() => connection.release())
      this.#events.counted(this.#open)
      await this.#forget(engine)
    } catch (error) {
      this.#events.failed(error)
    }
  }

  /** Once a day at most. */
  async #forget(engine: PostgresEngine): Promise<void> {
    if (this.#clock.monotonicMs() < this.#forgetDueMs) return
    this.#forgetDueMs = this.#clock.monotonicMs() + FORGET_AGAIN_MS
    await engine.aside("conflicts", AbortSignal.timeout(FORGET_LIMIT_MS), (client) =>
      forgetSettled(client, KEPT_DAYS),
    )
  }
}

async function countOpen(connection: EngineConnection): Promise<number> {
  const there = await connection.execute<{ there: boolean }>(
    CompiledQuery.raw("select to_regclass('understudy.parked_transaction') is not null as there"),
  )
  if (there.rows[0]?.there !== true) return 0
  const { rows } = await connection.execute<{ open: number }>(
    CompiledQuery.raw(
      "select cast(count(*) as int) as open from understudy.parked_transaction where state = 'open'",
    ),
  )
  return rows[0]?.open ?? 0
}
