import type { DatabaseSync } from "node:sqlite"
import type { EngineRole } from "../contract.ts"
import type { IdSource } from "../id-source.ts"
import { IdColumns, type SeeAllRows } from "./id-columns.ts"
import { LocalSequences } from "./local-sequences.ts"
import type { Schema } from "./schema.ts"
import { NEXT_ID_FUNCTION } from "./sequences.ts"

/** Draws the ids of one file: from its own sequences, or, once there is one, from a source. */
export class IdDrawer {
  readonly #columns: IdColumns
  readonly #local: LocalSequences
  #source: IdSource | undefined

  /** Registers the function that draws, on the connection that writes. */
  constructor(database: DatabaseSync, schema: Schema, role: EngineRole, seeAllRows: SeeAllRows) {
    this.#columns = new IdColumns(database, schema, seeAllRows)
    // The rows of a copy were not drawn here: the sequences of its file know nothing of them.
    const greatest = (name: string): bigint | undefined => this.#columns.greatest(name)
    this.#local = new LocalSequences(database, role === "fallback" ? greatest : () => undefined)
    database.function(NEXT_ID_FUNCTION, { varargs: true }, (name) => this.#next(String(name)))
  }

  /** From now on ids come from there. */
  drawFrom(source: IdSource): void {
    this.#source = source
  }

  #next(name: string): bigint {
    return this.#source === undefined ? this.#local.next(name) : this.#source.next(this.#columns.find(name))
  }
}
