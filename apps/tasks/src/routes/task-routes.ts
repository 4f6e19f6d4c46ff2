import { HttpProblem } from "understudy-db/fastify"
import { isStorable } from "../tasks/instant.ts"
import { listTasks } from "../tasks/task-list.ts"
import {
  newTaskSchema,
  problemSchema,
  taskChangesSchema,
  taskListQuerySchema,
  taskPageSchema,
  taskParamsSchema,
  taskSchema,
  type TaskBody,
} from "../tasks/task-schemas.ts"
import { completeTask, createTask, deleteTask, getTask, updateTask, type Task } from "../tasks/task-store.ts"
import type { TypedApp } from "./schema-types.ts"

const TASK = { $ref: "Task#" } as const
const PROBLEM = { $ref: "Problem#" } as const
const LIST = taskListQuerySchema.properties
const NEW = newTaskSchema.properties
const tags = ["tasks"]

/** Adds the routes of tasks. */
export function addTaskRoutes(app: TypedApp): void {
  app.addSchema(taskSchema)
  app.addSchema(taskPageSchema)
  app.addSchema(problemSchema)

  app.get(
    "/tasks",
    {
      schema: {
        tags,
        summary: "List tasks",
        operationId: "listTasks",
        querystring: taskListQuerySchema,
        response: { 200: { $ref: "TaskPage#" }, 400: PROBLEM, 503: PROBLEM },
      },
    },
    async (request) => {
      const { sort = LIST.sort.default, limit = LIST.limit.default, ...filter } = request.query
      const { items, nextCursor } = await listTasks(request.db, { ...filter, sort, limit })
      return { items: items.map(bodyOf), nextCursor }
    },
  )

  app.post(
    "/tasks",
    {
      schema: {
        tags,
        summary: "Create a task",
        operationId: "createTask",
        body: newTaskSchema,
        response: { 201: TASK, 400: PROBLEM, 503: PROBLEM },
      },
    },
    async (request, reply) => {
      const { notes, priority, dueAt } = NEW
      const given = {
        notes: notes.default,
        priority: priority.default,
        dueAt: dueAt.default,
        ...request.body,
      }
      const task = await createTask(request.db, { ...given, dueAt: instantOf(given.dueAt) })
      return reply.code(201).header("location", `/tasks/${task.id}`).send(bodyOf(task))
    },
  )

  app.get(
    "/tasks/:id",
    {
      schema: {
        tags,
        summary: "Get a task",
        operationId: "getTask",
        params: taskParamsSchema,
        response: { 200: TASK, 400: PROBLEM, 404: PROBLEM, 503: PROBLEM },
      },
    },
    async (request) => bodyOf(await getTask(request.db, request.params.id)),
  )

  app.patch(
    "/tasks/:id",
    {
      schema: {
        tags,
        summary: "Change a task",
        operationId: "updateTask",
        params: taskParamsSchema,
        body: taskChangesSchema,
        response: { 200: TASK, 400: PROBLEM, 404: PROBLEM, 503: PROBLEM },
      },
    },
    async (request) => {
      const { dueAt, ...changes } = request.body
      const due = dueAt === undefined ? undefined : instantOf(dueAt)
      return bodyOf(await updateTask(request.db, request.params.id, { ...changes, dueAt: due }))
    },
  )

  app.post(
    "/tasks/:id/complete",
    {
      schema: {
        tags,
        summary: "Complete a task",
        description: "Done again, it changes nothing.",
        operationId: "completeTask",
        params: taskParamsSchema,
        response: { 200: TASK, 400: PROBLEM, 404: PROBLEM, 503: PROBLEM },
      },
    },
    async (request) => bodyOf(await completeTask(request.db, request.params.id)),
  )

  app.delete(
    "/tasks/:id",
    {
      schema: {
        tags,
        summary: "Delete a task",
        operationId: "deleteTask",
        params: taskParamsSchema,
        response: {
          204: { type: "null", description: "It is gone." },
          400: PROBLEM,
          404: PROBLEM,
          503: PROBLEM,
        },
      },
    },
    async (request, reply) => {
      await deleteTask(request.db, request.params.id)
      return reply.code(204).send(null)
    },
  )
}

function bodyOf(task: Task): TaskBody {
  return {
    id: task.id,
    title: task.title,
    notes: task.notes,
    done: task.done,
    priority: task.priority,
    dueAt: task.due_at?.toISOString() ?? null,
    createdAt: task.created_at.toISOString(),
    updatedAt: task.updated_at.toISOString(),
    completedAt: task.completed_at?.toISOString() ?? null,
  }
}

/** The schema looks at the form; a leap second, or a year that an offset moves out of the calendar, is found here. */
function instantOf(text: string | null): Date | null {
  if (text === null) return null
  const instant = new Date(text)
  if (isStorable(instant)) return instant
  throw new HttpProblem(400, "task.bad-date", "dueAt is no date.")
}
