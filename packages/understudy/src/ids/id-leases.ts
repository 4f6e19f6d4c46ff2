import { randomBytes } from "node:crypto"
import { systemClock, type Clock } from "../base/clock.ts"
import type { Engine } from "../engine/contract.ts"
import type { IdSource } from "../engine/id-source.ts"
import { FallbackIds } from "./fallback-ids.ts"
import { LeaseLedger } from "./lease-ledger.ts"
import { drawIds, readSequences } from "./primary-sequences.ts"

/** What leases work with. */
export interface IdLeasesOptions {
  /** Told what went wrong while ids were leased. The next look tries again. */
  readonly failed?: (error: unknown) => void
  /** Default: the machine's. */
  readonly clock?: Clock
}

/** The primary's sequences are looked at often at first, when nothing is leased yet, then rarely. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 15_000
/** Sessions go before: where no connection is free within this, the next look tries again. */
const CONNECTION_WAIT_MS = 1_000

function randomBelow(below: bigint): bigint {
  return BigInt(`0x${randomBytes(8).toString("hex")}`) % below
}

/**
 * The ids that a fallback gives: first those that were leased from the primary's sequences while it served, then random
 * ones. They live as long as the process, whatever serves meanwhile, so that none is given twice.
 */
export class IdLeases {
  readonly #ledger = new LeaseLedger()
  readonly #source = new FallbackIds((name) => this.#ledger.take(name), randomBelow)
  readonly #failed: (error: unknown) => void
  readonly #clock: Clock
  #pauseMs = FIRST_PAUSE_MS
  #dueMs = -Infinity
  #isLooking = false

  constructor({ failed = () => {}, clock = systemClock }: IdLeasesOptions = {}) {
    this.#failed = failed
    this.#clock = clock
  }

  /**
   * Leases what is lacking, where it is time to look again; to be called whenever a session uses the primary, and at no
   * other time, or a free database is kept awake. Borrows one of the engine's connections for a moment. Never rejects.
   *
   * @param tables The names of the program's tables. None: they are not known yet, and what is leased stays.
   */
  async topUp(engine: Engine, tables: readonly string[]): Promise<void> {
    if (tables.length === 0 || this.#isLooking || this.#clock.monotonicMs() < this.#dueMs) return
    this.#isLooking = true
    try {
      await this.#look(engine, tables)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#isLooking = false
      this.#dueMs = this.#clock.monotonicMs() + this.#pauseMs
      this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2)
    }
  }

  async #look(engine: Engine, tables: readonly string[]): Promise<void> {
    const connection = await engine.acquire("auto", { timeoutMs: CONNECTION_WAIT_MS })
    try {
      for (const request of this.#ledger.note(await readSequences(connection, tables)))
        this.#ledger.add(request, await drawIds(connection, request.oid, request.count))
    } finally {
      connection.release()
    }
  }

  /** What the engine of a fallback draws from: see `SqliteEngine.drawIdsFrom`. */
  get source(): IdSource {
    return this.#source
  }

  /** Another primary answers, or the same one as it was at another time: what was leased is not ours any more. */
  void(): void {
    this.#ledger.clear()
    this.#pauseMs = FIRST_PAUSE_MS
    this.#dueMs = -Infinity
  }
}
