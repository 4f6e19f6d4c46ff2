import type { XStatic } from "typebox/schema"

// JSON Schema, typed by TypeBox. Its builder is not imported: at run time it would cost 100 ms and 14 MB of the start.

/** No NUL, which PostgreSQL cannot store, and no half of a surrogate pair, which is no text. */
const TEXT = "^[^\\u0000\\p{Cs}]*$"

const title = {
  type: "string",
  minLength: 1,
  maxLength: 200,
  pattern: "^(?=.*\\S)[^\\u0000\\p{Cs}\\r\\n]*$",
  description: "One line, not blank.",
  examples: ["Water the plants"],
} as const
const notes = { type: "string", maxLength: 10_000, pattern: TEXT } as const
const done = { type: "boolean" } as const
const priority = { type: "string", enum: ["low", "normal", "high"] } as const
const dueAt = { type: ["string", "null"], format: "date-time", examples: ["2027-01-31T09:00:00Z"] } as const
const instant = { type: "string", format: "date-time" } as const
const id = {
  type: "string",
  format: "uuid",
  description: "A UUID of version 7: in order of creation.",
  examples: ["0198c8a5-2f5b-7c3e-9f60-1b2c3d4e5f60"],
} as const

/** A task as it is sent. */
export const taskSchema = {
  $id: "Task",
  title: "Task",
  type: "object",
  additionalProperties: false,
  required: ["id", "title", "notes", "done", "priority", "dueAt", "createdAt", "updatedAt", "completedAt"],
  properties: {
    id,
    title,
    notes,
    done,
    priority,
    dueAt,
    createdAt: instant,
    updatedAt: instant,
    completedAt: { type: ["string", "null"], format: "date-time" },
  },
} as const
/** A task as it is sent. */
export type TaskBody = XStatic<typeof taskSchema>

/** What a task is made of. */
export const newTaskSchema = {
  type: "object",
  additionalProperties: false,
  required: ["title"],
  properties: {
    title,
    notes: { ...notes, default: "" },
    priority: { ...priority, default: "normal" },
    dueAt: { ...dueAt, default: null },
  },
} as const

/** What can be changed of a task; what is left out stays. */
export const taskChangesSchema = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  properties: { title, notes, done, priority, dueAt },
} as const

/** The path of one task. */
export const taskParamsSchema = {
  type: "object",
  required: ["id"],
  properties: { id },
} as const

/** How a list is sorted; a minus means descending. Tasks without a due date come last either way. */
export const TASK_SORTS = [
  "created",
  "-created",
  "updated",
  "-updated",
  "due",
  "-due",
  "title",
  "-title",
] as const

/** What of the list is wanted. */
export const taskListQuerySchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    done: { type: "boolean", description: "Only tasks that are done, or only open ones." },
    q: {
      type: "string",
      minLength: 1,
      maxLength: 200,
      pattern: TEXT,
      description: "Only tasks whose title or notes hold this text; case does not matter.",
    },
    sort: { type: "string", enum: TASK_SORTS, default: "-created" },
    limit: { type: "integer", minimum: 1, maximum: 100, default: 20 },
    cursor: {
      type: "string",
      maxLength: 1000,
      description: "`nextCursor` of the page before, with the same filter and sort.",
    },
  },
} as const

/** One page of the list. */
export const taskPageSchema = {
  $id: "TaskPage",
  title: "TaskPage",
  type: "object",
  additionalProperties: false,
  required: ["items", "nextCursor"],
  properties: {
    items: { type: "array", items: { $ref: "Task#" } },
    nextCursor: { type: ["string", "null"], description: "For the next page; null on the last." },
  },
} as const

/** What went wrong, as RFC 9457 has it. */
export const problemSchema = {
  $id: "Problem",
  title: "Problem",
  type: "object",
  required: ["type", "title", "status", "code"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", description: "Stable, for programs." },
    detail: { type: "string" },
    remedy: { type: "string" },
    applied: { type: "string", enum: ["no", "unknown"], description: "Was the write applied?" },
    errors: {
      type: "array",
      items: {
        type: "object",
        properties: {
          in: { type: "string" },
          path: { type: "string" },
          message: { type: "string" },
        },
      },
    },
  },
} as const
