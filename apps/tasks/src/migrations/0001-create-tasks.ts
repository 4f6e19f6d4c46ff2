import { sql, type Kysely } from "kysely"
import type { Migration } from "kysely/migration"

/** The table of tasks, with an index for each way in which the list is sorted. */
export const createTasks: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("tasks")
      .addColumn("id", "uuid", (column) => column.primaryKey())
      .addColumn("title", "varchar(200)", (column) => column.notNull())
      .addColumn("notes", "text", (column) => column.notNull())
      .addColumn("done", "boolean", (column) => column.notNull())
      .addColumn("priority", "text", (column) =>
        column.notNull().check(sql`priority in ('low', 'normal', 'high')`),
      )
      .addColumn("due_at", "timestamptz")
      .addColumn("created_at", "timestamptz", (column) => column.notNull())
      .addColumn("updated_at", "timestamptz", (column) => column.notNull())
      .addColumn("completed_at", "timestamptz")
      .addCheckConstraint("tasks_completed_when_done", sql`done = (completed_at is not null)`)
      .execute()
    for (const column of ["title", "due_at", "updated_at"] as const) {
      await db.schema.createIndex(`tasks_${column}`).on("tasks").columns([column, "id"]).execute()
    }
  },

  async down(db: Kysely<unknown>): Promise<void> {
    await db.schema.dropTable("tasks").execute()
  },
}
