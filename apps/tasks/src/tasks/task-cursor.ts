import { HttpProblem } from "understudy-db/fastify"
import { isStorable } from "./instant.ts"
import type { TASK_SORTS } from "./task-schemas.ts"

/** How the list is sorted. */
export type TaskSort = (typeof TASK_SORTS)[number]

/** The last task of a page: where the next one goes on. */
export interface TaskPosition {
  readonly id: string
  /** The value that is sorted by; null for tasks without one, and where the id alone decides. */
  readonly value: string | null
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The position as an opaque text. It holds the sort, so that a cursor of another sort is refused. */
export function encodeCursor(sort: TaskSort, position: TaskPosition): string {
  return Buffer.from(JSON.stringify([sort, position.id, position.value])).toString("base64url")
}

/** @throws HttpProblem 400 for a text that is no cursor of this sort. */
export function decodeCursor(sort: TaskSort, cursor: string): TaskPosition {
  const parts = parse(cursor)
  if (Array.isArray(parts) && parts.length === 3) {
    const [ofSort, id, value] = parts as unknown[]
    const fits =
      ofSort === sort &&
      typeof id === "string" &&
      UUID.test(id) &&
      (value === null || (typeof value === "string" && isValueOf(sort, value)))
    if (fits) return { id, value }
  }
  throw new HttpProblem(400, "task.bad-cursor", "The cursor is none of this list.", {
    detail: "Give nextCursor of the page before, with the same sort, or leave it out.",
  })
}

/** The column that a sort is by. */
export function sortColumn(sort: TaskSort): "id" | "updated_at" | "due_at" | "title" {
  switch (sort) {
    case "created":
    case "-created":
      return "id"
    case "updated":
    case "-updated":
      return "updated_at"
    case "due":
    case "-due":
      return "due_at"
    case "title":
    case "-title":
      return "title"
    default:
      return sort satisfies never
  }
}

function isValueOf(sort: TaskSort, value: string): boolean {
  const column = sortColumn(sort)
  if (column === "id") return false
  if (column === "title") return value.length <= 400 && !value.includes("\0") && value.isWellFormed()
  const date = new Date(value)
  return isStorable(date) && date.toISOString() === value
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString())
  } catch {
    return null
  }
}
