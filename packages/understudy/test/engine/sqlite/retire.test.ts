import { describe, expect, it, onTestFinished } from "vitest"
import { EngineRetired } from "../../../src/engine/engine-retired.ts"
import { SqliteEngine } from "../../../src/engine/sqlite/engine.ts"
import { openTestSqlite, type TestEngine } from "../../support/engines.ts"

interface Tables {
  note: { id: number }
}

/** Promise 4: what the engine has taken is complete before its changes are handed back. */
describe("a SQLite engine that is retired", () => {
  async function opened(): Promise<{ test: TestEngine<Tables>; engine: SqliteEngine }> {
    const test = await openTestSqlite<Tables>()
    onTestFinished(() => test[Symbol.asyncDispose]())
    await test.sessions.kysely.schema
      .createTable("note")
      .addColumn("id", "int8", (column) => column.primaryKey())
      .execute()
    if (!(test.engine instanceof SqliteEngine)) throw new Error("SQLite was opened")
    return { test, engine: test.engine }
  }

  it("waits for the write that runs, and refuses those that wait and those that come", async () => {
    const { test, engine } = await opened()
    const running = test.sessions.openSession("write")
    await running.db.insertInto("note").values({ id: 1 }).execute()
    const waiting = engine.takeWriter()
    const retired = engine.retire(5_000)
    await expect(waiting).rejects.toBeInstanceOf(EngineRetired)
    await expect(engine.takeWriter()).rejects.toBeInstanceOf(EngineRetired)
    expect(() => engine.tryWriter()).toThrow(EngineRetired)
    await running.db.insertInto("note").values({ id: 2 }).execute()
    await running.commit()
    await retired
    const count = await engine.withWriter((writer) => writer.prepare("select count(*) as n from note").get())
    expect(count).toMatchObject({ n: 2 })
    expect(await test.sessions.kysely.selectFrom("note").selectAll().execute()).toHaveLength(2)
  })

  it("goes on as before where the write that runs does not end in time, or nothing came of it", async () => {
    const { test, engine } = await opened()
    const running = test.sessions.openSession("write")
    await running.db.insertInto("note").values({ id: 1 }).execute()
    await expect(engine.retire(20)).rejects.toMatchObject({ code: "UNDERSTUDY_TIMEOUT" })
    await running.db.insertInto("note").values({ id: 2 }).execute()
    await running.commit()
    await engine.retire(5_000)
    engine.resume()
    await test.sessions.write((db) => db.insertInto("note").values({ id: 3 }).execute())
    expect(await test.sessions.kysely.selectFrom("note").selectAll().execute()).toHaveLength(3)
  })
})
