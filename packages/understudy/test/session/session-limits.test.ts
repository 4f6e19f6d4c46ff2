import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { EngineDialect } from "../../src/engine/contract.ts"
import type { Session } from "../../src/session/session.ts"
import { OPENERS, sessionsOn, type TestEngine } from "../support/engines.ts"

interface Tables {
  note: { id: number; text: string }
}

describe.each(["sqlite", "postgresql"] as const)("limits of sessions on %s", (dialect: EngineDialect) => {
  let test: TestEngine<Tables>

  beforeAll(async () => {
    test = await OPENERS[dialect]<Tables>()
    await test.sessions.kysely.schema
      .createTable("note")
      .addColumn("id", "integer", (column) => column.primaryKey())
      .addColumn("text", "text", (column) => column.notNull())
      .execute()
  })
  afterAll(() => test[Symbol.asyncDispose]())
  beforeEach(() => test.sessions.kysely.deleteFrom("note").execute())

  const texts = async (): Promise<string[]> => {
    const rows = await test.sessions.kysely.selectFrom("note").select("text").orderBy("id").execute()
    return rows.map(({ text }) => text)
  }
  let notes = 0
  const add = (db: Session<Tables>, text: string): Promise<unknown> =>
    db
      .insertInto("note")
      .values({ id: (notes += 1), text })
      .execute()

  it("limits: an aborted signal runs nothing, one without end is none, and the end of all ends a session that hangs", async () => {
    const run = vi.fn<() => Promise<void>>()
    const gone = AbortSignal.abort(new Error("gone"))
    await expect(test.sessions.write(run, { signal: gone })).rejects.toThrow("gone")
    expect(run).not.toHaveBeenCalled()
    const held = test.sessions.openSession("write")
    await add(held.db, "first")
    const waiting = test.sessions.write((db) => add(db, "second"), { timeoutMs: Infinity })
    await held.commit()
    await waiting
    expect(await texts()).toEqual(["first", "second"])
    const closing = sessionsOn<Tables>(test.engine)
    const stuck = closing.write(() => new Promise(() => {}))
    stuck.catch(() => {})
    await closing.drain(50)
    await expect(stuck).rejects.toMatchObject({ code: "UNDERSTUDY_CLOSED" })
  })

  it("ends by its time, and by its signal, with nothing applied", async () => {
    const slow = test.sessions.write(
      async (db) => {
        await add(db, "x")
        await new Promise((resolve) => setTimeout(resolve, 60))
        await add(db, "y")
      },
      { timeoutMs: 20 },
    )
    await expect(slow).rejects.toMatchObject({ code: "UNDERSTUDY_TIMEOUT", applied: "no" })
    const controller = new AbortController()
    const aborted = test.sessions.write(
      async (db) => {
        await add(db, "x")
        controller.abort(new Error("enough"))
        await add(db, "y")
      },
      { signal: controller.signal },
    )
    await expect(aborted).rejects.toThrow("enough")
    expect(await texts()).toEqual([])
  })

  it("an open session that its time has ended cannot be committed: nothing pretends to be kept (promise 4)", async () => {
    const session = test.sessions.openSession("write", { timeoutMs: 30 })
    await add(session.db, "x")
    await expect.poll(() => test.sessions.active).toBe(0)
    await expect(session.commit()).rejects.toMatchObject({ code: "UNDERSTUDY_TIMEOUT", applied: "no" })
    await session.rollback()
    expect(await texts()).toEqual([])
    const reader = test.sessions.openSession("read", { timeoutMs: 30 })
    await reader.db.selectFrom("note").selectAll().execute()
    await expect.poll(() => test.sessions.active).toBe(0)
    await reader.commit()
  })
})
