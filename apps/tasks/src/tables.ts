import type { ColumnType } from "kysely"

/** How urgent a task is. */
export type Priority = "low" | "normal" | "high"

/** The table `tasks`. */
export interface TasksTable {
  /** UUIDv7: unique without asking a database, and in order of creation. */
  readonly id: ColumnType<string, string, never>
  title: string
  notes: string
  done: boolean
  priority: Priority
  due_at: Date | null
  readonly created_at: ColumnType<Date, Date, never>
  updated_at: Date
  completed_at: Date | null
}

/** The service's tables. */
export interface Tables {
  tasks: TasksTable
}

declare module "fastify" {
  interface UnderstudyTables extends Tables {}
}
