import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"
import { TASK_SORTS } from "../src/tasks/task-schemas.ts"
import { startTasks, type Answer, type Task, type TasksService } from "./tasks-service.ts"

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const nobody = "0198c8a5-2f5b-7c3e-9f60-1b2c3d4e5f60"

describe.each(["sqlite", "postgresql"] as const)("promise 3, the same answers: tasks on %s", (engine) => {
  let service: TasksService
  const call: TasksService["call"] = (...args) => service.call(...args)
  const create = async (task: object): Promise<Task> => {
    const { status, body } = await call("POST", "/tasks", task)
    expect(status).toBe(201)
    return body as unknown as Task
  }
  beforeAll(async () => {
    service = await startTasks(engine)
  })
  afterAll(() => service[Symbol.asyncDispose]())
  beforeEach(async () => {
    await service.database.kysely.deleteFrom("tasks").execute()
  })

  test("a task is created, told where it is, and read back", async () => {
    const { status, headers, body } = await call("POST", "/tasks", {
      title: "Water the plants 🌱",
      notes: "All of them;\n'\"\\ too",
      priority: "high",
      dueAt: "2027-01-31T10:00:00.123+01:00",
    })
    expect(status).toBe(201)
    expect(body["id"]).toMatch(UUID_V7)
    expect(headers.get("location")).toBe(`/tasks/${String(body["id"])}`)
    expect(body).toEqual({
      id: body["id"],
      title: "Water the plants 🌱",
      notes: "All of them;\n'\"\\ too",
      done: false,
      priority: "high",
      dueAt: "2027-01-31T09:00:00.123Z",
      createdAt: body["updatedAt"],
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      completedAt: null,
    })
    expect((await call("GET", headers.get("location") ?? "")).body).toEqual(body)
  })

  test("what is left out has its default", async () => {
    expect(await create({ title: "x" })).toMatchObject({ notes: "", priority: "normal", dueAt: null })
  })

  test("a task is changed in what is given, and in nothing else", async () => {
    const task = await create({ title: "Old", notes: "kept", dueAt: "2027-01-01T00:00:00Z" })
    const { status, body } = await call("PATCH", `/tasks/${task.id}`, { title: "New", dueAt: null })
    expect(status).toBe(200)
    expect(body).toMatchObject({ id: task.id, title: "New", notes: "kept", dueAt: null, done: false })
    expect((await call("GET", `/tasks/${task.id}`)).body).toEqual(body)
  })

  test("completing is done once, and can be taken back", async () => {
    const task = await create({ title: "x" })
    const first = await call("POST", `/tasks/${task.id}/complete`)
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ done: true, completedAt: expect.any(String) })
    const second = await call("POST", `/tasks/${task.id}/complete`)
    expect([second.status, second.body]).toEqual([200, first.body])
    const kept = await call("PATCH", `/tasks/${task.id}`, { done: true })
    expect(kept.body["completedAt"]).toBe(first.body["completedAt"])
    const opened = await call("PATCH", `/tasks/${task.id}`, { done: false })
    expect(opened.body).toMatchObject({ done: false, completedAt: null })
    const again = await call("PATCH", `/tasks/${task.id}`, { done: true })
    expect(again.body).toMatchObject({ done: true, completedAt: expect.any(String) })
  })

  test("a deleted task is gone", async () => {
    const task = await create({ title: "x" })
    const gone = await call("DELETE", `/tasks/${task.id}`)
    expect([gone.status, gone.body]).toEqual([204, null])
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["DELETE", "", undefined],
      ["PATCH", "", { title: "y" }],
      ["POST", "/complete", undefined],
    ] as const) {
      const { status, headers, body: problem } = await call(method, `/tasks/${task.id}${path}`, body)
      expect(status).toBe(404)
      expect(headers.get("content-type")).toBe("application/problem+json")
      expect(problem).toMatchObject({ code: "task.not-found", status: 404 })
    }
  })

  describe("what does not fit is refused, and nothing of it is kept", () => {
    test.each([
      [{}],
      [{ title: "" }],
      [{ title: "   " }],
      [{ title: "two\nlines" }],
      [{ title: "a\0b" }],
      [{ title: "x".repeat(201) }],
      [{ title: 5 }],
      [{ title: null }],
      [{ title: "x", titel: "y" }],
      [{ title: "x", priority: "urgent" }],
      [{ title: "x", done: true }],
      [{ title: "x", dueAt: "tomorrow" }],
      [{ title: "x", dueAt: "2027-02-30T00:00:00Z" }],
      [{ title: "x", dueAt: "" }],
      [{ title: "x", dueAt: "0000-01-01T00:00:00Z" }],
      [{ title: "x", dueAt: "0001-01-01T00:00:00+23:59" }],
      [{ title: "x", dueAt: "9999-12-31T23:59:59-23:59" }],
      [{ title: "x", dueAt: "2016-12-31T23:59:60Z" }],
      [{ title: "x", notes: "a\0b" }],
      [{ title: "x", notes: "x".repeat(10_001) }],
      ['{"title":"\\ud800"}'],
      ["{"],
      ["[]"],
      ['{"title":"x","__proto__":{"done":true}}'],
    ])("%j", async (body) => {
      const { status, headers, body: problem } = await call("POST", "/tasks", body)
      expect(status).toBe(400)
      expect(headers.get("content-type")).toBe("application/problem+json")
      expect(problem["title"]).toEqual(expect.any(String))
      expect((await call("GET", "/tasks")).body.items).toEqual([])
    })

    test.each([
      "?limit=0",
      "?limit=101",
      "?limit=x",
      "?sort=id",
      "?done=maybe",
      "?q=",
      "?nothing=1",
      "?q=%00",
      "?limit=1&limit=2",
    ])("GET /tasks%s", async (query) => {
      expect((await call("GET", `/tasks${query}`)).status).toBe(400)
    })

    test("a body that is no UTF-8", async () => {
      const headers = { "content-type": "application/json" }
      const body = Buffer.from('{"title":"\xff\xfe"}', "latin1")
      const response = await fetch(`${service.url}/tasks`, { method: "POST", headers, body })
      expect([response.status, await response.json()]).toMatchObject([400, { code: "body.not-utf-8" }])
    })

    test.each(["limit=Infinity", "limit=-Infinity", "limit=NaN", "limit=1.5", "limit=", "done=1"])(
      "a list of %s",
      async (query) => {
        const { status, body } = await call("GET", `/tasks?${query}`)
        expect([status, body["code"]]).toEqual([400, "FST_ERR_VALIDATION"])
      },
    )

    test.each(["+275760-09-13T00:00:00.000Z", "-271821-04-20T00:00:00.000Z", "0000-01-01T00:00:00.000Z"])(
      "a cursor whose date neither engine keeps: %s",
      async (date) => {
        const cursor = Buffer.from(JSON.stringify(["due", nobody, date])).toString("base64url")
        const { status, body } = await call("GET", `/tasks?sort=due&cursor=${cursor}`)
        expect([status, body["code"]]).toEqual([400, "task.bad-cursor"])
      },
    )

    test("an id that is none, and an empty change", async () => {
      expect((await call("GET", "/tasks/none")).status).toBe(400)
      expect((await call("PATCH", `/tasks/${nobody}`, {})).status).toBe(400)
      expect((await call("GET", `/tasks/${nobody}`)).status).toBe(404)
    })

    test("the longest that fits, counted in characters", async () => {
      const title = "🌱".repeat(200)
      expect(await create({ title, notes: "é".repeat(10_000) })).toMatchObject({ title })
    })
  })

  describe("the list", () => {
    test("open ones, done ones, all", async () => {
      const open = await create({ title: "open" })
      const done = await create({ title: "done" })
      await call("POST", `/tasks/${done.id}/complete`)
      const ids = async (query: string): Promise<string[]> =>
        (await call("GET", `/tasks${query}`)).body.items.map(({ id }) => id)
      expect(await ids("?done=false")).toEqual([open.id])
      expect(await ids("?done=true")).toEqual([done.id])
      expect(await ids("")).toEqual([done.id, open.id])
      expect(await ids("?sort=created")).toEqual([open.id, done.id])
    })

    test("text search: in title and notes, whatever the case, signs as they are", async () => {
      await create({ title: "Buy MILK" })
      await create({ title: "Call", notes: "about the milk bill" })
      await create({ title: "100% sure" })
      await create({ title: "100 percent" })
      await create({ title: "snake_case" })
      await create({ title: "snakeXcase" })
      await create({ title: "back\\slash" })
      await create({ title: "it's 'quoted'" })
      const found = async (q: string): Promise<string[]> =>
        (await call("GET", `/tasks?sort=created&q=${encodeURIComponent(q)}`)).body.items.map(
          ({ title }) => title,
        )
      expect(await found("milk")).toEqual(["Buy MILK", "Call"])
      expect(await found("100%")).toEqual(["100% sure"])
      expect(await found("snake_")).toEqual(["snake_case"])
      expect(await found("back\\")).toEqual(["back\\slash"])
      expect(await found("'quoted'")).toEqual(["it's 'quoted'"])
      expect(await found("nothing")).toEqual([])
    })

    test.each(TASK_SORTS)("every page of %s, with equal and absent values, each task once", async (sort) => {
      const dues = [
        null,
        "2027-01-02T00:00:00.001Z",
        "2027-01-01T00:00:00Z",
        null,
        "2027-01-02T00:00:00.001Z",
      ]
      for (let index = 0; index < 23; index++)
        await create({ title: ["b", "a", "B", "ä", "a"][index % 5], dueAt: dues[index % 5] })
      const whole = (await call("GET", `/tasks?sort=${sort}&limit=100`)).body
      expect(whole.nextCursor).toBeNull()
      expect(whole.items).toHaveLength(23)
      for (const limit of [1, 4, 23]) {
        const pages: Task[] = []
        let cursor: string | null = null
        do {
          const query = `?sort=${sort}&limit=${limit}${cursor === null ? "" : `&cursor=${cursor}`}`
          const { status, body }: Answer = await call("GET", `/tasks${query}`)
          expect(status).toBe(200)
          pages.push(...body.items)
          cursor = body.nextCursor
        } while (cursor !== null)
        expect(pages).toEqual(whole.items)
      }
      expect(whole.items).toEqual(sorted(whole.items, sort))
    })

    test("a page stays whole while tasks come and go", async () => {
      for (let index = 0; index < 6; index++) await create({ title: `task ${index}` })
      const first = (await call("GET", "/tasks?limit=3")).body
      await create({ title: "newer" })
      await call("DELETE", `/tasks/${first.items[2]?.id}`)
      const second = (await call("GET", `/tasks?limit=3&cursor=${first.nextCursor}`)).body
      expect(second.items.map(({ title }) => title)).toEqual(["task 2", "task 1", "task 0"])
    })

    test("a cursor that was not given for this list is refused", async () => {
      await create({ title: "a" })
      await create({ title: "b" })
      const { nextCursor } = (await call("GET", "/tasks?limit=1&sort=title")).body
      const forged = (parts: unknown): string => Buffer.from(JSON.stringify(parts)).toString("base64url")
      for (const cursor of [
        nextCursor,
        "x",
        "%00",
        forged(null),
        forged(["-created", nobody]),
        forged(["-created", "1 or 1=1", null]),
        forged(["-created", nobody, "x"]),
        forged({ 0: "-created" }),
      ]) {
        const { status, body } = await call("GET", `/tasks?cursor=${cursor}`)
        expect([status, body["code"]]).toEqual([400, "task.bad-cursor"])
      }
      for (const value of ["yesterday", "2027-01-01", 5, "-271821-04-20T00:00:00.000Z "])
        expect((await call("GET", `/tasks?sort=due&cursor=${forged(["due", nobody, value])}`)).status).toBe(
          400,
        )
      expect((await call("GET", `/tasks?sort=title&cursor=${forged(["title", nobody, "a\0"])}`)).status).toBe(
        400,
      )
    })
  })
})

/** The same order, by other means. */
function sorted(tasks: readonly Task[], sort: (typeof TASK_SORTS)[number]): Task[] {
  const sign = sort.startsWith("-") ? -1 : 1
  const value = (task: Task): string | null => {
    if (sort.endsWith("created")) return task.id
    if (sort.endsWith("updated")) return task.updatedAt
    return sort.endsWith("due") ? task.dueAt : task.title
  }
  const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
  return tasks.toSorted((a, b) => {
    const [left, right] = [value(a), value(b)]
    if (left === null || right === null) {
      if (left !== right) return left === null ? 1 : -1
      return sign * compare(a.id, b.id)
    }
    return sign * (compare(left, right) || compare(a.id, b.id))
  })
}
