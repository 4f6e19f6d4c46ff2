import type { Selectable } from "kysely"
import type { Session } from "understudy-db"
import { HttpProblem } from "understudy-db/fastify"
import { v7 as uuidv7 } from "uuid"
import type { Priority, Tables, TasksTable } from "../tables.ts"

/** A task as it is stored. */
export type Task = Selectable<TasksTable>

/** What a task is made of. */
export interface NewTask {
  readonly title: string
  readonly notes: string
  readonly priority: Priority
  readonly dueAt: Date | null
}

/** What is changed of a task; what is undefined stays. */
export interface TaskChanges {
  readonly title?: string | undefined
  readonly notes?: string | undefined
  readonly done?: boolean | undefined
  readonly priority?: Priority | undefined
  readonly dueAt?: Date | null | undefined
}

/** Makes a task. Its id and times are drawn here, so that they are the same on either engine. */
export function createTask(session: Session<Tables>, task: NewTask): Promise<Task> {
  const now = new Date()
  return session
    .insertInto("tasks")
    .values({
      id: uuidv7(),
      title: task.title,
      notes: task.notes,
      done: false,
      priority: task.priority,
      due_at: task.dueAt,
      created_at: now,
      updated_at: now,
      completed_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** @throws HttpProblem 404. */
export function getTask(session: Session<Tables>, id: string): Promise<Task> {
  return session.selectFrom("tasks").selectAll().where("id", "=", id).executeTakeFirstOrThrow(noSuchTask)
}

/** @throws HttpProblem 404. */
export async function updateTask(session: Session<Tables>, id: string, changes: TaskChanges): Promise<Task> {
  const now = new Date()
  const { title, notes, priority, dueAt } = changes
  const given = { title, notes, priority, due_at: dueAt }
  const rest = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const changed = await session
    .updateTable("tasks")
    .set({ ...rest, updated_at: now })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow(noSuchTask)
  if (changes.done === undefined || changes.done === changed.done) return changed
  return session
    .updateTable("tasks")
    .set({ done: changes.done, completed_at: changes.done ? now : null })
    .where("id", "=", id)
    .returningAll()
    .executeTakeFirstOrThrow(noSuchTask)
}

/** Marks a task as done. One that is done already keeps its time of completion. @throws HttpProblem 404. */
export async function completeTask(session: Session<Tables>, id: string): Promise<Task> {
  const now = new Date()
  const completed = await session
    .updateTable("tasks")
    .set({ done: true, completed_at: now, updated_at: now })
    .where("id", "=", id)
    .where("done", "=", false)
    .returningAll()
    .executeTakeFirst()
  return completed ?? getTask(session, id)
}

/** @throws HttpProblem 404. */
export async function deleteTask(session: Session<Tables>, id: string): Promise<void> {
  await session.deleteFrom("tasks").where("id", "=", id).returning("id").executeTakeFirstOrThrow(noSuchTask)
}

function noSuchTask(): Error {
  return new HttpProblem(404, "task.not-found", "There is no such task.")
}
