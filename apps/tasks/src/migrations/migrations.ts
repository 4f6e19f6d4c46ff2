import type { Migration } from "kysely/migration"
import { createTasks } from "./0001-create-tasks.ts"

/** All migrations, in order of their names. A name never changes once it was released. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-create-tasks": createTasks,
}
