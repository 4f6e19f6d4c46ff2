import { randomUUID } from "node:crypto"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import { timestampToStored } from "../temporal.ts"
import { registerAggregates } from "./aggregates.ts"
import { registerArithmetic } from "./arithmetic.ts"
import { registerCasts } from "./casts.ts"
import { NEXT_ID_FUNCTION } from "./ddl-compiler.ts"
import { registerExtremes } from "./extremes.ts"
import { registerJson } from "./json-text.ts"
import { registerRounding } from "./rounding.ts"

/** The table that holds the local sequences of identity and serial columns. */
export const SEQUENCE_TABLE = "understudy_sequence"

const CREATE_SEQUENCE_TABLE = `create table if not exists ${SEQUENCE_TABLE} (name text primary key not null, next integer not null)`

const DRAW = `insert into ${SEQUENCE_TABLE} (name, next) values (?, 2)
  on conflict (name) do update set next = next + 1 returning next - 1`

/** The time that `now()` tells: the same within one transaction, as PostgreSQL has it. */
export class TransactionClock {
  #now: string | undefined

  /** A transaction, or a statement outside one, begins. */
  reset(): void {
    this.#now = undefined
  }

  now(): string {
    return (this.#now ??= timestampToStored(new Date(), "timestamptz"))
  }
}

/**
 * Registers PostgreSQL's functions that SQLite lacks. Only those that compute from their arguments alone are
 * deterministic (SQLite would call the others once a statement); none is direct-only (it could not stand in a
 * DEFAULT). All are harmless: a foreign file may call them.
 */
export function registerFunctions(database: DatabaseSync, clock: TransactionClock): void {
  database.function("now", () => clock.now())
  database.function("gen_random_uuid", () => randomUUID())
  registerArithmetic(database)
  registerAggregates(database)
  registerCasts(database)
  registerJson(database)
  registerExtremes(database)
  registerRounding(database)
}

/** Registers the function that draws ids, on the connection that writes. */
export function registerSequences(database: DatabaseSync): void {
  database.exec(CREATE_SEQUENCE_TABLE)
  let draw: StatementSync | undefined
  database.function(NEXT_ID_FUNCTION, (name) => {
    draw ??= database.prepare(DRAW, { readBigInts: true, returnArrays: true })
    const [id] = draw.get(name as string) as unknown as [bigint]
    return id
  })
}
