// What somebody writes who needs no Understudy: Fastify, node:sqlite, one table. Plain JavaScript, so that nothing but its
// work takes time. `node bench/bare/server.js PORT FILE TASK_SCHEMA.json [compile-cache]`
import { readFileSync } from "node:fs"
import { enableCompileCache } from "node:module"

const [, , port, file, schemaFile, cache] = process.argv
if (cache === "compile-cache") enableCompileCache()
const { DatabaseSync } = await import("node:sqlite")
const { default: Fastify } = await import("fastify")

const database = new DatabaseSync(file)
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")
database.exec(`CREATE TABLE IF NOT EXISTS tasks (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, notes TEXT NOT NULL, done INTEGER NOT NULL, priority TEXT NOT NULL,
  due_at TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, completed_at TEXT)`)
const select = database.prepare("SELECT * FROM tasks WHERE id = ?")
const insert = database.prepare("INSERT INTO tasks VALUES (?, ?, ?, 0, ?, NULL, ?, ?, NULL) RETURNING *")
const task = JSON.parse(readFileSync(schemaFile, "utf8"))

const body = (row) => ({
  id: row.id,
  title: row.title,
  notes: row.notes,
  done: row.done === 1,
  priority: row.priority,
  dueAt: row.due_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  completedAt: row.completed_at,
})

const app = Fastify({ logger: { level: "info" }, disableRequestLogging: true })
app.get("/health/live", () => ({ status: "pass" }))
app.get("/health/ready", () => ({ status: "pass" }))
const params = { type: "object", required: ["id"], properties: { id: { type: "string", format: "uuid" } } }
app.get("/tasks/:id", { schema: { params, response: { 200: task } } }, (request, reply) => {
  const row = select.get(request.params.id)
  return row === undefined ? reply.code(404).send({ title: "There is no such task." }) : body(row)
})
const posted = { type: "object", required: ["title"], properties: { title: { type: "string" } } }
app.post("/tasks", { schema: { body: posted, response: { 201: task } } }, (request, reply) => {
  const now = new Date().toISOString()
  reply.code(201)
  return body(insert.get(crypto.randomUUID(), request.body.title, "", "normal", now, now))
})

process.once("SIGTERM", async () => {
  await app.close()
  database.close()
})
await app.listen({ host: "127.0.0.1", port: Number(port) })
