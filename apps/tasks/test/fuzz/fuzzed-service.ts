import { startBackend, type Backend } from "../../../../test/support/backend.ts"
import { openRawClient, type RawAnswer, type RawClient } from "../../../../test/support/raw-client.ts"
import { FIRST_TASKS, type FuzzRequest } from "./requests.ts"

/** A task as the service tells it. */
export interface ToldTask {
  readonly id: string
  readonly title: string
  readonly notes: string
  readonly done: boolean
  readonly priority: string
  readonly dueAt: string | null
  readonly createdAt: string
  readonly updatedAt: string
  readonly completedAt: string | null
}

interface Page {
  readonly items: readonly ToldTask[]
  readonly nextCursor: string | null
}

/** The real backend, and what it has said of its tasks. */
export interface FuzzedService extends AsyncDisposable {
  readonly backend: Backend
  /** The ids of the tasks in the order of their creation, whatever became of them. */
  readonly ids: string[]
  /** What the service last told of each task that it should still have. */
  readonly told: Map<string, ToldTask>
  /** Sends one request and gives its one answer. @throws if there is none, or more than one. */
  ask(request: FuzzRequest): Promise<RawAnswer>
  /** All tasks that it has now. */
  all(): Promise<ToldTask[]>
}

/** Starts the backend with a few tasks. `env` holds where its database is. */
export async function startFuzzedService(env: Readonly<Record<string, string>>): Promise<FuzzedService> {
  const backend = await startBackend({ env: { NODE_ENV: "production", ...env } })
  while ((await backend.fetch("/health/ready")).status !== 200);
  const ids: string[] = []
  const told = new Map<string, ToldTask>()
  const cursors = new Map<string, string>()
  let client: RawClient | null = null
  let asked = 0

  async function create(index: number): Promise<void> {
    const dueAt = index % 3 === 0 ? null : `2027-01-${String(index + 1).padStart(2, "0")}T00:00:00.000Z`
    const body = JSON.stringify({ title: `First ${index % 5}`, notes: "ǅ ẞ".repeat(index), dueAt })
    const headers = { "content-type": "application/json" }
    const response = await backend.fetch("/tasks", { method: "POST", headers, body })
    const task = (await response.json()) as ToldTask
    ids.push(task.id)
    told.set(task.id, task)
  }

  async function keepCursors(): Promise<void> {
    for (const field of ["created", "updated", "due", "title"])
      for (const sort of [field, `-${field}`]) {
        const page = (await (await backend.fetch(`/tasks?limit=9&sort=${sort}`)).json()) as Page
        cursors.set(sort, page.nextCursor ?? "")
      }
  }

  function filled(target: string): string {
    return target
      .replaceAll(/\{task:(\d+)\}/g, (_all, index: string) => ids[Number(index) % ids.length] ?? "")
      .replaceAll(
        /\{upper:(\d+)\}/g,
        (_all, index: string) => ids[Number(index) % ids.length]?.toUpperCase() ?? "",
      )
      .replaceAll(
        /\{cursor:([-a-z]+):([a-z]+):(\d+)\}/g,
        (_all, sort: string, change: string, place: string) =>
          changedCursor(cursors.get(sort) ?? "", change, Number(place)),
      )
  }

  function bytesOf({ method, target, headers, body }: FuzzRequest): Buffer {
    // An address of its own: the limit counts by address, and is not what is tried here.
    const address = `x-forwarded-for: 198.${18 + (asked & 1)}.${(asked >> 8) & 255}.${asked & 255}`
    const length =
      body === "" && !["POST", "PATCH", "PUT"].includes(method) ? [] : [`content-length: ${body.length}`]
    const own = headers.some((header) => header.startsWith("x-forwarded-for")) ? [] : [address]
    const lines = [
      `${method} ${filled(target)} HTTP/1.1`,
      "host: tasks.example",
      ...own,
      ...length,
      ...headers,
    ]
    return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1")
  }

  for (let index = 0; index < FIRST_TASKS; index++) await create(index)
  await keepCursors()

  return {
    backend,
    ids,
    told,
    async ask(request) {
      asked++
      const bytes = bytesOf(request)
      client ??= await openRawClient(backend.port)
      client.socket.write(bytes)
      const answer = await client.nextAnswer(request.method === "HEAD").catch((error: unknown) => {
        // The next request shall not meet what is left of this one.
        client?.socket.destroy()
        client = null
        throw error
      })
      if (answer.headers["connection"] === "close") {
        await client.ended
        client.socket.destroy()
        client = null
      }
      return answer
    },
    async all() {
      const found: ToldTask[] = []
      let cursor = ""
      do {
        const response = await backend.fetch(`/tasks?limit=100&sort=created${cursor}`, {
          headers: { "x-forwarded-for": `198.51.100.${found.length % 251}` },
        })
        const { items, nextCursor } = (await response.json()) as Page
        found.push(...items)
        cursor = nextCursor === null ? "" : `&cursor=${nextCursor}`
      } while (cursor !== "")
      return found
    },
    async [Symbol.asyncDispose]() {
      client?.socket.destroy()
      await backend[Symbol.asyncDispose]()
    },
  }
}

function changedCursor(cursor: string, change: string, place: number): string {
  switch (change) {
    case "cut":
      return cursor.slice(0, -1 - (place % 20))
    case "flip": {
      const bytes = Buffer.from(cursor, "base64url")
      const index = place % bytes.length
      bytes[index] = (bytes[index] ?? 0) ^ (1 << (place % 8))
      return bytes.toString("base64url")
    }
    case "type":
      return Buffer.from(
        Buffer.from(cursor, "base64url")
          .toString()
          .replace(/"[^"]*"\]$/, "[1]]"),
      ).toString("base64url")
    default:
      return cursor
  }
}
