import type { DatabaseSync } from "node:sqlite"
import { UnderstudyError } from "../../errors/understudy-error.ts"
import type { TransactionClock } from "./functions.ts"

/**
 * The SQL function that tells the number of the transaction in which it is called. Only the connection that writes has it:
 * where a trigger calls it, another program's write is refused.
 */
export const TRANSACTION_FUNCTION = "understudy_transaction"

/** An origin's transactions are counted in the lower bits of their numbers, the origin stands above. */
const COUNT_BITS = 32n

/** The number of the transactions that an origin has before its first one. */
export function unitsOf(origin: number): bigint {
  return BigInt(origin) << COUNT_BITS
}

/** The origin of a transaction, by its number. */
export function originOf(unit: bigint): number {
  return Number(unit >> COUNT_BITS)
}

/** Numbers the transactions of a connection that change something, for the origin under which it writes. */
export class TransactionUnits {
  readonly #clock: TransactionClock
  #last: bigint | undefined
  #seenTransaction: number | undefined

  constructor(clock: TransactionClock) {
    this.#clock = clock
  }

  /** From now on the transactions are this origin's. It must be new: they are counted from 1. */
  countFor(origin: number): void {
    this.#last = unitsOf(origin)
    this.#seenTransaction = undefined
  }

  /** Not deterministic, else SQLite would call it once a statement; not direct-only, since triggers call it. */
  register(database: DatabaseSync): void {
    database.function(TRANSACTION_FUNCTION, () => this.#current())
  }

  #current(): bigint {
    // Triggers were left by a process that has ended: its count is not known here.
    if (this.#last === undefined)
      throw new UnderstudyError(
        "UNDERSTUDY_READ_ONLY",
        { reason: "the file was not opened for writing" },
        { applied: "no" },
      )
    if (this.#seenTransaction !== this.#clock.transaction) {
      this.#seenTransaction = this.#clock.transaction
      this.#last += 1n
    }
    return this.#last
  }
}
