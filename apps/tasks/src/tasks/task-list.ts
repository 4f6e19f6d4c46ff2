import type { Expression, ExpressionBuilder, Selectable, SqlBool } from "kysely"
import { sql } from "kysely"
import type { Session } from "understudy-db"
import type { Tables, TasksTable } from "../tables.ts"
import { decodeCursor, encodeCursor, sortColumn, type TaskPosition, type TaskSort } from "./task-cursor.ts"

/** One page of the list, as it is asked for. */
export interface TaskListRequest {
  readonly done?: boolean | undefined
  readonly q?: string | undefined
  readonly sort: TaskSort
  readonly limit: number
  readonly cursor?: string | undefined
}

/** One page of the list. */
export interface TaskPage {
  readonly items: readonly Selectable<TasksTable>[]
  readonly nextCursor: string | null
}

type Builder = ExpressionBuilder<Tables, "tasks">

/** Finds one page. The order is total: equal values are told apart by the id. */
export async function listTasks(session: Session<Tables>, request: TaskListRequest): Promise<TaskPage> {
  const { done, q, sort, limit, cursor } = request
  const direction = sort.startsWith("-") ? "desc" : "asc"
  const column = sortColumn(sort)

  let query = session.selectFrom("tasks").selectAll()
  if (done !== undefined) query = query.where("done", "=", done)
  if (q !== undefined) query = query.where((eb) => holdsText(eb, q))
  if (cursor !== undefined) {
    const position = decodeCursor(sort, cursor)
    query = query.where((eb) => comesAfter(eb, column, direction, position))
  }
  // The engines put NULL at different ends, and an index serves neither: say it.
  if (column === "due_at") query = query.orderBy(sql`case when due_at is null then 1 else 0 end`)
  if (column !== "id") query = query.orderBy(column, direction)
  // One more than asked for tells whether there is a next page.
  const rows = await query
    .orderBy("id", direction)
    .limit(limit + 1)
    .execute()

  const items = rows.slice(0, limit)
  const last = items.at(-1)
  if (rows.length <= limit || last === undefined) return { items, nextCursor: null }
  return { items, nextCursor: encodeCursor(sort, positionOf(last, column)) }
}

function holdsText(eb: Builder, text: string): Expression<SqlBool> {
  const pattern = `%${text.replaceAll(/[\\%_]/g, "\\$&")}%`
  return eb.or([eb("title", "ilike", pattern), eb("notes", "ilike", pattern)])
}

function comesAfter(
  eb: Builder,
  column: ReturnType<typeof sortColumn>,
  direction: "asc" | "desc",
  position: TaskPosition,
): Expression<SqlBool> {
  const operator = direction === "asc" ? ">" : "<"
  const laterId = eb("id", operator, position.id)
  if (column === "id") return laterId
  if (position.value === null) return eb.and([eb(column, "is", null), laterId])
  if (column === "title")
    return eb.or([eb(column, operator, position.value), eb.and([eb(column, "=", position.value), laterId])])
  const value = new Date(position.value)
  const later = [eb(column, operator, value), eb.and([eb(column, "=", value), laterId])]
  // What has no value comes last.
  return eb.or(column === "due_at" ? [...later, eb(column, "is", null)] : later)
}

function positionOf(task: Selectable<TasksTable>, column: ReturnType<typeof sortColumn>): TaskPosition {
  if (column === "id") return { id: task.id, value: null }
  const value = task[column]
  return { id: task.id, value: value instanceof Date ? value.toISOString() : value }
}
