import type { Kysely } from "kysely"
import type { Migration } from "kysely/migration"

/** The one table of the query bench. */
export interface NotesTables {
  notes: { id: string; title: string; done: boolean; priority: number; created_at: Date }
}

/** Rows that are there before anything is measured. */
export const ROWS = 10_000

/** Makes the table by Kysely's own DDL, the same for all contestants. */
export const createNotes: Migration = {
  up: (db: Kysely<unknown>) =>
    db.schema
      .createTable("notes")
      .addColumn("id", "uuid", (column) => column.primaryKey())
      .addColumn("title", "text", (column) => column.notNull())
      .addColumn("done", "boolean", (column) => column.notNull())
      .addColumn("priority", "integer", (column) => column.notNull())
      .addColumn("created_at", "timestamptz", (column) => column.notNull())
      .execute(),
}

/** The id of the row with this number. */
export function noteId(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`
}

let inserted = ROWS

/** The id of a row that is not there yet. */
export function freshId(): string {
  inserted += 1
  return noteId(inserted)
}
