import { randomUUID } from "node:crypto"
import type { DatabaseSync } from "node:sqlite"
import { timestampToStored } from "../temporal.ts"
import { registerAggregates } from "./aggregates.ts"
import { registerArithmetic } from "./arithmetic.ts"
import { registerCasts } from "./casts.ts"
import { registerExtremes } from "./extremes.ts"
import { registerJson } from "./json-text.ts"
import { registerJsonValues } from "./json-values.ts"
import { registerMath } from "./math-functions.ts"
import { registerNumericKey } from "./numeric-key.ts"
import { registerOnlyRow } from "./only-row.ts"
import { registerRounding } from "./rounding.ts"
import { registerTexts } from "./text-functions.ts"
import { registerTimes } from "./time-functions.ts"

/** The time that `now()` tells: the same within one transaction, as PostgreSQL has it; and that of the statement. */
export class TransactionClock {
  #now: string | undefined
  #statement: string | undefined
  #transaction = 0

  /** A transaction, or a statement outside one, begins. */
  reset(): void {
    this.#now = undefined
    this.#transaction += 1
  }

  /** The same within one transaction, another one in each. */
  get transaction(): number {
    return this.#transaction
  }

  /** A statement begins, inside a transaction or outside. */
  nextStatement(): void {
    this.#statement = undefined
  }

  now(): string {
    return (this.#now ??= this.moment())
  }

  /** The time of the statement's begin. */
  statement(): string {
    return (this.#statement ??= this.moment())
  }

  /** The time of the call. */
  moment(): string {
    return timestampToStored(new Date(), "timestamptz")
  }
}

/**
 * Registers PostgreSQL's functions that SQLite lacks. Only those that compute from their arguments alone are
 * deterministic (SQLite would call the others once a statement); none is direct-only (it could not stand in a
 * DEFAULT). All are harmless: a foreign file may call them.
 */
export function registerFunctions(database: DatabaseSync, clock: TransactionClock): void {
  database.function("now", () => clock.now())
  database.function("statement_timestamp", () => clock.statement())
  database.function("clock_timestamp", () => clock.moment())
  database.function("gen_random_uuid", () => randomUUID())
  registerArithmetic(database)
  registerAggregates(database)
  registerCasts(database)
  registerJson(database)
  registerJsonValues(database)
  registerOnlyRow(database)
  registerNumericKey(database)
  registerExtremes(database)
  registerRounding(database)
  registerTexts(database)
  registerMath(database)
  registerTimes(database)
}
