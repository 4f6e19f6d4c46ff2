import fc from "fast-check"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { RawAnswer } from "../../../../test/support/raw-client.ts"
import { runs } from "../../../../test/support/property-runs.ts"
import { workerPostgres } from "../../../../test/support/worker-postgres.ts"
import { createAnswerRules, type AnswerRules } from "./answer-rules.ts"
import { startFuzzedService, type FuzzedService, type ToldTask } from "./fuzzed-service.ts"
import { operationsOf, type OpenApi, type Operation } from "./operations.ts"
import { requestsElsewhere, requestsTo, type FuzzRequest } from "./requests.ts"

const ADMIN_TOKEN = "canary-7e3b91d0c5a2f846"
/** What the service describes; a test says if that changes. */
const OPERATIONS = ["completeTask", "createTask", "deleteTask", "getTask", "listTasks", "updateTask"]
/** What is asked in one case, one after the other. */
const MOST_IN_A_ROW = 6
/** A case took 0.3 s on two busy cores. */
const LIMIT_MS = 60_000 + 1000 * Math.max(runs, 100)

let services: Readonly<Record<"sqlite" | "postgresql", FuzzedService>>
let operations: ReadonlyMap<string, Operation>
let rules: AnswerRules
let asked = 0

beforeAll(async () => {
  const database = await (await workerPostgres()).createDatabase()
  const password = new URL(database.url).password
  if (password.length < 10) throw new Error("The password is too short to be looked for.")
  const [sqlite, postgresql] = await Promise.all(
    [{ DATABASE_URL: "sqlite::memory:" }, { DATABASE_URL: database.url }].map((env) =>
      startFuzzedService({ ...env, ADMIN_TOKEN, LOG_LEVEL: "debug" }),
    ),
  )
  if (sqlite === undefined || postgresql === undefined) throw new Error("Two services were started.")
  services = { sqlite, postgresql }
  const description = (await (await sqlite.backend.fetch("/openapi.json")).json()) as OpenApi
  operations = new Map(operationsOf(description).map((operation) => [operation.id, operation]))
  rules = createAnswerRules(description, [password, ADMIN_TOKEN, database.url])
}, 120_000)

afterAll(async () => {
  for (const service of Object.values(services)) await service[Symbol.asyncDispose]()
})

test("each engine serves, and every operation is tried", async () => {
  for (const [engine, { backend }] of Object.entries(services))
    expect(await (await backend.fetch("/health")).json()).toMatchObject({ engine })
  expect([...operations.keys()].toSorted()).toEqual(OPERATIONS)
})

describe("promises 3, 4 and 5: whatever is asked, both engines answer the same, as described, and tell no secret", () => {
  test.each(OPERATIONS)("%s", { timeout: LIMIT_MS }, async (id) => {
    const operation = operations.get(id)
    if (operation === undefined) throw new Error(`There is no operation ${id}.`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(requestsTo(operation), { minLength: 1, maxLength: MOST_IN_A_ROW }),
        async (requests) => {
          for (const request of requests) await askBoth(request, operation)
        },
      ),
    )
  })

  test("anything else", { timeout: LIMIT_MS }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(requestsElsewhere, { minLength: 1, maxLength: MOST_IN_A_ROW }),
        async (requests) => {
          for (const request of requests) await askBoth(request, null)
        },
      ),
    )
  })
})

describe("after all of this", () => {
  test("promise 4: each service has exactly what it said, whole", async () => {
    for (const service of Object.values(services)) {
      expect((await service.backend.fetch("/health/live")).status).toBe(200)
      const tasks = await service.all()
      for (const { done, completedAt } of tasks) expect(done).toBe(completedAt !== null)
      expect(new Map(tasks.map((task) => [task.id, task]))).toEqual(service.told)
    }
  })

  test("promise 5: no log holds a secret, a stack, SQL or an error", async () => {
    for (const { backend } of Object.values(services)) {
      await backend.stop()
      expect(backend.stdout.split("\n").length).toBeGreaterThan(asked / 2)
      rules.checkText(backend.stdout)
      expect(backend.stdout).not.toMatch(/"level":[56]0/)
      expect(backend.stderr).toBe("")
    }
  })
})

/** What of an answer must be the same on both engines. */
function comparable({ status, body }: RawAnswer, request: FuzzRequest): unknown {
  if (status >= 400 && request.method !== "HEAD") return [status, (JSON.parse(body) as { code: string }).code]
  const task = taskOf({ status, body })
  if (task === null) return status
  const { title, notes, done, priority, dueAt, completedAt } = task
  return [status, { title, notes, done, priority, dueAt, completed: completedAt !== null }]
}

async function askBoth(request: FuzzRequest, operation: Operation | null): Promise<void> {
  const answers: unknown[] = []
  for (const service of Object.values(services)) {
    asked++
    const answer = await service.ask(request)
    const surely =
      operation?.method === request.method && request.target.startsWith("/tasks") ? operation : null
    rules.check(request, answer, answer.status < 300 ? surely : null)
    if (request.valid && answer.status !== 404) expect(answer.status, answer.body).toBeLessThan(300)
    remember(service, request, answer)
    answers.push(comparable(answer, request))
  }
  // A flipped bit of an id may fall on a digit here and on a letter there.
  if (!request.target.includes(":flip:")) expect(answers[0]).toEqual(answers[1])
}

function remember(service: FuzzedService, request: FuzzRequest, answer: RawAnswer): void {
  const task = taskOf(answer)
  if (task !== null) {
    if (!service.told.has(task.id)) service.ids.push(task.id)
    service.told.set(task.id, task)
  }
  const gone = answer.status === 204 ? /\{(?:task|upper):(\d+)\}/.exec(request.target)?.[1] : undefined
  if (gone !== undefined) service.told.delete(service.ids[Number(gone) % service.ids.length] ?? "")
}

function taskOf({ status, body }: Pick<RawAnswer, "status" | "body">): ToldTask | null {
  if (status >= 300 || !body.startsWith('{"id":')) return null
  return JSON.parse(Buffer.from(body, "latin1").toString()) as ToldTask
}
